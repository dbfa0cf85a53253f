import { expect, it } from "vitest";
import { meetingRows, textTasks } from "../../../domains/meetings/rows.ts";
import { meetingTasks } from "../../../domains/meetings/tasks.ts";
import { meetingBaselines } from "./meeting-baselines.ts";
import {
  brierOf,
  calibrationCurve,
  errorPatterns,
  meetingScores,
  scoredAs,
  scoredOf,
} from "./meeting-scores.ts";

const energy = { probability: 0.8, reason: "energy" } as const;
const schedule = { probability: 0.3, reason: "schedule" } as const;
const scored = [
  scoredAs("a", energy, 0.9, "energy"),
  scoredAs("b", energy, 0.4, "schedule"),
  scoredAs("c", schedule, 0.2, "schedule"),
  { ...scoredAs("d", schedule, 0.5, "schedule"), predicted: undefined, isRight: false },
];

it("counts the right side of 0.5 and the right reason, and a missing prediction as wrong", () => {
  const { accuracy, reason, count } = meetingScores(scored);
  expect([accuracy.value, reason.value, count]).toEqual([0.5, 0.75, 4]);
});

it("has Brier scores expected over the outcome, worked out by hand", () => {
  // (0.9 − 0.8)² + 0.16, (0.4 − 0.8)² + 0.16, (0.2 − 0.3)² + 0.21; without a prediction (0.5 − 0.3)² + 0.21.
  const expected = [0.17, 0.32, 0.22, 0.25];
  for (const [i, one] of scored.entries()) expect(brierOf(one)).toBeCloseTo(expected[i]!, 12);
  expect(meetingScores(scored).brier.value).toBeCloseTo(0.24, 12);
});

it("compares what is predicted with what is true, bin by bin", () => {
  expect(calibrationCurve(scored)).toEqual([
    { count: 1, x: 0.2, y: 0.3 },
    { count: 1, x: 0.4, y: 0.8 },
    { count: 1, x: 0.9, y: 0.8 },
  ]);
});

it("has a calibration error beside the true probability, not beside its side of 0.5", () => {
  // (|0.9 − 0.8| + |0.4 − 0.8| + |0.2 − 0.3|) / 3; what is no prediction is left out.
  expect(meetingScores(scored).calibration!.value).toBeCloseTo(0.2, 12);
  const exact = [scoredAs("a", energy, 0.8, "energy"), scoredAs("c", schedule, 0.3, "schedule")];
  expect(meetingScores(exact).calibration).toEqual({ value: 0, low: 0, high: 0 });
  expect(meetingScores(scored.slice(3)).calibration).toBeUndefined();
});

it("tells errors apart by reason and by distance from 0.5", () => {
  const patterns = errorPatterns([scored, scored.slice(0, 1)]);
  const of = (name: string) => patterns.find((pattern) => pattern.of === name)!;
  expect(of("reason energy")).toEqual({ of: "reason energy", count: 2, accuracy: [0.5, 1] });
  expect(of("reason schedule").accuracy).toEqual([0.5, Number.NaN]);
  expect(of("p 0.1 to 0.25 away from 0.5").count).toBe(2);
  expect(of("p 0.25 to 0.4 away from 0.5").count).toBe(2);
  expect(patterns.slice(5, 9).reduce((sum, { count }) => sum + count, 0)).toBe(4);
});

it("reads predictions of an evaluation by the ids of its tasks", () => {
  const components = { predicted: 0.7, reason_right: 1 };
  const task = { success: 1, reward: 1, rolloutCount: 1, failedCount: 0, outcomes: {} };
  const tasks = [
    { taskId: "a", ...task, components },
    { taskId: "unknown", ...task, components },
  ];
  expect(scoredOf({ tasks }, new Map([["a", energy]]))).toEqual([
    { id: "a", predicted: 0.7, truth: energy, isRight: true, isReasonRight: true },
  ]);
});

it("has rules without a model between chance and the ceilings", () => {
  const rowsOf = (split: "train" | "test", count: number) => {
    const tasks = meetingTasks({ split, count, seed: 1 });
    return { tasks, rows: meetingRows(tasks, 1) };
  };
  const [train, test] = [rowsOf("train", 2000), rowsOf("test", 800)];
  const baselines = meetingBaselines({
    ...{ train: train.rows, meetings: test.tasks, seed: 0 },
    test: textTasks(test.rows, (_, i) => test.tasks[i]!.id),
  });
  const accuracy = Object.fromEntries(
    baselines.map(({ name, scores }) => [name, scores.accuracy.value]),
  );
  const brier = baselines.map(({ scores }) => scores.brier.value);
  expect(accuracy["random"]).toBeCloseTo(0.5, 1);
  expect(accuracy["base rate"]).toBeGreaterThan(0.45);
  const regression = accuracy["logistic regression on the text's fields"]!;
  expect(regression).toBeGreaterThan(0.72);
  expect(accuracy["best estimate from the text"]).toBeGreaterThanOrEqual(regression - 0.02);
  expect(accuracy["best estimate from the text"]).toBeCloseTo(0.78, 1);
  expect(accuracy["best estimate with all tools"]).toBeGreaterThan(0.92);
  expect(brier).toEqual(brier.toSorted((a, b) => b - a));
  const [random, , , , tools] = baselines.map(({ scores }) => scores.calibration!.value);
  expect(random).toBeGreaterThan(0.2);
  expect(tools).toBeLessThan(0.03);
  const odd = { text: "Two meet.", probability: 0.5, reason: "energy", truth: 0.5 } as const;
  const few = meetingBaselines({
    ...{ train: [odd], test: textTasks([odd], () => "x"), meetings: [], seed: 0 },
  });
  expect(few.map(({ name }) => name)).toEqual(["random", "base rate"]);
});
