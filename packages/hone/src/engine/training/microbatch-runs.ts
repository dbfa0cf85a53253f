/** Runs microbatches: the program that fits one, its inputs, and the memory that its gradients are added to. */
import { randomBits } from "../../core/random.ts";
import type { LossConfig, LossName } from "../../ports/training-client.ts";
import type { TypedArray } from "../../tensor/shape.ts";
import type { Trainable } from "../optimizer/trainable.ts";
import type { SessionPool, Sizes } from "../runtime/session-pool.ts";
import { type Column, losses, settingValue } from "./losses.ts";
import type { Microbatch } from "./microbatches.ts";
import { type Chunks, chunksOf, pack, type PackedMicrobatch, packPrefixes } from "./packing.ts";
import { StaticFeeds } from "./static-feeds.ts";
import {
  accumulatorName,
  gradientName,
  type ModelParts,
  type ProgramKey,
  type TrainingProgram,
  trainingProgram,
} from "./training-program.ts";

/** What is computed of a microbatch, and in which lane (lanes.ts). */
export interface MicrobatchWork {
  readonly loss: LossName;
  readonly config: LossConfig;
  /** False computes log-probs (or values) alone. */
  readonly isBackward: boolean;
  readonly hasDropout: boolean;
  readonly lane: number;
  /** How many lanes run at a time. */
  readonly lanes: number;
}

export interface MicrobatchResult {
  /** 0 without a backward pass. */
  readonly loss: number;
  /** [M] log-probs of the targets, or values. */
  readonly logProbs: Float32Array;
}

export interface MicrobatchRunsOptions {
  readonly model: ModelParts;
  readonly sessions: SessionPool;
  readonly trainable: Trainable;
  /** A parameter's numbers, trained or the base's; read live. */
  readonly weight: (name: string) => Float32Array;
  /** Positions whose logits may live at a time. */
  readonly maxEntries: number;
}

export class MicrobatchRuns {
  readonly #options: MicrobatchRunsOptions;
  readonly #static: StaticFeeds;
  readonly #programs = new Map<string, TrainingProgram>();

  constructor(options: MicrobatchRunsOptions) {
    this.#options = options;
    this.#static = new StaticFeeds(options.model.architecture);
  }

  /** Computes a microbatch; with a backward pass its gradients are added to the lane's. */
  async run(batch: Microbatch, work: MicrobatchWork): Promise<MicrobatchResult> {
    const { maxEntries, sessions, trainable } = this.#options;
    const chunks = work.loss === "value" ? undefined : chunksOf(batch.entryCount, maxEntries);
    const { vocabularySize } = this.#options.model.architecture;
    const packed = pack(batch, columnsOf(work), { config: work.config, chunks, vocabularySize });
    const { name, made } = this.#program(batch, packed, { work, chunks });
    const lanes = work.lanes;
    const session = await sessions.open(`${name} ${lanes}`, () => made.program, { lanes });
    const feeds = this.#feeds(batch, packed, { work, made });
    const fetches: Record<string, Float32Array> = {};
    for (const parameter of made.trained) {
      const gradient = trainable.laneGradient(work.lane, parameter);
      feeds[accumulatorName(parameter)] = gradient;
      fetches[gradientName(parameter)] = gradient;
    }
    const used = Object.fromEntries(
      Object.keys(made.program.inputs).map((input) => [input, feeds[input]!]),
    );
    const outputs = await session.run(used, sizesOf(batch, packed, chunks), fetches);
    return {
      loss: work.isBackward ? (outputs["loss"]!.data[0] as number) : 0,
      logProbs: outputs["log_probs"]!.data as Float32Array,
    };
  }

  /** The program for this kind of microbatch, and the name that its sessions are pooled under. */
  #program(
    batch: Microbatch,
    packed: PackedMicrobatch,
    { work, chunks }: { readonly work: MicrobatchWork; readonly chunks: Chunks | undefined },
  ): { readonly name: string; readonly made: TrainingProgram } {
    const key: ProgramKey = {
      loss: work.isBackward ? work.loss : undefined,
      kl: work.isBackward ? work.config.kl?.estimator : undefined,
      hasTemperature: packed.hasTemperature,
      hasBounds: packed.allowed !== undefined,
      hasDropout: work.hasDropout,
      hasChunks: chunks !== undefined,
      hasDistinctPlaces: packed.hasDistinctPlaces,
      hasPrefixes: batch.prefixes !== undefined,
    };
    const { lora, head, recompute } = this.#options.model;
    const name = JSON.stringify([key, lora, head, recompute]);
    const made = this.#programs.get(name) ?? trainingProgram(this.#options.model, key);
    this.#programs.set(name, made);
    return { name, made };
  }

  /** Everything a program of this microbatch may read but the accumulators. */
  #feeds(
    batch: Microbatch,
    packed: PackedMicrobatch,
    { work, made }: { readonly work: MicrobatchWork; readonly made: TrainingProgram },
  ): Record<string, TypedArray> {
    const { model, weight } = this.#options;
    const { tokens, positions, places, targets, inverseTemperatures } = packed;
    const feeds: Record<string, TypedArray> = {
      ...this.#static.of(batch.length, batch.prefixes?.length),
      ...packed.columns,
      tokens,
      positions,
      places,
      targets,
      inverse_temperatures: inverseTemperatures,
    };
    if (packed.allowed !== undefined) feeds["allowed"] = packed.allowed;
    if (work.hasDropout) feeds["dropout_keys"] = dropoutKeys(batch);
    if (batch.prefixes !== undefined) {
      const prefixes = packPrefixes(batch.prefixes);
      feeds["prefix_tokens"] = prefixes.tokens;
      feeds["prefix_positions"] = prefixes.positions;
      feeds["prefix_owners"] = prefixes.owners;
    }
    for (const setting of made.settings)
      feeds[setting] = Float32Array.of(settingValue(setting, work.config));
    for (const input of Object.keys(made.program.inputs))
      if (model.shapes.has(input)) feeds[input] = weight(input);
    return feeds;
  }
}

/** The columns that the loss and its KL term read; none without a backward pass. */
function columnsOf({ loss, config, isBackward }: MicrobatchWork): readonly Column[] {
  if (!isBackward) return [];
  return config.kl === undefined
    ? losses[loss].columns
    : [...losses[loss].columns, "reference_log_probs"];
}

/** Values of the programs' symbols; the legend is in forward.ts. */
function sizesOf(batch: Microbatch, packed: PackedMicrobatch, chunks: Chunks | undefined): Sizes {
  return {
    R: batch.rows.length,
    T: batch.length,
    U: batch.prefixes?.rows.length ?? 0,
    P: batch.prefixes?.length ?? 0,
    K: batch.length + (batch.prefixes?.length ?? 0),
    M: packed.targets.length,
    C: chunks?.count ?? 1,
    S: chunks?.size ?? 1,
  };
}

/** [N] one key per token: of the datum's seed and the position, so packing does not matter. */
function dropoutKeys({ rows, length }: Microbatch): Uint32Array {
  const keys = new Uint32Array(rows.length * length);
  rows.forEach(({ datum }, b) => {
    for (let t = 0; t < datum.tokens.length; t++)
      keys[b * length + t] = randomBits(datum.dropoutSeed!, t);
  });
  return keys;
}
