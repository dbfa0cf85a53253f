/** Preference pairs: which of two answers to one prompt is better. Preference training reads them. */
import type { Message } from "./message.ts";

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
