import { describe, expect, it } from "vitest";
import type { Turn } from "../../core/rollout.ts";
import { policyDatum, supervisedDatum } from "./datums.ts";
import { trajectoriesOf } from "./trajectories.ts";

describe("datums", () => {
  it("shift a supervised row by one: T tokens, T − 1 targets with their own weights", () => {
    const datum = supervisedDatum({ tokens: [5, 6, 7, 8], mask: [1, 0, 1, 1] }, 0.5);
    expect(datum.tokens).toEqual([5, 6, 7]);
    expect(datum.targets).toEqual([6, 7, 8]);
    expect([...datum.weights!]).toEqual([0, 0.5, 0.5]);
  });

  it("put everything that belongs to a sampled token where it is predicted", () => {
    const row = {
      rolloutId: "r",
      tokens: [1, 2, 3, 4],
      mask: [0, 0, 1, 1],
      logProbs: [0, 0, -1, -2],
      samplingLogProbs: [0, 0, -0.5, -1.5],
      temperature: 0.7,
      isTruncated: false,
      weightsVersion: "v1",
    };
    const datum = policyDatum("r", row, 2, { reference: [0, -9, -0.25, -0.75] });
    expect(datum.targets).toEqual([2, 3, 4]);
    expect([...datum.mask!]).toEqual([0, 1, 1]);
    expect([...datum.advantages!]).toEqual([0, 2, 2]);
    expect([...datum.samplingLogProbs!]).toEqual([0, -0.5, -1.5]); // the distribution sampled from, not the untempered one
    expect([...datum.referenceLogProbs!].map(Math.abs)).toEqual([0, 0.25, 0.75]);
    expect(datum).toMatchObject({ id: "r", temperature: 0.7, weightsVersion: "v1" });
  });

  it("take an advantage for each token of a row, and read those of sampled tokens", () => {
    const turn: Turn = {
      ...{ messages: [], reply: { role: "assistant" as const, content: "" }, temperature: 1 },
      ...{ promptTokens: [1, 2], tokens: [3, 4], logProbs: [-1, -2], samplingLogProbs: [-1, -2] },
      ...{ isTruncated: false, stopReason: "stop" as const, weightsVersion: "v1" },
    };
    const [row] = trajectoriesOf({ id: "r", turns: [turn] }).rows;
    expect([...policyDatum("r", row!, [9, 9, 0.5, -2]).advantages!]).toEqual([0, 0.5, -2]);
    expect(() => policyDatum("r", row!, [1, 2, 3])).toThrow("4 numbers in advantage");
  });

  it("say which targets a response format bound, to clients that know of it", () => {
    const turn: Turn = {
      ...{ messages: [], reply: { role: "assistant" as const, content: "" }, temperature: 1 },
      ...{ promptTokens: [1, 2], tokens: [3, 4], logProbs: [-1, -2], samplingLogProbs: [-1, -2] },
      ...{ isTruncated: false, stopReason: "stop" as const, weightsVersion: "v1" },
    };
    const bound = { format: { type: "json" }, stopTokens: [4] } as const;
    const next = { ...turn, promptTokens: [1, 2, 3, 4, 5], tokens: [6, 7] };
    const turns = [turn, { ...next, bound }];
    const [row] = trajectoriesOf({ id: "r", turns }).rows;
    expect(row!.bound).toEqual([{ ...bound, start: 5, length: 2 }]);
    const told = policyDatum("r", row!, 1, { tells: { bounds: true, kept: true } });
    expect(told.bound).toEqual([{ ...bound, start: 4, length: 2 }]);
    expect(told.targets.slice(4, 6)).toEqual([6, 7]);
    expect(policyDatum("r", row!, 1)).not.toHaveProperty("bound");
    expect(trajectoriesOf({ id: "r", turns: [turn] }).rows[0]).not.toHaveProperty("bound");
  });

  it("say which tokens filters left at each target, to clients that know of it", () => {
    const turn: Turn = {
      ...{ messages: [], reply: { role: "assistant" as const, content: "" }, temperature: 1 },
      ...{ promptTokens: [1, 2], tokens: [3, 4], logProbs: [-1, -2], samplingLogProbs: [-1, -2] },
      ...{ isTruncated: true, kept: ["AgD", "AgE"], stopReason: "stop" as const },
      weightsVersion: "v1",
    };
    const [row] = trajectoriesOf({ id: "r", turns: [turn] }).rows;
    const told = policyDatum("r", row!, 1, { tells: { bounds: false, kept: true } });
    expect([told.targets, told.kept]).toEqual([
      [2, 3, 4],
      ["", "AgD", "AgE"],
    ]);
    const untold = policyDatum("r", row!, 1, { tells: { bounds: true, kept: false } });
    expect(untold).not.toHaveProperty("kept");
  });

  it("refuse rows of one token and masks of another length", () => {
    expect(() => supervisedDatum({ id: "a", tokens: [1], mask: [1] }, 1)).toThrow("a expects");
    expect(() => supervisedDatum({ tokens: [1, 2], mask: [1] }, 1)).toThrow("2 numbers in mask");
  });
});
