/**
 * How fast `hone serve` solves problems: many different equations at once, the same again, and a mix of a few at once.
 *
 *     npx hone run math --out runs/bench-math          a model of 0.9 M parameters, in about a minute
 *     node scripts/run.js bench/serving/solve-bench.ts runs/bench-math [problems at once, 200] [threads, 2]
 */
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { spreadOf } from "../../packages/hone/src/core/spread.ts";
import { equationTasks } from "../../packages/hone/src/domains/math/tasks.ts";
import { startChild } from "../children.ts";
import { columns } from "../columns.ts";
import { listening } from "./listening.ts";

interface SolveAnswer {
  readonly solution: string | null;
  readonly success: boolean;
  readonly cached: boolean;
}

/** One answered request. */
interface Timed {
  readonly ms: number;
  readonly status: number;
  readonly answer: SolveAnswer | undefined;
}

const [model, problemsAtOnce = "200", threads = "2"] = process.argv.slice(2);
if (model === undefined)
  throw new Error("usage: solve-bench.ts <run or model> [problems] [threads]");
await bench(model, Number(problemsAtOnce));

async function bench(run: string, count: number): Promise<void> {
  const bin = fileURLToPath(new URL("../../packages/hone/bin/hone.js", import.meta.url));
  const words = ["serve", run, "--domain", "math", "--port", "0", "--threads", threads, "--json"];
  const server = startChild(process.execPath, [bin, ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const url = await listening(createInterface(server.stdout!));
    const tasks = equationTasks({ split: "test", count: count + 8, levels: [1, 2], seed: 5 });
    const problems = tasks.map(({ equation }) => equation);
    // The first problem pays for programs that are built when they are first needed.
    await ask(url, problems.pop()!);
    const different = problems.slice(0, count);
    const few = problems.slice(count, count + 5);
    const rows = [
      ["different problems", await together(url, different)],
      ["the same again", await together(url, different)],
      [
        "five problems",
        await together(
          url,
          different.map((_, i) => few[i % few.length]!),
        ),
      ],
    ] as const;
    console.log(table(count, rows));
    const metrics = await (await fetch(`${url}/metrics`)).text();
    console.log(
      metrics
        .split("\n")
        .filter((line) => line.startsWith("hone_solve_"))
        .join("\n"),
    );
  } finally {
    server.kill("SIGTERM");
  }
}

function together(url: string, problems: readonly string[]): Promise<readonly Timed[]> {
  return Promise.all(problems.map((problem) => ask(url, problem)));
}

async function ask(url: string, problem: string): Promise<Timed> {
  const start = performance.now();
  const response = await fetch(`${url}/solve`, {
    method: "POST",
    body: JSON.stringify({ problem }),
  });
  const answer = (await response.json()) as SolveAnswer;
  const ms = performance.now() - start;
  return { ms, status: response.status, answer: response.ok ? answer : undefined };
}

function table(count: number, rows: readonly (readonly [string, readonly Timed[]])[]): string {
  const ms = (value: number | undefined): string =>
    value === undefined ? "–" : `${value.toFixed(0)} ms`;
  return columns([
    [`${count} at once`, "50 %", "99 %", "longest", "lost", "from the cache", "solved"],
    ...rows.map(([name, timed]) => {
      const times = spreadOf(timed.map((one) => one.ms));
      const answers = timed.flatMap(({ answer }) => answer ?? []);
      return [
        name,
        ...[times?.median, times?.p99, times?.maximum].map(ms),
        String(timed.length - answers.length),
        String(answers.filter(({ cached }) => cached).length),
        String(answers.filter(({ success }) => success).length),
      ];
    }),
  ]);
}
