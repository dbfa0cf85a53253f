/** All updates on one rollout batch: the middle of every policy-gradient algorithm. */
import { HoneError } from "../../core/errors.ts";
import type { AlgorithmParts } from "../../ports/algorithm.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { finitePass, finiteStep } from "../blocks/guards.ts";
import { klMetrics } from "../blocks/kl.ts";
import { adamAt, type OptimizerOptions } from "../blocks/optimizer.ts";
import {
  knownCuts,
  policyMinibatches,
  referenceLogProbs,
  type PolicyBatchSettings,
} from "./policy-rows.ts";
import type { PolicyChoice } from "./policy-choices.ts";
import type { FirstPassRow, PolicyGradient, PolicyLoss, PolicyRow } from "./policy-loss.ts";
import { addPolicyGradient, combine } from "./policy-update.ts";
import { isTrained, isZero, type ScoredBatch } from "./scored-answers.ts";
import { correctedAnswers, type SamplerCorrection } from "./sampler-correction.ts";
import { samplerMismatch } from "./sampler-mismatch.ts";
import { meanOf, sumOf } from "../blocks/sums.ts";

/** What decides the updates on one rollout batch. */
export interface PolicySettings extends PolicyBatchSettings, PolicyLoss {
  readonly kl: NonNullable<PolicyLoss["kl"]> & {
    /** Where it is paid. Default "loss". */
    readonly place?: PolicyChoice<"klPlace">;
  };
  /** Corrects for a sampler that differs from the trainer. Default: none. */
  readonly correction?: SamplerCorrection;
  /** Reported steps in total; the learning rate's schedule ends with them. */
  readonly steps: number;
  /** Passes over a rollout batch. */
  readonly epochsPerBatch: number;
  /**
   * No further update is made on a batch once the policy has moved farther than this since it sampled the batch (kl_old, mean per
   * token, nats). Default: no such limit.
   */
  readonly maxKl?: number;
  readonly optimizer: OptimizerOptions;
}

/** Where the updates take place. */
export interface PolicyStepContext {
  /** Counts from 1. */
  readonly step: number;
  readonly parts: AlgorithmParts;
  /** The weights as they are before the updates, which sampled the step's new rollouts. */
  readonly weightsVersion: string;
  /** The policy that a KL term compares with; undefined without one. */
  readonly reference: SamplingClient | undefined;
}

