/** Processes that train: each prints a line of JSON for a step and its result last, and may wait for its turn. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.once(signal, () => process.exit(code));

/** A program that prints lines of JSON. */
export interface Side {
  /** The next line; undefined at the end. @throws when the program ended with an error */
  next(): Promise<Record<string, unknown> | undefined>;
  /** Lets it take one more step. */
  turn(): void;
  /** Lets it take all further steps. */
  release(): void;
  /** Ends it. */
  stop(): void;
}

/** @param isPaced whether it waits for `turn` before each step; else it runs freely */
export function startSide(program: string, args: readonly string[], isPaced: boolean): Side {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  running.add(child);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  ended.catch(() => undefined);
  // A program that ended early says why by its exit code, which `next` reads.
  child.stdin.on("error", () => undefined);
  if (!isPaced) child.stdin.end();
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async next() {
      const { value, done } = await lines.next();
      if (done !== true) return JSON.parse(value) as Record<string, unknown>;
      const code = await ended;
      if (code !== 0) throw new Error(`${program} ${args[0]} ended with ${String(code)}`);
      return undefined;
    },
    turn: () => child.stdin.write("\n"),
    release: () => child.stdin.end(),
    stop: () => child.kill("SIGKILL"),
  };
}

/** Runs a side freely to its end. @returns its last line @param onLine told every line before it */
export async function lastLine(
  side: Side,
  onLine: (line: Record<string, unknown>) => void = () => undefined,
): Promise<Record<string, unknown>> {
  let last: Record<string, unknown> | undefined;
  for (let line = await side.next(); line !== undefined; line = await side.next()) {
    if (last !== undefined) onLine(last);
    last = line;
  }
  if (last === undefined) throw new Error("the program printed nothing");
  return last;
}
