/**
 * Chat models of rollouts over a model that is not trained, such as one of a provider: for work that needs no tokens, as the
 * search for prompts does. Its turns have no tokens, so nothing can be trained on them.
 */
import { randomBits } from "../core/random.ts";
import type { Message } from "../core/message.ts";
import type { Turn } from "../core/rollout.ts";
import type {
  ChatModel,
  ChatModelFactory,
  ChatModelRequest,
  ChatOptions,
  ChatPart,
  RecordingChatModel,
} from "../ports/chat-model.ts";
import type { LanguageModelVersion, PolicyLanguageModel } from "../ports/language-model.ts";
import type { SamplingClient } from "../ports/sampling-client.ts";
import { languageModelOver } from "./language-model/language-model.ts";
import { addedParts } from "./reply-parts.ts";

/** How the model is asked where a call does not say it. */
export interface NamedPolicyOptions {
  /** Names it in records. */
  readonly name: string;
  /** Tokens of a reply at most. */
  readonly maxTokens: number;
  /** Temperature of sampling, where the rollouts have none of their own. */
  readonly temperature: number;
}

/** Makes a factory of chat models over one model; each remembers its own calls. */
export const namedPolicyModels =
  (model: ChatModel, options: NamedPolicyOptions): ChatModelFactory =>
  (request) =>
    new NamedPolicyModel(model, options, request);

/** What stands for the weights of a model that is asked by its name, or that says values and no words. Its methods are never called. */
export function namedWeights(name: string): SamplingClient {
  const refuse = (): never => {
    throw new Error(`internal: the weights of ${name} are not here`);
  };
  return {
    weightsVersion: name,
    sample: refuse,
    stream: refuse,
    logProbs: refuse,
    close: async () => undefined,
  };
}

class NamedPolicyModel implements RecordingChatModel {
  readonly turns: Turn[] = [];
  readonly #model: ChatModel;
  readonly #options: NamedPolicyOptions;
  readonly #request: ChatModelRequest;
  readonly #errors = new WeakSet();
  #calls = 0;

  constructor(model: ChatModel, options: NamedPolicyOptions, request: ChatModelRequest) {
    this.#model = model;
    this.#options = options;
    this.#request = request;
  }

  async chat(messages: readonly Message[], options: ChatOptions = {}): Promise<Message> {
    const { maxTokens } = this.#options;
    const temperature =
      this.#request.temperature ?? options.temperature ?? this.#options.temperature;
    const seed = options.seed ?? randomBits(this.#request.seed, "call", this.#calls++);
    const signals = [this.#request.signal, options.signal].filter((one) => one !== undefined);
    const startedAt = Date.now();
    try {
      const reply = await this.#model.chat(messages, {
        maxTokens,
        ...options,
        temperature,
        seed,
        ...(signals.length > 0 && { signal: AbortSignal.any(signals) }),
      });
      const endedAt = Math.max(startedAt, Date.now());
      const times = { startedAt, endedAt };
      this.turns.push({
        ...turnWithoutTokens(messages, reply, this.#options.name),
        ...(options.agent !== undefined && { agent: options.agent }),
        temperature,
        ...times,
      });
      return reply;
    } catch (error) {
      if (typeof error === "object" && error !== null) this.#errors.add(error);
      throw error;
    }
  }

  /** The reply comes in one piece: providers' streams are not read here. */
  async *stream(messages: readonly Message[], options: ChatOptions = {}): AsyncGenerator<ChatPart> {
    const reply = await this.chat(messages, options);
    yield* addedParts(reply, undefined);
    yield { type: "turn", turn: this.turns.findLast((turn) => turn.reply === reply)! };
  }

  languageModel<Version extends LanguageModelVersion = "v3">(
    version?: Version,
  ): PolicyLanguageModel<Version> {
    // Without a version the type is that of "v3".
    return languageModelOver(this, version ?? ("v3" as Version));
  }

  isPolicyError(error: unknown): boolean {
    return typeof error === "object" && error !== null && this.#errors.has(error);
  }
}

/** A call of which the words are known and not the tokens. */
export const turnWithoutTokens = (
  messages: readonly Message[],
  reply: Message,
  weightsVersion: string,
): Turn => ({
  messages: [...messages],
  reply,
  promptTokens: [],
  tokens: [],
  logProbs: [],
  samplingLogProbs: [],
  temperature: 1,
  isTruncated: false,
  stopReason: "stop",
  weightsVersion,
});
