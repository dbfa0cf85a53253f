/** A training client's work, inside the worker: programs over the shared base weights and this client's parameters. */
import { assert, HoneError } from "../../core/errors.ts";
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type {
  AdamParams,
  CheckpointRef,
  Datum,
  ForwardBackwardOutput,
  ForwardedRows,
  ForwardOutput,
  LossConfig,
  LossName,
  OptimStepOutput,
} from "../../ports/training-client.ts";
import { elementCount } from "../../tensor/shape.ts";
import { adamParams } from "../optimizer/adam-params.ts";
import type { Formats } from "../grammar/formats.ts";
import { AdamW } from "../optimizer/adamw.ts";
import { Trainable } from "../optimizer/trainable.ts";
import type { SessionPool } from "../runtime/session-pool.ts";
import type { BaseModel } from "../weights/base-model.ts";
import { estimateTraining, spareBytes, type TrainingBudget, trainingBudget } from "./estimate.ts";
import { checkLossConfig } from "./loss-config.ts";
import { inLanes, lanesOf } from "./lanes.ts";
import { lossMetrics } from "./loss-metrics.ts";
import { losses } from "./losses.ts";
import { MicrobatchRuns } from "./microbatch-runs.ts";
import { microbatches } from "./microbatches.ts";
import { unpack } from "./packing.ts";
import { countingRows, type TrainingRow } from "./rows.ts";
import { checkWeights, computePart, partsOf, type RowsOfAKind } from "./weighed-pass.ts";
import { loadTrainingState, saveTrainingState } from "./state-file.ts";
import {
  initializeTrained,
  type TrainedPart,
  trainedIdentity,
  trainedShapes,
} from "./trained-parameters.ts";

export interface TrainerOptions extends TrainedPart {
  /** Compute layers again on the way back instead of keeping them. */
  readonly recompute: boolean;
  /** Seed of a fresh adapter. */
  readonly seed: number;
  /** Tokens a microbatch may have. Default: by the model's size. */
  readonly tokensPerMicrobatch: number | undefined;
  /** Bytes training may use. Default: what the machine has free. */
  readonly memoryLimit: number | undefined;
  /** False computes prompts that several rows begin with once for each row. Default true. */
  readonly sharesPrefixes?: boolean | undefined;
  /** Positions whose logits may live at a time. Default: by the vocabulary's size. */
  readonly positionsPerChunk?: number | undefined;
  /** Bytes that `forwardBackwardWith` may hold beside one microbatch a lane. Default: half of what is free beside the estimate. */
  readonly maxHeldBytes?: number | undefined;
}

/** What a trainer is made of. */
export interface TrainerParts {
  /** The name of the trainer, with which the name of every version of its weights begins. */
  readonly name: string;
  readonly base: BaseModel;
  readonly options: TrainerOptions;
  readonly sessions: SessionPool;
  readonly adam: AdamW;
  /** As in the options, filled in. */
  readonly maxHeldBytes: number;
  /** The formats that rows may be bound to; undefined where there is no tokenizer. */
  readonly formats?: Formats | undefined;
}

/** What one pass over data is: which loss, and whether gradients are wanted. */
interface PassOptions {
  readonly loss: LossName;
  readonly config: LossConfig;
  readonly isBackward: boolean;
}

export class Trainer {
  readonly trainable: Trainable;
  readonly #parts: TrainerParts;
  readonly #budget: TrainingBudget;
  readonly #runs: MicrobatchRuns;
  #hasGradients = false;

