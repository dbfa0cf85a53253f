/** The words by which a search finds a trace. */
import { searchWords } from "./search-words.ts";
import { spanTexts } from "./span-fields.ts";
import type { Trace, TraceHead } from "./trace.ts";
import { labelTexts } from "./trace-labels.ts";

/** The texts of a head that a search finds: the task and the labels. */
export const headTexts = (head: TraceHead): string[] => [head.task, ...labelTexts(head)];

/** Every word of the task, the labels, and the inputs and outputs of the spans, once. */
function wordsOfTrace(trace: Trace): Set<string> {
  const texts = [...headTexts(trace), ...trace.spans.flatMap(spanTexts)];
  return new Set(texts.flatMap(searchWords));
}

/**
 * False when the JSON text of a trace shows that the trace cannot have the words. Stores without an index skip most traces by
 * it without parsing them.
 *
 * Only ASCII letters are certain: other letters may fold to them (`ﬁ`, `K`), an escape may hide a letter, and numbers have
 * several forms.
 */
export function mayHaveWords(json: string, words: readonly string[]): boolean {
  if (hasHiddenLetters.test(json)) return true;
  const plain = json.toLowerCase();
  return words.every((word) => !isAsciiName.test(word) || plain.includes(word));
}

const hasHiddenLetters = /[\u0080-\uffff]|\\u/;
const isAsciiName = /^[a-z][a-z0-9]*$/;

export const hasWords = (trace: Trace, words: readonly string[]): boolean => {
  if (words.length === 0) return true;
  const own = wordsOfTrace(trace);
  return words.every((word) => own.has(word));
};
