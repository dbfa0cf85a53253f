/**
 * The words of a text for full-text search, the same for every store.
 *
 * Unicode compatibility form (NFKC), lower case, runs of letters, marks and digits; no stemming, no stop words. Han,
 * Hiragana, Katakana and Thai are written without spaces, so each of their characters is a word. A word is cut after 64
 * characters, since longer ones are data and not language.
 */
const RUNS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]\p{M}*|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}])[\p{L}\p{M}\p{N}])+/gu;

/** Largest length of a word; the rest is cut. */
const longestWord = 64;

/** The words of a text in their order, repeated ones too. @example searchWords("Web_search: Ünïcode 3x"); // ["web", "search", "ünïcode", "3x"] */
export function searchWords(text: string): string[] {
  const words: string[] = [];
  eachWord(text, (word) => words.push(word));
  return words;
}

/** The words of a text without articles, by which answers are compared. @example contentWords("The Hobbit"); // ["hobbit"] */
export const contentWords = (text: string): readonly string[] =>
  searchWords(text).filter((word) => !articles.has(word));

const articles: ReadonlySet<string> = new Set(["a", "an", "the"]);

/** Adds the words of a text to a set. */
export function collectWords(text: string, words: Set<string>): void {
  eachWord(text, (word) => words.add(word));
}

/** Reads words of ASCII, as most are, by character codes, which takes a quarter of the regular expression's time. */
function eachWord(text: string, found: (word: string) => void): void {
  const plain = text.normalize("NFKC").toLowerCase();
  let start = -1;
  let isAscii = true;
  const end = (i: number): void => {
    const piece = plain.slice(start, i);
    if (isAscii) found(piece.length > longestWord ? piece.slice(0, longestWord) : piece);
    else for (const word of piece.match(RUNS) ?? []) found(cut(word));
    start = -1;
    isAscii = true;
  };
  for (let i = 0; i < plain.length; i++) {
    const unit = plain.charCodeAt(i);
    const isFar = unit >= 0x80;
    if (isFar || (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x30 && unit <= 0x39)) {
      if (start < 0) start = i;
      if (isFar) isAscii = false;
    } else if (start >= 0) {
      end(i);
    }
  }
  if (start >= 0) end(plain.length);
}

/** Whole code points only. */
function cut(word: string): string {
  if (word.length <= longestWord) return word;
  const end = /[\ud800-\udbff]/.test(word[longestWord - 1]!) ? longestWord - 1 : longestWord;
  return word.slice(0, end);
}