  protected constructor(parts: TrainerParts) {
    const { base, options, sessions } = parts;
    const { architecture } = base;
    this.#parts = parts;
    const shapes = trainedShapes(base, options);
    this.trainable = new Trainable(shapes, lanesOf(architecture));
    initializeTrained(this.trainable, base, options);
    this.#budget = trainingBudget(
      architecture,
      options.tokensPerMicrobatch,
      options.positionsPerChunk,
    );
    const { lora, head, recompute } = options;
    const all = new Map([...base.shapes, ...shapes]);
    this.#runs = new MicrobatchRuns({
      model: { architecture, lora, head, recompute, shapes: all, trained: new Set(shapes.keys()) },
      sessions,
      trainable: this.trainable,
      weight: (name) => this.weight(name),
      maxEntries: this.#budget.entries,
    });
  }

  /** @throws as `trainerParts` */
  static async open(
    name: string,
    base: BaseModel,
    options: TrainerOptions,
    sessions: SessionPool,
  ): Promise<Trainer> {
    return new Trainer(await trainerParts(name, base, options, sessions));
  }

  get weightsVersion(): string {
    return `${this.#parts.name}@${this.trainable.step}`;
  }

  /** The trained value, or the base's; read live. */
  weight(name: string): Float32Array {
    const weight = this.trainable.views.get(name)?.value ?? this.#parts.base.weights.get(name);
    assert(weight !== undefined, `no parameter ${name}`);
    return weight;
  }

  async forward(data: readonly Datum[], loss: LossName = this.#plainLoss): Promise<ForwardOutput> {
    const { logProbs } = await this.#pass(data, { loss, config: {}, isBackward: false });
    return { logProbs, weightsVersion: this.weightsVersion };
  }

  async forwardBackward(
    data: readonly Datum[],
    loss: LossName,
    config: LossConfig = {},
  ): Promise<ForwardBackwardOutput> {
    const pass = await this.#pass(data, { loss, config, isBackward: true });
    const { logProbs } = pass;
    const metrics = lossMetrics(pass.rows, logProbs, loss, config);
    return { loss: pass.loss, logProbs, metrics, weightsVersion: this.weightsVersion };
  }

  /** `forwardBackwardWith` of the port, whose weights may come from another thread. */
  async weighedPass(
    data: readonly Datum[],
    groups: readonly (readonly number[])[] | undefined,
    weigh: (part: ForwardedRows) => Promise<readonly Float32Array[]>,
  ): Promise<ForwardOutput> {
    const where = "forwardBackwardWith";
    const rows = this.#checkedRows(data, "cross_entropy", where);
    const logProbs = data.map((datum) => new Float32Array(datum.targets.length));
    const lanes = this.#lanesFor(data);
    const budget = this.#budget;
    await this.#wholeOrNothing(async () => {
      for (const part of partsOf(rows, groups, { budget, lanes }))
        await computePart(this.#kinds(part, lanes), {
          runs: this.#runs,
          maxHeldBytes: this.#parts.maxHeldBytes,
          onForward: (batch, found) => unpack(batch, found, logProbs),
          weigh: async () => {
            checkFiniteRows(part, logProbs, where);
            const indices = part.map(({ index }) => index);
            const own = indices.map((index) => logProbs[index]!);
            const { weightsVersion } = this;
            const weights = await weigh({ rows: indices, logProbs: own, weightsVersion });
            checkWeights(
              part.map(({ datum }) => datum),
              weights,
            );
            return new Map(indices.map((index, i) => [index, weights[i]!]));
          },
        });
    });
    return { logProbs, weightsVersion: this.weightsVersion };
  }

  async optimStep(params: AdamParams): Promise<OptimStepOutput> {
    const complete = adamParams(params);
    const { adam } = this.#parts;
    const gradientNorm = await adam.gradientNorm(this.trainable);
    const step = this.trainable.step + 1;
    if (!Number.isFinite(gradientNorm))
      throw new HoneError("GRADIENT_NOT_FINITE", { norm: String(gradientNorm), step });
    await adam.step(this.trainable, complete, gradientNorm);
    await this.discardGradients();
    return { gradientNorm, step: this.trainable.step, weightsVersion: this.weightsVersion };
  }

  async discardGradients(): Promise<void> {
    if (this.#hasGradients) this.trainable.zeroGradients();
    this.#hasGradients = false;
  }

  async saveState(path: string): Promise<CheckpointRef> {
    const { base, options } = this.#parts;
    await saveTrainingState(path, this.trainable, trainedIdentity(this.trainable, base, options));
    return { path };
  }

  async loadState({ path }: CheckpointRef, choice: { readonly optimizer: boolean }): Promise<void> {
    checkOptions("loadState", choice, { optimizer: true });
    optionChecks("loadState").flag("optimizer", choice.optimizer);
    const { base, options } = this.#parts;
    const identity = trainedIdentity(this.trainable, base, options);
    await loadTrainingState(path, this.trainable, identity, choice);
    this.#hasGradients = false;
  }

  /** The loss whose log-probs (or values) are plain ones. */
  get #plainLoss(): LossName {
    return this.#parts.options.head === "value" ? "value" : "cross_entropy";
  }

  /** One pass over data; with a backward pass whole or nothing is added to the gradients. */
  async #pass(data: readonly Datum[], { loss, config, isBackward }: PassOptions) {
    const where = isBackward ? "forwardBackward" : "forward";
    checkLossConfig(loss, config);
    const rows = this.#checkedRows(data, loss, where);
    const logProbs = data.map((datum) => new Float32Array(datum.targets.length));
    const lanes = this.#lanesFor(data);
    let total = 0;
    const compute = async (): Promise<void> => {
      for (const { hasDropout, split } of this.#kinds(rows, lanes)) {
        const work = { loss, config, isBackward, hasDropout };
        for (const sum of await this.#computeLanes(split, logProbs, work)) total += sum;
      }
      checkFiniteRows(rows, logProbs, where);
    };
    if (isBackward) await this.#wholeOrNothing(compute);
    else await compute();
    return { loss: total, logProbs, rows };
  }

  /** The data's rows, checked: the loss is one that this client has, and some target counts. */
  #checkedRows(data: readonly Datum[], loss: LossName, where: string): TrainingRow[] {
    const { base, options, formats } = this.#parts;
    if (!Object.hasOwn(losses, loss)) {
      const supported = Object.keys(losses);
      throw new HoneError("LOSS_UNSUPPORTED", { where, loss: String(loss), supported });
    }
    checkHead(options.head, loss);
    if (data.length === 0)
      throw new HoneError("DATA_EMPTY", { where: `${where}: data`, item: "datum" });
    const { vocabularySize, contextLength } = base.architecture;
    const rows = countingRows(data, loss, { vocabularySize, contextLength, formats });
    if (rows.every((row) => row.entries.length === 0)) {
      const step = this.trainable.step + 1;
      throw new HoneError("BATCH_ALL_MASKED", { where, step, rows: rows.length });
    }
    return rows;
  }

  /** Runs work that adds to the lanes' gradients, and gathers them; where it fails, they are as before. */
  async #wholeOrNothing(work: () => Promise<void>): Promise<void> {
    const saved = this.#hasGradients ? this.trainable.gradients.slice() : undefined;
    try {
      await work();
      this.trainable.gatherLanes();
    } catch (error) {
      this.trainable.zeroGradients();
      if (saved !== undefined) this.trainable.gradients.set(saved);
      throw error;
    }
    this.#hasGradients = true;
  }

  #lanesFor(data: readonly Datum[]): number {
    return this.#budget.lanes(Math.max(...data.map((datum) => datum.tokens.length)));
  }

  /**
   * Rows that one program fits, in lanes of microbatches. Rows that a format bound or a filter cut need a mask of the vocabulary at
   * every position, so they are computed by themselves.
   */
  #kinds(rows: readonly TrainingRow[], lanes: number): RowsOfAKind[] {
    return [false, true].flatMap((hasDropout) =>
      [false, true].flatMap((isBound) => {
        const same = rows.filter(
          (row) => this.#drops(row) === hasDropout && (row.bound !== undefined) === isBound,
        );
        if (same.length === 0) return [];
        // With dropout every row drops other features of a common prompt.
        const sharesPrefixes = (this.#parts.options.sharesPrefixes ?? true) && !hasDropout;
        return [{ hasDropout, split: microbatches(same, this.#budget, { sharesPrefixes, lanes }) }];
      }),
    );
  }

  /** Computes lanes of microbatches, writes their log-probs, and returns the loss of each lane. */
  #computeLanes(
    split: RowsOfAKind["split"],
    logProbs: readonly Float32Array[],
    work: PassOptions & { readonly hasDropout: boolean },
  ): Promise<number[]> {
    return inLanes(split, async (batches, lane) => {
      let sum = 0;
      for (const batch of batches) {
        const result = await this.#runs.run(batch, { ...work, lane, lanes: split.length });
        unpack(batch, result.logProbs, logProbs);
        sum += result.loss;
      }
      return sum;
    });
  }

  #drops({ datum }: TrainingRow): boolean {
    return datum.dropoutSeed !== undefined && (this.#parts.options.lora?.dropout ?? 0) > 0;
  }
}

/**
 * Checks what a trainer is opened with, before its memory is taken.
 * @throws MEMORY_INSUFFICIENT when the estimate exceeds what may be used; OPTION_INVALID
 */
export async function trainerParts(
  name: string,
  base: BaseModel,
  options: TrainerOptions,
  sessions: SessionPool,
): Promise<TrainerParts> {
  const trained = [...trainedShapes(base, options).values()].reduce(
    (sum, shape) => sum + elementCount(shape),
    0,
  );
  const estimate = estimateTraining(base.architecture, { ...options, trained });
  const free = options.memoryLimit ?? process.availableMemory();
  if (estimate.total > free) {
    const what = `training (${estimate.text})`;
    throw new HoneError("MEMORY_INSUFFICIENT", { what, needed: estimate.total, free });
  }
  const maxHeldBytes = options.maxHeldBytes ?? spareBytes(free - estimate.total);
  return { name, base, options, sessions, adam: await AdamW.open(sessions), maxHeldBytes };
}

/** @throws LOGITS_NOT_FINITE naming the first position that counts and whose log-prob (or value) is no number */
function checkFiniteRows(
  rows: readonly TrainingRow[],
  logProbs: readonly Float32Array[],
  where: string,
): void {
  for (const { index, datum, entries } of rows) {
    const bad = entries.find((entry) => !Number.isFinite(logProbs[index]![entry]!));
    if (bad === undefined) continue;
    const position = Math.floor(bad / (datum.targetsPerToken ?? 1));
    const facts = { where, row: `datum ${datum.id ?? `#${index}`}`, position };
    throw new HoneError("LOGITS_NOT_FINITE", { ...facts, got: String(logProbs[index]![bad]) });
  }
}

function checkHead(head: TrainedPart["head"], loss: LossName): void {
  if ((loss === "value") === (head === "value")) return;
  throw optionChecks(`a client with a ${head} head`).invalid(
    "loss",
    loss,
    head === "value" ? "value" : "any but value",
  );
}