/** What the updates on one rollout batch came to. */
export interface Improvement {
  /** Optimizer updates made; 0 where nothing had signal. */
  readonly updates: number;
  /** Means over the updates, and what a correction measured; without an update only that. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** The same, with what was seen of the batch's rows. */
export interface PolicyImprovement extends Improvement {
  /** The rows of the first pass, in the order of the updates. */
  readonly passed: readonly FirstPassRow[];
}

interface Update extends PolicyGradient {
  readonly gradientNorm: number;
  readonly rows: number;
  /** Of its rows, before it (sampler-mismatch.ts). */
  readonly mismatch: Readonly<Record<string, number>>;
}

/**
 * Makes all updates on one rollout batch: passes over it, each in minibatches with an optimizer step each.
 * @throws POLICY_NOT_CALLED when no answer has a call of the policy, in the first step or where rewards differ;
 *         BATCH_ALL_MASKED when answers differ in advantage but none has a sampled token; TRAINING_NOT_FINITE;
 *         WEIGHTS_CHANGED; OPTION_INVALID for a KL term on tempered rollouts
 */
export async function improvePolicy(
  batch: ScoredBatch,
  settings: PolicySettings,
  context: PolicyStepContext,
): Promise<PolicyImprovement> {
  const { step, parts, weightsVersion, reference } = context;
  const { algorithm, kl } = settings;
  const hasKl = reference !== undefined;
  checkCalls(batch, { algorithm, step });
  checkTokens(batch, { algorithm, step, hasKl });
  const told = { ...settings, tells: knownCuts(parts.training, reference) };
  const { answers, metrics: mismatch } = await correctedAnswers(batch.answers, told, {
    training: parts.training,
    weightsVersion,
    hasKl,
  });
  const logProbs =
    reference &&
    (await referenceLogProbs(answers, reference, {
      algorithm,
      coefficient: kl.coefficient,
      knows: told.tells,
    }));
  const { updates, stoppedEarly, passed } = await allUpdates(
    (pass) => policyMinibatches(answers, told, { seed: parts.seed, step, pass }, logProbs),
    settings,
    context,
  );
  if (updates.length === 0) return { updates: 0, metrics: mismatch, passed };
  return {
    updates: updates.length,
    passed,
    metrics: {
      // Only before the first update are trainer and sampler to agree. A correction measured them, and the rows that it returns
      // agree by construction, so that nothing is measured of them again.
      ...(settings.correction === undefined && updates[0]!.mismatch),
      ...mismatch,
      ...combine(updates).metrics,
      loss: meanOf(updates.map(({ loss }) => loss)),
      gradient_norm: meanOf(updates.map(({ gradientNorm }) => gradientNorm)),
      learning_rate: adamAt(step, settings.steps, settings.optimizer).learningRate,
      rows: sumOf(updates.map(({ rows }) => rows)),
      ...(settings.maxKl !== undefined && { stopped_early: stoppedEarly ? 1 : 0 }),
    },
  };
}

interface MadeUpdates extends Pick<PolicyImprovement, "passed"> {
  readonly updates: readonly Update[];
  readonly stoppedEarly: boolean;
}

/** The updates of all passes; they end early once the policy has moved farther than `maxKl` since it sampled the batch. */
async function allUpdates(
  minibatchesOf: (pass: number) => PolicyRow[][],
  settings: PolicySettings,
  context: PolicyStepContext,
): Promise<MadeUpdates> {
  const updates: Update[] = [];
  const passed: FirstPassRow[] = [];
  for (let pass = 0; pass < settings.epochsPerBatch; pass++) {
    for (const rows of minibatchesOf(pass)) {
      if (rows.length === 0) continue;
      // The first update is made whatever the distance, as without it nothing would be learned.
      const maxKl = updates.length === 0 ? Infinity : (settings.maxKl ?? Infinity);
      const made = await update(rows, { ...settings, maxKl }, context);
      if (made === undefined) return { updates, passed, stoppedEarly: true };
      const updatesBefore = updates.length;
      const logProbsOf = (i: number): Float32Array => made.logProbs[i]!;
      if (pass === 0)
        passed.push(...rows.map((row, i) => ({ row, logProbs: logProbsOf(i), updatesBefore })));
      updates.push(made);
    }
  }
  return { updates, passed, stoppedEarly: false };
}

/**
 * A later step may choose tasks for which an agent needs no model; the first has none where no call reaches the policy.
 * @throws POLICY_NOT_CALLED when no answer has a call of the policy, in the first step or where rewards differ
 */
function checkCalls(
  { answers }: ScoredBatch,
  { algorithm, step }: { readonly algorithm: string; readonly step: number },
): void {
  if (answers.length === 0 || answers.some(({ rollout }) => rollout.turns.length > 0)) return;
  if (step > 1 && answers.every(({ advantage }) => isZero(advantage))) return;
  const where = `${algorithm}, step ${step}`;
  throw new HoneError("POLICY_NOT_CALLED", { where, count: answers.length });
}

/** @throws BATCH_ALL_MASKED when there is a preference but not one sampled token to train */
function checkTokens(
  { answers }: ScoredBatch,
  {
    algorithm,
    step,
    hasKl,
  }: { readonly algorithm: string; readonly step: number; readonly hasKl: boolean },
): void {
  const trained = answers.filter((answer) => isTrained(answer, hasKl));
  if (trained.length === 0 || trained.some((answer) => answer.length > 0)) return;
  throw new HoneError("BATCH_ALL_MASKED", { where: algorithm, step, rows: trained.length });
}

/** One update; undefined, and no update, where the policy has moved farther than `maxKl` since it sampled the batch. */
async function update(
  rows: readonly PolicyRow[],
  settings: PolicySettings & { readonly maxKl: number },
  { step, weightsVersion, parts: { training, saveBatch } }: PolicyStepContext,
): Promise<Update | undefined> {
  const { algorithm, maxKl } = settings;
  const data = rows.map((row) => row.datum);
  const adam = adamAt(step, settings.steps, settings.optimizer);
  const context = { algorithm, step, learningRate: adam.learningRate, saveBatch, training };
  const { kl, ...loss } = settings;
  const paid = { ...loss, kl: kl.place === "reward" ? undefined : kl };
  const pass = (): Promise<PolicyGradient> => addPolicyGradient(training, rows, paid);
  const gradient = await finitePass(pass, data, context);
  if ((gradient.metrics["kl_old"] ?? klSinceSampled(rows, gradient.logProbs)) > maxKl) {
    await training.discardGradients();
    return undefined;
  }
  const { gradientNorm } = await finiteStep(adam, data, context);
  const mismatch = samplerMismatch(rows, gradient.logProbs, weightsVersion);
  return { ...gradient, gradientNorm, rows: rows.length, mismatch };
}

/** kl_old, of a client that does not report it. */
function klSinceSampled(rows: readonly PolicyRow[], logProbs: readonly Float32Array[]): number {
  const kl = klMetrics("kl_old");
  rows.forEach(({ datum: { mask, samplingLogProbs } }, i) => {
    for (const [t, logProb] of logProbs[i]!.entries())
      if (mask![t] !== 0) kl.add(logProb, samplingLogProbs![t]!);
  });
  return kl.means()["kl_old"]!;
}
