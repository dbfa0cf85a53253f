/**
 * What lives in the engine's worker: one base model with its tokenizer, and the trainers and samplers opened on it.
 *
 * Calls on one trainer run in the order they arrive; samplers run between them, and beside the training of small models.
 */
import { HoneError } from "../../core/errors.ts";
import type { TokenIds } from "../../core/rollout.ts";
import type { Renderer } from "../../ports/renderer.ts";
import type { SampledSequence, SamplingParams } from "../../ports/sampling-client.ts";
import { openRenderer } from "../../text/renderer.ts";
import { openTokenizer, type Tokenizer } from "../../text/tokenizer.ts";
import { type BaseModel, checkModelFolder, loadBaseModel } from "../weights/base-model.ts";
import {
  adapterConfig,
  checkAdapterBase,
  copyAdapter,
  toAdapterFiles,
} from "../lora/adapter-files.ts";
import type { LoraConfig } from "../lora/lora.ts";
import { loraNames, loraScale } from "../lora/lora.ts";
import { mergedWeight } from "../lora/merge.ts";
import { BufferPool } from "../runtime/buffer-pool.ts";
import type { CallContext } from "../calls/call-messages.ts";
import type { RunGate } from "../runtime/run-gate.ts";
import { SessionPool } from "../runtime/session-pool.ts";
import { type RequestOptions, Sampler } from "../sampler/sampler.ts";
import { Trainer } from "../training/trainer.ts";
import { type AdapterFiles, readAdapter, writeAdapter } from "../weights/peft.ts";
import { saveModelFolder } from "../weights/save-model.ts";
import type {
  ArgumentOf,
  MethodName,
  NamedTensor,
  OpenTrainer,
  ResultOf,
  SamplerSummary,
  TrainerSummary,
} from "../calls/engine-methods.ts";

type HostHandlers = {
  readonly [M in Exclude<MethodName, "close">]: (
    argument: ArgumentOf<M>,
    context: CallContext,
  ) => ResultOf<M> | Promise<ResultOf<M>>;
};

interface Loaded {
  readonly base: BaseModel;
  readonly tokenizer: Tokenizer;
  readonly renderer: Renderer;
}

interface OpenedTrainer {
  readonly trainer: Trainer;
  readonly lora: LoraConfig | undefined;
  /** Ends when every call so far has. */
  queue: Promise<unknown>;
}

interface OpenedSampler {
  readonly sampler: Sampler;
  readonly weightsVersion: string;
  /** Its own copy of what is trained, if it has one. */
  readonly snapshot: Float32Array | undefined;
}

/** Bytes kept of closed samplers; where one takes more than this, making it anew costs little beside its work. */
const KEPT_BYTES = 64e6;

export class EngineHost {
  readonly #sessions: SessionPool;
  readonly #trainers = new Map<string, OpenedTrainer>();
  readonly #samplers = new Map<string, OpenedSampler>();
  readonly #buffers = new BufferPool(KEPT_BYTES);
  #loaded: Loaded | undefined;
  #samplerCount = 0;

  constructor({ threads, gate }: { readonly threads: number; readonly gate: RunGate }) {
    this.#sessions = new SessionPool(threads, gate);
  }

