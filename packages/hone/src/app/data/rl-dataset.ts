/** `createRlDataset`: trajectories that are good enough to learn from, with the conversation of each. */
import { checkOptions } from "../../core/known-options.ts";
import type { Message } from "../../core/message.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { LeftOutTrajectories } from "../../data/trajectories/left-out.ts";
import { messagesOfTrajectory } from "../../core/messages-of-steps.ts";
import { trajectoriesOf } from "./trajectory-sources.ts";

/** Which trajectories `createRlDataset` takes. */
export interface RlDatasetOptions {
  /** The least reward. Default 0. */
  readonly minReward?: number;
  /** The domain of trajectories that say none. Default "general". */
  readonly domain?: string;
}

/** A trajectory to learn from. */
export interface RlExample {
  /** The whole trajectory. */
  readonly trajectory: UnifiedTrajectory;
  /** Its conversation: instructions, question, replies, and what came of them. */
  readonly messages: readonly Message[];
  /** What it earned. */
  readonly reward: number;
}

/** Trajectories to learn from, in the order of their files. */
export interface RlDataset extends Iterable<RlExample> {
  /** All examples. */
  readonly examples: readonly RlExample[];
  /** How many trajectories are not among them, by the reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/**
 * Reads the trajectories of files, patterns of files and stores that have a reward of at least `minReward`. Those of evaluations are left
 * out, as nothing may be learned from them.
 *
 * @param paths  files of any form that `hone convert` reads, patterns such as "data/raw/math/*.traj.json", addresses of stores
 * @throws OPTION_INVALID; as `hone convert` for files that cannot be read
 * @example
 * const dataset = await createRlDataset(["data/raw/math/demo.traj.json"], { minReward: 0.5 });
 * for (const { messages, reward } of dataset) console.log(messages.length, reward);
 */
export async function createRlDataset(
  paths: readonly string[],
  options: RlDatasetOptions = {},
): Promise<RlDataset> {
  const where = "createRlDataset";
  checkOptions(where, options, { minReward: true, domain: true });
  const { minReward = 0, domain = "general" } = options;
  const check = optionChecks(where);
  check.number("minReward", minReward);
  const sources = check.list("paths", paths);
  const others = new LeftOutTrajectories();
  const [examples, counts]: [RlExample[], Map<string, number>] = [[], new Map()];
  for await (const trajectory of trajectoriesOf({ sources, domain }, others)) {
    const { reward, split } = trajectory;
    const reason = reasonAgainst(reward, split, minReward);
    if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    else examples.push({ trajectory, messages: messagesOfTrajectory(trajectory), reward: reward! });
  }
  for (const { reason, count } of others.reasons) counts.set(reason, count);
  return {
    examples,
    leftOut: Object.fromEntries(counts),
    [Symbol.iterator]: () => examples[Symbol.iterator](),
  };
}

function reasonAgainst(
  reward: number | undefined,
  split: UnifiedTrajectory["split"],
  minReward: number,
): string | undefined {
  if (split === "test") return "of evaluations";
  if (reward === undefined) return "no reward";
  return reward < minReward ? `a reward below ${minReward}` : undefined;
}
