import { expect, it } from "vitest";
import { CandidateLevel } from "./candidate-level.ts";
import type { CompleteParams } from "./sampling-request.ts";
import { Sequence } from "./sequence.ts";

const sequence = (params: Partial<CompleteParams>): Sequence => {
  const plain = { temperature: 1, topK: 0, topP: 1, minP: 0, stopTokens: [], stopStrings: [] };
  return new Sequence([1], 0, { ...plain, tellsKept: false, seed: 0, maxTokens: 4, ...params });
};
const filtered = [sequence({ topP: 0.9 })];

it("looks at more candidates when they were too few, and at fewer again after 32 chunks", () => {
  const level = new CandidateLevel(5000);
  const counts = [level.kinds(filtered).candidates];
  for (let i = 0; i < 2; i++) {
    level.adapt(true);
    counts.push(level.kinds(filtered).candidates);
  }
  expect(counts).toEqual([128, 2048, 5000]);
  for (let chunk = 0; chunk < 31; chunk++) level.adapt(false);
  expect(level.kinds(filtered).candidates).toBe(5000);
  level.adapt(false);
  expect(level.kinds(filtered).candidates).toBe(2048);
});

it("never looks at more than the vocabulary, and at none without a filter", () => {
  const level = new CandidateLevel(100);
  expect(level.kinds(filtered).candidates).toBe(100);
  expect(level.kinds([sequence({})]).candidates).toBe(0);
});

it("names the ways of choosing that a batch takes", () => {
  const kinds = (...params: Partial<CompleteParams>[]) =>
    new CandidateLevel(100).kinds(params.map(sequence));
  const none = {
    greedy: false,
    plain: false,
    filtered: false,
    formatted: false,
    tempered: false,
    candidates: 0,
    tellsKept: false,
  };
  expect(kinds({})).toEqual({ ...none, plain: true });
  expect(kinds({ temperature: 0, topK: 3 })).toEqual({ ...none, greedy: true });
  expect(kinds({ temperature: 0.5 })).toEqual({ ...none, plain: true, tempered: true });
  expect(kinds({ topK: 3 })).toEqual({ ...none, filtered: true, candidates: 100 });
});
