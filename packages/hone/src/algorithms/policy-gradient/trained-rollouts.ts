/** What a step did with each rollout that it had, for people who look at its tokens. No algorithm reads it. */
import type { NotLearned, TrainedRollout, TrainedRow } from "../../core/trained-rollout.ts";
import type { FirstPassRow } from "./policy-loss.ts";
import { isTrained, type ScoredAnswer, type ScoredBatch } from "./scored-answers.ts";
import { isTruncated } from "./truncated-answers.ts";

/** What decides why an answer was not learned from. */
export interface LearningRules {
  /** Whether a KL term in the loss trains answers without an advantage. */
  readonly hasKl: boolean;
  /** Whether the loss of truncated answers is masked. */
  readonly masksTruncated: boolean;
}

/**
 * The rollouts of a step: those that it learned from with their rows, and all others that have a reward with the reason.
 * @param passed  the rows of the first pass
 */
export function trainedRollouts(
  { reported, learned }: { readonly reported: ScoredBatch; readonly learned: ScoredBatch },
  passed: readonly FirstPassRow[],
  rules: LearningRules,
): TrainedRollout[] {
  const rows = Map.groupBy(passed, ({ row }) => row.answer);
  const sampled = new Set(reported.answers.map(({ rollout }) => rollout.id));
  const used = learned.answers.map((answer) => {
    const { id: rolloutId } = answer.rollout;
    const own = (rows.get(rolloutId) ?? []).map(trainedRow).toSorted((a, b) => a.index - b.index);
    return {
      rolloutId,
      ...(own.length === 0 && { notLearned: reasonOf(answer, rules) }),
      ...(sampled.has(rolloutId) ? {} : { isReplayed: true }),
      rows: own,
    };
  });
  const known = new Set(used.map(({ rolloutId }) => rolloutId));
  const replaced = reported.answers.flatMap(({ rollout: { id } }): TrainedRollout[] =>
    known.has(id) ? [] : [{ rolloutId: id, notLearned: "group replaced", rows: [] }],
  );
  return [...used, ...replaced];
}

function reasonOf(answer: ScoredAnswer, { hasKl, masksTruncated }: LearningRules): NotLearned {
  if (masksTruncated && isTruncated(answer)) return "truncated";
  if (answer.length === 0) return "no sampled token";
  if (!answer.hasSignal) return "group without signal";
  return isTrained(answer, hasKl) ? "too far from the sampler" : "advantage 0";
}

function trainedRow({ row, logProbs, updatesBefore }: FirstPassRow): TrainedRow {
  const { index, advantage, weight, datum } = row;
  const mask = datum.mask!;
  const sampled = [...mask.keys()].filter((t) => mask[t] !== 0);
  return {
    index,
    // Position t predicts token t + 1.
    advantage: typeof advantage === "number" ? advantage : sampled.map((t) => advantage[t + 1]!),
    weight,
    logProbs: sampled.map((t) => logProbs[t]!),
    updatesBefore,
  };
}
