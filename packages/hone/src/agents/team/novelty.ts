/** Decides whether an answer says something new. */
import { searchWords } from "../../core/search-words.ts";

/**
 * Similarity of two texts: the number of words in both divided by the number of words in either (Jaccard), from 0 to 1.
 *
 * Texts without any word, such as "!!", count as similar (1) only when they are equal.
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
