/** What the engine's worker can be asked, method by method: argument → result. Both sides are typed by this table. */
import type { Message } from "../../core/message.ts";
import type { TokenIds } from "../../core/rollout.ts";
import type { RenderedConversation } from "../../ports/renderer.ts";
import type { SampledSequence, SamplingParams } from "../../ports/sampling-client.ts";
import type {
  AdamParams,
  Datum,
  ForwardBackwardOutput,
  ForwardOutput,
  LossConfig,
  LossName,
  OptimStepOutput,
} from "../../ports/training-client.ts";
import type { LoraConfig } from "../lora/lora.ts";
import type { Architecture } from "../models/architecture.ts";
import type { Head } from "../training/forward.ts";

export interface ModelSummary {
  readonly folder: string;
  readonly architecture: Architecture;
  readonly parameterCount: number;
  readonly stopTokens: readonly number[];
  readonly fingerprint: string;
}

export interface OpenTrainer {
  readonly name: string;
  readonly lora: LoraConfig | undefined;
  /** A PEFT folder to start from; its settings win. */
  readonly adapter: string | undefined;
  readonly head: Head;
  readonly recompute: boolean;
  readonly seed: number;
  readonly tokensPerMicrobatch: number | undefined;
  readonly memoryLimit: number | undefined;
}

export interface TrainerSummary {
  readonly trainer: string;
  readonly trainedCount: number;
  readonly lora: LoraConfig | undefined;
  readonly weightsVersion: string;
}

export interface SamplerSummary {
  readonly sampler: string;
  readonly weightsVersion: string;
}

/** A tensor by its Hugging Face name. */
export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

interface Method<Argument, Result> {
  readonly argument: Argument;
  readonly result: Result;
}

export interface WorkerMethods {
  open: Method<{ readonly path: string }, ModelSummary>;
  close: Method<undefined, void>;

  "render.prompt": Method<readonly Message[], TokenIds>;
  "render.extend": Method<
    { readonly previous: TokenIds; readonly added: readonly Message[] },
    TokenIds
  >;
  "render.conversation": Method<readonly Message[], RenderedConversation>;
  "render.parse": Method<TokenIds, Message>;
  "render.encode": Method<string, TokenIds>;
  "render.decode": Method<TokenIds, string>;

  "trainer.open": Method<OpenTrainer, TrainerSummary>;
  "trainer.forward": Method<
    { readonly trainer: string; readonly data: readonly Datum[]; readonly loss: LossName },
    ForwardOutput
  >;
  "trainer.forwardBackward": Method<
    {
      readonly trainer: string;
      readonly data: readonly Datum[];
      readonly loss: LossName;
      readonly config: LossConfig;
    },
    ForwardBackwardOutput
  >;
  "trainer.optimStep": Method<
    { readonly trainer: string; readonly params: AdamParams },
    OptimStepOutput
  >;
  "trainer.discardGradients": Method<{ readonly trainer: string }, void>;
  "trainer.saveState": Method<{ readonly trainer: string; readonly path: string }, void>;
  "trainer.loadState": Method<
    { readonly trainer: string; readonly path: string; readonly optimizer: boolean },
    void
  >;
  "trainer.snapshot": Method<
    { readonly trainer: string; readonly name: string | undefined },
    SamplerSummary
  >;
  "trainer.parameter": Method<{ readonly trainer: string; readonly name: string }, NamedTensor>;
  "trainer.gradient": Method<{ readonly trainer: string; readonly name: string }, NamedTensor>;
  "trainer.names": Method<{ readonly trainer: string }, readonly string[]>;
  "trainer.saveModel": Method<
    { readonly trainer: string; readonly path: string; readonly replace: boolean },
    void
  >;
  "trainer.saveAdapter": Method<
    { readonly trainer: string; readonly path: string; readonly replace: boolean },
    void
  >;
  "trainer.close": Method<{ readonly trainer: string }, void>;

  /** The base model, or the base with a PEFT adapter. */
  "sampler.open": Method<{ readonly adapter: string | undefined }, SamplerSummary>;
  "sampler.sample": Method<
    {
      readonly sampler: string;
      readonly prompt: TokenIds;
      readonly n: number;
      readonly params: SamplingParams;
      readonly isStream: boolean;
    },
    readonly SampledSequence[]
  >;
  "sampler.logProbs": Method<{ readonly sampler: string; readonly tokens: TokenIds }, Float32Array>;
  "sampler.close": Method<{ readonly sampler: string }, void>;
}

export type MethodName = keyof WorkerMethods;
export type ArgumentOf<M extends MethodName> = WorkerMethods[M]["argument"];
export type ResultOf<M extends MethodName> = WorkerMethods[M]["result"];
