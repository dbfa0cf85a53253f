/**
 * A critic: what it says of the rows of a batch, and how it learns from what came.
 *
 *     L = 1/N Σ_t ½·max( (V_t − R_t)² , (clip(V_t, V_old − c, V_old + c) − R_t)² )          N tokens that the critic learns from
 *
 * The clip is that of OpenAI's PPO code, which the paper leaves out (Schulman et al. 2017, arXiv:1707.06347); the loss itself is
 * "value" of the training port. The critic is a network of its own with an optimizer of its own.
 */
import type { Trajectory } from "../../core/rollout.ts";
import type { AlgorithmParts } from "../../ports/algorithm.ts";
import type { Datum, TrainingClient } from "../../ports/training-client.ts";
import { finitePass, finiteStep } from "../blocks/guards.ts";
import { countMasked } from "../blocks/masks.ts";
import { adamAt, type OptimizerOptions } from "../blocks/optimizer.ts";
import { meanOf, sumOf } from "../blocks/sums.ts";
import { isCut, type RowAdvantages, type RowValues } from "./episode-advantages.ts";
import { batchParts } from "./policy-rows.ts";
import type { Answer } from "./scored-answers.ts";

/** How a critic learns. */
export interface CriticSettings {
  /** The algorithm's name: a key of the random order, and named in errors. */
  readonly algorithm: string;
  /** Reported steps in total; the learning rate's schedule ends with them. */
  readonly steps: number;
  /** How far a value may move from what it was when the batch was sampled; undefined without such a limit. */
  readonly valueClip: number | undefined;
  /** Parts of a rollout batch with an update each. */
  readonly minibatchesPerBatch: number;
  /** Cuts by tokens in place of that: the most tokens of a part that the critic learns from. Default: by answers. */
  readonly maxTokensPerUpdate?: number;
  /** Passes over a rollout batch. */
  readonly epochsPerBatch: number;
  readonly optimizer: OptimizerOptions;
}

/**
 * What the critic says before each sampled token, and behind the last one of an answer that was cut off.
 * Position t has read token t, so its value is that of the state before token t + 1.
 */
export async function rowValues(
  critic: TrainingClient,
  answers: readonly Answer[],
  { bootstrap }: { readonly bootstrap: boolean },
): Promise<RowValues> {
  const asked = answers.flatMap((answer) =>
    answer.rows.map((row, index) => {
      const isLast = index === answer.rows.length - 1 && bootstrap && isCut(answer);
      const mask = Float32Array.from(row.tokens, (_, t) =>
        t + 1 < row.tokens.length ? row.mask[t + 1]! : isLast ? 1 : 0,
      );
      return { row, mask };
    }),
  );
  // A row whose only sampled token is its first has no position that could value it.
  const rows = asked.filter(({ mask }) => countMasked(mask) > 0);
  const zeros = asked.map(({ row }) => [row, new Float32Array(row.tokens.length + 1)] as const);
  if (rows.length === 0) return new Map(zeros);
  const data = rows.map(({ row, mask }): Datum => ({
    id: row.rolloutId,
    tokens: row.tokens,
    targets: row.tokens,
    mask,
  }));
  const { logProbs: values } = await critic.forward(data, "value");
  const found = rows.map(({ row }, i) => {
    const shifted = new Float32Array(values[i]!.length + 1);
    shifted.set(values[i]!, 1);
    return [row, shifted] as const;
  });
  return new Map<Trajectory, Float32Array>([...zeros, ...found]);
}

/** Where a critic learns. */
export interface CriticContext {
  /** Counts from 1. */
  readonly step: number;
  readonly critic: TrainingClient;
  readonly parts: Pick<AlgorithmParts, "seed" | "saveBatch">;
}

interface CriticUpdate {
  readonly loss: number;
  readonly gradientNorm: number;
}

/**
 * All updates of the critic on one rollout batch.
 * @param answers  the rows of each answer
 * @returns value_loss and critic_gradient_norm, means over the updates; nothing where there is nothing to learn from
 * @throws TRAINING_NOT_FINITE
 */
export async function improveCritic(
  answers: readonly (readonly RowAdvantages[])[],
  settings: CriticSettings,
  context: CriticContext,
): Promise<Readonly<Record<string, number>>> {
  const { algorithm, epochsPerBatch } = settings;
  const { parts, step } = context;
  const learned = answers.filter((rows) => rows.some(hasPosition));
  const updates: CriticUpdate[] = [];
  for (let pass = 0; pass < epochsPerBatch; pass++) {
    const keys = [algorithm, "critic", parts.seed, step, pass];
    for (const part of batchParts(learned, tokensOf, settings, keys))
      updates.push(await update(part.flat().filter(hasPosition), settings, context));
  }
  if (updates.length === 0) return {};
  return {
    value_loss: meanOf(updates.map(({ loss }) => loss)),
    critic_gradient_norm: meanOf(updates.map(({ gradientNorm }) => gradientNorm)),
  };
}

const tokensOf = (rows: readonly RowAdvantages[]): number =>
  sumOf(rows.map(({ mask }) => countMasked(mask.subarray(1))));

/** A row's first token has no position that could value it. */
const hasPosition = ({ mask }: RowAdvantages): boolean => countMasked(mask.subarray(1)) > 0;

async function update(
  rows: readonly RowAdvantages[],
  settings: CriticSettings,
  { step, critic, parts: { saveBatch } }: CriticContext,
): Promise<CriticUpdate> {
  const { algorithm, valueClip, steps, optimizer } = settings;
  // Losses are sums, so the mean is folded into the mask.
  const weight = 1 / sumOf(rows.map(({ mask }) => countMasked(mask.subarray(1))));
  const data = rows.map(({ row, mask, returns, values }): Datum => {
    const tokens = row.tokens.slice(0, -1);
    return {
      id: row.rolloutId,
      tokens,
      targets: tokens,
      mask: Float32Array.from(mask.subarray(1), (m) => m * weight),
      returns: Float32Array.from(returns.subarray(1)),
      oldValues: Float32Array.from(values.subarray(1)),
    };
  });
  const adam = adamAt(step, steps, optimizer);
  const { learningRate } = adam;
  const guard = { algorithm: `${algorithm}: the critic`, step, learningRate, saveBatch };
  const pass = () =>
    critic.forwardBackward(data, "value", valueClip === undefined ? {} : { valueClip });
  const { loss } = await finitePass(pass, data, { ...guard, training: critic });
  const { gradientNorm } = await finiteStep(adam, data, { ...guard, training: critic });
  return { loss, gradientNorm };
}

/**
 * How well the critic foresaw the returns: 1 − Var(R − V) / Var(R), at most 1, and 0 for a critic that says a constant.
 * @returns undefined where all returns are equal, so that there is nothing to explain
 */
export function explainedVariance(
  returns: readonly number[],
  values: readonly number[],
): number | undefined {
  const all = variance(returns);
  if (all === 0) return undefined;
  return 1 - variance(returns.map((one, i) => one - values[i]!)) / all;
}

function variance(numbers: readonly number[]): number {
  const mean = meanOf(numbers);
  return meanOf(numbers.map((one) => (one - mean) ** 2));
}
