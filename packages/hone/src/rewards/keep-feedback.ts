/** Feedback in a trace store: kept in every trace it concerns, and turned into the reward `human` of that trace. */
import { isDeepStrictEqual } from "node:util";
import { HoneError } from "../core/errors.ts";
import { type Feedback, tracesOfFeedback } from "../core/feedback.ts";
import { mergeFeedback, type Trace, type TraceReward } from "../core/trace.ts";
import type { TraceStore } from "../ports/trace-store.ts";
import { feedbackRewards } from "./feedback-rewards.ts";

/**
 * Writes feedback to its traces and brings their reward `human` up to date. Resolves when both are durable.
 *
 * Two people may do so at the same time: the store merges their feedback, and the rewards are computed again until they match
 * all of it.
 * @throws TRACE_NOT_FOUND; SQL stores have written nothing then; the store's errors
 */
export async function keepFeedback(store: TraceStore, said: readonly Feedback[]): Promise<void> {
  const ids = [...new Set(said.flatMap(tracesOfFeedback))];
  for (let feedback = said; ; feedback = []) {
    const rewards: { traceId: string; reward: TraceReward }[] = [];
    for (const id of ids) {
      const trace = await store.get(id);
      if (trace === undefined) throw new HoneError("TRACE_NOT_FOUND", { store: store.url, id });
      const reward = rewardAfter(trace, feedback);
      if (reward !== undefined) rewards.push({ traceId: id, reward });
    }
    if (feedback.length === 0 && rewards.length === 0) return;
    await store.append({ feedback, rewards });
  }
}

/** The reward that follows from all feedback on the trace. Undefined when the trace has it already, or no feedback gives one. */
function rewardAfter(trace: Trace, more: readonly Feedback[]): TraceReward | undefined {
  const own = more.filter((one) => tracesOfFeedback(one).includes(trace.id));
  const { feedback = [] } = mergeFeedback(trace.feedback, own);
  const reward = feedbackRewards(feedback).find(({ traceId }) => traceId === trace.id)?.reward;
  const known = trace.rewards.find(({ id }) => id === reward?.id);
  return isDeepStrictEqual(reward, known) ? undefined : reward;
}

/** The feedback on these traces, each once, and the traces that have feedback. */
export async function collectFeedback(
  traces: AsyncIterable<Trace>,
): Promise<{ readonly feedback: readonly Feedback[]; readonly traces: readonly Trace[] }> {
  const spokenOf: Trace[] = [];
  for await (const trace of traces) if (trace.feedback !== undefined) spokenOf.push(trace);
  const { feedback = [] } = mergeFeedback(...spokenOf.map((trace) => trace.feedback));
  return { feedback, traces: spokenOf };
}
