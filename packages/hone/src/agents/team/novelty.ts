/** Whether an answer says anything new. */
import { searchWords } from "../../core/search-words.ts";

/**
 * How much two texts share: the words in both over the words in either (Jaccard), in [0, 1].
 *
 * Texts without a word, such as two rows of signs, are alike only when they are equal.
 * @example similarityOf("the cat sat", "the cat ran"); // 0.5
 */
export function similarityOf(a: string, b: string): number {
  const first = new Set(searchWords(a));
  const second = new Set(searchWords(b));
  const shared = [...first].filter((word) => second.has(word)).length;
  const either = first.size + second.size - shared;
  if (either === 0) return a.trim() === b.trim() ? 1 : 0;
  return shared / either;
}
