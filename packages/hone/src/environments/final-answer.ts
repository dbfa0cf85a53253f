/** An answer with what it is taken from, such as titles of documents or numbers of captions: "Brindle [Ember; Ada]". */

/** What a `finalize` says. */
export interface FinalAnswer {
  /** The answer itself. */
  readonly answer: string;
  /** What it cites; nothing without brackets. */
  readonly sources: readonly string[];
}

/** An answer as text, its sources in brackets. @example formatFinal({ answer: "Brindle", sources: ["Ember", "Ada"] }); // "Brindle [Ember; Ada]" */
export const formatFinal = ({ answer, sources }: FinalAnswer): string =>
  sources.length === 0 ? answer : `${answer} [${sources.join("; ")}]`;

/** Reads what `formatFinal` writes. Any text is an answer. @example parseFinal("Brindle [Ember; Ada]").sources; // ["Ember", "Ada"] */
export function parseFinal(text: string): FinalAnswer {
  const parts = /^([^[\]]*)\[([^[\]]*)\]\.?\s*$/.exec(text);
  if (!parts) return { answer: text.trim(), sources: [] };
  const [, answer = "", list = ""] = parts;
  const sources = list.split(";").map((title) => title.trim());
  return { answer: answer.trim(), sources: sources.filter((title) => title !== "") };
}
