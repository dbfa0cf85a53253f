/** Runs microbatches: the program that fits one, its inputs, and the memory that its gradients are added to. */
import type { LossConfig, LossName } from "../../ports/training-client.ts";
import type { TypedArray } from "../../tensor/shape.ts";
import type { Trainable } from "../optimizer/trainable.ts";
import { heldBytes, releaseHeld } from "../runtime/native-tensors.ts";
import type { PooledFeeds, PooledSession, SessionPool, Sizes } from "../runtime/session-pool.ts";
import type { HeldTensor } from "../runtime/value.ts";
import type { Program } from "../../tensor/program.ts";
import { type CutProgram, cutProgram } from "../../tensor/cut.ts";
import { maskedEntries } from "./estimate.ts";
import { type Column, losses } from "./losses.ts";
import { microbatchFeeds } from "./microbatch-feeds.ts";
import type { Microbatch } from "./microbatches.ts";
import { type Chunks, chunksOf, pack, type PackedMicrobatch, packEntries } from "./packing.ts";
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

/** A microbatch after the first half of a cut pass, with what its second half reads. */
export interface ForwardedMicrobatch {
  readonly batch: Microbatch;
  /** [M] log-probs of the targets. */
  readonly logProbs: Float32Array;
  /** Bytes that the held tensors take until `release`. */
  readonly bytes: number;
  /** The second half: adds the gradient of −Σ weights·log π to the lane's. @param weights per row of the microbatch [T] */
  readonly backward: (weights: readonly Float32Array[]) => Promise<void>;
  /** Gives the held tensors back; afterwards there is no `backward`. */
  readonly release: () => void;
}

/** How a cut pass over a microbatch is computed; its loss is cross entropy, with weights that come between the halves. */
export type CutWork = Pick<MicrobatchWork, "hasDropout" | "lane" | "lanes">;

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
  readonly #cuts = new Map<string, CutProgram>();

  constructor(options: MicrobatchRunsOptions) {
    this.#options = options;
    this.#static = new StaticFeeds(options.model.architecture);
  }

  /** Computes a microbatch; with a backward pass its gradients are added to the lane's. */
  async run(batch: Microbatch, work: MicrobatchWork): Promise<MicrobatchResult> {
    const { made, name, feeds, sizes } = this.#prepare(batch, work);
    const session = await this.#open(name, made.program, work);
    const { accumulators, places } = this.#accumulators(made, work.lane);
    const used = this.#used(made.program, { ...feeds, ...accumulators });
    const outputs = await session.run(used, sizes, places);
    return {
      loss: work.isBackward ? (outputs["loss"]!.data[0] as number) : 0,
      logProbs: outputs["log_probs"]!.data as Float32Array,
    };
  }

  /** The first half of a cut pass; what the second reads of it stays in the runtime's memory until it is released. */
  async forward(batch: Microbatch, work: CutWork): Promise<ForwardedMicrobatch> {
    const whole = { ...work, loss: "cross_entropy", config: {}, isBackward: true } as const;
    const { made, name, feeds, sizes } = this.#prepare(batch, whole);
    const { first, second, held: names } = this.#cut(name, made);
    const session = await this.#open(`${name} first`, first, work);
    const { outputs, held } = await session.runHolding(this.#used(first, feeds), sizes, names);
    const tensors = Object.values(held);
    const backward = async (weights: readonly Float32Array[]): Promise<void> => {
      const { accumulators, places } = this.#accumulators(made, work.lane);
      const column = { weights: packEntries(batch, weights, sizes["M"]!) };
      const all = { ...feeds, ...accumulators, ...held, ...column };
      const behind = await this.#open(`${name} second`, second, work);
      await behind.run(this.#used(second, all), sizes, places);
    };
    return {
      batch,
      logProbs: outputs["log_probs"]!.data as Float32Array,
      bytes: tensors.reduce((sum, tensor) => sum + heldBytes(tensor), 0),
      backward,
      release: () => tensors.forEach(releaseHeld),
    };
  }

  #open(name: string, program: Program, { lanes }: CutWork): Promise<PooledSession> {
    return this.#options.sessions.open(`${name} ${lanes}`, () => program, { lanes });
  }

  /** What the program of this microbatch is, and what it may read but the accumulators. */
  #prepare(batch: Microbatch, work: MicrobatchWork) {
    const { maxEntries, model, weight } = this.#options;
    const limit = batch.rows.some(({ bound }) => bound !== undefined)
      ? maskedEntries(maxEntries)
      : maxEntries;
    const chunks = work.loss === "value" ? undefined : chunksOf(batch.entryCount, limit);
    const { vocabularySize } = model.architecture;
    const packed = pack(batch, columnsOf(work), { config: work.config, chunks, vocabularySize });
    const { name, made } = this.#program(batch, packed, { work, chunks });
    const own = microbatchFeeds(batch, packed, { ...work, settings: made.settings });
    const feeds: Record<string, TypedArray | HeldTensor> = {
      ...this.#static.of(batch.length, batch.prefixes?.length),
      ...own,
    };
    for (const input of Object.keys(made.program.inputs))
      if (model.shapes.has(input)) feeds[input] = weight(input);
    return { made, name, feeds, sizes: sizesOf(batch, packed, chunks) };
  }

  /** Where a lane adds up gradients: fed as what they are added to, and given as the place of the sum. */
  #accumulators({ trained }: TrainingProgram, lane: number) {
    const accumulators: Record<string, Float32Array> = {};
    const places: Record<string, Float32Array> = {};
    for (const parameter of trained) {
      const gradient = this.#options.trainable.laneGradient(lane, parameter);
      accumulators[accumulatorName(parameter)] = gradient;
      places[gradientName(parameter)] = gradient;
    }
    return { accumulators, places };
  }

  #used({ inputs }: Program, feeds: PooledFeeds): PooledFeeds {
    return Object.fromEntries(Object.keys(inputs).map((input) => [input, feeds[input]!]));
  }

  #cut(name: string, { program }: TrainingProgram): CutProgram {
    const known = this.#cuts.get(name);
    if (known !== undefined) return known;
    // The loss itself is the caller's.
    const { loss: _, ...outputs } = program.outputs;
    const cut = cutProgram({ ...program, outputs }, ["log_probs"]);
    this.#cuts.set(name, cut);
    return cut;
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
