/** A training client's work, inside the worker: programs over the shared base weights and this client's parameters. */
import { assert, HoneError } from "../../core/errors.ts";
import { randomBits } from "../../core/random.ts";
import type {
  AdamParams,
  Datum,
  ForwardBackwardOutput,
  ForwardOutput,
  LossConfig,
  LossName,
  OptimStepOutput,
} from "../../ports/training-client.ts";
import { elementCount } from "../../tensor/shape.ts";
import type { BaseModel } from "../weights/base-model.ts";
import { inLanes, lanesOf } from "./lanes.ts";
import { type LoraConfig, initializeLora, loraShapes } from "../lora/lora.ts";
import { AdamW } from "../optimizer/adamw.ts";
import { Trainable } from "../optimizer/trainable.ts";
import type { SessionPool } from "../runtime/session-pool.ts";
import { estimateTraining, type TrainingBudget, trainingBudget } from "./estimate.ts";
import { type Head, valueHeadName } from "./forward.ts";
import { lossMetrics } from "./loss-metrics.ts";
import { losses, settingValue } from "./losses.ts";
import { type Microbatch, microbatches } from "./microbatches.ts";
import { chunksOf, pack, packPrefixes, unpack } from "./packing.ts";
import { countingRows, type Row } from "./rows.ts";
import { loadTrainingState, saveTrainingState, type StateIdentity } from "./state-file.ts";
import { StaticFeeds } from "./static-feeds.ts";
import {
  accumulatorName,
  gradientName,
  type ModelParts,
  type ProgramKey,
  type TrainingProgram,
  trainingProgram,
} from "./training-program.ts";

export interface TrainerOptions {
  /** What is trained: an adapter, or every weight. */
  readonly lora: LoraConfig | undefined;
  readonly head: Head;
  readonly recompute: boolean;
  readonly seed: number;
  /** Tokens a microbatch may have; chosen by the model's size when left out. */
  readonly tokensPerMicrobatch: number | undefined;
  /** Bytes training may use; what the machine has free when left out. */
  readonly memoryLimit: number | undefined;
  /** False computes prompts that several rows begin with once for each row. Default true. */
  readonly sharesPrefixes?: boolean | undefined;
  /** Positions whose logits may live at a time; chosen by the vocabulary's size when left out. */
  readonly positionsPerChunk?: number | undefined;
}

export class Trainer {
  readonly trainable: Trainable;
  readonly #name: string;
  readonly #base: BaseModel;
  readonly #options: TrainerOptions;
  readonly #sessions: SessionPool;
  readonly #adam: AdamW;
  readonly #parts: ModelParts;
  readonly #budget: TrainingBudget;
  readonly #static: StaticFeeds;
  readonly #programs = new Map<string, TrainingProgram>();
  #hasGradients = false;

