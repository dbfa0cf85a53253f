/** Events of a run while something is awaited, so that a run which waits for an agent, or computes for long, is seen to do so. */
import type { RolloutProgress } from "../../rollouts/rollout-progress.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import { isScoring } from "./rollouts-text.ts";

/** Time between two reports, in ms. */
const TICK_MS = 1000;

/**
 * Waits for the work, and reports once a second how far its rollouts are while some of them run, wait for workers or are scored, and
 * else how long it takes.
 * @param name  what the rollouts are for: a phase or an evaluation
 */
export async function* whileRunning<T>(
  work: Promise<T>,
  {
    name,
    progress,
    deadline,
    news = () => [],
  }: {
    readonly name: string;
    readonly progress: RolloutProgress;
    /** Seconds that a rollout may take. */
    readonly deadline: number;
    /** What else is to be told, each once. Default: nothing. */
    readonly news?: () => readonly PipelineEvent[];
  },
): AsyncGenerator<PipelineEvent, T> {
  // Its error is thrown where the work is awaited below, also when the reader of the events is gone by then.
  const ended = work.then(
    () => true,
    () => true,
  );
  const startedAt = performance.now();
  for (;;) {
    const { promise: tick, resolve } = Promise.withResolvers<false>();
    const timer = setTimeout(resolve, TICK_MS, false as const);
    const isEnded = await Promise.race([ended, tick]);
    clearTimeout(timer);
    yield* news();
    if (isEnded) return await work;
    const { counts } = progress;
    if (counts.running > 0 || (counts.queue?.waiting ?? 0) > 0 || isScoring(counts))
      yield { kind: "rollouts", name, ...counts, deadline };
    else yield { kind: "computing", name, seconds: (performance.now() - startedAt) / 1000 };
  }
}