  handlers(): HostHandlers {
    const inTurn = <R>(name: string, work: (opened: OpenedTrainer) => R | Promise<R>): Promise<R> =>
      this.#inTurn(name, work);
    return {
      open: (argument, { chunk }) => this.#open(argument.path, chunk),
      "render.prompt": (messages) => this.#renderer.prompt(messages),
      "render.extend": ({ previous, added }) => this.#renderer.extend(previous, added),
      "render.conversation": (messages) => this.#renderer.conversation(messages),
      "render.parse": (tokens) => this.#renderer.parse(tokens),
      "render.encode": (text) => this.#renderer.encode(text),
      "render.decode": (tokens) => this.#renderer.decode(tokens),
      "trainer.open": (argument) => this.#openTrainer(argument),
      "trainer.forward": ({ trainer, data, loss }) =>
        inTurn(trainer, (t) => t.trainer.forward(data, loss)),
      "trainer.forwardBackward": ({ trainer, data, loss, config }) =>
        inTurn(trainer, (t) => t.trainer.forwardBackward(data, loss, config)),
      "trainer.optimStep": ({ trainer, params }) =>
        inTurn(trainer, (t) => t.trainer.optimStep(params)),
      "trainer.discardGradients": ({ trainer }) =>
        inTurn(trainer, (t) => t.trainer.discardGradients()),
      "trainer.saveState": ({ trainer, path }) => inTurn(trainer, (t) => t.trainer.saveState(path)),
      "trainer.loadState": ({ trainer, path, optimizer }) =>
        inTurn(trainer, (t) => t.trainer.loadState(path, { optimizer })),
      "trainer.snapshot": ({ trainer, name }) => inTurn(trainer, (t) => this.#snapshot(t, name)),
      "trainer.names": ({ trainer }) =>
        inTurn(trainer, (t) => [...t.trainer.trainable.views.keys()]),
      "trainer.parameter": ({ trainer, name }) => inTurn(trainer, (t) => this.#parameter(t, name)),
      "trainer.gradient": ({ trainer, name }) => inTurn(trainer, (t) => gradientOf(t, name)),
      "trainer.saveModel": ({ trainer, path, replace }) =>
        inTurn(trainer, (t) => this.#saveModel(t, path, replace)),
      "trainer.saveAdapter": ({ trainer, path, replace }) =>
        inTurn(trainer, (t) => this.#saveAdapter(t, path, replace)),
      "trainer.close": ({ trainer }) => this.#closeTrainer(trainer),
      "sampler.open": ({ adapter }) => this.#openSampler(adapter),
      "sampler.sample": ({ sampler, prompt, n, params, isStream }, { signal, chunk }) =>
        this.#sample(sampler, prompt, n, params, {
          signal,
          onChunk: isStream ? chunk : undefined,
        }),
      "sampler.logProbs": ({ sampler, tokens }) => this.#sampler(sampler).sampler.logProbs(tokens),
      "sampler.close": ({ sampler }) => this.#closeSampler(sampler),
    };
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#trainers.values()].map((opened) => opened.queue));
    for (const { sampler } of this.#samplers.values()) await sampler.close();
    this.#trainers.clear();
    this.#samplers.clear();
    await this.#sessions.close();
  }

  get #model(): Loaded {
    if (this.#loaded === undefined) throw new Error("internal: the worker has no model yet");
    return this.#loaded;
  }

  get #renderer(): Renderer {
    return this.#model.renderer;
  }

  async #open(path: string, progress: (share: number) => void): Promise<ResultOf<"open">> {
    await checkModelFolder(path);
    const [tokenizer, renderer] = await Promise.all([openTokenizer(path), openRenderer(path)]);
    const base = await loadBaseModel(path, progress);
    this.#loaded = { base, tokenizer, renderer };
    const { architecture, parameterCount, fingerprint } = base;
    return {
      folder: path,
      architecture,
      parameterCount,
      fingerprint,
      stopTokens: renderer.stopTokens,
    };
  }

  async #openTrainer({ name, adapter, ...options }: OpenTrainer): Promise<TrainerSummary> {
    const { base } = this.#model;
    const read = adapter === undefined ? undefined : await this.#readAdapter(adapter);
    const lora = read === undefined ? options.lora : read.lora;
    const trainer = await Trainer.open(name, base, { ...options, lora }, this.#sessions);
    if (read !== undefined)
      copyAdapter(read.files, (parameter) => trainer.trainable.view(parameter).value);
    this.#trainers.set(name, { trainer, lora, queue: Promise.resolve() });
    return {
      trainer: name,
      trainedCount: trainer.trainable.values.length,
      lora,
      weightsVersion: trainer.weightsVersion,
    };
  }

  #inTurn<R>(name: string, work: (opened: OpenedTrainer) => R | Promise<R>): Promise<R> {
    const opened = this.#trainers.get(name);
    if (opened === undefined)
      throw new HoneError("ENGINE_CLOSED", { what: `the training client ${name}` });
    const result = opened.queue.then(() => work(opened));
    opened.queue = result.catch(() => undefined);
    return result;
  }

