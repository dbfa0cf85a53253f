/** Credit over turns, worked out by hand: two answers to one task, of two turns and of one. */
import { describe, expect, it } from "vitest";
import type { Rollout, Turn } from "../../core/rollout.ts";
import { creditSettings, creditTurns, type CreditOptions } from "./credit.ts";
import { type Advantage, readBatch } from "./scored-answers.ts";

interface Said {
  readonly promptTokens: readonly number[];
  readonly tokens: readonly number[];
}

function rollout(id: string, total: number, turns: readonly Said[]): Rollout {
  const asTurn = ({ promptTokens, tokens }: Said): Turn => {
    const logProbs = tokens.map(() => -1);
    const sampled = { promptTokens, tokens, logProbs, samplingLogProbs: logProbs };
    const rest = { temperature: 1, isTruncated: false, weightsVersion: "w" };
    return { ...sampled, ...rest } as Partial<Turn> as Turn;
  };
  const reward = { total, components: {}, source: "rule" as const };
  return { id, turns: turns.map(asTurn), reward } as Partial<Rollout> as Rollout;
}

// States by what was observed: task [1]; [7] after the first turn of "a" and, elsewhere in the conversation, of "b".
const a = rollout("a", 1, [
  { promptTokens: [1], tokens: [2, 3] },
  { promptTokens: [1, 2, 3, 7], tokens: [4] },
]);
const b = rollout("b", 0, [
  { promptTokens: [1], tokens: [5] },
  { promptTokens: [1, 5, 7], tokens: [4, 4] },
]);
const task = { id: "task" };
const batch = readBatch([{ task, rollouts: [a, b] }]);

const credited = (options: CreditOptions, advantages: readonly Advantage[] = [2, -2]) =>
  creditTurns(batch, advantages, creditSettings("test", options));

function expectRows(got: Advantage, rows: readonly (readonly number[])[]): void {
  expect(typeof got).not.toBe("number");
  rows.forEach((row, i) =>
    row.forEach((one, t) =>
      expect((got as readonly ArrayLike<number>[])[i]![t]).toBeCloseTo(one, 5),
    ),
  );
}

describe("creditTurns", () => {
  it("identical leaves advantages as they are", () => {
    expect(credited({ rule: "identical" })).toEqual([2, -2]);
  });

  it("discounted gives a turn γ of what the one behind it has, and given tokens nothing", () => {
    const [first, second] = credited({ rule: "discounted", discount: 0.5 });
    expectRows(first!, [[0, 1, 1, 0, 2]]);
    expectRows(second!, [[0, -1, 0, -2, -2]]);
  });

  it("discounts advantages that tokens have of their own", () => {
    const own = [[[9, 4, 2, 9, 6]], [[9, 2, 9, 1, 3]]];
    const [first, second] = credited({ rule: "discounted", discount: 0.5 }, own);
    expectRows(first!, [[0, 2, 1, 0, 6]]);
    expectRows(second!, [[0, 1, 0, 1, 3]]);
  });

  it("anchor-states compares turns that saw the same: returns γ·1 against 0, then 1 against 0", () => {
    const options = { rule: "anchor-states", discount: 0.5, weight: 0.25 } as const;
    const [first, second] = credited({ ...options, scale: "none" });
    expectRows(first!, [[0, 2 + 0.0625, 2 + 0.0625, 0, 2 + 0.125]]);
    expectRows(second!, [[0, -2 - 0.0625, 0, -2 - 0.125, -2 - 0.125]]);
    // Divided by their deviation, both are 1 and −1.
    const [scaled] = credited(options);
    expectRows(scaled!, [[0, 2.25, 2.25, 0, 2.25]]);
  });

  it("anchor-states by conversation takes only states with one history for equal", () => {
    const options = { rule: "anchor-states", state: "conversation", discount: 1 } as const;
    const [first, second] = credited(options);
    // The second turns were reached on different ways, so neither has a rival.
    expectRows(first!, [[0, 3, 3, 0, 2]]);
    expectRows(second!, [[0, -3, 0, -2, -2]]);
  });

  it("anchor-states never compares answers to different tasks", () => {
    const apart = readBatch([
      { task, rollouts: [a] },
      { task, rollouts: [b] },
    ]);
    const [first] = creditTurns(apart, [2, -2], creditSettings("test", { rule: "anchor-states" }));
    expectRows(first!, [[0, 2, 2, 0, 2]]);
  });
});
