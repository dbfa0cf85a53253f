/** Pairs of trajectories of one task, as rows of preferences: the better first. */
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { trlMessage } from "../line-message.ts";
import { messagesOfTrajectory } from "../../core/messages-of-steps.ts";

/** Why trajectories of a task give no pair. */
export type NoPair =
  | "no reward"
  | "no reply"
  | "without a partner"
  | "rewards differ too little"
  | "the same answers";

/** What pairs need of a trajectory. */
export interface RewardedTry {
  readonly reward: number;
  /** The conversation before the first reply, as a file has it. */
  readonly prompt: readonly object[];
  /** The conversation from the first reply on. */
  readonly answer: readonly object[];
  readonly tools: readonly object[];
}

/** A trajectory as a try to compare; why it is none. */
export function tryOf(trajectory: UnifiedTrajectory): RewardedTry | NoPair {
  const { reward, tools } = trajectory;
  if (reward === undefined) return "no reward";
  const messages = messagesOfTrajectory(trajectory);
  const first = messages.findIndex(({ role }) => role === "assistant");
  if (first < 0) return "no reply";
  const lines = messages.map((message) => trlMessage(message));
  return { reward, prompt: lines.slice(0, first), answer: lines.slice(first), tools };
}

/** A pair as a row of a file, and what both sides earned. */
export interface PairRow {
  readonly row: object;
  readonly rewards: { readonly chosen: number; readonly rejected: number };
}

/** The pairs of a task's trajectories, and what gave none. */
export interface TaskPairs {
  readonly rows: readonly PairRow[];
  /** The reason of each try, or each pair of tries, that gave no row. */
  readonly none: readonly NoPair[];
}

/**
 * The best is paired with the worst, the second best with the second worst, and so on, so that each try is in one pair at most. Of an odd
 * number the one in the middle has no partner.
 * @param minMargin  least difference of two rewards, above 0
 */
export function pairsOfTask(tries: readonly RewardedTry[], minMargin: number): TaskPairs {
  const ranked = tries.toSorted((a, b) => b.reward - a.reward);
  const half = Math.floor(ranked.length / 2);
  const pairs = Array.from({ length: half }, (_, i) =>
    pairOf(ranked[i]!, ranked[ranked.length - 1 - i]!, minMargin),
  );
  return {
    rows: pairs.filter((pair) => typeof pair !== "string"),
    none: [
      ...pairs.filter((pair) => typeof pair === "string"),
      ...(ranked.length % 2 === 1 ? (["without a partner"] as const) : []),
    ],
  };
}

function pairOf(better: RewardedTry, worse: RewardedTry, minMargin: number): PairRow | NoPair {
  if (better.reward - worse.reward < minMargin) return "rewards differ too little";
  if (JSON.stringify(better.answer) === JSON.stringify(worse.answer)) return "the same answers";
  const row = {
    prompt: better.prompt,
    chosen: better.answer,
    rejected: worse.answer,
    ...(better.tools.length > 0 && {
      tools: better.tools.map((tool) => ({ type: "function", function: tool })),
    }),
  };
  return { row, rewards: { chosen: better.reward, rejected: worse.reward } };
}