  async #closeTrainer(name: string): Promise<void> {
    await this.#inTurn(name, () => undefined);
    this.#trainers.delete(name);
  }

  /** Copies what is trained, so that training on does not change what is sampled. */
  #snapshot({ trainer, lora }: OpenedTrainer, name: string | undefined): SamplerSummary {
    const weights = new Map(this.#model.base.weights);
    const { values: current } = trainer.trainable;
    const values = this.#buffers.take(current.length);
    values.set(current);
    let offset = 0;
    for (const [parameter, { value }] of trainer.trainable.views) {
      weights.set(parameter, values.subarray(offset, offset + value.length));
      offset += value.length;
    }
    return this.#addSampler(weights, lora, name ?? trainer.weightsVersion, values);
  }

  async #openSampler(adapter: string | undefined): Promise<SamplerSummary> {
    const { base } = this.#model;
    if (adapter === undefined) return this.#addSampler(base.weights, undefined, "base");
    const { files, lora } = await this.#readAdapter(adapter);
    const weights = new Map(base.weights);
    for (const [path, { a, b }] of files.tensors) {
      const names = loraNames(path);
      weights.set(names.a, a).set(names.b, b);
    }
    return this.#addSampler(weights, lora, adapter);
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

  #addSampler(
    weights: ReadonlyMap<string, Float32Array>,
    lora: LoraConfig | undefined,
    version: string,
    snapshot?: Float32Array,
  ): SamplerSummary {
    const { base, tokenizer } = this.#model;
    const sampler = new Sampler({
      architecture: base.architecture,
      weights,
      lora,
      sessions: this.#sessions,
      buffers: this.#buffers,
      decodeText: (ids) => tokenizer.decode(ids),
    });
    const id = `sampler${this.#samplerCount++}`;
    this.#samplers.set(id, { sampler, weightsVersion: version, snapshot });
    return { sampler: id, weightsVersion: version };
  }

  #sampler(id: string): OpenedSampler {
    const opened = this.#samplers.get(id);
    if (opened === undefined)
      throw new HoneError("ENGINE_CLOSED", { what: `the sampling client ${id}` });
    return opened;
  }

  async #sample(
    id: string,
    prompt: TokenIds,
    n: number,
    params: SamplingParams,
    options: RequestOptions,
  ): Promise<SampledSequence[]> {
    const { sampler, weightsVersion } = this.#sampler(id);
    const sequences = await sampler.request(prompt, n, params, options);
    return sequences.map((sequence) => ({ ...sequence, weightsVersion }));
  }

  async #closeSampler(id: string): Promise<void> {
    const opened = this.#samplers.get(id);
    this.#samplers.delete(id);
    if (opened === undefined) return;
    await opened.sampler.close();
    if (opened.snapshot !== undefined) this.#buffers.give(opened.snapshot);
  }

  #parameter({ trainer }: OpenedTrainer, name: string): NamedTensor {
    const shape = trainer.trainable.views.get(name)?.shape ?? this.#model.base.shapes.get(name);
    if (shape === undefined)
      throw new HoneError("TENSOR_MISSING", { folder: this.#model.base.folder.path, tensor: name });
    return { shape, data: trainer.weight(name).slice() };
  }

  /** The weight with the adapter folded in, by its Hugging Face name. */
  #merged({ trainer, lora }: OpenedTrainer, name: string): Float32Array {
    const weight = trainer.weight(name);
    const names = loraNames(name.replace(/\.weight$/, ""));
    const adapter = trainer.trainable.views.get(names.a);
    if (lora === undefined || adapter === undefined) return weight;
    const b = trainer.trainable.view(names.b).value;
    return mergedWeight(weight, { a: adapter.value, b, rank: lora.rank, scale: loraScale(lora) });
  }

  async #saveModel(opened: OpenedTrainer, path: string, replace: boolean): Promise<void> {
    const { folder, shapes } = this.#model.base;
    const tensors = [...shapes].map(([name, shape]) => ({
      name,
      shape,
      data: () => this.#merged(opened, name),
    }));
    const contents = {
      config: folder.config,
      tensors,
      generationConfig: folder.generationConfig,
      tokenizerFrom: folder.path,
    };
    await saveModelFolder(path, contents, { replace });
  }

  async #saveAdapter(
    { trainer, lora }: OpenedTrainer,
    path: string,
    replace: boolean,
  ): Promise<void> {
    if (lora === undefined) {
      throw new HoneError("OPTION_INVALID", {
        where: "saveAdapter",
        option: "lora",
        got: "false",
        expected: "an adapter; use saveModel here",
      });
    }
    const { architecture, folder, fingerprint } = this.#model.base;
    const base = { path: folder.path, fingerprint };
    const files = toAdapterFiles(architecture, lora, (name) => trainer.weight(name), base);
    await writeAdapter(path, files, { replace });
  }
}

function gradientOf({ trainer }: OpenedTrainer, name: string): NamedTensor {
  const view = trainer.trainable.views.get(name);
  if (view === undefined)
    throw new HoneError("TENSOR_MISSING", { folder: "what this client trains", tensor: name });
  return { shape: view.shape, data: view.gradient.slice() };
}
