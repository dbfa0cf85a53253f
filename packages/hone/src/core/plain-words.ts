/** The words of a text that carry its meaning: without the words of grammar and of asking. */
import { searchWords } from "./search-words.ts";

const grammar: ReadonlySet<string> = new Set(
  `a about also an and any are as at be been but by can could did do does for from had has have he her his how i if in into is it its know me my no nor
  not of on or other our out over own please she should so some such tell than that the their them then there these they this those to too under up us
  was we were what when where which while who why will with would you your`.split(/\s+/),
);

/** In their order, repeated ones too. @example plainWords("How the pump is set"); // ["pump", "set"] */
export const plainWords = (text: string): readonly string[] =>
  searchWords(text).filter((word) => !grammar.has(word));
