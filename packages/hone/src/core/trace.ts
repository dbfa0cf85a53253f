/** Traces: everything recorded of one try of an agent at a task, as plain data. */
import type { Feedback } from "./feedback.ts";
import type { JsonValue } from "./json.ts";
import type { Reward } from "./rollout.ts";
import { compareText } from "./text-order.ts";
import type { Span, TraceError } from "./span.ts";

/** Whether a trace still runs, and how it ended. */
export type TraceStatus = "running" | "completed" | "failed" | "cancelled";

/** All statuses. */
export const traceStatuses = [
  "running",
  "completed",
  "failed",
  "cancelled",
] as const satisfies readonly TraceStatus[];

/** A reward for a whole trace, with who gave it and when. */
export interface TraceReward extends Omit<Reward, "turns"> {
  /** Unique in its trace: a reward given with the same id replaces this one. */
  readonly id: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** Who gave it: a person, the model of a judge, the name of a rule. */
  readonly by?: string;
}

/** A trace without its spans: what is known of it as a whole. */
export interface TraceHead {
  /** Unique in its store. */
  readonly id: string;
  /** The agent's name. */
  readonly agent: string;
  /** Which version of the agent: a prompt's hash, a checkpoint, a release. */
  readonly agentVersion?: string;
  /** What the agent was asked to do, in words. */
  readonly task: string;
  /** The task's id, where it comes from a task set. */
  readonly taskId?: string;
  /** The rollout that the trace is a try of; several attempts share it. */
  readonly rolloutId?: string;
  /** Tries at the rollout so far, this one included: from 1. */
  readonly attempt: number;
  /** Whether the trace still runs, and how it ended. */
  readonly status: TraceStatus;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Unix milliseconds. Absent while it runs, or where its end was never seen. */
  readonly endedAt?: number;
  /** What went wrong. Absent where nothing did. */
  readonly error?: TraceError;
  /** The conversation that the trace is a turn of: traces of one session belong together, in the order of their start. */
  readonly session?: string;
  /** Who the agent worked for: the app's id of its user. */
  readonly user?: string;
  /** Words that traces are filtered by. */
  readonly tags: readonly string[];
  /** Everything else that is known, as JSON. */
  readonly metadata: Readonly<Record<string, JsonValue>>;
  /** Rewards for the trace as a whole, in the order of their ids. */
  readonly rewards: readonly TraceReward[];
  /** The number the trace counts for, where that is not what follows from its rewards (see `rewardOfTrace`). */
  readonly totalReward?: number;
  /** What people said about it, in the order of ids; a comparison is in both of its traces. Absent where there is none. */
  readonly feedback?: readonly Feedback[];
}

/** A trace with its spans. */
export interface Trace extends TraceHead {
  /** Its spans, in the order of `sequence`, then `id`. */
  readonly spans: readonly Span[];
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

/** Joins lists of rewards, in the order a trace holds them; a later reward replaces an earlier one of its id. */
export const mergeRewards = (...lists: readonly (readonly TraceReward[])[]): TraceReward[] =>
  mergeById(lists);

/** Joins lists of feedback, as a trace holds it: a later one replaces an earlier one of its id, and none at all is absent. */
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
