/** Questions whose right answer is not known: whether what an answer cites speaks of what was asked. */
import { plainWords } from "../core/plain-words.ts";
import { searchWords } from "../core/search-words.ts";

/** What a task says of such a question, for the user. */
export const openQuestionWarning =
  "its right answer is not known: done means that the answer's words stand in what it cites, and so do the question's names and half of its words";

/**
 * Whether a text speaks of what a question asks: it has all names in the question (words with a capital letter, but for the first) and at
 * least half of the words that are no grammar, or more than half where the question names nothing. A question without such words is
 * spoken of by no text. Endings of English verbs and plurals do not count. That a text speaks of a question does not make it an answer.
 * @example speaksOf("Mia fills the cup.", "Who is the king of Bhutan?"); // false
 */
export function speaksOf(text: string, question: string): boolean {
  const said = new Set(searchWords(text).map(withoutEnding));
  const isSaid = (word: string): boolean => said.has(withoutEnding(word));
  const asked = [...new Set(plainWords(question).filter(isTold))];
  const names = namesIn(question);
  const share = asked.filter(isSaid).length / asked.length;
  return names.every(isSaid) && (names.length > 0 ? share >= 0.5 : share > 0.5);
}

/** A letter alone, such as the s behind an apostrophe, tells nothing. */
const isTold = (word: string): boolean => word.length > 1;

/** Words with a capital letter behind the first word. */
const namesIn = (question: string): readonly string[] =>
  question
    .trim()
    .split(/\s+/)
    .slice(1)
    .filter((word) => /^\P{L}*\p{Lu}/u.test(word))
    .flatMap(plainWords)
    .filter(isTold);

/** @example withoutEnding("washes"); // "wash", as of "washed" and "washing" */
const withoutEnding = (word: string): string => word.replace(/(?<=..)(?:ing|ed|es|s|e)$/, "");
