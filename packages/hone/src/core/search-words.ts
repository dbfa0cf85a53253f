/**
 * The words of a text for the full-text search: the same on every store.
 *
 * Unicode compatibility form (NFKC), lower case, runs of letters, marks and digits; no stemming, no stop words. Han,
 * Hiragana, Katakana and Thai are written without spaces, so each of their characters is a word. A word is cut after 64
 * characters: what is longer is data, not language.
 */
const RUNS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]\p{M}*|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}])[\p{L}\p{M}\p{N}])+/gu;

/** Characters kept of a word. */
const longestWord = 64;

/** The words of a text in their order, repeated ones too. @example searchWords("Web_search: Ünïcode 3x"); // ["web", "search", "ünïcode", "3x"] */
export function searchWords(text: string): string[] {
  const runs = text.normalize("NFKC").toLowerCase().match(RUNS) ?? [];
  return runs.map((word) => (word.length > longestWord ? cut(word) : word));
}

/** Whole code points only. */
function cut(word: string): string {
  const end = /[\ud800-\udbff]/.test(word[longestWord - 1]!) ? longestWord - 1 : longestWord;
  return word.slice(0, end);
}
