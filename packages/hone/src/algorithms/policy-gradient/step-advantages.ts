/** The groups of a step with their advantages: as they are reported, and as they are learned from. */
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { creditMetrics, creditTurns } from "./credit.ts";
import { type PenalisedBatch, withPenalties } from "./kl-penalty.ts";
import type { GivenAdvantages, PolicyMethod, StepContext } from "./policy-method.ts";
import type { FamilySettings } from "./family-settings.ts";
import {
  type Advantage,
  readBatch,
  type RolloutBatch,
  type ScoredBatch,
  withAdvantages,
} from "./scored-answers.ts";
import type { StepGroups } from "./step-groups.ts";
import { isTruncated, maskedAdvantages, withoutTruncatedRows } from "./truncated-answers.ts";

/** The rollouts of a step with their advantages. */
export interface StepBatch extends Omit<GivenAdvantages, "advantages"> {
  /** All that were sampled in this step; the advantage of groups that were replaced is 0. */
  readonly reported: ScoredBatch;
  /** Those that are learned from: groups that were kept, and behind them those of earlier steps that are replayed. */
  readonly learned: ScoredBatch;
}

/** Gives the answers of a step their advantages: penalties for KL, the method's advantages, and credit over turns. */
export async function stepAdvantages(
  { name, settings, advantages }: PolicyMethod,
  groups: StepGroups,
  { reference, ...context }: StepContext & { readonly reference: SamplingClient | undefined },
): Promise<StepBatch> {
  const priced = pricesOf(name, settings, reference);
  const sampled = await priced(readBatch([...groups.kept, ...groups.dropped]));
  const replayed = await priced(readBatch(groups.replayed));
  const first = sampled.batch.groups;
  const fresh = sampled.batch.answers.filter(({ group }) => group < groups.kept.length);
  const taught: RolloutBatch = {
    ...sampled.batch,
    answers: [
      ...fresh,
      ...replayed.batch.answers.map((one) => ({ ...one, group: first + one.group })),
    ],
    groups: groups.kept.length + groups.replayed.length,
  };
  const given = await advantages(taught, {
    ...context,
    isReplayed: ({ group }) => group >= first,
    isMasked: (answer) => settings.maskTruncated === true && isTruncated(answer),
  });
  const credited = creditOver(taught, given.advantages, settings);
  const learned = withAdvantages(taught, credited);
  const ofSampled = sampled.batch.answers.map((_, i) => (i < fresh.length ? credited[i]! : 0));
  const state = { ...given.state, ...groups.state };
  return {
    reported: withAdvantages(sampled.batch, ofSampled),
    learned: settings.maskTruncated === true ? withoutTruncatedRows(learned) : learned,
    metrics: {
      ...sampled.metrics,
      ...groups.metrics,
      ...numbersOfCredit(taught, settings),
      ...(settings.maskTruncated === true && {
        answers_masked: sampled.batch.answers.filter(isTruncated).length,
      }),
      ...given.metrics,
    },
    ...((Object.keys(state).length > 0 || given.state !== undefined) && { state }),
  };
}

/** What makes answers pay for KL, where that is paid in the reward. */
const pricesOf =
  (algorithm: string, { kl }: FamilySettings, reference: SamplingClient | undefined) =>
  async (batch: RolloutBatch): Promise<PenalisedBatch> =>
    kl.place === "reward" && reference !== undefined
      ? withPenalties(batch, reference, { algorithm, kl })
      : { batch, metrics: {} };

/** The advantages given to the turns of an answer, and 0 where truncated answers are masked. */
function creditOver(
  batch: RolloutBatch,
  advantages: readonly Advantage[],
  { credit, maskTruncated }: FamilySettings,
): readonly Advantage[] {
  const credited = credit === undefined ? advantages : creditTurns(batch, advantages, credit);
  return maskTruncated === true ? maskedAdvantages(batch, credited) : credited;
}

const numbersOfCredit = (
  batch: RolloutBatch,
  { credit }: FamilySettings,
): Readonly<Record<string, number>> => (credit === undefined ? {} : creditMetrics(batch, credit));
