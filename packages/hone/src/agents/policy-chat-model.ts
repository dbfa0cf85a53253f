/**
 * The chat model that agents are given in training: it samples from the policy and records the exact tokens of each call.
 *
 * When the messages of a call continue an earlier call and its reply, the prompt is that call's tokens with the added
 * messages rendered after them. Sampled text is never tokenised again, so that the turns merge into one row for training.
 */
import { checkMessages } from "./checked-messages.ts";
import { HoneError } from "../core/errors.ts";
import { checkOptions, type OptionNames } from "../core/known-options.ts";
import type { ConversationSettings, Message } from "../core/message.ts";
import { optionChecks } from "../core/option-checks.ts";
import { randomBits } from "../core/random.ts";
import type { TokenIds, Turn } from "../core/rollout.ts";
import type {
  ChatModelFactory,
  ChatModelRequest,
  ChatOptions,
  RecordingChatModel,
} from "../ports/chat-model.ts";
import type { Renderer } from "../ports/renderer.ts";
import type { SampledSequence, SamplingParams } from "../ports/sampling-client.ts";

/** How the chat models of a run render and sample. */
export interface PolicyChatModelOptions {
  /** Turns messages into tokens and sampled tokens into a message. */
  readonly renderer: Renderer;
  /** Parameters of sampling. Stop tokens come from the renderer, seeds from the rollout. */
  readonly sampling: Omit<SamplingParams, "seed" | "stopTokens">;
  /** Tokens of prompt and reply together at most. Default: the sampling client's own limit. */
  readonly contextLength?: number;
}

/**
 * Makes a factory of chat models, which makes one for each rollout.
 *
 * A call throws PROMPT_TOO_LONG when the prompt fills the whole context, and CANCELLED when its signal aborts. A reply is
 * cut where the context ends; the turn's `stopReason` is then "length".
 *
 * @throws OPTION_INVALID
 * @example
 * const chatModel = policyChatModels({ renderer, sampling: { maxTokens: 16 }, contextLength: 256 });
 * const model = chatModel({ policy, seed: 1 });
 * await model.chat([{ role: "user", content: "solve 3x + 7 = 16" }]);
 * model.turns[0].tokens;
 */
export function policyChatModels(options: PolicyChatModelOptions): ChatModelFactory {
  checkOptions("policyChatModels", options, policyOptions);
  const check = optionChecks("policyChatModels");
  check.whole("sampling.maxTokens", options.sampling.maxTokens, { min: 1 });
  if (options.contextLength !== undefined) {
    check.whole("contextLength", options.contextLength, { min: 1 });
  }
  return (request) => new PolicyChatModel(options, request);
}

/** The names of the sampling options that a user gives for the policy. */
export const policySamplingNames: OptionNames<PolicyChatModelOptions["sampling"]> = {
  maxTokens: true,
  temperature: true,
  topK: true,
  topP: true,
  minP: true,
  stopStrings: true,
};

const policyOptions: OptionNames<PolicyChatModelOptions> = {
  renderer: true,
  sampling: policySamplingNames,
  contextLength: true,
};

class PolicyChatModel implements RecordingChatModel {
  readonly #options: PolicyChatModelOptions;
  readonly #request: ChatModelRequest;
  /** The answered calls by their number. */
  readonly #turns = new Map<number, Turn>();
  readonly #errors = new WeakSet<object>();
  #callCount = 0;

  constructor(options: PolicyChatModelOptions, request: ChatModelRequest) {
    this.#options = options;
    this.#request = request;
  }

