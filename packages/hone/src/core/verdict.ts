/** What the interval of a difference shows, in the same words everywhere. */

export type Verdict = "better" | "worse" | "not shown to be different";

/** What a difference, after − before, shows: nothing where its interval holds 0. */
export function verdictOf(interval: { readonly low: number; readonly high: number }): Verdict {
  if (interval.low > 0) return "better";
  return interval.high < 0 ? "worse" : "not shown to be different";
}
