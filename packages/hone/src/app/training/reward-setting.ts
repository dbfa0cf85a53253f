/** The reward that `--reward` names: one that compares answers, or a user's file. */
import { resolve } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { fieldsOf } from "../../core/json.ts";
import type { Task } from "../../core/rollout.ts";
import { shownValue } from "../../core/shown-value.ts";
import { entryError } from "../../data/data-line-error.ts";
import type { FileTask } from "../../data/task-file.ts";
import type { GroupReward, RewardFunction } from "../../ports/reward.ts";
import {
  answerRewardNames,
  answerRewards,
  type NamedReward,
} from "../../rewards/answer-rewards.ts";
import { defaultExportOf, fileDigest, isProgramName } from "../user-module.ts";

/** An opened reward. */
export interface OpenedReward {
  readonly reward: RewardFunction<Task> | GroupReward<Task>;
  /** What the run records: the name, or the file with its SHA-256, so that a resume has the same reward. */
  readonly settled: { readonly reward?: string; readonly rewardDigest?: string };
}

const example = "export default ({ answer, task }) => (answer === task.answer ? 1 : 0);";

/**
 * Opens a reward by its name or from its file, and checks that the tasks hold what it compares with.
 * @throws CONFIG_INVALID for a name that is neither; USER_FILE_INVALID; DATA_LINE_INVALID for a task without its answer
 */
export async function openReward(name: string, tasks: readonly FileTask[]): Promise<OpenedReward> {
  if (Object.hasOwn(answerRewards, name)) {
    const named = answerRewards[name as keyof typeof answerRewards];
    return openNamed(name, named, tasks);
  }
  if (!isProgramName(name)) {
    const problem = `expected ${answerRewardNames.join(", ")}, or a .ts or .js file, got ${JSON.stringify(name)}.`;
    throw new HoneError("CONFIG_INVALID", { where: "--reward", problem });
  }
  const given = await defaultExportOf(name, { what: "reward", example });
  if (typeof given !== "function" && !isGroupReward(given)) {
    const problem = `its default export is ${shownValue(given)}, and must be a function of a rollout, or what groupReward() gives`;
    throw new HoneError("USER_FILE_INVALID", { file: name, what: "reward", problem, example });
  }
  return {
    reward: given as OpenedReward["reward"],
    settled: { reward: resolve(name), rewardDigest: await fileDigest(name) },
  };
}

function openNamed(
  name: string,
  { reward, problemOf }: NamedReward,
  tasks: readonly FileTask[],
): OpenedReward {
  for (const { task, entry } of tasks) {
    const { answer } = fieldsOf(task);
    const problem = problemOf(answer);
    if (problem === undefined) continue;
    const why = `${problem}; the reward "${name}" compares with it`;
    throw entryError(entry, why, answer === undefined ? [] : ["answer"]);
  }
  // Every task was seen to hold an answer.
  return { reward: reward as RewardFunction<Task>, settled: { reward: name } };
}

const isGroupReward = (value: unknown): boolean => typeof fieldsOf(value)["rewards"] === "function";
