/** A trainer as the worker serves it: training, and what is done with the parameters (reading, saving, snapshots). */
import { assert, HoneError } from "../../core/errors.ts";
import { checkOptions } from "../../core/known-options.ts";
import type { Datum, ForwardedRows, ForwardOutput } from "../../ports/training-client.ts";
import type { NamedTensor, SamplerSummary, TrainerCalls } from "../calls/engine-methods.ts";
import { toAdapterFiles } from "../lora/adapter-files.ts";
import { loraNames, loraScale } from "../lora/lora.ts";
import { mergedWeight } from "../lora/merge.ts";
import { Trainer, type TrainerParts } from "../training/trainer.ts";
import { valueHeadName } from "../models/heads.ts";
import { writeAdapter } from "../weights/peft.ts";
import { saveModelFolder } from "../weights/save-model.ts";
import { writeValueHead } from "../weights/value-head.ts";

/** What a trainer asks of the worker that it lives in. */
export interface TrainerHost {
  /** Opens a sampler on a copy of what is trained now. */
  snapshot(trainer: ServedTrainer, version: string): SamplerSummary;
  /** Forgets the trainer. */
  closed(): void;
}

interface SaveOptions {
  readonly replace?: boolean;
}

export class ServedTrainer extends Trainer implements TrainerCalls {
  readonly parts: TrainerParts;
  readonly #host: TrainerHost;
  /** What the part that was handed out waits for. */
  #answer: PromiseWithResolvers<readonly Float32Array[] | undefined> | undefined;

  constructor(parts: TrainerParts, host: TrainerHost) {
    super(parts);
    this.parts = parts;
    this.#host = host;
  }

  async saveWeightsForSampler(name?: string): Promise<SamplerSummary> {
    return this.#host.snapshot(this, name ?? this.weightsVersion);
  }

  forwardBackwardInParts(
    data: readonly Datum[],
    groups: readonly (readonly number[])[] | undefined,
    onPart: (part: ForwardedRows) => void,
  ): Promise<ForwardOutput> {
    return this.weighedPass(data, groups, async (part) => {
      const answer = Promise.withResolvers<readonly Float32Array[] | undefined>();
      this.#answer = answer;
      onPart(part);
      const weights = await answer.promise;
      // The main thread knows why, and throws that.
      if (weights === undefined) throw new Error("internal: a part was not weighed");
      return weights;
    });
  }

  async answerPart(weights: readonly Float32Array[] | undefined): Promise<void> {
    assert(this.#answer !== undefined, "weights for no part");
    this.#answer.resolve(weights);
    this.#answer = undefined;
  }

  async close(): Promise<void> {
    this.#host.closed();
  }

  async parameterNames(): Promise<readonly string[]> {
    return [...this.trainable.views.keys()];
  }

  async parameter(name: string): Promise<NamedTensor> {
    const { folder, shapes } = this.parts.base;
    const shape = this.trainable.views.get(name)?.shape ?? shapes.get(name);
    if (shape === undefined)
      throw new HoneError("TENSOR_MISSING", { folder: folder.path, tensor: name });
    return { shape, data: this.weight(name).slice() };
  }

  async gradient(name: string): Promise<NamedTensor> {
    const view = this.trainable.views.get(name);
    if (view === undefined)
      throw new HoneError("TENSOR_MISSING", { folder: "what this client trains", tensor: name });
    return { shape: view.shape, data: view.gradient.slice() };
  }

  async saveModel(path: string, options: SaveOptions = {}): Promise<void> {
    checkOptions("saveModel", options, { replace: true });
    const { replace = false } = options;
    const { folder, shapes } = this.parts.base;
    const tensors = [...shapes].map(([name, shape]) => ({
      name,
      shape,
      data: () => this.#merged(name),
    }));
    const { config, generationConfig, path: tokenizerFrom } = folder;
    await saveModelFolder(path, { config, tensors, generationConfig, tokenizerFrom }, { replace });
  }

  async saveAdapter(path: string, saving: SaveOptions = {}): Promise<void> {
    checkOptions("saveAdapter", saving, { replace: true });
    const { replace = false } = saving;
    const { base, options } = this.parts;
    if (options.lora === undefined) {
      throw new HoneError("OPTION_INVALID", {
        where: "saveAdapter: the training client",
        option: "lora",
        got: "false",
        expected: "the settings of an adapter (call saveModel() to save a client without one)",
      });
    }
    const origin = { path: base.folder.path, fingerprint: base.fingerprint };
    const weight = (name: string): Float32Array => this.weight(name);
    const files = toAdapterFiles(base.architecture, options.lora, weight, origin);
    await writeAdapter(path, files, { replace });
  }

  async saveValueHead(file: string): Promise<void> {
    if (this.parts.options.head !== "value") {
      throw new HoneError("OPTION_INVALID", {
        where: "saveValueHead: the training client",
        option: "head",
        got: "lm",
        expected: '"value": it has no value head to save',
      });
    }
    await writeValueHead(file, this.weight(valueHeadName));
  }

  /** The weight with the adapter folded in, by its Hugging Face name. */
  #merged(name: string): Float32Array {
    const { lora } = this.parts.options;
    const weight = this.weight(name);
    const names = loraNames(name.replace(/\.weight$/, ""));
    const adapter = this.trainable.views.get(names.a);
    if (lora === undefined || adapter === undefined) return weight;
    const b = this.trainable.view(names.b).value;
    return mergedWeight(weight, { a: adapter.value, b, rank: lora.rank, scale: loraScale(lora) });
  }
}
