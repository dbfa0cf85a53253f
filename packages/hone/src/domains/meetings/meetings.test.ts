/** The generative model, its texts and splits, and what is known of a meeting. */
import { expect, it } from "vitest";
import type { Meeting } from "./attributes.ts";
import { meetingCeilings } from "./ceilings.ts";
import { estimate, likeliestReason, textFacts } from "./knowledge.ts";
import { factorValues, inputsOf, truthOf } from "./model.ts";
import { meetingSplitOf, meetingSplits, meetingTask, meetingTasks } from "./tasks.ts";
import { meetingToolSet } from "./tool-set.ts";
import { factsIn, meetingToolNames, toolAnswer, toolFacts } from "./tools.ts";

const person = { mood: 0, earlier: 1 } as const;
const meeting: Meeting = {
  a: {
    ...{ role: "founder", seniority: "senior", interests: ["AI", "data", "cloud"], ...person },
    engagement: 4,
  },
  b: {
    ...{ role: "analyst", seniority: "junior", interests: ["health", "AI", "data"], ...person },
    engagement: 3,
  },
  ...{ day: 2, hour: 15, gap: 45, history: "good" },
};

it("gives a meeting the probability of the formula, worked out by hand", () => {
  const values = {
    topic_alignment: 0.6,
    seniority_match: -0.5,
    // 2 earlier meetings and the afternoon's 1: 1 − 3/4.
    energy: 0.25,
    // (7 − 6)/4 + 0.5.
    engagement: 0.75,
    schedule: 1,
  };
  expect(factorValues(inputsOf(meeting))).toEqual(values);
  // −0.45 + 0.9 − 0.9 + 0.325 + 1.35 + 1 = 2.225
  const { probability, reason } = truthOf(meeting);
  expect(probability).toBeCloseTo(1 / (1 + Math.exp(-2.225)), 12);
  expect(reason).toBe("engagement");
});

it("says in the text a part, and by tools the rest but for the moods", () => {
  const { text } = meetingTask(meeting);
  expect(text).toBe(
    "Person A: senior founder, interested in AI. Person B: junior analyst, interested in health. Day 2, 15:00. A has had 1 meetings today.",
  );
  expect(meetingToolNames.map((name) => toolAnswer(name, meeting))).toEqual([
    "engagement=warm",
    "shared=two",
    "energy=fine time=free",
    "apart=far",
    "met=good",
  ]);
  const signal = new AbortController().signal;
  const shown = meetingToolSet(meeting).map((one) => one.execute({}, { signal, callId: "a" }));
  expect(shown).toEqual(meetingToolNames.map((name) => toolAnswer(name, meeting)));
  expect(textFacts(text)).toEqual({
    roles: ["founder", "analyst"],
    ...{ apart: 2, isSameMain: false, day: 2, hour: 15, earlierA: 1 },
  });
  expect(textFacts("Person A: nobody")).toBeUndefined();
});

it("draws meetings by the seed, with different texts, none of them in two splits", () => {
  const of = (split: (typeof meetingSplits)[number], seed: number) =>
    meetingTasks({ split, count: 300, seed }).map(({ text }) => text);
  expect(of("train", 3)).toEqual(of("train", 3));
  expect(of("train", 3)).not.toEqual(of("train", 4));
  expect(new Set(of("train", 3)).size).toBe(300);
  for (const split of meetingSplits)
    for (const seed of [0, 5])
      expect(of(split, seed).every((text) => meetingSplitOf(text) === split)).toBe(true);
  const ids = meetingTasks({ split: "train", count: 2000 }).map(({ id }) => id);
  expect(new Set(ids).size).toBe(2000);
  expect(() => meetingTasks({ split: "dev" as "test", count: 1 })).toThrow("OPTION_INVALID");
});

it("estimates what a large sample of meetings with the same facts shows", () => {
  const tasks = meetingTasks({ split: "train", count: 20_000, seed: 1 });
  // Facts that the estimate reads: the text's, and two tools'.
  const seen = tasks.map(({ text, meeting: one }) => {
    const facts = textFacts(text)!;
    const tools = toolFacts(
      factsIn(`${toolAnswer("topic_overlap", one)} ${toolAnswer("profiles", one)}`),
    );
    return { truth: truthOf(one), best: estimate(facts, tools), rough: estimate(facts) };
  });
  for (const way of ["best", "rough"] as const) {
    // Among meetings of about the same estimate the mean truth is that estimate.
    for (const from of [0, 0.2, 0.4, 0.6, 0.8]) {
      const some = seen.filter(
        (one) => one[way].probability >= from && one[way].probability < from + 0.2,
      );
      const mean = (of: (one: (typeof some)[number]) => number): number =>
        some.reduce((sum, one) => sum + of(one), 0) / some.length;
      expect(mean(({ truth }) => truth.probability)).toBeCloseTo(
        mean((one) => one[way].probability),
        1.7,
      );
      expect(mean(({ truth }) => (truth.probability >= 0.5 ? 1 : 0))).toBeCloseTo(
        mean((one) => one[way].positive),
        1.5,
      );
    }
  }
});

it("has ceilings that the exact estimate reaches on a sample", () => {
  const { positive, meanProbability, text, tools } = meetingCeilings();
  expect(text.accuracy).toBeCloseTo(0.7802, 4);
  expect(text.reason).toBeCloseTo(0.6558, 4);
  expect(tools.accuracy).toBeCloseTo(0.9453, 4);
  expect(tools.reason).toBeCloseTo(0.9067, 4);
  expect(positive).toBeCloseTo(0.5131, 4);
  expect(meanProbability).toBeCloseTo(0.5089, 4);
  const tasks = meetingTasks({ split: "test", count: 8000, seed: 2 });
  const share = (isRight: (task: (typeof tasks)[number]) => boolean): number =>
    tasks.filter(isRight).length / tasks.length;
  const bestOf = (task: (typeof tasks)[number], withTools: boolean) => {
    const answers = meetingToolNames.map((name) => toolAnswer(name, task.meeting)).join(" ");
    return estimate(textFacts(task.text)!, withTools ? toolFacts(factsIn(answers)) : {});
  };
  for (const [withTools, ceiling] of [
    [false, text],
    [true, tools],
  ] as const) {
    // A share of 8,000 meetings is known to ±0.011.
    const accuracy = share((task) => {
      const isPositive = bestOf(task, withTools).positive >= 0.5;
      return isPositive === truthOf(task.meeting).probability >= 0.5;
    });
    expect(Math.abs(accuracy - ceiling.accuracy)).toBeLessThan(0.015);
    const reason = share(
      (task) => likeliestReason(bestOf(task, withTools)) === truthOf(task.meeting).reason,
    );
    expect(Math.abs(reason - ceiling.reason)).toBeLessThan(0.015);
  }
});
