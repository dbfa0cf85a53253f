/** Processes of `hone`, with what they take of the processor also where they are killed. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const hone = join(import.meta.dirname, "../../../packages/hone/bin/hone.js");
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.once(signal, () => process.exit(code));

/** A process that was started. */
export interface Started {
  readonly process: ChildProcess;
  /** Seconds of the processor until now, or until it ended; of a process that ended by itself, until half a second before. */
  readonly processorSeconds: () => number;
  /** Kills it, and waits until it is gone. */
  readonly kill: () => Promise<void>;
}

/** Starts `hone <words>`. @param options.isQuiet  drops what it prints, in the place of a pipe for its lines and errors that are shown */
export function startHone(
  words: readonly string[],
  { isQuiet = false }: { readonly isQuiet?: boolean } = {},
): Started {
  const child = spawn(process.execPath, [hone, ...words], {
    stdio: isQuiet ? "ignore" : ["ignore", "pipe", "inherit"],
  });
  running.add(child);
  let seconds = 0;
  const look = (): number => (seconds = processorOf(child.pid!) ?? seconds);
  const timer = setInterval(look, 500);
  const ended = once(child, "exit");
  void ended.then(() => {
    clearInterval(timer);
    running.delete(child);
  });
  return {
    process: child,
    processorSeconds: look,
    kill: async () => {
      look();
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** The lines of JSON that a process prints, until it ends. @throws where it ends with an error */
export async function* jsonLines({
  process: child,
}: Started): AsyncGenerator<Readonly<Record<string, unknown>>, void> {
  const ended = once(child, "exit");
  for await (const line of createInterface(child.stdout!))
    yield JSON.parse(line) as Readonly<Record<string, unknown>>;
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`${child.spawnargs.join(" ")} ended with ${String(code)}`);
}

let ticks: number | undefined;

/** Seconds of the processor that a process took, as Linux counts them; undefined for one that is gone. */
function processorOf(pid: number): number | undefined {
  ticks ??= Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  try {
    // Behind the name, which is in parentheses and may hold spaces: state is field 0, utime 11, stime 12.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) / ticks;
  } catch {
    return undefined;
  }
}
