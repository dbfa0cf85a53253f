/** Processes of their own for tests of stores: they write, print what was acknowledged, and are killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../core/random.ts";

export interface TestProcess {
  readonly child: ChildProcess;
  /** What it printed so far, whole lines only. */
  readonly lines: () => readonly string[];
  readonly ended: Promise<unknown>;
}

const modules = {
  openSqliteStore: "./sqlite-store.ts",
  openPostgresStore: "./postgres-store.ts",
  sampleTrace: "../testing/sample-traces.ts",
};

/** Runs the text of a module that may use the names above. */
export function startProcess(text: string): TestProcess {
  const imports = Object.entries(modules).map(([name, path]) => {
    const url = JSON.stringify(new URL(path, import.meta.url).href);
    return `const { ${name} } = await import(${url});\n`;
  });
  const child = spawn(
    process.execPath,
    ["--input-type=module", "--eval", imports.join("") + text],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    output += part;
  });
  return { child, lines: () => output.split("\n").slice(0, -1), ended: once(child, "close") };
}

/**
 * Starts a process again and again, three at a time, and kills each with SIGKILL at a random moment after its first line.
 * @returns every line that was printed
 */
export async function killAtRandom(
  times: number,
  random: Random,
  text: (round: number) => string,
): Promise<Set<string>> {
  const told = new Set<string>();
  for (let round = 0; round < times; round += 3) {
    const running = [0, 1, 2].map((k) => startProcess(text(round + k)));
    for (const { child, lines, ended } of running) {
      while (lines().length === 0 && child.exitCode === null) await sleep(5);
      await sleep(random.uniform() * 60);
      child.kill("SIGKILL");
      await ended;
      for (const line of lines()) told.add(line);
    }
  }
  return told;
}
