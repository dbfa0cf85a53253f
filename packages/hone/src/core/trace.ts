/** A trace: everything recorded of one try of an agent at a task. Plain data. */
import type { Feedback } from "./feedback.ts";
import type { JsonValue } from "./json.ts";
import type { Reward } from "./rollout.ts";
import { compareText } from "./text-order.ts";
import type { Span, TraceError } from "./span.ts";

export type TraceStatus = "running" | "completed" | "failed" | "cancelled";

export const traceStatuses = [
  "running",
  "completed",
  "failed",
  "cancelled",
] as const satisfies readonly TraceStatus[];

/** A verdict on a whole trace, kept with who gave it and when. */
export interface TraceReward extends Reward {
  /** Unique in its trace: giving the same id again replaces the verdict. */
  readonly id: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** Who gave it: a person, a judge's model, a rule's name. */
  readonly by?: string;
}

/** A trace without its spans: what is known of it as a whole. */
export interface TraceHead {
  readonly id: string;
  readonly agent: string;
  /** Which version of the agent: a prompt's hash, a checkpoint, a release. */
  readonly agentVersion?: string;
  /** What the agent was asked to do, in words. */
  readonly task: string;
  /** The task's id where it comes from a task set. */
  readonly taskId?: string;
  /** The rollout this is a try of; several attempts share it. */
  readonly rolloutId?: string;
  /** Tries at the rollout so far, this one included: from 1. */
  readonly attempt: number;
  readonly status: TraceStatus;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly error?: TraceError;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, JsonValue>>;
  /** In the order of `id`. */
  readonly rewards: readonly TraceReward[];
  /** The number the trace counts for where that is not the sum of `rewards`. */
  readonly totalReward?: number;
  /** What people said about it, in the order of `id`; a comparison stands in both of its traces. Absent where nobody did. */
  readonly feedback?: readonly Feedback[];
}

export interface Trace extends TraceHead {
  /** In the order of `sequence`, then `id`. */
  readonly spans: readonly Span[];
}

/**
 * The number a trace counts for: `totalReward` where it is given, else the sum of the totals of its rewards.
 *
 * Rewards given by spans are a record of what happened; who wants them in the total puts them there.
 * @returns undefined for a trace that nobody judged
 */
export function rewardOfTrace(head: TraceHead): number | undefined {
  if (head.totalReward !== undefined) return head.totalReward;
  if (head.rewards.length === 0) return undefined;
  return head.rewards.reduce((sum, reward) => sum + reward.total, 0);
}

/** The trace without its spans. */
export function headOf(trace: Trace): TraceHead {
  const { spans: _, ...head } = trace;
  return head;
}

/** Spans in the order a trace holds them. */
export function orderSpans(spans: readonly Span[]): Span[] {
  return spans.toSorted((a, b) => a.sequence - b.sequence || compareText(a.id, b.id));
}

/** Rewards of which later ones replace those of the same id, in the order a trace holds them. */
export const mergeRewards = (...lists: readonly (readonly TraceReward[])[]): TraceReward[] =>
  mergeById(lists);

/** Feedback of which later replaces that of the same id, as a trace holds it: absent where there is none. */
export function mergeFeedback(
  ...lists: readonly (readonly Feedback[] | undefined)[]
): Pick<TraceHead, "feedback"> {
  const feedback = mergeById(lists.map((list) => list ?? []));
  return feedback.length === 0 ? {} : { feedback };
}

function mergeById<T extends { readonly id: string }>(lists: readonly (readonly T[])[]): T[] {
  const byId = new Map(lists.flat().map((one) => [one.id, one]));
  return [...byId.values()].toSorted((a, b) => compareText(a.id, b.id));
}