  get turns(): readonly Turn[] {
    return [...this.#turns].toSorted(([a], [b]) => a - b).map(([, turn]) => turn);
  }

  isPolicyError(error: unknown): boolean {
    return typeof error === "object" && error !== null && this.#errors.has(error);
  }

  async chat(messages: readonly Message[], options: ChatOptions = {}): Promise<Message> {
    checkMessages(messages);
    const call = this.#callCount++;
    try {
      const turn = await this.#turn(call, [...messages], options);
      this.#turns.set(call, turn);
      return turn.reply;
    } catch (error) {
      if (typeof error === "object" && error !== null) this.#errors.add(error);
      throw error;
    }
  }

  async #turn(call: number, messages: readonly Message[], options: ChatOptions): Promise<Turn> {
    const { renderer } = this.#options;
    const signal = eitherSignal(this.#request.signal, options.signal);
    throwIfCancelled(signal?.aborted === true);
    const promptTokens = await this.#prompt(messages, options.settings);
    const params = this.#params(call, promptTokens.length, options);
    const { policy } = this.#request;
    const [sequence] = await policy.sample(promptTokens, 1, params, signal);
    throwIfCancelled(sequence === undefined || sequence.stopReason === "cancelled");
    const reply = await renderer.parse(sequence!.tokens);
    return turnOf({ messages, reply, promptTokens, params, sequence: sequence! });
  }

  /** The tokens of the longest recorded conversation that these messages continue, extended; else rendered anew. */
  async #prompt(messages: readonly Message[], settings?: ConversationSettings): Promise<TokenIds> {
    const { renderer } = this.#options;
    let longest: Turn | undefined;
    for (const turn of this.turns) {
      const isLonger = turn.messages.length >= (longest?.messages.length ?? 0);
      if (isLonger && continues(messages, turn)) longest = turn;
    }
    if (!longest) return renderer.prompt(messages, settings);
    const added = messages.slice(longest.messages.length + 1);
    const before = [...longest.messages, longest.reply];
    return renderer.extend([...longest.promptTokens, ...longest.tokens], added, before);
  }

  #params(call: number, promptLength: number, options: ChatOptions): SamplingParams {
    const { renderer, sampling, contextLength = Infinity } = this.#options;
    if (promptLength >= contextLength) {
      throw new HoneError("PROMPT_TOO_LONG", { promptTokens: promptLength, contextLength });
    }
    return {
      ...sampling,
      maxTokens: Math.min(options.maxTokens ?? sampling.maxTokens, contextLength - promptLength),
      temperature: this.#request.temperature ?? options.temperature ?? sampling.temperature ?? 1,
      stopTokens: renderer.stopTokens,
      seed: randomBits(this.#request.seed, "call", call),
    };
  }
}

function turnOf(parts: {
  readonly messages: readonly Message[];
  readonly reply: Message;
  readonly promptTokens: TokenIds;
  readonly params: SamplingParams;
  readonly sequence: SampledSequence;
}): Turn {
  const { messages, reply, promptTokens, params, sequence } = parts;
  const { topK = 0, topP = 1, minP = 0, temperature = 1 } = params;
  return {
    messages,
    reply,
    promptTokens,
    tokens: sequence.tokens,
    logProbs: sequence.logProbs,
    samplingLogProbs: sequence.samplingLogProbs,
    temperature,
    isTruncated: topK > 0 || topP < 1 || minP > 0,
    stopReason: sequence.stopReason,
    weightsVersion: sequence.weightsVersion,
  };
}

/** True when the messages are those of the turn, its reply, and at least one more. */
function continues(messages: readonly Message[], turn: Turn): boolean {
  const said = [...turn.messages, turn.reply];
  return messages.length > said.length && said.every((message, i) => isSame(message, messages[i]!));
}

function isSame(a: Message, b: Message): boolean {
  return a === b || fingerprint(a) === fingerprint(b);
}

const fingerprint = (message: Message): string =>
  JSON.stringify([
    message.role,
    message.content,
    message.reasoning ?? null,
    message.toolCallId ?? null,
    (message.toolCalls ?? []).map((call) => [call.id, call.name, call.arguments]),
  ]);

function eitherSignal(a?: AbortSignal, b?: AbortSignal): AbortSignal | undefined {
  return a && b && a !== b ? AbortSignal.any([a, b]) : (a ?? b);
}

function throwIfCancelled(isCancelled: boolean): void {
  if (isCancelled) throw new HoneError("CANCELLED", { what: "A call to the policy" });
}
