/**
 * The loop of every policy-gradient method. A step is: sample groups of rollouts from a snapshot, give every answer
 * an advantage, make the updates, report.
 *
 *     C = Σ rows Σ_t  w_t · loss(ρ_t, A_t)        ρ = π(o_t) / π_sampled(o_t)
 *
 *     A     the method's own: `PolicyMethod.advantages`
 *     loss  one of the training client, or of ratio-losses.ts        policy-update.ts
 *     w_t   how much a token weighs                                  normalization.ts, folded into A as losses are sums
 *
 * A method is a file with its formula, its options and a call of `policyGradient`.
 *
 * Without dropout: the ratio compares the trained policy with a sampler that has none. A group without signal sends
 * nothing, hence pays no KL either. Shapes: rows of T tokens. Log-probs in nats.
 */
import type { TrainStep } from "../../core/train-step.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { checkLoss } from "../blocks/guards.ts";
import { optimizerSettings } from "../blocks/optimizer.ts";
import { creditMissing, creditTurns, readsTurnRewards } from "./credit.ts";
import { sampleWithSignal } from "./dynamic-sampling.ts";
import { withPenalties } from "./kl-penalty.ts";
import { checkSignal, improvePolicy, policyStep } from "./policy-improvement.ts";
import { clientLoss } from "./policy-loss.ts";
import type { FamilySettings } from "./policy-options.ts";
import { knownCuts } from "./policy-rows.ts";
import { chooseTasks, type TaskRecords, withTries } from "./policy-curriculum.ts";
import { replay, type ReplayGroup } from "./policy-replay.ts";
import { PolicySnapshots } from "./policy-snapshots.ts";
import { advantageMetrics, rolloutMetrics, VersionLag } from "./rollout-metrics.ts";
import {
  type Advantage,
  readBatch,
  type RolloutBatch,
  type ScoredBatch,
  withAdvantages,
} from "./scored-answers.ts";

/** What a method keeps from step to step beside the weights, as plain JSON: a moving average, an adapted coefficient. */
export type MethodState = Readonly<Record<string, unknown>>;

/** What a method knows when it gives advantages. */
export interface AdvantageContext {
  /** Counts from 1. */
  readonly step: number;
  readonly parts: AlgorithmParts;
  /** What the step before returned; undefined in the first step. */
  readonly state: MethodState | undefined;
}

