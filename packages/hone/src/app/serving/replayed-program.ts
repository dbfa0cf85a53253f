/** A program's environment and report where its tools are answered from a recording. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Task } from "../../core/rollout.ts";
import type { RecordedCall, ReplayedCall } from "../../core/tool-replay.ts";
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

/** One run of a program with a replay. */
export interface OpenedReplay {
  /** The variables that the program is started with. */
  readonly environment: NodeJS.ProcessEnv;
  /** Reports the calls, once the program has ended; returns false where recorded calls could not be answered. */
  readonly report: () => Promise<boolean>;
}

/** @param folder  an empty one, for the files that tell the program and that it writes */
export async function openReplay(
  { callsOf, onCalls, ...rules }: ProgramReplay,
  { task, folder }: { readonly task: Task; readonly folder: string },
): Promise<OpenedReplay> {
  const [file, report] = [join(folder, "replay.json"), join(folder, "replayed.jsonl")];
  const content: ReplayFile = { ...rules, calls: callsOf(task), report };
  await writeFile(file, JSON.stringify(content));
  const preload = `--import=${new URL("../../../bin/register.js", import.meta.url).href}`;
  return {
    environment: {
      [replayVariable]: file,
      NODE_OPTIONS: [process.env["NODE_OPTIONS"], preload].filter(Boolean).join(" "),
    },
    report: async () => {
      const { isHooked, calls } = parseReport(await textOf(report));
      onCalls(calls);
      return isHooked || !content.calls.some((call) => mustBeAnswered(call, rules));
    },
  };
}

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
