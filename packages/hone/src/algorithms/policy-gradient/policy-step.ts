/** The step of a policy-gradient method as it is reported, and the end of a run whose steps learn nothing. */
import { HoneError } from "../../core/errors.ts";
import type { TrainStep } from "../../core/train-step.ts";
import { noSignalCause } from "./no-signal-cause.ts";
import type { Improvement } from "./policy-improvement.ts";
import { type RolloutMetrics, rolloutWarnings } from "./rollout-metrics.ts";
import type { ScoredBatch } from "./scored-answers.ts";

/**
 * The step as it is reported: metrics of the rollouts and of the updates, the rollouts themselves, and warnings
 * (STEP_WITHOUT_SIGNAL where nothing was updated, ANSWERS_ALL_TRUNCATED where all answers are masked, ROLLOUTS_WITHOUT_CALL for answers without a call of the policy, with those of rollout-metrics.ts).
 */
export function policyStep(
  step: number,
  batch: ScoredBatch,
  {
    observed,
    improvement: { updates, metrics },
  }: { readonly observed: RolloutMetrics; readonly improvement: Improvement },
): TrainStep {
  const masked = observed["answers_masked"] ?? 0;
  const uncalled = batch.answers.filter(({ rollout }) => rollout.turns.length === 0).length;
  const warnings = {
    ...rolloutWarnings(observed),
    ...(metrics["tokens_masked"] ? { TOKENS_MASKED: metrics["tokens_masked"] } : {}),
    ...(updates === 0 ? { STEP_WITHOUT_SIGNAL: 1 } : {}),
    ...(masked > 0 && masked === batch.answers.length ? { ANSWERS_ALL_TRUNCATED: masked } : {}),
    ...(uncalled === 0 ? {} : { ROLLOUTS_WITHOUT_CALL: uncalled }),
  };
  return {
    step,
    metrics: { ...observed, ...metrics, updates },
    rollouts: [...batch.answers.map((answer) => answer.rollout), ...batch.failed],
    ...(Object.keys(warnings).length === 0 ? {} : { warnings }),
  };
}

/** How many steps a run may take without learning anything. */
export interface SignalLimit {
  readonly algorithm: string;
  readonly groupSize: number;
  /** What a group needs to have signal, as NO_LEARNING_SIGNAL says it was not there. Default: "had two different rewards". */
  readonly lacked?: string;
  /** Whether truncated answers are masked. Default: they are not. */
  readonly maskTruncated?: true;
  /** Steps in a row so far in which no group had signal. */
  readonly stepsWithoutSignal: number;
  /** Steps in a row after which the run stops. */
  readonly maxStepsWithoutSignal: number;
}

/**
 * @param reward  mean reward of the last step, shown in the error
 * @throws NO_LEARNING_SIGNAL once so many steps in a row had no group with two different rewards
 */
export function checkSignal(batch: ScoredBatch, reward: number, limit: SignalLimit): void {
  const { algorithm, groupSize, lacked, stepsWithoutSignal, maxStepsWithoutSignal } = limit;
  if (stepsWithoutSignal < maxStepsWithoutSignal) return;
  throw new HoneError("NO_LEARNING_SIGNAL", {
    where: algorithm,
    steps: stepsWithoutSignal,
    groupSize,
    ...(lacked !== undefined && { lacked }),
    reward: reward.toFixed(3),
    ...noSignalCause(batch, limit),
  });
}
