/**
 * Ranks documents by bm25 with k1 = 1.2 and b = 0.75:
 *
 *     score = Σ over the query's words of ln(1 + (N − n + 0.5) / (n + 0.5)) · f · 2.2 / (f + 1.2 · (0.25 + 0.75 · length / mean length))
 *
 * of N documents, n of which have the word, f times with the weights of its fields. This logarithm, Lucene's, is above 0 for every word. FTS5's
 * own, ln((N − n + 0.5) / (n + 0.5)), is not: it counts words that half of the documents have as 0.000001, so that in a small collection every
 * score would be about 0. FTS5 gives the score of one word at a time; here its logarithm is replaced.
 */
import type { Tables } from "./tables.ts";

/** A document's number in the tables, and its score. */
export interface RankedDocument {
  readonly number: number;
  readonly score: number;
}

/** What FTS5 takes for a logarithm that is not above 0. */
const LEAST_LOGARITHM = 1e-6;

/** The documents that have any or all of the words, the best first; equal ones in the order in which they were added. */
export function rankDocuments(
  { database, weights }: Tables,
  words: readonly string[],
  match: "any" | "all",
): readonly RankedDocument[] {
  const count = Number(database.prepare("select count(*) as n from documents").get()!["n"]);
  const find = database.prepare(
    `select rowid as number, -bm25(words, ${weights.join(", ")}) as score from words where words match ?`,
  );
  const found = new Map<number, { readonly number: number; score: number; words: number }>();
  for (const word of words) {
    const rows = find.all(`"${word}"`);
    const scale = scaleOf(rows.length, count);
    for (const row of rows) {
      const number = Number(row["number"]);
      const one = found.get(number) ?? { number, score: 0, words: 0 };
      one.score += scale * Number(row["score"]);
      one.words += 1;
      found.set(number, one);
    }
  }
  return [...found.values()]
    .filter((one) => match === "any" || one.words === words.length)
    .toSorted((a, b) => b.score - a.score || a.number - b.number);
}

/** By what FTS5's score of a word is multiplied, which `holders` of `count` documents have. */
function scaleOf(holders: number, count: number): number {
  const odds = (count - holders + 0.5) / (holders + 0.5);
  const own = Math.log(odds);
  return Math.log1p(odds) / (own > 0 ? own : LEAST_LOGARITHM);
}
