/** What the server answers with: models by their names, and the chat models of rollouts that are open. */
import { HoneError } from "../core/errors.ts";
import type { TokenIds } from "../core/rollout.ts";
import type { RecordingChatModel } from "../ports/chat-model.ts";
import type { SampledChunk, SamplingParams } from "../ports/sampling-client.ts";

/** A model that is open for one request. */
export interface OpenModel {
  /** Tokens of a prompt and its reply together at most; undefined where it is not known. */
  readonly contextLength?: number;
  /** A chat model whose calls sample with seeds made of this one, unless they name their own. */
  chat(seed: number): RecordingChatModel;
  /** The text of tokens, special tokens included; undefined where it is not known. */
  readonly decode?: (tokens: TokenIds) => Promise<string>;
  /** The bytes of each token, null where it has none of its own; undefined where they are not known. */
  readonly tokenBytes?: (tokens: TokenIds) => Promise<readonly (readonly number[] | null)[]>;
  /** Continues a text or tokens without a template; undefined where only conversations are recorded. */
  readonly plain?: PlainModel;
  /** Called when the request has been answered. */
  release?(): void;
}

/** Continues plain text. */
export interface PlainModel {
  /** Tokens that end a text. */
  readonly stopTokens: readonly number[];
  /** Names the weights. */
  readonly weightsVersion: string;
  /** Tells the weights from all others: the hash of their files. Undefined where it is not known. */
  readonly weightsHash?: string | undefined;
  /** The tokens of a text. */
  encode(text: string): Promise<TokenIds>;
  /** Continues tokens. */
  stream(
    prompt: TokenIds,
    params: SamplingParams,
    signal: AbortSignal,
  ): AsyncIterable<SampledChunk>;
}

/** A model as GET /v1/models lists it. */
export interface ListedModel {
  readonly id: string;
  /** When it was opened, in seconds since 1970. */
  readonly created: number;
  readonly contextLength: number;
  /** The model that an adapter is on; absent for a base model. */
  readonly parent?: string;
  /** The hash of the files of its weights, where it is known. */
  readonly weights?: string | undefined;
}

/** Models by name. */
export interface ServedModels {
  list(): readonly ListedModel[];
  /** @throws SERVE_MODEL_UNKNOWN */
  open(name: string): OpenModel;
  /** Adds an adapter on the base model under a name. @throws SERVE_ADAPTER_INVALID, ADAPTER_* */
  addAdapter(name: string, path: string): Promise<void>;
  /** Takes an adapter away; replies that it is giving are finished first. @throws SERVE_ADAPTER_INVALID */
  removeAdapter(name: string): Promise<void>;
}

/** A server without models of its own, for rollouts only. */
export const noModels: ServedModels = {
  list: () => [],
  open: (model) => {
    throw new HoneError("SERVE_MODEL_UNKNOWN", { model, known: "none" });
  },
  addAdapter: (name) => Promise.reject(withoutModel(name)),
  removeAdapter: (name) => Promise.reject(withoutModel(name)),
};

const withoutModel = (name: string): HoneError =>
  new HoneError("SERVE_ADAPTER_INVALID", { name, problem: "has no model: none is served here" });
