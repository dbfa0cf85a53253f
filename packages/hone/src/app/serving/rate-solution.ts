/** What people say of solutions that a server gave, kept in the traces of these solutions. */
import { HoneError } from "../../core/errors.ts";
import { withId } from "../../core/feedback.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { keepFeedback } from "../../rewards/keep-feedback.ts";
import type { SolutionRating } from "../../server/solver.ts";

/** The phase of the traces of solved problems, by which they are told from all others of a store. */
export const solvePhase = "solve";

/** Ratings of one solution at most, so that clients cannot make a trace grow without end. Those that are kept at the same time may pass it. */
const maxRatings = 100;

/** The author that is kept. The server verifies no names, so a client must not replace what `hone feedback` kept of a person. */
const unverified = (author: string): string => `${solvePhase}:${author}`;

/**
 * Keeps a rating of a solution durably; a second one of the same author replaces the first.
 * @throws SERVE_SOLUTION_UNKNOWN for an id that is not that of a solution; SERVE_RATINGS_FULL; the store's errors
 */
export async function rateSolution(
  store: TraceStore,
  { id, rating, comment, author: said }: SolutionRating,
): Promise<void> {
  const trace = await store.get(id);
  if (trace?.metadata["phase"] !== solvePhase)
    throw new HoneError("SERVE_SOLUTION_UNKNOWN", { id });
  const reason = comment === undefined ? {} : { reason: comment };
  const place = { traceId: id, rating, low: 1, high: 5, at: Date.now() };
  const kept = withId({ kind: "rating", author: unverified(said), ...place, ...reason });
  const { feedback = [] } = trace;
  const isNew = feedback.every((one) => one.id !== kept.id);
  if (isNew && feedback.length >= maxRatings)
    throw new HoneError("SERVE_RATINGS_FULL", { id, limit: maxRatings });
  await keepFeedback(store, [kept]);
}
