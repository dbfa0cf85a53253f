/** Measures how much of a step its rollouts take, and the speeds that follow from it. */
import type { TrainStep } from "../../core/train-step.ts";
import type { RolloutSource } from "../../ports/rollout-source.ts";

/** Counts the wall time in which rollouts are sampled and scored. */
export class SamplingClock {
  #seconds = 0;

  /** The source, whose requests are counted from now on. */
  timed(source: RolloutSource): RolloutSource {
    return {
      groups: async (request) => {
        const startedAt = performance.now();
        try {
          return await source.groups(request);
        } finally {
          this.#seconds += (performance.now() - startedAt) / 1000;
        }
      },
    };
  }

  /** The seconds since it was last asked. */
  take(): number {
    const seconds = this.#seconds;
    this.#seconds = 0;
    return seconds;
  }
}

/**
 * The metrics of time of a step (docs/metrics.md). Without rollouts there are none of sampling, and without an update none of training.
 * Where the next step's rollouts were sampled meanwhile, there are no speeds, as the times of the two overlap.
 * @param seconds          wall time of the step
 * @param samplingSeconds  the part of it that its rollouts took
 */
export function timeMetrics(
  { metrics }: Pick<TrainStep, "metrics">,
  seconds: number,
  samplingSeconds = 0,
): Record<string, number> {
  const { tokens_sampled: sampled, tokens } = metrics;
  const times = { seconds, ...(samplingSeconds > 0 && { sampling_seconds: samplingSeconds }) };
  if (metrics["groups_ahead"] !== undefined) return times;
  const trainingSeconds = seconds - samplingSeconds;
  return {
    ...times,
    ...(sampled !== undefined &&
      samplingSeconds > 0 && { tokens_per_second_sampling: sampled / samplingSeconds }),
    ...(tokens !== undefined &&
      trainingSeconds > 0 && { tokens_per_second_training: tokens / trainingSeconds }),
  };
}
