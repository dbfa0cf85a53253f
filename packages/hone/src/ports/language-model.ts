/**
 * The policy in the form that the Vercel AI SDK calls a language model. The types say what hone gives and takes, and fit those of
 * `@ai-sdk/provider` 3 and 4 without importing them.
 */
import type { StopReason } from "../core/rollout.ts";

/** The versions of the AI SDK's provider interface: "v3" is taken by AI SDK 6 and 7, "v4" by AI SDK 7. */
export type LanguageModelVersion = "v3" | "v4";

/**
 * The policy as a language model of the AI SDK, for `generateText`, `streamText` and whatever else takes one. Each call is
 * recorded as a turn, with the tokens that were sampled.
 */
export interface PolicyLanguageModel<Version extends LanguageModelVersion = "v3"> {
  /** The version of the provider interface. */
  readonly specificationVersion: Version;
  /** "hone". */
  readonly provider: string;
  /** "policy". */
  readonly modelId: string;
  /** Files by their address: none, a policy reads text. */
  readonly supportedUrls: Record<string, RegExp[]>;
  /** One reply. The AI SDK calls it; code of your own is better off with `model.chat`. */
  doGenerate(call: LanguageModelCall): Promise<LanguageModelResult>;
  /** One reply, piece by piece. The AI SDK calls it; code of your own is better off with `stream` of the chat model. */
  doStream(call: LanguageModelCall): Promise<LanguageModelStream>;
}

/** What the AI SDK asks of a language model. */
export interface LanguageModelCall {
  /** The conversation, in the parts of the AI SDK. */
  readonly prompt: readonly LanguageModelMessage[];
  /** Tokens of the reply at most. */
  readonly maxOutputTokens?: number | undefined;
  /** Temperature of sampling. */
  readonly temperature?: number | undefined;
  /** Texts that end the reply. */
  readonly stopSequences?: readonly string[] | undefined;
  /** Nucleus sampling: the share of probability that is kept. */
  readonly topP?: number | undefined;
  /** The number of likeliest tokens that are kept. */
  readonly topK?: number | undefined;
  /** 0 or absent: a policy has no such penalty. */
  readonly presencePenalty?: number | undefined;
  /** 0 or absent: a policy has no such penalty. */
  readonly frequencyPenalty?: number | undefined;
  /** Text, or JSON with a schema. */
  readonly responseFormat?: { readonly type: string; readonly schema?: unknown } | undefined;
  /** Decides every draw of the call. */
  readonly seed?: number | undefined;
  /** Tools that the model may call. */
  readonly tools?: readonly LanguageModelTool[] | undefined;
  /** Whether it may or must call one. */
  readonly toolChoice?: { readonly type: string; readonly toolName?: string } | undefined;
  /** Ends the call. */
  readonly abortSignal?: AbortSignal | undefined;
  /** How much the model is to think, by AI SDK 7. */
  readonly reasoning?: string | undefined;
  /** Options of hone under `hone`: `minP`, and `variables` of the chat template. Those of other providers are theirs. */
  readonly providerOptions?: Readonly<Record<string, unknown>> | undefined;
}

/** A message as the AI SDK gives it to a language model. */
export interface LanguageModelMessage {
  /** "system", "user", "assistant" or "tool". */
  readonly role: string;
  /** A text for the system, else a list of parts. */
  readonly content: unknown;
}

/** A tool as the AI SDK gives it to a language model. */
export interface LanguageModelTool {
  /** "function"; "provider" is for tools that a provider runs itself. */
  readonly type: string;
  /** Its name. */
  readonly name: string;
  /** What it does. */
  readonly description?: string | undefined;
  /** The JSON Schema of its arguments. */
  readonly inputSchema?: unknown;
  /** Examples of arguments. */
  readonly inputExamples?: readonly unknown[] | undefined;
  /** Whether arguments are forced into the schema. */
  readonly strict?: boolean | undefined;
}

/** A part of a reply: what was thought, what was said, or a call of a tool. */
export type LanguageModelContent =
  | { type: "reasoning"; text: string }
  | { type: "text"; text: string }
  | LanguageModelToolCall;

/** A call of a tool; its arguments are the text that the model wrote. */
export type LanguageModelToolCall = {
  /** Tells this part from the others. */
  type: "tool-call";
  /** Names the call. */
  toolCallId: string;
  /** The tool's name. */
  toolName: string;
  /** The arguments: JSON text, possibly malformed. */
  input: string;
};

/** Why a reply ended. */
export type LanguageModelFinish = {
  /** In the AI SDK's words. */
  unified: "stop" | "length" | "tool-calls";
  /** In hone's. */
  raw: StopReason;
};

/** The tokens of a call. Those that were not counted apart are undefined. */
export type LanguageModelUsage = {
  /** Of the prompt. */
  inputTokens: {
    total: number;
    noCache: undefined;
    cacheRead: undefined;
    cacheWrite: undefined;
  };
  /** Of the reply. */
  outputTokens: { total: number; text: undefined; reasoning: undefined };
};

/** What the AI SDK is told that a call asked for and did not get. */
export type LanguageModelWarning = {
  /** Tells this warning from the SDK's others. */
  type: "unsupported";
  /** The option. */
  feature: string;
  /** What became of it. */
  details: string;
};

/** What was recorded of a call: `result.providerMetadata.hone`, and that of each step. */
export type RecordedCallMetadata = {
  /** Tokens of the rendered conversation. */
  promptTokens: number[];
  /** The tokens that were sampled. */
  tokens: number[];
  /** Log-probability of each sampled token in nats, under the policy at temperature 1. */
  logProbs: number[];
  /** Log-probability of each sampled token in nats, under the distribution it was drawn from. */
  samplingLogProbs: number[];
  /** Temperature of sampling. */
  temperature: number;
  /** The version of the weights that sampled. */
  weightsVersion: string;
};

/** What was recorded of a call, under hone's name. */
export type LanguageModelMetadata = {
  /** The recorded tokens. */
  hone: RecordedCallMetadata;
};

/** A reply. */
export type LanguageModelResult = {
  /** What was thought, said and called, in this order. */
  content: LanguageModelContent[];
  /** Why it ended. */
  finishReason: LanguageModelFinish;
  /** Its tokens. */
  usage: LanguageModelUsage;
  /** The recorded tokens. */
  providerMetadata: LanguageModelMetadata;
  /** When it was made, by which model. */
  response: { timestamp: Date; modelId: string };
  /** What the call asked for and did not get. */
  warnings: LanguageModelWarning[];
};

/** A piece of a reply that is streamed. */
export type LanguageModelStreamPart =
  | { type: "stream-start"; warnings: LanguageModelWarning[] }
  | { type: "response-metadata"; timestamp: Date; modelId: string }
  | { type: "reasoning-start" | "reasoning-end" | "text-start" | "text-end"; id: string }
  | { type: "reasoning-delta" | "text-delta"; id: string; delta: string }
  | { type: "tool-input-start"; id: string; toolName: string }
  | { type: "tool-input-delta"; id: string; delta: string }
  | { type: "tool-input-end"; id: string }
  | LanguageModelToolCall
  | {
      type: "finish";
      usage: LanguageModelUsage;
      finishReason: LanguageModelFinish;
      providerMetadata: LanguageModelMetadata;
    }
  | { type: "error"; error: unknown };

/** A reply that is streamed. */
export type LanguageModelStream = {
  /** Its pieces. */
  stream: ReadableStream<LanguageModelStreamPart>;
};
