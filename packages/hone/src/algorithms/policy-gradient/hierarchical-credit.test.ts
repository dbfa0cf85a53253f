/** Credit between a coordinator and its workers, worked out by hand: four rollouts of one task, two choices. */
import { describe, expect, it } from "vitest";
import type { ToolCall } from "../../core/message.ts";
import type { Rollout, Turn } from "../../core/rollout.ts";
import { creditMetrics, creditSettings, creditTurns } from "./credit.ts";
import { type Advantage, readBatch } from "./scored-answers.ts";

/** Agent and text of a turn; each turn is one token of its own row. */
type Said = readonly [agent: string | undefined, text: string, toolCalls?: readonly ToolCall[]];

let token = 10;

function rollout(
  id: string,
  total: number,
  { turns, parts = {} }: { turns: readonly Said[]; parts?: Readonly<Record<string, number>> },
): Rollout {
  const asTurn = ([agent, content, toolCalls]: Said): Turn =>
    ({
      ...(agent !== undefined && { agent }),
      reply: { role: "assistant", content, ...(toolCalls && { toolCalls }) },
      promptTokens: [token++],
      tokens: [token++],
      logProbs: [-1],
      samplingLogProbs: [-1],
      temperature: 1,
      isTruncated: false,
      weightsVersion: "w",
    }) as Partial<Turn> as Turn;
  const reward = { total, components: parts, source: "rule" as const };
  return { id, turns: turns.map(asTurn), reward } as Partial<Rollout> as Rollout;
}

const settings = creditSettings("test", {
  rule: "hierarchical",
  coordinator: "lead",
  scale: "none",
});

/** The advantage of each turn of each rollout; the answers' own are 10, 20, 30 … */
function credited(rollouts: readonly Rollout[], options = settings): number[][] {
  const batch = readBatch([{ task: { id: "task" }, rollouts }]);
  const own = rollouts.map((_, i) => 10 * (i + 1));
  return creditTurns(batch, own, options).map((one) => turnsOf(one));
}

/** Each turn is a row of two tokens, of which the second was sampled. */
const turnsOf = (advantage: Advantage): number[] =>
  (advantage as readonly ArrayLike<number>[]).map((row) => row[1]!);

const metricsOf = (rollouts: readonly Rollout[]) =>
  creditMetrics(readBatch([{ task: { id: "task" }, rollouts }]), settings);

const plan = (id: string, total: number, choice: string, parts = {}): Rollout => {
  const turns: Said[] = [
    ["lead", choice],
    ["ann", `${id} says`],
  ];
  return rollout(id, total, { turns, parts });
};

