/** What every `TraceStore` promises of total rewards, as tests: rewards of traces and of their spans count everywhere. */
import { expect, it } from "vitest";
import type { RewardSource } from "../core/rollout.ts";
import type { RewardSpan } from "../core/span.ts";
import type { Trace, TraceReward } from "../core/trace.ts";
import { rewardOfTrace } from "../core/trace-reward.ts";
import type { TraceStore } from "../ports/trace-store.ts";

const noon = Date.UTC(2025, 0, 9, 12);

function trace(id: string, more: Partial<Trace> = {}): Trace {
  const fixed = { agent: "a", task: "t", attempt: 1, status: "completed" } as const;
  return { id, ...fixed, startedAt: noon, tags: [], metadata: {}, rewards: [], spans: [], ...more };
}

const given = (id: string, total: number, source: RewardSource = "rule"): TraceReward => ({
  ...{ id, total, source, components: {}, at: noon },
});

const spanReward = (
  traceId: string,
  sequence: number,
  reward: number,
  more: Partial<RewardSpan> = {},
): RewardSpan => ({
  id: `s${sequence}`,
  ...{ traceId, sequence, startedAt: noon, attributes: {} },
  kind: "reward",
  reward,
  rewardType: "tool",
  ...more,
});

/** Six traces with their totals: what counts, and what does not. */
const cases: readonly (readonly [trace: Trace, total: number | undefined])[] = [
  [trace("none"), undefined],
  [trace("spans", { spans: [spanReward("spans", 0, 1), spanReward("spans", 1, -0.25)] }), 0.75],
  [trace("both", { rewards: [given("r", 2)], spans: [spanReward("both", 0, 1.5)] }), 3.5],
  [trace("ended", { totalReward: -1, spans: [spanReward("ended", 0, 4)] }), -1],
  [
    trace("judged", {
      rewards: [given("r", 2)],
      spans: [spanReward("judged", 0, 0.5, { source: "judge" }), spanReward("judged", 1, 9)],
    }),
    0.5,
  ],
  [
    // A verdict on a root arrives over OpenTelemetry as a span and as a reward of the trace.
    trace("once", { rewards: [given("s0", 0.25, "judge")], spans: [spanReward("once", 0, 0.25)] }),
    0.25,
  ],
];

/** Defines the tests. @param store  gives the store of the running test, which is empty at its start */
export function rewardTotals(store: () => TraceStore): void {
  const listed = async (id: string): Promise<number | undefined> => {
    const { traces } = await store().query({ limit: 100 });
    return traces.find((one) => one.id === id)!.reward;
  };

  it("lists the reward a trace was ended with, else the sum of its rewards and its reward spans", async () => {
    await store().put(cases.map(([one]) => one));
    for (const [{ id }, total] of cases) {
      expect(await listed(id), id).toBe(total);
      expect(rewardOfTrace((await store().get(id))!), id).toBe(total);
    }
    expect(await store().check()).toEqual([]);
  });

  it("orders, filters, streams and counts by that sum", async () => {
    await store().put(cases.map(([one]) => one));
    const order = { by: "reward", direction: "descending" } as const;
    const ids = ({ traces }: Awaited<ReturnType<TraceStore["query"]>>) => traces.map((t) => t.id);
    const ordered = ["both", "spans", "judged", "once", "ended", "none"];
    expect(ids(await store().query({ order }))).toEqual(ordered);
    expect(ids(await store().query({ order, minReward: 0.3 }))).toEqual(ordered.slice(0, 3));
    expect(ids(await store().query({ order, maxReward: 0.3 }))).toEqual(ordered.slice(3, 5));
    const streamed: (readonly [string, number | undefined])[] = [];
    for await (const { id, reward } of store().summaries({ minReward: 0.75 }))
      streamed.push([id, reward]);
    expect(new Map(streamed)).toEqual(
      new Map([
        ["spans", 0.75],
        ["both", 3.5],
      ]),
    );
    const [all] = await store().aggregate();
    // (0.75 + 3.5 − 1 + 0.5 + 0.25) / 5
    expect(all!.reward).toMatchObject({ count: 5, mean: 0.8, minimum: -1, maximum: 3.5 });
  });

  it("follows what is added: spans, replaced spans, rewards, heads", async () => {
    const { spans: _, ...head } = trace("grows", { status: "running" });
    await store().append({ heads: [head] });
    expect(await listed("grows")).toBeUndefined();
    await store().append({ spans: [spanReward("grows", 0, 1)] });
    expect(await listed("grows")).toBe(1);
    await store().append({ spans: [spanReward("grows", 1, 0.5)] });
    await store().append({ spans: [spanReward("grows", 1, 0.5)] });
    expect(await listed("grows")).toBe(1.5);
    await store().append({ spans: [spanReward("grows", 0, -1)] });
    expect(await listed("grows")).toBe(-0.5);
    await store().append({ rewards: [{ traceId: "grows", reward: given("r", 4) }] });
    expect(await listed("grows")).toBe(3.5);
    await store().append({ heads: [{ ...head, status: "completed" }] });
    expect(await listed("grows")).toBe(3.5);
    const text = { kind: "content", content: "no reward any more" } as const;
    const { id, traceId, sequence, startedAt, attributes } = spanReward("grows", 1, 0);
    await store().append({ spans: [{ id, traceId, sequence, startedAt, attributes, ...text }] });
    expect(await listed("grows")).toBe(3);
    await store().append({ rewards: [{ traceId: "grows", reward: given("h", 0.25, "human") }] });
    expect(await listed("grows")).toBe(0.25);
    await store().append({ heads: [{ ...head, status: "completed", totalReward: 7 }] });
    expect(await listed("grows")).toBe(7);
    await store().put([trace("grows", { spans: [spanReward("grows", 5, 2)] })]);
    expect(await listed("grows")).toBe(2);
    expect(await store().check()).toEqual([]);
  });

  it("adds up in the order of spans, however they came, and never to infinity", async () => {
    const { spans: _, ...head } = trace("x");
    await store().append({ heads: [head, { ...head, id: "huge" }] });
    // In this order 0.1 + 0.2 + 0.3 is 0.6000000000000001; in the order in which they come it is 0.6.
    await store().append({ spans: [spanReward("x", 2, 0.3)] });
    await store().append({ spans: [spanReward("x", 1, 0.2), spanReward("x", 0, 0.1)] });
    expect(await listed("x")).toBe(0.1 + 0.2 + 0.3);
    expect(await listed("x")).not.toBe(0.3 + 0.2 + 0.1);
    const spans = [0, 1].map((sequence) => spanReward("huge", sequence, Number.MAX_VALUE));
    await store().append({ spans });
    expect(await listed("huge")).toBe(Number.MAX_VALUE);
    expect((await store().get("huge"))!.spans).toEqual(spans);
    expect((await store().get("huge"))!).not.toHaveProperty("totalReward");
  });
}
