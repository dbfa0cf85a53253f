/**
 * The words of a text for the full-text search: the same on every store.
 *
 * Unicode compatibility form (NFKC), lower case, runs of letters, marks and digits; no stemming, no stop words. Han,
 * Hiragana, Katakana and Thai are written without spaces, so each of their characters is a word. A word is cut after 64
 * characters: what is longer is data, not language.
 */
const RUNS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]\p{M}*|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}])[\p{L}\p{M}\p{N}])+/gu;

/** Pieces that hold whole words, whatever else they hold: most are plain ASCII, and looking for those is three times as fast. */
const PIECES = /[a-z0-9\u0080-\uffff]+/g;
const BEYOND_ASCII = /[\u0080-\uffff]/;

/** Characters kept of a word. */
const longestWord = 64;

/** The words of a text in their order, repeated ones too. @example searchWords("Web_search: Ünïcode 3x"); // ["web", "search", "ünïcode", "3x"] */
export function searchWords(text: string): string[] {
  const words: string[] = [];
  for (const piece of text.normalize("NFKC").toLowerCase().match(PIECES) ?? []) {
    if (!BEYOND_ASCII.test(piece)) words.push(piece.slice(0, longestWord));
    else for (const word of piece.match(RUNS) ?? []) words.push(cut(word));
  }
  return words;
}

/** Whole code points only. */
function cut(word: string): string {
  if (word.length <= longestWord) return word;
  const end = /[\ud800-\udbff]/.test(word[longestWord - 1]!) ? longestWord - 1 : longestWord;
  return word.slice(0, end);
}
