/**
 * Kahneman–Tversky Optimization (KTO): learns from answers that are known to be good or bad, without pairs.
 *
 * Ethayarajh et al. 2024 (arXiv:2402.01306), eq. 7. With x = log π(answer) − log π_ref(answer), sums over the answer's tokens,
 *
 *     C = mean λ_d·(1 − σ( β·(x − z) ))  over desirable,   λ_u·(1 − σ( β·(z − x) ))  over undesirable answers
 *     z = max(0, mean of log π(y') − log π_ref(y') )       y': the answer of another example of the batch behind this one's prompt
 *
 * z estimates how far the policy has moved from the reference, in nats; no gradient goes through it. Loss "apo_zero_unpaired" is the
 * same with z = 0 (APO-zero, arXiv:2408.06266). The mean is over all answers of the batch, as in TRL 1.16's KTOTrainer, which keeps the
 * mismatched answers of one cut of the data; here they are those of the step's batch, each behind the prompt of the next, and
 * of a batch of one, those of the example before it. z is measured without dropout; of such an answer what the model's context does
 * not hold is cut, as in TRL.
 */
import { HoneError } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { problemOfRated } from "../../core/preference-problems.ts";
import type { RatedAnswer } from "../../core/preference.ts";
import { randomBits } from "../../core/random.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import type { Renderer } from "../../ports/renderer.ts";
import type { Datum } from "../../ports/training-client.ts";
import { supervisedDatum, type SupervisedRow } from "../blocks/datums.ts";
import { checkLoss, finitePass, finiteStep } from "../blocks/guards.ts";
import { addLogProbLoss } from "../blocks/log-prob-loss.ts";
import { batchOfStep, stepsOf } from "../blocks/minibatches.ts";
import {
  adamAt,
  checkOptimizer,
  type OptimizerOptions,
  optimizerOptionNames,
  optimizerSettings,
} from "../blocks/optimizer.ts";
import { rowReader } from "../blocks/row-reader.ts";
import { meanOf, sumOf } from "../blocks/sums.ts";
import { type KtoLoss, ktoLoss, type KtoObjective } from "./kto-loss.ts";
import { ktoLossNames } from "./preference-choices.ts";
import { checkedRow, checkWeights, type RatedRow, renderRated } from "./preference-rows.ts";
import { ReferenceLogProbs } from "./reference-log-probs.ts";

/** Options of `kto`: the rated answers, in how many steps they are learned, the loss's and the optimizer's. */
export interface KtoOptions extends OptimizerOptions {
  /** Rated answers to learn from. Either these or `rows`. */
  readonly answers?: readonly RatedAnswer[];
  /** Rated answers that are tokens already; a row's prompt are the tokens before the first that its mask counts. */
  readonly rows?: readonly RatedRow[];
  /** Passes over the answers; a last, smaller batch ends each. Default 1. */
  readonly epochs?: number;
  /** Optimizer steps in total. With `epochs`, whichever ends first. Default: as many as the epochs take. */
  readonly steps?: number;
  /** Answers per step, at least 2. Default 16. */
  readonly batchSize?: number;
  /** How strongly the policy is held to the reference, above 0. Default 0.1. */
  readonly beta?: number;
  /** The loss. Default "kto". */
  readonly loss?: (typeof ktoLossNames)[number];
  /** λ_d, how much desirable answers count, at least 0. Default 1. The paper wants λ_d·n_d / (λ_u·n_u) in [1, 3/2]. */
  readonly desirableWeight?: number;
  /** λ_u, how much undesirable answers count, at least 0. Default 1. */
  readonly undesirableWeight?: number;
}

const optionNames: OptionNames<KtoOptions> = {
  ...optimizerOptionNames,
  answers: true,
  rows: true,
  epochs: true,
  steps: true,
  batchSize: true,
  beta: true,
  loss: true,
  desirableWeight: true,
  undesirableWeight: true,
};

interface Example {
  read(renderer: Renderer): Promise<RatedRow>;
}

interface KtoRun {
  readonly objective: KtoObjective;
  readonly examples: readonly Example[];
  readonly steps: number;
  readonly batchSize: number;
  readonly options: OptimizerOptions;
}

