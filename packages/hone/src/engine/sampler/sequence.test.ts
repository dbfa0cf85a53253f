import { expect, it } from "vitest";
import { Sequence } from "./sequence.ts";

const turns = {
  tokens: [5, 6, 7],
  logProbs: [-1, -2, -3],
  samplingLogProbs: [-4, -5, -6],
  entropies: [0.1, 0.2, 0.3],
  kept: ["a", "b", "c"],
};
const open = (stopTokens: readonly number[], maxTokens = 9, more = {}): Sequence =>
  new Sequence(
    [1],
    0,
    {
      ...{ temperature: 1, topK: 0, topP: 1, minP: 0, stopStrings: [], tellsKept: false, seed: 0 },
      ...{ stopTokens, maxTokens, ...more },
    },
    undefined,
  );

it("takes no more of a chunk's tokens than are known to be drawn rightly", () => {
  const sequence = open([7]);
  expect(sequence.accept(turns, 2)).toBe(2);
  expect(sequence).toMatchObject({
    tokens: [5, 6],
    logProbs: [-1, -2],
    samplingLogProbs: [-4, -5],
  });
  expect(sequence.stopReason).toBeUndefined();
});

it("takes no token after the one that ends it", () => {
  const [stopped, cut] = [open([6]), open([], 1)];
  expect([stopped.accept(turns, 3), stopped.stopReason]).toEqual([2, "stop"]);
  expect([cut.accept(turns, 3), cut.stopReason]).toEqual([1, "length"]);
});
