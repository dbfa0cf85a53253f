/** What every form of tool calls in a reply can do. */
import type { WrittenCall } from "./written-call.ts";

/** A reply without its reasoning, taken apart. */
export interface WordsAndCalls {
  readonly content: string;
  readonly calls: readonly WrittenCall[];
}

/** What is known of a text besides its letters. */
export interface CallContext {
  /** Whether more of it follows. What is returned then is the beginning of what the whole text gives. */
  readonly isPartial: boolean;
  /** The tools that may be called: JSON text of a list. Some forms write texts and numbers alike; the schemas tell them apart. */
  readonly tools?: string | undefined;
}

/** Takes a text apart into words and calls. */
export type CallForm = (text: string, context: CallContext) => WordsAndCalls;
