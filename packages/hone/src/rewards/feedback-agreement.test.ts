import { expect, it } from "vitest";
import type { ComparisonFeedback, Feedback } from "../core/feedback.ts";
import { feedbackAgreement } from "./feedback-agreement.ts";

let at = 0;
const rating = (author: string, traceId: string, value: number, high = 5): Feedback => {
  const id = `${author} ${traceId} ${++at}`;
  return { kind: "rating", id, author, at, traceId, rating: value, low: 1, high };
};
const comparison = (
  author: string,
  first: string,
  second: string,
  preferred: ComparisonFeedback["preferred"],
): Feedback => {
  const id = `${author} ${first} ${second} ${++at}`;
  return { kind: "comparison", id, author, at, first, second, preferred };
};

it("of ratings is Krippendorff's alpha of their shares of the scale, the last word of each", () => {
  const said = [
    rating("ada", "t1", 1),
    rating("ada", "t1", 5),
    rating("ben", "t1", 9, 9),
    rating("ada", "t2", 1),
    rating("ben", "t2", 2),
    rating("ada", "t3", 3),
  ];
  // Units of two: (1, 1) and (0, 0.25). D_o = (0 + 2 · 0.25²) / 4 = 0.03125. Squared distances of the values 1 1 0 0.25
  // over ordered pairs: 2 · (2 · 1 + 2 · 0.75² + 0.25²) = 6.375; D_e = 6.375 / 12 = 0.53125.
  const { ratings, comparisons } = feedbackAgreement(said);
  expect(ratings.judgedTwice).toBe(2);
  expect(ratings.alpha).toBeCloseTo(1 - 0.03125 / 0.53125, 12);
  expect(comparisons).toEqual({ alpha: undefined, judgedTwice: 0 });
});

it("of comparisons is by the trace that won, whichever was named first", () => {
  const said = [
    comparison("ada", "t1", "t2", "first"),
    comparison("ben", "t2", "t1", "second"),
    comparison("ada", "t3", "t4", "second"),
    comparison("ben", "t3", "t4", "tie"),
  ];
  // Labels (0, 0) and (1, tie). D_o = 2 / 4; of 12 ordered pairs of 0 0 1 tie, 10 differ.
  expect(feedbackAgreement(said).comparisons).toEqual({
    alpha: 1 - 0.5 / (10 / 12),
    judgedTwice: 2,
  });
});