/** The advantages of a step. */
export interface GivenAdvantages {
  /** In the order of the batch's answers. */
  readonly advantages: readonly Advantage[];
  /** For the next step, also of a run that is resumed. Default: nothing. */
  readonly state?: MethodState;
  /** Reported with the step. Default: none. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** What makes a policy-gradient method. */
export interface PolicyMethod {
  /** Names its phase, in errors too, and is a key of its random orders. */
  readonly name: string;
  /** What the loop reads, beside whatever else of it the method reads. Recorded, and compared when a run is resumed. */
  readonly settings: FamilySettings;
  /** Further settings, which only the method reads; likewise recorded. Default: none. */
  readonly own?: Readonly<Record<string, unknown>>;
  /** Whether `parts.critic` must be there. Default false. */
  readonly needsCritic?: boolean;
  /** How the rollouts of a step become advantages. */
  readonly advantages: (
    batch: RolloutBatch,
    context: AdvantageContext,
  ) => GivenAdvantages | Promise<GivenAdvantages>;
}

/**
 * The algorithm of a method. One reported step is one rollout batch. Metrics: those of rollout-metrics.ts, and loss, gradient_norm,
 * learning_rate, tokens (trained), rows, updates, weights_lag, mismatch_mean and mismatch_max (sampler-mismatch.ts), with what the
 * client knows (ratio_mean, clip_fraction, kl_old, kl …); of several updates the means. Where there is a correction, correction_mean
 * and tokens_masked (sampler-correction.ts); where groups are sampled again, groups_missing. docs/metrics.md has them all. A step in which nothing has an advantage updates nothing, reports no loss, and warns with
 * STEP_WITHOUT_SIGNAL.
 *
 * Its run throws LOSS_UNSUPPORTED, REFERENCE_MISSING, POLICY_NOT_CALLED, BATCH_ALL_MASKED, TRAINING_NOT_FINITE, NO_LEARNING_SIGNAL.
 */
export function policyGradient(method: PolicyMethod): Algorithm {
  const { name, settings, own, needsCritic = false } = method;
  const { optimizer, ...shared } = settings;
  return {
    name,
    steps: settings.steps,
    // The optimizer's options are recorded with their defaults.
    settings: { ...shared, ...own, ...optimizerSettings(optimizer) },
    ...(needsCritic && { needsCritic }),
    run: (parts) => run(method, parts),
  };
}

async function* run(method: PolicyMethod, parts: AlgorithmParts): AsyncGenerator<TrainStep, void> {
  const { name, settings } = method;
  const named = { ...settings, algorithm: name };
  checkLoss(name, clientLoss(settings) ?? "cross_entropy", parts.training);
  const snapshots = new PolicySnapshots(name, settings.kl.coefficient, parts);
  const lag = new VersionLag();
  let { state } = parts;
  let stepsWithoutSignal = 0;
  try {
    for (let step = parts.startStep + 1; step <= settings.steps; step++) {
      if (parts.signal?.aborted) return;
      const policy = await snapshots.current();
      lag.note(policy.weightsVersion);
      const reference = snapshots.reference();
      const given = await collect(method, { step, parts, state }, { policy, reference });
      const { batch, learned } = given;
      ({ state } = given);
      const inLoss = settings.kl.place === "reward" ? undefined : reference;
      const knows = knownCuts(parts.training, inLoss);
      const observed = {
        ...rolloutMetrics(batch, knows),
        ...advantageMetrics(learned),
        ...given.metrics,
        weights_lag: lag.of(batch.answers),
      };
      const improvement = await improvePolicy(learned, named, {
        ...{ step, parts, reference: inLoss },
        weightsVersion: policy.weightsVersion,
      });
      if (improvement.updates > 0) snapshots.invalidate();
      stepsWithoutSignal = improvement.updates > 0 ? 0 : stepsWithoutSignal + 1;
      const report = policyStep(step, batch, { observed, improvement });
      yield state === undefined ? report : { ...report, state };
      checkSignal(batch, observed.reward, { ...named, stepsWithoutSignal });
    }
  } finally {
    await snapshots.close();
  }
}

interface Snapshots {
  readonly policy: SamplingClient;
  readonly reference: SamplingClient | undefined;
}

/** The rollouts of a step with their advantages. */
interface Collected extends Omit<GivenAdvantages, "advantages"> {
  /** All that were sampled. */
  readonly batch: ScoredBatch;
  /** Those that are learned from: all, but for groups that were replaced, and those of earlier steps that are replayed. */
  readonly learned: ScoredBatch;
}

async function collect(
  { name, settings, advantages }: PolicyMethod,
  context: AdvantageContext,
  { policy, reference }: Snapshots,
): Promise<Collected> {
  const { rollouts, signal } = context.parts;
  const { maxDraws, kl, groupsPerStep: groupCount, groupSize } = settings;
  const { step, state } = context;
  const { seed } = context.parts;
  const records = taskRecords(state);
  const wanted = {
    ...{ policy, step, groupCount, groupSize, ...(signal && { signal }) },
    ...(settings.curriculum && {
      choose: chooseTasks(records, settings.curriculum, { seed, step }),
    }),
  };
  const { kept, dropped } =
    maxDraws === undefined
      ? { kept: await rollouts.groups(wanted), dropped: [] }
      : await sampleWithSignal(rollouts, wanted, maxDraws);
  const again = settings.replay && replay(keptGroups(state), kept, settings.replay, { step, seed });
  const replayed = again?.groups ?? [];
  const read = readBatch([...kept, ...replayed, ...dropped]);
  const { batch, metrics } =
    kl.place === "reward" && reference !== undefined
      ? await withPenalties(read, reference, { algorithm: name, kl })
      : { batch: read, metrics: {} };
  const taught = groupsUpTo(kept.length + replayed.length, batch);
  const given = await advantages(taught, context);
  const credited =
    settings.credit === undefined
      ? given.advantages
      : creditTurns(taught, given.advantages, settings.credit);
  const learned = withAdvantages(taught, credited);
  const all = batch.answers.map((answer, i) => ({ answer, advantage: credited[i] ?? 0 }));
  const isNew = (group: number): boolean =>
    group < kept.length || group >= kept.length + replayed.length;
  const sampled = all.filter(({ answer }) => isNew(answer.group));
  const more = {
    ...(settings.curriculum && {
      tasks_seen: Object.keys(withTries(records, [...kept, ...dropped])).length,
    }),
    ...(again && { groups_replayed: replayed.length, groups_stale: again.staleCount }),
    ...(maxDraws !== undefined && { groups_missing: groupCount - kept.length }),
    ...(settings.credit !== undefined &&
      readsTurnRewards(settings.credit.rule) && {
        credit_missing: creditMissing(taught, settings.credit),
      }),
  };
  const tried = settings.curriculum && withTries(records, [...kept, ...dropped]);
  const next: MethodState = {
    ...given.state,
    ...(again && { [REPLAY]: again.kept }),
    ...(tried && { [CURRICULUM]: tried }),
  };
  return {
    ...(Object.keys(next).length === 0 && given.state === undefined ? {} : { state: next }),
    metrics: { ...metrics, ...more, ...given.metrics },
    batch: withAdvantages(
      {
        ...batch,
        answers: sampled.map(({ answer }) => answer),
        groups: kept.length + dropped.length,
        splits: batch.splits - readBatch(replayed).splits,
      },
      sampled.map(({ advantage }) => advantage),
    ),
    learned,
  };
}

/** The names of the groups to replay, and of what was measured of tasks, in a run's state. */
const [REPLAY, CURRICULUM] = ["replay", "curriculum"] as const;

const taskRecords = (state: MethodState | undefined): TaskRecords =>
  (state?.[CURRICULUM] ?? {}) as TaskRecords;

/** What the step before kept, as it returned it or as a checkpoint held it. */
const keptGroups = (state: MethodState | undefined): readonly ReplayGroup[] =>
  (state?.[REPLAY] ?? []) as readonly ReplayGroup[];

/** The first groups of a batch. */
const groupsUpTo = (groups: number, batch: RolloutBatch): RolloutBatch => ({
  ...batch,
  groups,
  answers: batch.answers.filter(({ group }) => group < groups),
});
