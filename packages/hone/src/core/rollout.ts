/**
 * Tries at tasks, as data: a rollout is one try, a turn one model call in it, a group all rollouts of one task.
 *
 * A failed rollout is data too: attributed to one boundary, counted, excluded by name.
 */
import type { Message } from "./message.ts";

/** Token ids of a text under one tokenizer. */
export type TokenIds = readonly number[];

/** What to do. `id` names it in every file; the rest belongs to the domain or the user. */
export interface Task {
  readonly id: string;
}

/** One model call with everything needed to train on exactly what was sampled. */
export interface Turn {
  readonly messages: readonly Message[];
  readonly reply: Message;
  readonly promptTokens: TokenIds;
  readonly tokens: TokenIds;
  /** Per sampled token, nats, of the untempered policy. */
  readonly logProbs: readonly number[];
  /** Per sampled token, nats, of the distribution really sampled from. */
  readonly samplingLogProbs: readonly number[];
  readonly temperature: number;
  /** True when top-k, top-p or min-p cut the distribution, so that ratios to the full policy are biased. */
  readonly isTruncated: boolean;
  readonly stopReason: StopReason;
  readonly weightsVersion: string;
}

/** Why sampling ended: a stop token or string, the token limit, or an abort signal. */
export type StopReason = "stop" | "length" | "cancelled";

/** Who decided on a reward. */
export type RewardSource = "rule" | "judge" | "human";

/** A number for a rollout, with its named parts. */
export interface Reward {
  readonly total: number;
  readonly components: Readonly<Record<string, number>>;
  readonly source: RewardSource;
  /** Why, in words, where whoever decided says so. */
  readonly reason?: string;
}

/** Where a rollout can fail. */
export type Boundary = "policy" | "agent" | "tool" | "environment" | "reward" | "deadline";

export interface RolloutFailure {
  readonly boundary: Boundary;
  readonly message: string;
}

export interface Rollout<T extends Task = Task, Answer = unknown> {
  readonly id: string;
  readonly task: T;
  readonly turns: readonly Turn[];
  /** What the agent returned; undefined when it failed. */
  readonly answer: Answer | undefined;
  readonly reward: Reward | undefined;
  /** Whether the task was done, where the reward says so (`components.success`), else reward > 0. */
  readonly isSuccess: boolean;
  readonly failure: RolloutFailure | undefined;
  /** Tries until this result, at least 1. */
  readonly attempts: number;
  readonly seconds: number;
}

/** All rollouts of one task under one policy. */
export interface RolloutGroup<T extends Task = Task, Answer = unknown> {
  readonly task: T;
  readonly rollouts: readonly Rollout<T, Answer>[];
}

/**
 * The token-exact training view of a rollout: turns whose prompts extend each other become one row.
 * Tokens at which `mask` is 1 were sampled by the policy; the others were given to it.
 */
export interface Trajectory {
  readonly rolloutId: string;
  readonly tokens: TokenIds;
  /** [T] 1 where the token was sampled. */
  readonly mask: readonly number[];
  /** [T] nats; 0 where `mask` is 0. */
  readonly logProbs: readonly number[];
  readonly samplingLogProbs: readonly number[];
  readonly temperature: number;
  readonly isTruncated: boolean;
  readonly weightsVersion: string;
}
