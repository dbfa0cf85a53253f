import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { SamplingClient } from "../ports/sampling-client.ts";
import { TurnGate } from "./turn-gate.ts";

/** Answers after a time that the first token gives; keeps the order of the prompts it saw. */
function slowPolicy(): SamplingClient & { seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    weightsVersion: "w1",
    async sample(prompt) {
      seen.push(prompt.join("."));
      await wait(prompt[2] ?? 0);
      return [
        {
          tokens: [1],
          logProbs: [0],
          samplingLogProbs: [0],
          stopReason: "stop",
          weightsVersion: "w1",
        },
      ];
    },
    async *stream(prompt) {
      seen.push(prompt.join("."));
      await wait(prompt[2] ?? 0);
      yield { tokens: [1], logProbs: [0], samplingLogProbs: [0], stopReason: "stop" };
    },
    logProbs: async () => new Float32Array(),
    close: async () => {},
  };
}

/** Rollout `order` makes these calls; a number is how long each takes. Busy before each for `pauseMs`. */
async function rollout(
  gate: TurnGate,
  policy: SamplingClient,
  order: number,
  pauses: readonly number[],
  times: readonly number[],
) {
  const entered = gate.enter(policy, order);
  for (const [turn, time] of times.entries()) {
    await wait(pauses[turn] ?? 0);
    await entered.policy.sample([order, turn, time], 1, { maxTokens: 1 });
  }
  entered.leave();
}

/** A clock that only counts what it is told. */
function countingClock() {
  const clock = {
    spent: 0,
    paused: [] as boolean[],
    setPaused: (isPaused: boolean) => void clock.paused.push(isPaused),
    spend: (ms: number) => void (clock.spent += ms),
  };
  return clock;
}

describe("the gate before the sampler", () => {
  it("charges each rollout its share of the time in which the policy answers several", async () => {
    const gate = new TurnGate();
    const policy = slowPolicy();
    const clocks = Array.from({ length: 8 }, countingClock);
    const entered = clocks.map((clock, order) => {
      const one = gate.enter(policy, order);
      one.watch(clock);
      return one;
    });
    const started = performance.now();
    await Promise.all(
      entered.map(async ({ policy: gated, leave }, order) => {
        if (order % 2 === 0) await gated.sample([order, 0, 20], 1, { maxTokens: 1 });
        else for await (const _ of gated.stream([order, 0, 20], { maxTokens: 1 }));
        leave();
      }),
    );
    const elapsedMs = performance.now() - started;
    // Together the time that passed, not eight times as much; and no clock ran while the policy answered.
    const spent = clocks.reduce((sum, clock) => sum + clock.spent, 0);
    expect(spent).toBeGreaterThan(15);
    expect(spent).toBeLessThanOrEqual(elapsedMs + 1);
    for (const clock of clocks) {
      expect(clock.spent).toBeGreaterThan(0);
      expect(clock.paused.slice(0, 3)).toEqual([true, false, true]);
      expect(clock.paused.at(-1)).toBe(false);
    }
    const alone = countingClock();
    const last = gate.enter(policy, 0);
    last.watch(alone);
    await last.policy.sample([0, 0, 20], 1, { maxTokens: 1 });
    expect(alone.spent).toBeGreaterThan(15);
  });

  it("lets calls through in waves in the order of the rollouts, whoever is ready first", async () => {
    const orders: string[][] = [];
    for (const [pauses, times] of [
      [
        [9, 0, 4],
        [0, 6, 0],
      ],
      [
        [0, 5, 1],
        [7, 0, 3],
      ],
    ] as const) {
      const [gate, policy] = [new TurnGate(), slowPolicy()];
      await Promise.all(
        [2, 0, 1].map((order) => {
          const turn = (values: readonly number[]) =>
            values.map((_, i) => values[(i + order) % 3]!);
          return rollout(gate, policy, order, turn(pauses), turn(times).slice(order === 1 ? 1 : 0));
        }),
      );
      orders.push(policy.seen.map((prompt) => prompt.split(".").slice(0, 2).join(".")));
    }
    const expected = ["0.0", "1.0", "2.0", "0.1", "1.1", "2.1", "0.2", "2.2"];
    expect(orders).toEqual([expected, expected]);
  });

  it("lets the calls that a rollout makes together go together", async () => {
    const [gate, policy] = [new TurnGate(), slowPolicy()];
    const entered = gate.enter(policy, 0);
    const other = gate.enter(policy, 1);
    const calls = [1, 2, 3].map((i) => entered.policy.sample([0, i], 1, { maxTokens: 1 }));
    await wait(5);
    expect(policy.seen).toEqual([]);
    other.leave();
    await Promise.all(calls);
    expect(policy.seen).toEqual(["0.1", "0.2", "0.3"]);
  });

  it("lets streamed calls through in the same waves", async () => {
    const [gate, policy] = [new TurnGate(), slowPolicy()];
    const [first, second] = [gate.enter(policy, 0), gate.enter(policy, 1)];
    const read = async (order: number, turn: number) => {
      const entered = order === 0 ? first : second;
      for await (const _ of entered.policy.stream([order, turn, 0], { maxTokens: 1 }));
    };
    const early = read(1, 0);
    await wait(5);
    expect(policy.seen).toEqual([]);
    await Promise.all([read(0, 0), early]);
    await Promise.all([read(1, 1), read(0, 1)]);
    expect(policy.seen).toEqual(["0.0.0", "1.0.0", "0.1.0", "1.1.0"]);
  });

  it("does not sample for a call whose signal aborted while it waited", async () => {
    const [gate, policy] = [new TurnGate(), slowPolicy()];
    const entered = gate.enter(policy, 0);
    gate.enter(policy, 1);
    const stop = new AbortController();
    const call = entered.policy.sample([0, 0], 1, { maxTokens: 1 }, stop.signal);
    stop.abort();
    entered.leave();
    await expect(call).rejects.toThrow(/CANCELLED/);
    expect(policy.seen).toEqual([]);
  });
});