/**
 * Kahneman–Tversky optimization: learns from single answers that are known to be good or bad, beside a frozen reference.
 *
 * Metrics: loss; kl_baseline (z, nats); reward_desirable, reward_undesirable and reward_margin, β times the log-ratios to the reference;
 * log_prob_desirable, log_prob_undesirable, share_desirable, gradient_norm, learning_rate, tokens, rows, epoch. Those of a kind of which
 * the batch has none are left out. ANSWERS_CUT counts answers that z was measured on only as far as the model's context goes.
 *
 * @throws OPTION_INVALID, DATA_EMPTY, PREFERENCE_UNUSABLE at once; LOSS_UNSUPPORTED, REFERENCE_MISSING, WEIGHTS_CHANGED,
 *         TRAINING_NOT_FINITE while it runs
 * @example
 * const prompt = [{ role: "user", content: "2 + 2?" }] as const;
 * const answer = [{ role: "assistant", content: "5" }] as const;
 * const algorithm = kto({ answers: [...others, { prompt, answer, isDesirable: false }], learningRate: 1e-6 });
 */
export function kto(options: KtoOptions): Algorithm {
  checkOptions("kto", options, optionNames);
  const check = optionChecks("kto");
  const { batchSize = 16 } = options;
  const objective: KtoObjective = {
    loss: check.oneOf("loss", options.loss ?? "kto", ktoLossNames),
    beta: check.number("beta", options.beta ?? 0.1, { above: 0 }),
    desirableWeight: check.number("desirableWeight", options.desirableWeight ?? 1, { min: 0 }),
    undesirableWeight: check.number("undesirableWeight", options.undesirableWeight ?? 1, {
      min: 0,
    }),
  };
  if (objective.desirableWeight === 0 && objective.undesirableWeight === 0)
    throw check.invalid("desirableWeight", 0, "above 0 where undesirableWeight is 0");
  check.whole("batchSize", batchSize, { min: 2 });
  checkOptimizer("kto", options);
  const examples = examplesOf(options);
  const steps = stepsOf("kto", Math.ceil(examples.length / batchSize), options);
  return {
    name: "kto",
    source: "preferences",
    steps,
    settings: { answers: examples.length, batchSize, ...objective, ...optimizerSettings(options) },
    run: (parts) => run({ objective, examples, steps, batchSize, options }, parts),
  };
}

async function* run(ktoRun: KtoRun, parts: AlgorithmParts): AsyncGenerator<TrainStep, void> {
  const { examples, steps, batchSize } = ktoRun;
  checkLoss("kto", "cross_entropy", parts.training);
  const reference = await ReferenceLogProbs.open("kto", parts);
  const read = rowReader(examples, parts.renderer);
  const count = examples.length;
  try {
    for (let step = parts.startStep + 1; step <= steps && !parts.signal?.aborted; step++) {
      const { epoch, indices } = batchOfStep(count, batchSize, step, ["kto", parts.seed]);
      const batch = await Promise.all(
        indices.map(async (index) => {
          const row = await read(index);
          return { row, reference: await reference.of(String(index), row.tokens) };
        }),
      );
      const others =
        batch.length > 1
          ? batch.map(({ row }) => row)
          : [await read((indices[0]! + count - 1) % count)];
      const { metrics, ...more } = await trainStep(batch, step, {
        ktoRun,
        parts,
        reference,
        others,
      });
      yield { step, metrics: { ...metrics, epoch: epoch + 1 }, ...more };
    }
  } finally {
    await reference.close();
  }
}

interface BatchAnswer {
  readonly row: RatedRow;
  readonly reference: Float32Array;
}

interface StepContext {
  readonly ktoRun: KtoRun;
  readonly parts: AlgorithmParts;
  readonly reference: ReferenceLogProbs;
  /** The rows whose answers stand behind the batch's prompts, each behind the next one's. */
  readonly others: readonly RatedRow[];
}

async function trainStep(
  batch: readonly BatchAnswer[],
  step: number,
  context: StepContext,
): Promise<Pick<TrainStep, "metrics" | "warnings">> {
  const { ktoRun, parts } = context;
  const { objective, steps, options } = ktoRun;
  const { training, saveBatch, seed } = parts;
  const adam = adamAt(step, steps, options);
  const { learningRate } = adam;
  const guards = { algorithm: "kto", step, learningRate, saveBatch, training };
  const data = batch.map(({ row }, i) =>
    supervisedDatum(row, 1, { dropoutSeed: randomBits(seed, "dropout", step, i) }),
  );
  const { kl, cut } =
    objective.loss === "kto" ? await klEstimate(batch, context) : { kl: 0, cut: 0 };
  let result: KtoLoss | undefined;
  const pass = () =>
    addLogProbLoss(training, data, {
      where: `kto, step ${step}`,
      groups: data.map((_, i) => [i]),
      loss(logProbs) {
        result = ktoLoss(ratedOf(batch, data, logProbs), kl, objective);
        return result;
      },
    });
  const { loss } = await finitePass(pass, data, guards);
  const { gradientNorm } = await finiteStep(adam, data, guards);
  return {
    metrics: {
      loss,
      kl_baseline: kl,
      gradient_norm: gradientNorm,
      learning_rate: learningRate,
      ...ktoMetrics(batch, result!, objective.beta),
      rows: data.length,
    },
    ...(cut > 0 && { warnings: { ANSWERS_CUT: cut } }),
  };
}

