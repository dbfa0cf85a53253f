/** What phase 2 costs, kept with the tries of each meeting, so that a phase of several sessions counts them all. */
import { z } from "zod";
import type { Rollout } from "../../../core/rollout.ts";
import { sessionCost } from "../../training/session-cost.ts";

export const tracesCost = z.strictObject({
  /** Wall time. */
  seconds: z.number(),
  /** Of all threads of the process. */
  processorSeconds: z.number(),
  peakMemoryBytes: z.number(),
  tokensSampled: z.number(),
});

/** What some tries cost. */
export type TracesCost = z.infer<typeof tracesCost>;

/** Counts from now on, and from call to call. The result is the cost of one of `meetings`, to which the rollouts belong. */
export function costMeter(): (rollouts: readonly Rollout[], meetings: number) => TracesCost {
  const spent = sessionCost(undefined);
  let [time, processor] = [performance.now(), 0];
  return (rollouts, meetings) => {
    const { processorSeconds, peakMemoryBytes } = spent();
    const now = performance.now();
    const seconds = (now - time) / 1000 / meetings;
    const own = (processorSeconds - processor) / meetings;
    [time, processor] = [now, processorSeconds];
    const tokens = rollouts.flatMap(({ turns }) => turns.map((turn) => turn.tokens.length));
    const tokensSampled = tokens.reduce((sum, count) => sum + count, 0) / meetings;
    return { seconds, processorSeconds: own, peakMemoryBytes, tokensSampled };
  };
}

/** The cost of all; undefined where one was not counted. */
export function totalCost(costs: readonly (TracesCost | undefined)[]): TracesCost | undefined {
  const known = costs.filter((cost) => cost !== undefined);
  if (known.length < costs.length || known.length === 0) return undefined;
  const sum = (of: (cost: TracesCost) => number): number =>
    known.reduce((total, cost) => total + of(cost), 0);
  return {
    seconds: sum(({ seconds }) => seconds),
    processorSeconds: sum(({ processorSeconds }) => processorSeconds),
    peakMemoryBytes: Math.max(...known.map(({ peakMemoryBytes }) => peakMemoryBytes)),
    tokensSampled: Math.round(sum(({ tokensSampled }) => tokensSampled)),
  };
}
