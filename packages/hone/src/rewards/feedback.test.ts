import { describe, expect, it } from "vitest";
import type { ComparisonFeedback, Feedback, RatingFeedback } from "../core/feedback.ts";
import type { Trace } from "../core/trace.ts";
import { feedbackRewards } from "./feedback-rewards.ts";
import { preferencePairs } from "./preference-pairs.ts";
import { answeredTrace } from "../testing/answered-trace.ts";

let clock = 0;
const rating = (
  author: string,
  traceId: string,
  value: number,
  more: Partial<RatingFeedback> = {},
): Feedback => ({
  kind: "rating",
  id: `${author}-${traceId}-${value}`,
  author,
  at: ++clock,
  traceId,
  rating: value,
  low: 1,
  high: 5,
  ...more,
});
const comparison = (
  author: string,
  first: string,
  second: string,
  preferred: ComparisonFeedback["preferred"],
): Feedback => ({
  kind: "comparison",
  id: `${author}-${first}-${second}-${++clock}`,
  author,
  at: clock,
  first,
  second,
  preferred,
});

const trace = (id: string, answer: string, task = "Name a prime."): Trace =>
  answeredTrace(id, answer, task);

describe("ratings", () => {
  it("are shares of their scales, one reward a trace, the mean of their authors", () => {
    const said = [
      rating("ada", "t1", 5, { reason: "exact" }),
      rating("ben", "t1", 2),
      rating("ada", "t2", 7, { low: 0, high: 10, at: 1000 }),
    ];
    expect(feedbackRewards(said)).toEqual([
      {
        traceId: "t1",
        reward: {
          id: "human",
          total: 0.625,
          components: { rating: 0.625 },
          source: "human",
          at: said[1]!.at,
          by: "ada, ben",
          reason: "exact",
        },
      },
      {
        traceId: "t2",
        reward: expect.objectContaining({ total: 0.7, by: "ada", at: 1000 }) as object,
      },
    ]);
  });

  it("of one author replace each other, by time and by id", () => {
    const early = rating("ada", "t1", 1, { id: "x", at: 10 });
    const late = rating("ada", "t1", 5, { id: "y", at: 20 });
    expect(feedbackRewards([late, early])[0]?.reward.total).toBe(1);
    const corrected = rating("ada", "t1", 3, { id: "y", at: 30 });
    expect(feedbackRewards([late, early, corrected])[0]?.reward.total).toBe(0.5);
  });
});

describe("comparisons as rewards", () => {
  const said = [
    comparison("ada", "t1", "t2", "first"),
    comparison("ben", "t2", "t1", "second"),
    comparison("ada", "t1", "t3", "tie"),
  ];

  it("are the share of comparisons won, ties half", () => {
    const totals = feedbackRewards(said).map(({ traceId, reward }) => [traceId, reward.total]);
    // t1: 1, 1, ½. t2: 0, 0. t3: ½.
    expect(totals).toEqual([
      ["t1", 2.5 / 3],
      ["t2", 0],
      ["t3", 0.5],
    ]);
  });

  it("are a part where a trace was rated, or stand beside the rating", () => {
    const both = [...said, rating("cleo", "t1", 1)];
    const ids = (kind?: "both" | "comparison" | "rating"): string[] =>
      feedbackRewards(both, kind).map(({ traceId, reward }) => `${traceId} ${reward.id}`);
    expect(ids()).toEqual(["t1 human", "t2 human", "t3 human"]);
    expect(feedbackRewards(both)[0]?.reward).toMatchObject({
      total: 0,
      components: { rating: 0, preference: 2.5 / 3 },
      by: "ada, ben, cleo",
    });
    expect(ids("both")).toHaveLength(4);
    expect(ids("rating")).toEqual(["t1 human:rating"]);
    expect(ids("comparison")).toHaveLength(3);
  });
});

describe("preference pairs", () => {
  const traces = [trace("t1", "101"), trace("t2", "102"), trace("t3", "101"), trace("t4", " ")];

  it("come of comparisons, by majority, whichever trace was named first", () => {
    const said = [
      comparison("ada", "t1", "t2", "first"),
      comparison("ben", "t2", "t1", "second"),
      comparison("cleo", "t1", "t2", "second"),
      comparison("dan", "t1", "t2", "tie"),
    ];
    expect(preferencePairs(said, traces)).toEqual({
      pairs: [
        {
          prompt: [{ role: "user", content: "Name a prime." }],
          chosen: [{ role: "assistant", content: "101" }],
          rejected: [{ role: "assistant", content: "102" }],
          source: "comparison",
          task: "Name a prime.",
          chosenTrace: "t1",
          rejectedTrace: "t2",
          authors: ["ada", "ben"],
          at: said[1]!.at,
          margin: 2 / 3,
        },
      ],
      leftOut: {},
    });
  });

  it("come of corrections, the corrected answer chosen", () => {
    const said: Feedback = {
      kind: "correction",
      id: "c",
      author: "ada",
      at: 5,
      traceId: "t2",
      answer: "103",
    };
    const { pairs } = preferencePairs([said], traces);
    expect(pairs).toMatchObject([
      {
        chosen: [{ content: "103" }],
        rejected: [{ content: "102" }],
        source: "correction",
        margin: 1,
      },
    ]);
    expect(pairs[0]).not.toHaveProperty("chosenTrace");
  });

  it("come of ratings that are far enough apart, where asked for", () => {
    const said = [rating("ada", "t1", 5), rating("ada", "t2", 2), rating("ben", "t3", 4)];
    expect(preferencePairs(said, traces)).toEqual({ pairs: [], leftOut: {} });
    const { pairs, leftOut } = preferencePairs(said, traces, { ratingMargin: 0.5 });
    // Shares 1, 0.25 and 0.75: t1 and t3 are only 0.25 apart.
    expect(pairs).toMatchObject([
      { chosenTrace: "t1", rejectedTrace: "t2", margin: 0.75, authors: ["ada"] },
      { chosenTrace: "t3", rejectedTrace: "t2", margin: 0.5, authors: ["ada", "ben"] },
    ]);
    expect(leftOut).toEqual({ too_close: 1 });
  });

  it("count what gives none by its reason", () => {
    const other = trace("t5", "7", "Name a prime below 10.");
    const said = [
      comparison("ada", "t1", "gone", "first"),
      comparison("ada", "t1", "t4", "first"),
      comparison("ada", "t1", "t5", "first"),
      comparison("ada", "t1", "t3", "first"),
      comparison("ada", "t1", "t2", "tie"),
      { kind: "correction", id: "c", author: "ada", at: 1, traceId: "t1", answer: "101 " } as const,
    ];
    expect(preferencePairs(said, [...traces, other])).toEqual({
      pairs: [],
      leftOut: { trace_missing: 1, no_answer: 1, other_prompt: 1, same_answer: 2, tie: 1 },
    });
  });
});
