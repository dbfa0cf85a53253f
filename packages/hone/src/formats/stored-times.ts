/** Which times a store refuses: those that no date can name would break whatever shows them. */
import { isStorableTime, latestTime } from "../core/time-text.ts";
import type { Span } from "../core/span.ts";
import type { Trace, TraceHead } from "../core/trace.ts";

/** What is wrong with the times of a span; undefined where nothing is. */
export const timeProblem = ({ startedAt, endedAt }: Pick<Span, "startedAt" | "endedAt">) =>
  problemOf("startedAt", startedAt) ?? problemOf("endedAt", endedAt);

/** What is wrong with the times of a head, its rewards and its feedback; undefined where nothing is. */
export function headTimeProblem(head: TraceHead): string | undefined {
  const own = timeProblem(head);
  if (own !== undefined) return own;
  for (const [list, what] of [
    [head.rewards, "reward"],
    [head.feedback ?? [], "feedback"],
  ] as const) {
    for (const { id, at } of list) {
      const problem = problemOf(`the time of ${what} ${id}`, at);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

/** What is wrong with the times of a trace and of its spans; undefined where nothing is. */
export function traceTimeProblem(trace: Trace): string | undefined {
  const own = headTimeProblem(trace);
  if (own !== undefined) return own;
  for (const span of trace.spans) {
    const problem = timeProblem(span);
    if (problem !== undefined) return `span ${span.id}: ${problem}`;
  }
  return undefined;
}

/** Values of another type are left to the schema, which names them better. */
function problemOf(name: string, time: unknown): string | undefined {
  if (typeof time !== "number" || Number.isNaN(time) || isStorableTime(time)) return undefined;
  return `${name} is ${time}; times are Unix milliseconds from 0 to ${latestTime}`;
}
