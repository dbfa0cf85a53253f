/**
 * What lives in the engine's worker: one base model with its tokenizer, and the trainers and samplers opened on it.
 *
 * Calls on one trainer run in the order they arrive; samplers run between them, and beside the training of small models.
 */
import { HoneError } from "../../core/errors.ts";
import type { Renderer } from "../../ports/renderer.ts";
import { openRenderer } from "../../text/renderer.ts";
import { openTokenizer, type Tokenizer } from "../../text/tokenizer.ts";
import type { Handlers } from "../calls/call-messages.ts";
import type {
  EngineCalls,
  EngineObjects,
  ModelSummary,
  ObjectKind,
  OpenTrainer,
  SamplerSummary,
  TrainerSummary,
} from "../calls/engine-methods.ts";
import { objectHandlers } from "../calls/object-handlers.ts";
import { Turns } from "../calls/turns.ts";
import { Formats } from "../grammar/formats.ts";
import { adapterConfig, checkAdapterBase, copyAdapter } from "../lora/adapter-files.ts";
import { type LoraConfig, loraNames } from "../lora/lora.ts";
import { valueHeadName } from "../models/heads.ts";
import { BufferPool } from "../runtime/buffer-pool.ts";
import type { RunGate } from "../runtime/run-gate.ts";
import { SessionPool } from "../runtime/session-pool.ts";
import { PrefixBudget } from "../sampler/prefix-store.ts";
import { Sampler } from "../sampler/sampler.ts";
import { trainerParts } from "../training/trainer.ts";
import { type BaseModel, checkModelFolder, loadBaseModel } from "../weights/base-model.ts";
import { idsWithoutToken, tokenWarnings } from "../weights/contradictions.ts";
import { type AdapterFiles, readAdapter } from "../weights/peft.ts";
import { readValueHead } from "../weights/value-head.ts";
import { ServedSampler } from "./served-sampler.ts";
import { ServedTrainer } from "./served-trainer.ts";

interface LoadedModel {
  readonly base: BaseModel;
  readonly tokenizer: Tokenizer;
  readonly renderer: Renderer;
  /** Ids that are never sampled. */
  readonly excluded: readonly number[];
  /** What replies may be bound to; shared, so that a schema is worked out once for all samplers. */
  readonly formats: Formats;
}

/** What a sampler is opened on. */
interface SampledWeights {
  /** The weights of the base and of the adapter, by their Hugging Face names. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly lora: LoraConfig | undefined;
  readonly version: string;
  /** The sampler's own copy of what is trained, if it has one. */
  readonly snapshot?: Float32Array;
}

/** Bytes of closed samplers' memory that are kept for new ones. A larger sampler costs little to make beside its work. */
const KEPT_BYTES = 64e6;

export class EngineHost implements EngineCalls {
  readonly #sessions: SessionPool;
  readonly #trainers = new Map<string, ServedTrainer>();
  readonly #samplers = new Map<string, ServedSampler>();
  readonly #buffers = new BufferPool(KEPT_BYTES);
  readonly #prefixes = new PrefixBudget();
  readonly #turns = new Turns();
  #loaded: LoadedModel | undefined;
  #samplerCount = 0;

  constructor({ threads, gate }: { readonly threads: number; readonly gate: RunGate }) {
    this.#sessions = new SessionPool(threads, gate);
  }

