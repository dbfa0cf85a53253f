/** A program's environment and report where its tools are answered from a recording. */
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import type { Task } from "../../core/rollout.ts";
import type { RecordedCall, ReplayedCall, ReplayedSdk } from "../../core/tool-replay.ts";
import { parseReport, type ReplayFile, replayVariable } from "../replay/replay-file.ts";

/** How the tools of a program are answered. */
export interface ProgramReplay extends Pick<
  ReplayFile,
  "match" | "unmatched" | "allowed" | "stubs"
> {
  /** The recorded calls that answer those of a task, those of the task itself first. */
  readonly callsOf: (task: Task) => readonly RecordedCall[];
  /** Called with the calls of a program that has ended. */
  readonly onCalls: (calls: readonly ReplayedCall[]) => void;
}

/** One try of a program with a replay. */
export interface OpenedReplay {
  /** The variables that a program is started with. They are the same for all tries in a folder. */
  readonly environment: NodeJS.ProcessEnv;
  /** Reports the calls, once the try has ended; returns false where recorded calls could not be answered. */
  readonly report: () => Promise<boolean>;
}

/** @param folder  an empty one, for the files that tell the program and that it writes */
export async function openReplay(
  { callsOf, onCalls, ...rules }: ProgramReplay,
  { task, folder }: { readonly task: Task; readonly folder: string },
): Promise<OpenedReplay> {
  const [file, report] = [join(folder, "replay.json"), join(folder, "replayed.jsonl")];
  const content: ReplayFile = { ...rules, calls: callsOf(task), report };
  // In the place of the file of the try before as a whole: threads of the program may read it.
  await writeFile(`${file}.next`, JSON.stringify(content));
  await rename(`${file}.next`, file);
  const preload = `--import=${new URL("../../../bin/register.js", import.meta.url).href}`;
  return {
    environment: {
      [replayVariable]: file,
      // Tries are kept by the run; an app that records itself would add them to its own traces.
      HONE_TRACES: "off",
      NODE_OPTIONS: [process.env["NODE_OPTIONS"], preload].filter(Boolean).join(" "),
    },
    report: async () => {
      const { hooked, calls } = parseReport(await textOf(report));
      await rm(report, { force: true });
      onCalls(calls);
      const needed = content.calls.filter((call) => mustBeAnswered(call, rules));
      return needed.every((call) => isAnswered(call, hooked));
    },
  };
}

/** Whether what runs the tool of a call was loaded where it is answered. */
const isAnswered = ({ isOwn }: RecordedCall, hooked: ReadonlySet<ReplayedSdk>): boolean =>
  isOwn === true ? hooked.has("hone") : [...hooked].some((sdk) => sdk !== "hone");

/** Whether the tool of a call must not run. */
const mustBeAnswered = (
  { name }: RecordedCall,
  { unmatched, allowed }: Pick<ReplayFile, "unmatched" | "allowed">,
): boolean => unmatched !== "live" || !allowed.includes(name);

/** A program that reported nothing has left no file. */
async function textOf(report: string): Promise<string> {
  try {
    return await readFile(report, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

/**
 * The answer of a program, whose calls are reported however it ends.
 * @throws TOOLS_NOT_REPLAYED for a program that answered and whose tools were not replayed; as `run`
 */
export async function reported(
  run: Promise<string>,
  replayed: OpenedReplay,
  line: string,
): Promise<string> {
  const [ended] = await Promise.allSettled([run]);
  const isReplayed = await replayed.report();
  // A program that failed, or that was ended, may not have come to load the SDK.
  if (ended.status === "rejected") throw ended.reason;
  if (!isReplayed) throw new HoneError("TOOLS_NOT_REPLAYED", { command: line });
  return ended.value;
}
