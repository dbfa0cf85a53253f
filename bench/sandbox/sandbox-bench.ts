/** The table of sandboxes: what a small program costs in each, with an interpreter that has to start and with a warm one. */
import { isHoneError } from "../../packages/hone/src/core/errors.ts";
import {
  javascriptSandbox,
  processSandbox,
  pythonSandbox,
  type Sandbox,
  shellSandbox,
} from "../../packages/hone/src/sandbox.ts";
import { columns } from "../columns.ts";
import { median } from "../median.ts";

/** Times in ms; undefined where the sandbox cannot run here. */
export interface SandboxRow {
  readonly language: string;
  readonly figures: SandboxFigures | undefined;
}

interface SandboxFigures {
  /** From the call to the result, of sandboxes that have just been opened. */
  readonly cold: readonly number[];
  /** The same of runs one after the other, behind two that are not counted. */
  readonly warm: readonly number[];
  /** Of those the program's own time. */
  readonly program: readonly number[];
  /** Time of each of runs that are asked for together. */
  readonly together: number;
}

const [coldRuns, warmRuns, togetherRuns] = [5, 20, 40];

/** Each sandbox with two interpreters, and a program that adds the numbers up to a thousand. */
const contestants: Readonly<Record<string, { open: () => Sandbox; code: string }>> = {
  javascript: {
    open: () => javascriptSandbox({ size: 2 }),
    code: "let sum = 0; for (let i = 0; i <= 1000; i++) sum += i; console.log(sum);",
  },
  python: {
    open: () => pythonSandbox({ size: 2 }),
    code: "print(sum(range(1001)))",
  },
  "python, 50 a process": {
    open: () => pythonSandbox({ size: 2, maxUses: 50 }),
    code: "print(sum(range(1001)))",
  },
  shell: {
    open: () => shellSandbox({ size: 2 }),
    code: "sum=0; for i in $(seq 1000); do sum=$((sum + i)); done; echo $sum",
  },
  process: {
    open: () => processSandbox({ size: 2 }),
    code: "sum=0; for i in $(seq 1000); do sum=$((sum + i)); done; echo $sum",
  },
};

export async function benchSandboxes(): Promise<SandboxRow[]> {
  const rows: SandboxRow[] = [];
  for (const [language, { open, code }] of Object.entries(contestants))
    rows.push({ language, figures: await figuresOf(open, code) });
  return rows;
}

async function figuresOf(open: () => Sandbox, code: string): Promise<SandboxFigures | undefined> {
  const cold: number[] = [];
  try {
    // Python's snapshot may have to be made, once for a machine.
    await withSandbox(open, (sandbox) => timed(sandbox, code));
  } catch (error) {
    if (
      isHoneError(error) &&
      ["SANDBOX_UNAVAILABLE", "SANDBOX_PACKAGE_MISSING"].includes(error.code)
    )
      return undefined;
    throw error;
  }
  for (let i = 0; i < coldRuns; i++)
    cold.push((await withSandbox(open, (sandbox) => timed(sandbox, code))).ms);
  return withSandbox(open, async (sandbox) => {
    for (let i = 0; i < 2; i++) await timed(sandbox, code);
    const runs: Timed[] = [];
    for (let i = 0; i < warmRuns; i++) runs.push(await timed(sandbox, code));
    const began = performance.now();
    await Promise.all(Array.from({ length: togetherRuns }, () => timed(sandbox, code)));
    const together = (performance.now() - began) / togetherRuns;
    const [warm, program] = [runs.map(({ ms }) => ms), runs.map(({ runMs }) => runMs)];
    return { cold, warm, program, together };
  });
}

interface Timed {
  readonly ms: number;
  readonly runMs: number;
}

async function timed(sandbox: Sandbox, code: string): Promise<Timed> {
  const began = performance.now();
  const { stdout, runMs } = await sandbox.run({ code });
  if (stdout !== "500500\n") throw new Error(`${sandbox.name} wrote ${JSON.stringify(stdout)}`);
  return { ms: performance.now() - began, runMs };
}

async function withSandbox<Result>(
  open: () => Sandbox,
  work: (sandbox: Sandbox) => Promise<Result>,
): Promise<Result> {
  const sandbox = open();
  try {
    return await work(sandbox);
  } finally {
    await sandbox.close();
  }
}

export function sandboxTable(rows: readonly SandboxRow[]): string {
  const ms = (value: number): string => value.toFixed(1);
  return columns([
    ["ms a run, medians", "cold", "warm", "of it the program", `${togetherRuns} at once, each`],
    ...rows.map(({ language, figures }) =>
      figures === undefined
        ? [language, "not here", "", "", ""]
        : [
            language,
            ...[median(figures.cold), median(figures.warm), median(figures.program)].map(ms),
            ms(figures.together),
          ],
    ),
  ]);
}