  /** Handlers of all calls on this worker's objects. */
  handlers(): Handlers {
    return objectHandlers((kind, id) => this.#find(kind, id), this.#turns);
  }

  async open(
    folder: string,
    onProgress: (share: number) => void,
    signal?: AbortSignal,
  ): Promise<ModelSummary> {
    await checkModelFolder(folder);
    const [tokenizer, renderer] = await Promise.all([openTokenizer(folder), openRenderer(folder)]);
    const base = await loadBaseModel(folder, (share) => {
      if (signal?.aborted === true) throw new HoneError("CANCELLED", { what: "openEngine" });
      onProgress(share);
    });
    const { architecture, parameterCount, fingerprint } = base;
    const excluded = idsWithoutToken(tokenizer, architecture.vocabularySize);
    const { vocabularySize } = architecture;
    const formats = new Formats(() =>
      Array.from({ length: vocabularySize }, (_, id) => tokenizer.bytesOf(id)),
    );
    this.#loaded = { base, tokenizer, renderer, excluded, formats };
    const { stopTokens } = renderer;
    const found = [...base.warnings, ...tokenWarnings(base.folder, tokenizer, architecture)];
    const warnings = found.map((warning) => warning.toJSON());
    return { folder, architecture, parameterCount, fingerprint, stopTokens, warnings };
  }

  async openTrainer(given: OpenTrainer): Promise<TrainerSummary> {
    const { name, adapter, valueHead, ...options } = given;
    const { base, formats } = this.#model;
    const head = valueHead && (await readValueHead(valueHead, base.architecture.width));
    const read = adapter === undefined ? undefined : await this.#readAdapter(adapter);
    const lora = read === undefined ? options.lora : read.lora;
    const parts = await trainerParts(name, base, { ...options, lora }, this.#sessions);
    const trainer = new ServedTrainer(
      { ...parts, formats },
      {
        snapshot: (opened, version) => this.#snapshot(opened, version),
        closed: () => void this.#trainers.delete(name),
      },
    );
    if (read !== undefined)
      copyAdapter(read.files, (parameter) => trainer.trainable.view(parameter).value);
    if (head) trainer.trainable.view(valueHeadName).value.set(head);
    this.#trainers.set(name, trainer);
    return { trainer: name, trainedCount: trainer.trainable.values.length, lora };
  }

  async openSampler(adapter: string | undefined): Promise<SamplerSummary> {
    const { base } = this.#model;
    if (adapter === undefined)
      return this.#addSampler({ weights: base.weights, lora: undefined, version: "base" });
    const { files, lora } = await this.#readAdapter(adapter);
    const weights = new Map(base.weights);
    for (const [path, { a, b }] of files.tensors) {
      const names = loraNames(path);
      weights.set(names.a, a).set(names.b, b);
    }
    return this.#addSampler({ weights, lora, version: adapter });
  }

  /** Lets calls under way end, then frees everything. */
  async close(): Promise<void> {
    await this.#turns.idle();
    for (const sampler of this.#samplers.values()) await sampler.close();
    this.#trainers.clear();
    await this.#sessions.close();
  }

  get #model(): LoadedModel {
    if (this.#loaded === undefined) throw new Error("internal: the worker has no model yet");
    return this.#loaded;
  }

  #find<Kind extends ObjectKind>(kind: Kind, id: string): EngineObjects[Kind] {
    const finders: { readonly [K in ObjectKind]: () => EngineObjects[K] } = {
      engine: () => this,
      renderer: () => this.#model.renderer,
      trainer: () => opened(this.#trainers, id, "training client"),
      sampler: () => opened(this.#samplers, id, "sampling client"),
    };
    return finders[kind]();
  }

  /** Copies what is trained, so that training on does not change what is sampled. */
  #snapshot({ trainable, parts }: ServedTrainer, version: string): SamplerSummary {
    const weights = new Map(this.#model.base.weights);
    const snapshot = this.#buffers.take(trainable.values.length);
    snapshot.set(trainable.values);
    let offset = 0;
    for (const [parameter, { value }] of trainable.views) {
      weights.set(parameter, snapshot.subarray(offset, offset + value.length));
      offset += value.length;
    }
    return this.#addSampler({ weights, lora: parts.options.lora, version, snapshot });
  }

  /** An adapter of this base. @throws ADAPTER_* */
  async #readAdapter(
    path: string,
  ): Promise<{ readonly files: AdapterFiles; readonly lora: LoraConfig }> {
    const { architecture, folder, fingerprint } = this.#model.base;
    const files = await readAdapter(path);
    const lora = adapterConfig(architecture, files, path);
    checkAdapterBase(files, path, { path: folder.path, fingerprint });
    return { files, lora };
  }

  #addSampler({ weights, lora, version, snapshot }: SampledWeights): SamplerSummary {
    const { base, tokenizer, renderer, excluded, formats } = this.#model;
    const id = `sampler${this.#samplerCount++}`;
    const sampler = new Sampler({
      architecture: base.architecture,
      weights,
      lora,
      excluded,
      sessions: this.#sessions,
      buffers: this.#buffers,
      prefixes: this.#prefixes,
      decodeText: (ids) => tokenizer.decode(ids),
      formats,
    });
    const onClosed = (): void => {
      if (this.#samplers.delete(id) && snapshot !== undefined) this.#buffers.give(snapshot);
    };
    this.#samplers.set(
      id,
      new ServedSampler({ sampler, weightsVersion: version, renderer, onClosed }),
    );
    return { sampler: id, weightsVersion: version };
  }
}

/** @throws ENGINE_CLOSED for what was closed */
function opened<T>(all: ReadonlyMap<string, T>, id: string, what: string): T {
  const found = all.get(id);
  if (found === undefined) throw new HoneError("ENGINE_CLOSED", { what: `the ${what} ${id}` });
  return found;
}
