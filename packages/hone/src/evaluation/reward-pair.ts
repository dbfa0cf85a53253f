/** Measures which of two answers a reward model values more: no answer is sampled, no policy is asked. */
import { logistic } from "../core/logistic.ts";
import type { Reward, Rollout, TokenIds } from "../core/rollout.ts";
import type { Renderer } from "../ports/renderer.ts";
import type { RolloutRunner } from "../ports/rollout-runner.ts";
import { calibrationInterval, reliability } from "./calibration.ts";
import type { Interval } from "./intervals.ts";
import { type ComparedAnswer, type PairProgress, type PairTask, tokensOf } from "./pair-task.ts";

/** Pairs that are valued at a time. */
const PAIRS_PER_PASS = 16;

/** Rewards of rows, each at the last token of its answer. */
type RewardsOf = (
  rows: readonly { readonly tokens: TokenIds; readonly mask: readonly number[] }[],
) => Promise<readonly number[]>;

/**
 * A runner that scores pairs by a reward model.
 *
 * Success is 1 where the chosen answer has the larger reward. The reward is the margin r(chosen) − r(rejected); its components are
 * `reward_chosen`, `reward_rejected`, and, of p = σ(margin), the probability that the model gives to the chosen answer, the scoring rules
 * `brier` = (1 − p)² and `log_loss` = −log p (nats), of which smaller is better.
 */
export function rewardPairRunner(
  rewardsOf: RewardsOf,
  renderer: Renderer,
  progress?: PairProgress,
): RolloutRunner<PairTask> {
  return {
    async run({ jobs, signal }) {
      progress?.begin(jobs.length);
      const rollouts: Rollout<PairTask>[] = [];
      for (let start = 0; start < jobs.length; start += PAIRS_PER_PASS) {
        signal?.throwIfAborted();
        const some = jobs.slice(start, start + PAIRS_PER_PASS);
        for (const { id } of some) progress?.start(id);
        const startedAt = performance.now();
        const answers: ComparedAnswer[] = some.flatMap(({ task }) => [task.chosen, task.rejected]);
        const rows = await Promise.all(answers.map((answer) => tokensOf(answer, renderer)));
        const rewards = await rewardsOf(rows);
        const seconds = (performance.now() - startedAt) / 1000 / some.length;
        some.forEach(({ id, task }, i) => {
          const reward = rewardOf(rewards[2 * i]!, rewards[2 * i + 1]!);
          const isSuccess = reward.components["success"] === 1;
          const facts = { turns: [], answer: undefined, failure: undefined, attempts: 1 };
          const rollout = { id, task, ...facts, reward, isSuccess, seconds };
          progress?.end(rollout);
          rollouts.push(rollout);
        });
      }
      return rollouts;
    },
  };
}

function rewardOf(chosen: number, rejected: number): Reward {
  const margin = chosen - rejected;
  const probability = logistic(margin);
  return {
    total: margin,
    components: {
      success: margin > 0 ? 1 : 0,
      reward_chosen: chosen,
      reward_rejected: rejected,
      brier: (1 - probability) ** 2,
      log_loss: Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin))),
    },
    source: "rule",
  };
}

/** How well the probabilities fit: the expected calibration error with its interval, and the reliability of each bin in words. */
export function rewardPairSummary(
  rollouts: readonly Rollout[],
  seed: number,
): { readonly metrics: Readonly<Record<string, Interval>>; readonly text: string } {
  const margins = rollouts.flatMap(({ reward }) => reward?.total ?? []);
  const probabilities = margins.map(logistic);
  const error = calibrationInterval(probabilities, { seed });
  const bins = reliability(probabilities).map(
    ({ from, to, count, accuracy }) =>
      `${from.toFixed(1)}–${to.toFixed(1)} sure: right in ${accuracy.toFixed(2)} of ${count}`,
  );
  const text = `calibration error ${error.value.toFixed(3)} [${error.low.toFixed(3)}, ${error.high.toFixed(3)}]; ${bins.join(", ")}`;
  return { metrics: { calibration_error: error }, text };
}
