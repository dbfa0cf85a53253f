/** Preference pairs: which of two answers to one prompt is better. Preference training reads them. */
import type { ConversationSettings, Message } from "./message.ts";

/** Two answers to one prompt to learn a preference from. A `PreferencePair` is one. */
export interface AnswerPair {
  /** The conversation that was answered, at least one message. Nothing in it is learned. */
  readonly prompt: readonly Message[];
  /** The better answer. It may be several messages, such as a call of a tool, its result and the answer. */
  readonly chosen: readonly Message[];
  /** The worse answer, different from the better one. */
  readonly rejected: readonly Message[];
  /** What the conversation says besides its messages, such as the tools it offers. Default: nothing. */
  readonly settings?: ConversationSettings;
  /** How much the pair counts, relative to the others, above 0. Default 1. */
  readonly weight?: number;
  /** By how much a reward model is to value the better answer more, at least 0; other methods do not read it. Default 0. */
  readonly rewardMargin?: number;
}

/** An answer that is known to be good or bad, without another to compare it with. */
export interface RatedAnswer {
  /** The conversation that was answered, at least one message. Nothing in it is learned. */
  readonly prompt: readonly Message[];
  /** The answer. */
  readonly answer: readonly Message[];
  /** Whether the model is to answer like this (true) or not (false). */
  readonly isDesirable: boolean;
  /** What the conversation says besides its messages. Default: nothing. */
  readonly settings?: ConversationSettings;
  /** How much it counts, relative to the others, above 0. Default 1. */
  readonly weight?: number;
}

/** Two answers to one prompt, of which one is better. */
export interface PreferencePair {
  /** The conversation that was answered. */
  readonly prompt: readonly Message[];
  /** The better answer. */
  readonly chosen: readonly Message[];
  /** The worse answer. */
  readonly rejected: readonly Message[];
  /** Where the preference comes from. */
  readonly source: "comparison" | "correction" | "rating" | "judge";
  /** The id of the task, or its text where it has no id. */
  readonly task: string;
  /** Id of the trace with the better answer. Absent for a correction, whose better answer a person wrote. */
  readonly chosenTrace?: string;
  /** Id of the trace with the worse answer. */
  readonly rejectedTrace: string;
  /** The people it comes from, each once, in order. */
  readonly authors: readonly string[];
  /** When the last of them said so, in Unix milliseconds. */
  readonly at: number;
  /** How clear it is: the share of people who agree, without ties, in (0.5, 1]; for ratings their difference, in (0, 1]. */
  readonly margin: number;
}
