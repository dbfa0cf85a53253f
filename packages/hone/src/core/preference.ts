/** A preference: of two answers to one prompt, which is better. What preference training reads. */
import type { Message } from "./message.ts";

export interface PreferencePair {
  readonly prompt: readonly Message[];
  readonly chosen: readonly Message[];
  readonly rejected: readonly Message[];
  /** How it is known. */
  readonly source: "comparison" | "correction" | "rating" | "judge";
  /** The task's id, or its text where it has none. */
  readonly task: string;
  /** The traces; a correction has no chosen one. */
  readonly chosenTrace?: string;
  readonly rejectedTrace: string;
  /** Who said so, each once, in order. */
  readonly authors: readonly string[];
  /** Unix milliseconds of the last word on it. */
  readonly at: number;
  /** Share of those asked who said so, ties aside, in (0.5, 1]; or the distance of the ratings, in (0, 1]. */
  readonly margin: number;
}
