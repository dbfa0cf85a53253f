/** Which recorded calls answer those of a task's program, by the settings of an improvement. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { fieldsOf } from "../../core/json.ts";
import type { Task } from "../../core/rollout.ts";
import type { RecordedCall, ReplayedCall } from "../../core/tool-replay.ts";
import { readTasks } from "../../data/task-file.ts";
import { parseCalls } from "../replay/replay-file.ts";
import type { ProgramReplay } from "../serving/replayed-program.ts";
import type { ImproveSettings } from "./improve-settings.ts";

/** Fields of a task that its program is not given: what is right, and what the replay answers. */
export const hiddenFields = ["answer", "calls", "session"] as const;

/** What decides how calls of tools are answered. */
export type ReplaySettings = Pick<
  ImproveSettings,
  "match" | "recording" | "unmatched" | "allowTools" | "seed"
>;

/**
 * @param tasks  the file of tasks, whose calls answer
 * @throws CONFIG_INVALID for stubs that are not there, and for tools that are allowed where none runs; as `readTasks`
 */
export async function replayRules(
  { match, recording, unmatched = "error", allowTools, seed }: ReplaySettings,
  tasks: string,
  onCalls: (calls: readonly ReplayedCall[]) => void,
): Promise<ProgramReplay> {
  const [rule, stubs] = splitAt(unmatched);
  if (stubs !== undefined && !existsSync(stubs))
    throw invalid("--unmatched", `there is no file ${stubs}.`);
  if ((rule === "live") !== (allowTools !== undefined))
    throw invalid(
      "--allow-tools",
      "names the tools that may run, with --unmatched live; give both or neither.",
    );
  const { train, test } = await readTasks(tasks, { share: 0, max: 0, seed });
  const all = recording === "agent" ? [...train, ...test].map(({ task }) => task) : [];
  return {
    match,
    unmatched: rule,
    allowed: allowTools ?? [],
    ...(stubs !== undefined && { stubs: resolve(stubs) }),
    callsOf: (task) => [
      ...callsOf(task),
      ...all.filter(({ id }) => id !== task.id).flatMap(callsOf),
    ],
    onCalls,
  };
}

const callsOf = (task: Task): readonly RecordedCall[] => parseCalls(fieldsOf(task)["calls"] ?? []);

/** "stub:./stubs.ts" is the rule "stub" with a file. */
function splitAt(unmatched: string): readonly [ProgramReplay["unmatched"], string?] {
  if (unmatched === "error" || unmatched === "live") return [unmatched];
  return ["stub", unmatched.slice("stub:".length)];
}

const invalid = (where: string, problem: string): HoneError =>
  new HoneError("CONFIG_INVALID", { where, problem });
