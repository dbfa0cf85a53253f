/** The summary of a trace: one row of a list. Every store computes it by the functions of this file. */
import type { Span } from "./span.ts";
import type { Trace, TraceStatus } from "./trace.ts";
import { rewardOfTrace } from "./trace-reward.ts";

/** Sums of the tokens of all model calls of a trace. */
export interface TokenSums {
  readonly input: number;
  readonly output: number;
}

/** Numbers that are summed over the spans of a trace. */
export interface SpanSums {
  readonly spanCount: number;
  /** Number of spans with an error. */
  readonly errorCount: number;
  readonly tokens: TokenSums;
}

export interface TraceSummary extends SpanSums {
  readonly id: string;
  readonly agent: string;
  readonly agentVersion?: string;
  readonly task: string;
  readonly taskId?: string;
  readonly attempt: number;
  readonly status: TraceStatus;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** The conversation that the trace is a turn of. */
  readonly session?: string;
  /** Whom the agent worked for. */
  readonly user?: string;
  readonly tags: readonly string[];
  /** The total reward, by `rewardOfTrace`. */
  readonly reward?: number;
  /** Dollars, where the query gave prices and they cover all its calls. */
  readonly cost?: number;
}

export function sumSpans(spans: Iterable<Span>): SpanSums {
  let spanCount = 0;
  let errorCount = 0;
  let input = 0;
  let output = 0;
  for (const span of spans) {
    spanCount++;
    if (span.error !== undefined) errorCount++;
    if (span.kind !== "prompt" || span.usage === undefined) continue;
    input += span.usage.input;
    output += span.usage.output;
  }
  return { spanCount, errorCount, tokens: { input, output } };
}

/** The summary of a trace. */
export function summaryOf(trace: Trace): TraceSummary {
  const { id, agent, agentVersion, task, taskId, attempt, status, startedAt, endedAt, tags } =
    trace;
  const { session, user } = trace;
  const reward = rewardOfTrace(trace);
  return {
    id,
    agent,
    ...(agentVersion === undefined ? {} : { agentVersion }),
    task,
    ...(taskId === undefined ? {} : { taskId }),
    attempt,
    status,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(session === undefined ? {} : { session }),
    ...(user === undefined ? {} : { user }),
    tags,
    ...(reward === undefined ? {} : { reward }),
    ...sumSpans(trace.spans),
  };
}

/** Milliseconds from start to end. Undefined while the trace has no end. */
export const latencyOf = ({
  startedAt,
  endedAt,
}: Pick<TraceSummary, "startedAt" | "endedAt">): number | undefined =>
  endedAt === undefined ? undefined : endedAt - startedAt;

/** The sum of input and output tokens. */
export const tokensOf = ({ tokens }: Pick<TraceSummary, "tokens">): number =>
  tokens.input + tokens.output;
