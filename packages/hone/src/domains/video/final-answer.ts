/** An answer with the numbers of the captions that it is taken from: "Tom opens the door [4; 3]". */
import * as cited from "../../environments/final-answer.ts";
import type { Solution } from "./questions.ts";

/** @example formatFinal({ answer: "12 s", evidence: [3] }); // "12 s [3]" */
export const formatFinal = ({ answer, evidence }: Solution): string =>
  cited.formatFinal({ answer, sources: evidence.map(String) });

/** Reads what `formatFinal` writes. Any text is an answer. @example parseFinal("12 s [3]").evidence; // [3] */
export function parseFinal(text: string): Solution {
  const { answer, sources } = cited.parseFinal(text);
  return { answer, evidence: numbersIn(sources.join(" ")) };
}

/** The whole numbers in a text, in their order. */
export const numbersIn = (text: string): readonly number[] =>
  (text.match(/\d+/g) ?? []).map(Number);
