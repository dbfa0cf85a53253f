/** Credit over turns, worked out by hand: two answers to one task, of two turns and of one. */
import { describe, expect, it } from "vitest";
import type { Rollout, Turn } from "../../core/rollout.ts";
import { creditMissing, creditSettings, creditTurns, type CreditOptions } from "./credit.ts";
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

  it("turn-rewards adds what a turn and those behind it earned, compared with all turns of the task", () => {
    const judged = (one: Rollout, turns: readonly number[]): Rollout => ({
      ...one,
      reward: { ...one.reward!, turns },
    });
    const { answers, ...rest } = batch;
    const both = readBatch([{ task, rollouts: [judged(a, [1, 0]), judged(b, [0.5, 0.5])] }]);
    const options = { rule: "turn-rewards", weight: 2, scale: "none" } as const;
    const settings = creditSettings("test", { ...options, discount: 0.5 });
    // Less their mean of 0.5 the turns earned 0.5, −0.5; 0, 0.
    const [first, second] = creditTurns(both, [2, -2], settings);
    expectRows(first!, [[0, 2 + 0.5, 2 + 0.5, 0, 2 - 1]]);
    expectRows(second!, [[0, -2, 0, -2, -2]]);
    const [undiscounted] = creditTurns(both, [2, -2], creditSettings("test", options));
    expectRows(undiscounted!, [[0, 2, 2, 0, 1]]);
    // A deviation of √0.125 by n; those of n − 1 here are 0.4082.
    const [scaled] = creditTurns(both, [0, 0], creditSettings("test", { rule: "turn-rewards" }));
    expectRows(scaled!, [[0, 0, 0, 0, -0.5 / Math.sqrt(0.125)]]);
    expect(creditMissing(both, options)).toBe(0);
    const some = readBatch([{ task, rollouts: [judged(a, [1, 0]), judged(b, [1])] }]);
    expect(creditMissing(some, options)).toBe(1);
    const [, missing] = creditTurns(some, [2, -2], creditSettings("test", options));
    expectRows(missing!, [[0, -2, 0, -2, -2]]);
    expect(creditMissing({ ...rest, answers }, { rule: "identical" })).toBe(0);
  });

  it("agents gives a turn what its own agent earned, compared with that agent in the task's other rollouts", () => {
    const named = (one: Rollout, names: readonly string[], parts: Record<string, number>) => ({
      ...one,
      turns: one.turns.map((turn, k) => ({ ...turn, agent: names[k]! })),
      reward: { ...one.reward!, components: parts },
    });
    const team = ["ada", "ben"];
    const both = readBatch([
      {
        task,
        rollouts: [
          named(a, team, { "agent/ada": 1, "agent/ben": 0 }),
          named(b, team, { "agent/ada": 0, "agent/ben": 4 }),
        ],
      },
    ]);
    const options = { rule: "agents", scale: "none" } as const;
    const [first, second] = creditTurns(both, [7, -7], creditSettings("test", options));
    expectRows(first!, [[0, 0.5, 0.5, 0, -2]]);
    expectRows(second!, [[0, -0.5, 0, 2, 2]]);
    expect(creditMissing(both, options)).toBe(0);
    // What an agent earned is not known: its turns share the answer's own.
    const some = readBatch([
      { task, rollouts: [named(a, team, { "agent/ada": 1 }), named(b, team, { "agent/ada": 0 })] },
    ]);
    const [known] = creditTurns(some, [7, -7], creditSettings("test", options));
    expectRows(known!, [[0, 0.5, 0.5, 0, 7]]);
    expect(creditMissing(some, options)).toBe(2);
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