  private constructor(
    name: string,
    base: BaseModel,
    options: TrainerOptions,
    sessions: SessionPool,
    adam: AdamW,
  ) {
    this.#name = name;
    this.#base = base;
    this.#options = options;
    this.#sessions = sessions;
    this.#adam = adam;
    const shapes = trainedShapes(base, options);
    this.trainable = new Trainable(shapes, lanesOf(base.architecture));
    this.#initialize();
    const all = new Map([...base.shapes, ...shapes]);
    const { lora, head, recompute } = options;
    this.#parts = {
      architecture: base.architecture,
      lora,
      head,
      shapes: all,
      trained: new Set(shapes.keys()),
      recompute,
    };
    this.#budget = trainingBudget(
      base.architecture,
      options.tokensPerMicrobatch,
      options.positionsPerChunk,
    );
    this.#static = new StaticFeeds(base.architecture);
  }

  /** @throws MEMORY_INSUFFICIENT when the estimate exceeds what may be used; OPTION_INVALID */
  static async open(
    name: string,
    base: BaseModel,
    options: TrainerOptions,
    sessions: SessionPool,
  ): Promise<Trainer> {
    checkSizes(options);
    const trained = [...trainedShapes(base, options).values()].reduce(
      (sum, shape) => sum + elementCount(shape),
      0,
    );
    const estimate = estimateTraining(base.architecture, { ...options, trained });
    const free = options.memoryLimit ?? process.availableMemory();
    if (estimate.total > free) {
      throw new HoneError("MEMORY_INSUFFICIENT", {
        what: `training (${estimate.text})`,
        needed: estimate.total,
        free,
      });
    }
    return new Trainer(name, base, options, sessions, await AdamW.open(sessions));
  }

  get weightsVersion(): string {
    return `${this.#name}@${this.trainable.step}`;
  }

  /** The trained value, or the base's; read live. */
  weight(name: string): Float32Array {
    const weight = this.trainable.views.get(name)?.value ?? this.#base.weights.get(name);
    assert(weight !== undefined, `no parameter ${name}`);
    return weight;
  }

  async forward(data: readonly Datum[], loss: LossName): Promise<ForwardOutput> {
    const outputs = await this.#run(data, loss, {}, false);
    return { logProbs: outputs.logProbs, weightsVersion: this.weightsVersion };
  }

  async forwardBackward(
    data: readonly Datum[],
    loss: LossName,
    config: LossConfig,
  ): Promise<ForwardBackwardOutput> {
    const { logProbs, loss: value, rows } = await this.#run(data, loss, config, true);
    const metrics = lossMetrics(rows, logProbs, loss, config);
    return { loss: value, logProbs, metrics, weightsVersion: this.weightsVersion };
  }

  async optimStep(params: AdamParams): Promise<OptimStepOutput> {
    checkLearningRate(params.learningRate);
    const gradientNorm = await this.#adam.gradientNorm(this.trainable);
    if (!Number.isFinite(gradientNorm)) {
      throw new HoneError("GRADIENT_NOT_FINITE", {
        norm: String(gradientNorm),
        step: this.trainable.step + 1,
      });
    }
    await this.#adam.step(this.trainable, params, gradientNorm);
    this.discardGradients();
    return { gradientNorm, step: this.trainable.step, weightsVersion: this.weightsVersion };
  }

  discardGradients(): void {
    if (this.#hasGradients) this.trainable.zeroGradients();
    this.#hasGradients = false;
  }

  saveState(path: string): Promise<void> {
    return saveTrainingState(path, this.trainable, this.#identity());
  }

  async loadState(path: string, options: { readonly optimizer: boolean }): Promise<void> {
    await loadTrainingState(path, this.trainable, this.#identity(), options);
    this.#hasGradients = false;
  }

  #identity(): StateIdentity {
    const { lora, head } = this.#options;
    // All weights replace the base's, so only their shapes tell models apart.
    const shapes = JSON.stringify(
      [...this.trainable.views].map(([name, view]) => [name, view.shape]),
    );
    const base = lora === undefined ? String(randomBits(shapes)) : this.#base.fingerprint;
    return { training: JSON.stringify({ head, lora: lora ?? "all weights" }), base };
  }

  #initialize(): void {
    const { seed } = this.#options;
    for (const [name, { value, shape }] of this.trainable.views) {
      if (name === valueHeadName) value.fill(0);
      else if (this.#options.lora === undefined) value.set(this.#base.weights.get(name)!);
      else initializeLora(name, value, shape[1]!, seed);
    }
  }

  async #run(data: readonly Datum[], loss: LossName, config: LossConfig, isBackward: boolean) {
    const { vocabularySize, contextLength } = this.#base.architecture;
    this.#checkLoss(loss);
    const rows = countingRows(data, loss, vocabularySize, contextLength);
    const logProbs = data.map((datum) => new Float32Array(datum.targets.length));
    const hasEntries = rows.some((row) => row.entries.length > 0);
    if (!hasEntries)
      throw new HoneError("BATCH_ALL_MASKED", {
        where: isBackward ? "forwardBackward" : "forward",
        step: this.trainable.step + 1,
        rows: rows.length,
      });
    const lanes = this.#budget.lanes(Math.max(...data.map((datum) => datum.tokens.length)));
    // Nothing is accumulated unless every microbatch went through.
    const saved = isBackward && this.#hasGradients ? this.trainable.gradients.slice() : undefined;
    let total = 0;
    try {
      const drops = (row: Row): boolean =>
        row.datum.dropoutSeed !== undefined && (this.#options.lora?.dropout ?? 0) > 0;
      for (const hasDropout of [false, true]) {
        const same = rows.filter((row) => drops(row) === hasDropout);
        // With dropout every row drops other features of a common prompt.
        const sharesPrefixes = (this.#options.sharesPrefixes ?? true) && !hasDropout;
        const options = { sharesPrefixes, lanes };
        const split = microbatches(same, this.#budget, options);
        const sums = await inLanes(split, async (batches, lane) => {
          let sum = 0;
          for (const batch of batches) {
            const mode = { isBackward, hasDropout, logProbs, lane, lanes: split.length };
            sum += await this.#microbatch(batch, loss, config, mode);
          }
          return sum;
        });
        for (const sum of sums) total += sum;
      }
      if (isBackward) this.trainable.gatherLanes();
    } catch (error) {
      if (isBackward) this.trainable.zeroGradients();
      if (saved !== undefined) this.trainable.gradients.set(saved);
      throw error;
    }
    this.#hasGradients ||= isBackward;
    return { loss: total, logProbs, rows };
  }

  #checkLoss(loss: LossName): void {
    const expected = this.#options.head === "value" ? "value" : "any but value";
    if ((loss === "value") !== (this.#options.head === "value")) {
      throw new HoneError("OPTION_INVALID", {
        where: `a client with a ${this.#options.head} head`,
        option: "loss",
        got: loss,
        expected,
      });
    }
  }

  async #microbatch(
    batch: Microbatch,
    loss: LossName,
    config: LossConfig,
    mode: {
      readonly isBackward: boolean;
      readonly hasDropout: boolean;
      readonly logProbs: readonly Float32Array[];
      readonly lane: number;
      readonly lanes: number;
    },
  ): Promise<number> {
    const { isBackward, hasDropout, logProbs, lane, lanes } = mode;
    const kl = isBackward ? config.kl?.estimator : undefined;
    const columns = isBackward
      ? [...losses[loss].columns, ...(kl === undefined ? [] : (["reference_log_probs"] as const))]
      : [];
    const chunks = loss === "value" ? undefined : chunksOf(batch.entryCount, this.#budget.entries);
    const packed = pack(batch, columns, config, chunks);
    const key: ProgramKey = {
      loss: isBackward ? loss : undefined,
      kl,
      hasTemperature: packed.hasTemperature,
      hasDropout,
      hasChunks: chunks !== undefined,
      hasDistinctPlaces: packed.hasDistinctPlaces,
      hasPrefixes: batch.prefixes !== undefined,
    };
    const { lora, head, recompute } = this.#options;
    const name = JSON.stringify([key, lora, head, recompute]);
    const made = this.#programs.get(name) ?? trainingProgram(this.#parts, key);
    this.#programs.set(name, made);
    const session = await this.#sessions.open(`${name} ${lanes}`, () => made.program, { lanes });

    const { tokens, positions, places, targets, inverseTemperatures } = packed;
    const feeds: Record<string, Float32Array | BigInt64Array | Uint32Array> = {
      ...this.#static.of(batch.length, batch.prefixes?.length),
      ...packed.columns,
      tokens,
      positions,
      places,
      targets,
      inverse_temperatures: inverseTemperatures,
    };
    if (hasDropout) feeds["dropout_keys"] = dropoutKeys(batch);
    if (batch.prefixes !== undefined) {
      const prefixes = packPrefixes(batch.prefixes);
      feeds["prefix_tokens"] = prefixes.tokens;
      feeds["prefix_positions"] = prefixes.positions;
      feeds["prefix_owners"] = prefixes.owners;
    }
    for (const setting of made.settings)
      feeds[setting] = Float32Array.of(settingValue(setting, config));
    for (const input of Object.keys(made.program.inputs)) {
      if (this.#parts.shapes.has(input)) feeds[input] = this.weight(input);
    }
    const fetches: Record<string, Float32Array> = {};
    for (const parameter of made.trained) {
      const gradient = this.trainable.laneGradient(lane, parameter);
      feeds[accumulatorName(parameter)] = gradient;
      fetches[gradientName(parameter)] = gradient;
    }
    const sizes = {
      R: batch.rows.length,
      T: batch.length,
      U: batch.prefixes?.rows.length ?? 0,
      P: batch.prefixes?.length ?? 0,
      K: batch.length + (batch.prefixes?.length ?? 0),
      M: packed.targets.length,
      C: chunks?.count ?? 1,
      S: chunks?.size ?? 1,
    };
    const used = Object.fromEntries(
      Object.keys(made.program.inputs).map((input) => [input, feeds[input]!]),
    );
    const outputs = await session.run(used, sizes, fetches);
    unpack(batch, outputs["log_probs"]!.data as Float32Array, logProbs);
    return isBackward ? (outputs["loss"]!.data[0] as number) : 0;
  }
}

/** NaN weights from a NaN rate could never be trained again. */
function checkLearningRate(rate: number): void {
  if (Number.isFinite(rate) && rate >= 0) return;
  const [got, expected] = [String(rate), "a finite number, at least 0"];
  throw new HoneError("OPTION_INVALID", {
    where: "optimStep",
    option: "learningRate",
    got,
    expected,
  });
}

/** @throws OPTION_INVALID for sizes that no comparison would notice */
function checkSizes(options: TrainerOptions): void {
  for (const option of ["memoryLimit", "tokensPerMicrobatch"] as const) {
    const value = options[option];
    if (value === undefined || value >= 1) continue;
    throw new HoneError("OPTION_INVALID", {
      where: "createTrainingClient",
      option,
      got: String(value),
      expected: "a number from 1",
    });
  }
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

function trainedShapes(
  base: BaseModel,
  { lora, head }: Pick<TrainerOptions, "lora" | "head">,
): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map(lora === undefined ? base.shapes : loraShapes(base.architecture, lora));
  if (head === "value") {
    shapes.set(valueHeadName, [1, base.architecture.width]);
    shapes.delete("lm_head.weight");
  }
  return shapes;
}