const ratedOf = (
  batch: readonly BatchAnswer[],
  data: readonly Datum[],
  logProbs: readonly Float32Array[],
) =>
  batch.map(({ row, reference }, i) => ({
    logProbs: logProbs[i]!,
    mask: data[i]!.weights!,
    reference,
    isDesirable: row.isDesirable,
    weight: row.weight ?? 1,
  }));

/** z: the mean log-ratio of answers behind other examples' prompts, at least 0; and how many of these the context does not hold. */
async function klEstimate(
  batch: readonly BatchAnswer[],
  { others, parts: { training }, reference }: StepContext,
): Promise<{ readonly kl: number; readonly cut: number }> {
  // The last token of a row is predicted and never read.
  const most = (training.capabilities.contextLength ?? Infinity) + 1;
  const whole = batch.map(({ row }, i) => mismatched(row, others.at(i - 1)!));
  const rows = whole.map(({ id, tokens, mask }) => ({
    ...(id !== undefined && { id }),
    tokens: tokens.slice(0, most),
    mask: mask.slice(0, most),
  }));
  const data = rows.map((row) => supervisedDatum(row, 1));
  const { logProbs } = await training.forward(data, "cross_entropy");
  const expected = await Promise.all(rows.map(({ tokens }) => reference.once(tokens)));
  const ratios = data.map(({ weights }, i) =>
    sumOf(Array.from(weights!, (w, t) => (w === 0 ? 0 : logProbs[i]![t]! - expected[i]![t]!))),
  );
  const cut = whole.filter(({ tokens }) => tokens.length > most).length;
  return { kl: Math.max(0, meanOf(ratios)), cut };
}

/** The prompt of one row and the answer of another. */
function mismatched(row: RatedRow, other: RatedRow): SupervisedRow {
  const [prompt, answer] = [startOf(row), startOf(other)];
  return {
    id: `${row.id ?? "a row"} with another answer`,
    tokens: [...row.tokens.slice(0, prompt), ...other.tokens.slice(answer)],
    mask: [...row.mask.slice(0, prompt), ...other.mask.slice(answer)],
  };
}

/** Where a row's answer begins. The first token is never a target, so a prompt has at least one. */
const startOf = ({ mask }: RatedRow): number => mask.findIndex((m, t) => t > 0 && m !== 0);

function ktoMetrics(
  batch: readonly BatchAnswer[],
  { ratios, sums, lengths }: KtoLoss,
  beta: number,
): Readonly<Record<string, number>> {
  const of = (values: readonly number[], isDesirable: boolean): number | undefined => {
    const own = values.filter((_, i) => batch[i]!.row.isDesirable === isDesirable);
    return own.length === 0 ? undefined : meanOf(own);
  };
  const [good, bad] = [of(ratios, true), of(ratios, false)];
  const [known, shunned] = [of(sums, true), of(sums, false)];
  return {
    ...(good === undefined ? {} : { reward_desirable: beta * good, log_prob_desirable: known! }),
    ...(bad === undefined
      ? {}
      : { reward_undesirable: beta * bad, log_prob_undesirable: shunned! }),
    ...(good === undefined || bad === undefined ? {} : { reward_margin: beta * (good - bad) }),
    share_desirable: batch.filter(({ row }) => row.isDesirable).length / batch.length,
    tokens: sumOf(lengths),
  };
}

function examplesOf({ answers, rows }: KtoOptions): readonly Example[] {
  const where = "kto";
  if (answers !== undefined && rows !== undefined)
    throw optionChecks(where).invalid("rows", "rows beside answers", "left out beside answers");
  const given = rows ?? answers ?? [];
  if (given.length < 2)
    throw new HoneError("DATA_EMPTY", {
      where: `kto: ${rows === undefined ? "answers" : "rows"}, of which there are ${given.length},`,
      item: "pair of answers, as each is measured against another",
    });
  checkWeights(where, given);
  if (rows !== undefined)
    return rows.map((row, i) => {
      const item = `rows[${i}]`;
      const read = checkedRow({ id: item, ...row }, { where, item });
      return { read: async () => read };
    });
  return answers!.map((rated, i) => {
    const item = `answers[${i}]`;
    const problem = problemOfRated(rated);
    if (problem !== undefined) throw new HoneError("PREFERENCE_UNUSABLE", { where, item, problem });
    return { read: (renderer) => renderRated(rated, renderer, { where, item }) };
  });
}
