/** Which words a trace is found by. */
import { searchWords } from "./search-words.ts";
import { spanTexts } from "./span.ts";
import type { Trace } from "./trace.ts";

/** Every word of the task and of the spans' inputs and outputs, once. */
function wordsOfTrace(trace: Trace): Set<string> {
  const texts = [trace.task, ...trace.spans.flatMap(spanTexts)];
  return new Set(texts.flatMap(searchWords));
}

export const hasWords = (trace: Trace, words: readonly string[]): boolean => {
  if (words.length === 0) return true;
  const own = wordsOfTrace(trace);
  return words.every((word) => own.has(word));
};
