/**
 * Tries at tasks, as data: a rollout is one try, a turn one model call in it, a group all rollouts of one task.
 *
 * A failed rollout is data too: attributed to one boundary, counted, excluded by name.
 */
import type { Message } from "./message.ts";
import type { KeptSet } from "./kept-tokens.ts";
import type { BoundTokens } from "./response-format.ts";

/** Token ids of a text under one tokenizer. */
export type TokenIds = readonly number[];

/** Something for an agent to do. Only `id` is hone's; all other fields belong to the user or the domain. */
export interface Task {
  /** Names the task in every file; two tasks of one run have different ids. */
  readonly id: string;
}

/** One model call with everything needed to train on exactly what was sampled. */
export interface Turn {
  /** The conversation that the model was given. */
  readonly messages: readonly Message[];
  /** The model's message, read from the sampled tokens. */
  readonly reply: Message;
  /** The agent that made the call, where several share the policy (`ChatOptions.agent`). Absent where the call named none. */
  readonly agent?: string;
  /** The adapter that sampled, where the policy has several (`TrainOptions.adapters`). Absent where it is one. */
  readonly adapter?: string;
  /** The tools that the call offered: JSON text of a list, as the chat template read it. Absent where it offered none. */
  readonly tools?: string;
  /** Tokens of the rendered conversation. */
  readonly promptTokens: TokenIds;
  /** The tokens that were sampled. */
  readonly tokens: TokenIds;
  /** Log-probability of each sampled token in nats, under the policy at temperature 1. */
  readonly logProbs: readonly number[];
  /** Log-probability of each sampled token in nats, under the distribution it was drawn from (temperature, top-k …). */
  readonly samplingLogProbs: readonly number[];
  /** Entropy of the policy at each sampled token in nats, over the whole vocabulary at temperature 1. Absent where it was not computed. */
  readonly entropies?: readonly number[];
  /** Temperature of sampling; 0 takes the likeliest token. */
  readonly temperature: number;
  /** True when top-k, top-p or min-p cut the distribution, so that ratios to the full policy are biased. */
  readonly isTruncated: boolean;
  /**
   * [N] which tokens top-k, top-p and min-p left at each place; with these sets ratios are not biased. Absent where nothing was cut,
   * or where what sampled does not say.
   */
  readonly kept?: readonly KeptSet[];
  /** How a response format bound the tokens. Absent where they were free. */
  readonly bound?: BoundTokens;
  /** Why sampling ended. */
  readonly stopReason: StopReason;
  /** The version of the weights that sampled. */
  readonly weightsVersion: string;
  /** When the model was asked, in Unix milliseconds. Absent where that was not measured. */
  readonly startedAt?: number;
  /** When it had answered, in Unix milliseconds; absent with `startedAt`. The wait for other rollouts' calls is in between. */
  readonly endedAt?: number;
}

/** Why sampling ended: a stop token or string, the token limit, or an abort signal. */
export type StopReason = "stop" | "length" | "cancelled";

/** Who decided on a reward. */
export type RewardSource = "rule" | "judge" | "human";

/** How well a rollout did: one number, with its named parts. */
export interface Reward {
  /** The number that training uses; higher is better. */
  readonly total: number;
  /**
   * Parts of the total by name, for reports. A part called "success" (0 or 1) says whether the task was done; one called
   * "agent/<name>" is what that agent of a team earned, which the credit rule "agents" reads.
   */
  readonly components: Readonly<Record<string, number>>;
  /** Who decided: a rule in code, a judging model, or a person. */
  readonly source: RewardSource;
  /** The reason in words, as the judge or person gave it; absent without one. */
  readonly reason?: string;
  /** [K] what each turn of the rollout earned, which the credit rule "turn-rewards" reads. Absent where that was not asked. */
  readonly turns?: readonly number[];
}

/** The part of a rollout in which it failed; "deadline" means that it took too long, "worker" that those who took it from a queue did not end it. */
export type Boundary =
  | "worker"
  | "policy"
  | "agent"
  | "tool"
  | "environment"
  | "sandbox"
  | "reward"
  | "deadline";

/** Why a rollout has no reward. */
export interface RolloutFailure {
  /** The part that failed. */
  readonly boundary: Boundary;
  /** What went wrong, in a sentence. */
  readonly message: string;
  /** The line of the user's code that failed, as file:line:column. Absent where it is not known. */
  readonly place?: string;
}

/** What a program outside wrote while it did a task: the last 4,096 characters each, after a line that counts those before. */
export interface ProgramOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** One try of an agent at a task, with every model call, the answer and the reward. */
export interface Rollout<T extends Task = Task, Answer = unknown> {
  /** Names the rollout in files and traces. */
  readonly id: string;
  /** The task that was tried. */
  readonly task: T;
  /** The model calls that were answered, in the order they were made. */
  readonly turns: readonly Turn[];
  /** What the agent returned; undefined when it failed. */
  readonly answer: Answer | undefined;
  /** The reward; undefined when the rollout failed. */
  readonly reward: Reward | undefined;
  /** Whether the task was done: `reward.components.success` above 0, or without that part a total above 0. */
  readonly isSuccess: boolean;
  /** Why there is no reward; undefined when there is one. */
  readonly failure: RolloutFailure | undefined;
  /** What the agent wrote, where it is a program outside. */
  readonly output?: ProgramOutput;
  /** Numbers that the agent gave to `addMetrics`, by name. Absent where it gave none. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** How often the agent was started until this result, at least 1. */
  readonly attempts: number;
  /** Time from the start of the first attempt to the end of the last, in seconds. */
  readonly seconds: number;
}

/** All rollouts of one task under one policy. */
export interface RolloutGroup<T extends Task = Task, Answer = unknown> {
  readonly task: T;
  readonly rollouts: readonly Rollout<T, Answer>[];
  /** Whether it is from a store, sampled by a policy before this run: it says nothing of what this one can do. Default false. */
  readonly isStored?: boolean;
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
  /** [T] the set of kept tokens of each token that was cut; "" at all others. Absent where some set of a cut token is not known. */
  readonly kept?: readonly KeptSet[];
  /** The parts that were sampled under a response format. Absent without one. */
  readonly bound?: readonly BoundPart[];
  /** The adapter that sampled all its turns. Absent where the policy is one. */
  readonly adapter?: string;
  readonly weightsVersion: string;
}

/** A part of a row that was sampled under a response format. */
export interface BoundPart extends BoundTokens {
  /** The index of the part's first token in the row. */
  readonly start: number;
  /** The number of its tokens. */
  readonly length: number;
}