describe("credit rule hierarchical", () => {
  // Choice "x" was made with rewards 1 and 0, "y" with 1 and 0.4.
  const four = [plan("a", 1, "x"), plan("b", 0, "x"), plan("c", 1, "y"), plan("d", 0.4, " y ")];

  it("gives a choice the answer's own advantage, and compares a worker under the same choice", () => {
    const got = credited(four);
    expect(got.map(([choice]) => choice)).toEqual([10, 20, 30, 40]);
    const workers = got.map(([, worker]) => worker!);
    [0.5, -0.5, 0.3, -0.3].forEach((one, i) => expect(workers[i]).toBeCloseTo(one, 12));
    expect(metricsOf(four)).toEqual({
      credit_missing: 0,
      credit_same_choice: 4,
      credit_same_agent: 0,
      credit_uncompared: 0,
    });
  });

  it("divides by the deviation of what is compared", () => {
    const scaled = creditSettings("test", { rule: "hierarchical", coordinator: "lead" });
    const [a, , c] = credited(four, scaled);
    expect([a![1], c![1]]).toEqual([expect.closeTo(1, 5), expect.closeTo(1, 5)]);
  });

  it("a choice that was made once is compared with all turns of the worker, a worker called once with nothing", () => {
    const lone = [
      plan("a", 1, "x"),
      plan("b", 0, "y"),
      plan("c", 0.2, "z"),
      rollout("d", 7, { turns: [["lead", "x"]] }),
    ];
    const got = credited(lone);
    [0.6, -0.4, -0.2].forEach((one, i) => expect(got[i]![1]).toBeCloseTo(one, 12));
    expect(metricsOf(lone)).toMatchObject({ credit_same_choice: 0, credit_same_agent: 3 });
    const once = [plan("a", 1, "x"), rollout("b", 0, { turns: [["lead", "x"]] })];
    expect(credited(once)).toEqual([[10, 0], [20]]);
    expect(metricsOf(once)).toMatchObject({ credit_uncompared: 1 });
  });

  it("a worker's own reward counts where every rollout with it has one, else the team's", () => {
    const own = [
      plan("a", 1, "x", { "agent/ann": 5 }),
      plan("b", 0, "x", { "agent/ann": 9 }),
      rollout("c", 3, { turns: [["lead", "x"]] }),
    ];
    expect(credited(own).map((turns) => turns[1])).toEqual([-2, 2, undefined]);
    const some = [plan("a", 1, "x", { "agent/ann": 5 }), plan("b", 0, "x")];
    expect(credited(some).map((turns) => turns[1])).toEqual([0.5, -0.5]);
  });

  it("a rollout counts once for a choice, however often the worker answers it; workers are apart", () => {
    const chatty = rollout("a", 1, {
      turns: [
        ["lead", "x"],
        ["ann", "1"],
        ["ann", "2"],
        ["ben", "3"],
        ["lead", "y"],
        ["ann", "4"],
      ],
    });
    const [turns] = credited([chatty, plan("b", 0, "x"), plan("c", 0.5, "x")]);
    // Against 1, 0 and 0.5; ben has no rival; "y" was chosen once, so ann is compared in all three.
    expect(turns).toEqual([10, 0.5, 0.5, 0, 10, 0.5]);
  });

  it("calls of tools are part of a choice, their ids are not", () => {
    const call = (id: string, to: string): ToolCall => ({ id, name: "ask", arguments: to });
    const ask = (id: string, total: number, to: string) =>
      rollout(id, total, {
        turns: [
          ["lead", "", [call(id, to)]],
          ["ann", "says"],
        ],
      });
    const got = credited([ask("a", 1, "ann"), ask("b", 0, "ann"), ask("c", 9, "ben")]);
    expect(got.map((turns) => turns[1])).toEqual([
      0.5,
      -0.5,
      expect.closeTo(9 - 10 / 3, 12), // the only one of its choice: among all three
    ]);
  });

  it("turns without an agent keep the answer's own, turns before any choice are compared with the same worker's; rollouts that lack something are counted", () => {
    const odd = [
      rollout("a", 1, {
        turns: [
          ["ann", "early"],
          ["lead", "x"],
        ],
      }),
      rollout("b", 0, { turns: [["ann", "early"]] }),
      rollout("c", 0, {
        turns: [
          ["lead", "x"],
          [undefined, "who"],
        ],
      }),
    ];
    expect(credited(odd)).toEqual([[0.5, 10], [-0.5], [30, 30]]);
    expect(metricsOf(odd)).toMatchObject({ credit_missing: 2, credit_same_agent: 2 });
  });

  it("a constant added to all rewards changes nothing, nor does the order of the rollouts", () => {
    const totals = [0.3, 0.9, 0.1, 0.6, 0.2];
    const choices = ["x", "y", "x", "x", "z"];
    const team = (shift: number) => totals.map((r, i) => plan(`r${i}`, r + shift, choices[i]!));
    const workers = (rollouts: readonly Rollout[]) => credited(rollouts).map((turns) => turns[1]!);
    const plain = workers(team(0));
    workers(team(5)).forEach((one, i) => expect(one).toBeCloseTo(plain[i]!, 12));
    const order = [3, 0, 4, 2, 1];
    const permuted = workers(order.map((i) => team(0)[i]!));
    order.forEach((i, place) => expect(permuted[place]).toBeCloseTo(plain[i]!, 12));
    expect(new Set(plain.map((one) => one.toFixed(6))).size).toBe(5);
  });

  it.each([
    [{ rule: "hierarchical" }, "credit.coordinator"],
    [{ rule: "agents", coordinator: "lead" }, "credit.coordinator"],
    [{ rule: "hierarchical", coordinator: "lead", discount: 0.5 }, "credit.discount"],
  ] as const)("%o is refused", (options, named) => {
    expect(() => creditSettings("test", options)).toThrow(named);
  });
});
