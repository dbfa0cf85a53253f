/** `openPolicy`: a model or what a run trained, to be used in a program. */
import {
  defaultSampling,
  policyChatModels,
  policySamplingNames,
} from "../../agents/policy-chat-model.ts";
import { isObject } from "../../core/json.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { type OptionChecks, optionChecks } from "../../core/option-checks.ts";
import type { OnProgress } from "../../core/progress.ts";
import { randomBits } from "../../core/random.ts";
import type {
  ChatModel,
  ChatOptions,
  ChatPart,
  RecordingChatModel,
} from "../../ports/chat-model.ts";
import type { Message } from "../../core/message.ts";
import type { LanguageModelVersion, PolicyLanguageModel } from "../../ports/language-model.ts";
import type { SamplingParams } from "../../ports/sampling-client.ts";
import { findModel, type FoundModel } from "./find-model.ts";
import { openFound, type OpenedPolicy, openOptions } from "./open-found.ts";

/**
 * A model by its name (a folder, a run, an adapter, a .gguf file, an id of the Hugging Face hub), or the result of `train`,
 * which stands for the trained model.
 */
export type ModelName = string | NamedByFolder;

/** Something that names a model by the folder of its run, as the result of `train` does. */
export interface NamedByFolder {
  /** The run folder. */
  readonly folder: string;
}

/** How a policy is opened, and how it answers where a call does not say it. */
export interface PolicyOptions {
  /** An adapter to put on the model: a PEFT folder, a run with an adapter, or a hub id. Default: none. */
  readonly adapter?: string;
  /** Which checkpoint of a run: "best", "latest" or its name. Default: what the run ended with. */
  readonly checkpoint?: string;
  /** The folder that run folders are in. Default "runs". */
  readonly runs?: string;
  /** How replies are sampled. Default: at most 256 tokens at temperature 1. A call's own options win. */
  readonly sampling?: Partial<Omit<SamplingParams, "seed" | "stopTokens" | "format" | "tellsKept">>;
  /** Decides every draw, with the number of the call; a call may have a seed of its own. Default 0. */
  readonly seed?: number;
  /** Threads of matrix products. Default: all cores, at most 8. */
  readonly threads?: number;
  /** Aborts opening. */
  readonly signal?: AbortSignal;
  /** Told how far a download and the reading of weights are. */
  readonly onProgress?: OnProgress;
}

const optionNames: OptionNames<PolicyOptions> = {
  adapter: true,
  checkpoint: true,
  runs: true,
  sampling: policySamplingNames,
  seed: true,
  threads: true,
  signal: true,
  onProgress: true,
};

/** An open policy: a chat model, whose calls may run side by side. */
export interface Policy extends ChatModel, AsyncDisposable {
  /** The name that it was opened by. */
  readonly name: string;
  /** Tokens of a conversation and its reply together at most. */
  readonly contextLength: number;
  /** Numbers in the model, without an adapter's. */
  readonly parameterCount: number;
  /** The version of the weights that answer. */
  readonly weightsVersion: string;
  /**
   * Answers as `chat` does, and gives the reply piece by piece as it is sampled. The last piece is the turn, with its tokens and
   * log-probs. Where the iteration is stopped, sampling ends at once.
   */
  stream(messages: readonly Message[], options?: ChatOptions): AsyncIterable<ChatPart>;
  /**
   * The same model for the AI SDK. Each of its calls is one of the policy's, with a seed of its own.
   * @param version  of the SDK's provider interface. Default "v3", which AI SDK 6 and 7 take
   * @example await generateText({ model: policy.languageModel(), prompt: "3x+7=16" });
   */
  languageModel(): PolicyLanguageModel;
  languageModel<Version extends LanguageModelVersion>(
    version: Version,
  ): PolicyLanguageModel<Version>;
  /** Ends the threads and frees the memory. Calls that are being answered end first. */
  close(): Promise<void>;
}

/**
 * Opens a model, or what a run trained, to be used in a program. A run that trained a team's adapters answers each call by that of the
 * call's `agent`.
 *
 * @param model  a folder, a run or its name, an adapter, a .gguf file, an id of the Hugging Face hub, or the result of `train`
 * @throws OPTION_INVALID; MODEL_NOT_FOUND, RUN_AMBIGUOUS, CHECKPOINT_NOT_FOUND, HUB_*; MEMORY_INSUFFICIENT; CANCELLED
 * @example
 * await using policy = await openPolicy("runs/math-7f3a");
 * const { content } = await policy.chat([{ role: "user", content: "3x+7=16" }], { temperature: 0 });
 */
export async function openPolicy(model: ModelName, options: PolicyOptions = {}): Promise<Policy> {
  const check = optionChecks("openPolicy");
  checkOptions("openPolicy", options, optionNames);
  const { seed = 0, threads } = options;
  check.whole("seed", seed, { min: 0 });
  if (threads !== undefined) check.whole("threads", threads, { min: 1 });
  const name = modelName(model, check);
  const { sampling, seed: _seed, ...finding } = options;
  const found = await findModel(name, { ...finding, team: "allowed" });
  const opened = await openFound(found, openOptions(options));
  try {
    return policyOver(found, opened, { sampling, seed });
  } catch (error) {
    await opened.engine.close();
    throw error;
  }
}

/** The name of a model that may be given as a result. @throws OPTION_INVALID */
export function modelName(model: ModelName, check: OptionChecks): string {
  return check.text("model", isObject(model) ? model["folder"] : model);
}

function policyOver(
  { name, team }: FoundModel,
  { engine, policy }: OpenedPolicy,
  { sampling, seed }: { readonly sampling: PolicyOptions["sampling"]; readonly seed: number },
): Policy {
  const { renderer, parameterCount } = engine;
  const { contextLength } = engine.architecture;
  const chatModels = policyChatModels({
    renderer,
    sampling: { ...defaultSampling, ...sampling },
    contextLength,
    ...(team && { adapters: team.agents }),
  });
  let calls = 0;
  // A chat model keeps its turns, so each call has one of its own, which is forgotten with its reply.
  const next = (): RecordingChatModel =>
    chatModels({ policy, seed: randomBits("policy", seed, calls++) });
  function languageModel(): PolicyLanguageModel;
  function languageModel<Version extends LanguageModelVersion>(
    version: Version,
  ): PolicyLanguageModel<Version>;
  function languageModel(
    version: LanguageModelVersion = "v3",
  ): PolicyLanguageModel<LanguageModelVersion> {
    return {
      ...chatModels({ policy, seed }).languageModel(version),
      doGenerate: (call) => next().languageModel(version).doGenerate(call),
      doStream: (call) => next().languageModel(version).doStream(call),
    };
  }
  const close = (): Promise<void> => engine.close();
  return {
    name,
    contextLength,
    parameterCount,
    weightsVersion: policy.weightsVersion,
    chat: (messages, options) => next().chat(messages, options),
    stream: (messages, options) => next().stream(messages, options),
    languageModel,
    close,
    [Symbol.asyncDispose]: close,
  };
}
