/**
 * The chat model that agents are given in training: it samples from the policy and records the exact tokens of each call.
 *
 * When the messages of a call continue an earlier call and its reply, the prompt is that call's tokens with the added
 * messages rendered after them. Sampled text is never tokenised again, so that the turns merge into one row for training.
 */
import { adapterOf, type AgentsByAdapter } from "./agents-by-adapter.ts";
import { callSettings, checkChatOptions } from "./call-options.ts";
import { checkMessages } from "./checked-messages.ts";
import { continuedTurn, type RecordedCall } from "./continued-turn.ts";
import { languageModelOver } from "./language-model/language-model.ts";
import { addedParts } from "./reply-parts.ts";
import { assert, HoneError } from "../core/errors.ts";
import { checkOptions, type OptionNames } from "../core/known-options.ts";
import type { ConversationSettings, Message } from "../core/message.ts";
import { optionChecks } from "../core/option-checks.ts";
import { cutsSampling } from "../core/kept-tokens.ts";
import { randomBits } from "../core/random.ts";
import type { KeptSet } from "../core/kept-tokens.ts";
import type { StopReason, TokenIds, Turn } from "../core/rollout.ts";
import type {
  ChatModelFactory,
  ChatModelRequest,
  ChatOptions,
  ChatPart,
  RecordingChatModel,
} from "../ports/chat-model.ts";
import type { LanguageModelVersion, PolicyLanguageModel } from "../ports/language-model.ts";
import type { ParseOptions, Renderer } from "../ports/renderer.ts";
import type { SampledSequence, SamplingClient, SamplingParams } from "../ports/sampling-client.ts";

/** How the chat models of a run render and sample. */
export interface PolicyChatModelOptions {
  /** Turns messages into tokens and sampled tokens into a message. */
  readonly renderer: Renderer;
  /** Parameters of sampling. Stop tokens come from the renderer, seeds from the rollout. */
  readonly sampling: Omit<SamplingParams, "seed" | "stopTokens" | "format" | "tellsKept">;
  /** Tokens of prompt and reply together at most. Default: the sampling client's own limit. */
  readonly contextLength?: number;
  /** The adapters of the policy, each with the agents whose calls it answers. Default: the policy is one, and answers all. */
  readonly adapters?: AgentsByAdapter;
}

/**
 * Makes a factory of chat models, which makes one for each rollout.
 *
 * A call throws PROMPT_TOO_LONG when the prompt fills the whole context, CANCELLED when its signal aborts, and AGENT_WITHOUT_ADAPTER
 * where there are adapters and its agent has none. A reply is
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

/** How the policy is sampled where a user does not say it. */
export const defaultSampling: { readonly maxTokens: number; readonly temperature: number } = {
  maxTokens: 256,
  temperature: 1,
};

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
  adapters: true,
};

/** Why the signal of a stream that is over aborts. Without a reason each would make an exception with its stack. */
const over = "the stream is over";

class PolicyChatModel implements RecordingChatModel {
  readonly #options: PolicyChatModelOptions;
  readonly #request: ChatModelRequest;
  /** The answered calls by their number. */
  readonly #calls = new Map<number, RecordedCall>();
  readonly #errors = new WeakSet<object>();
  #callCount = 0;

  constructor(options: PolicyChatModelOptions, request: ChatModelRequest) {
    this.#options = options;
    this.#request = request;
  }

  get turns(): readonly Turn[] {
    return [...this.#calls].toSorted(([a], [b]) => a - b).map(([, { turn }]) => turn);
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

  async chat(messages: readonly Message[], options: ChatOptions = {}): Promise<Message> {
    const asked = this.#asked(messages, options);
    try {
      const prepared = await this.#prepare(asked);
      const { promptTokens, params, signal } = prepared;
      const [sequence] = await this.#policy(prepared).sample(promptTokens, 1, params, signal);
      throwIfCancelled(sequence === undefined || sequence.stopReason === "cancelled");
      return (await this.#record(prepared, sequence!)).reply;
    } catch (error) {
      throw this.#noted(error);
    }
  }

  async *stream(
    messages: readonly Message[],
    options: ChatOptions = {},
  ): AsyncGenerator<ChatPart, void> {
    const asked = this.#asked(messages, options);
    const stop = new AbortController();
    try {
      const prepared = await this.#prepare(asked);
      yield* this.#streamed({
        ...prepared,
        signal: eitherSignal(prepared.signal, stop.signal),
      });
    } catch (error) {
      throw this.#noted(error);
    } finally {
      stop.abort(over);
    }
  }

  #asked(messages: readonly Message[], options: ChatOptions): AskedCall {
    checkMessages(messages);
    checkChatOptions(options);
    const startedAt = Date.now();
    return { call: this.#callCount++, messages: [...messages], options, startedAt };
  }

  /** Remembers an error as one of the model. */
  #noted(error: unknown): unknown {
    if (typeof error === "object" && error !== null) this.#errors.add(error);
    return error;
  }

  async #prepare(asked: AskedCall): Promise<PreparedCall> {
    const { messages, options } = asked;
    const signal = eitherSignal(this.#request.signal, options.signal);
    throwIfCancelled(signal?.aborted === true);
    const settings = callSettings(options);
    const adapter = adapterOf(options.agent, this.#options.adapters);
    const prompt = await this.#prompt(messages, settings);
    const opening = await this.#opening(options, prompt, settings);
    // The very list that the renderer made, where it is whole: the engine knows prompts by their lists.
    const promptTokens = opening.length === 0 ? prompt : [...prompt, ...opening];
    const params = this.#params(asked, promptTokens.length);
    const parsing: ParseOptions = {
      prompt,
      ...(settings !== undefined && { settings }),
      ...((options.toolChoice === "none" || options.responseFormat !== undefined) && {
        readsCalls: false,
      }),
      ...(options.stopStrings !== undefined && { stopStrings: options.stopStrings }),
    };
    return { ...asked, settings, adapter, promptTokens, opening, params, parsing, signal };
  }

  /** The weights that answer a call. */
  #policy({ adapter }: Pick<PreparedCall, "adapter">): SamplingClient {
    const { policy } = this.#request;
    if (adapter === undefined) return policy;
    const known = policy.adapter?.(adapter);
    assert(known !== undefined, "the chat model has adapters and its policy has none");
    return known;
  }

  /** What the reply begins with, where the call decides that. */
  async #opening(
    { tools = [], toolChoice = "auto", responseFormat }: ChatOptions,
    prompt: TokenIds,
    settings: ConversationSettings | undefined,
  ): Promise<TokenIds> {
    const { renderer } = this.#options;
    if (responseFormat !== undefined) return renderer.answerOpening(prompt);
    return tools.length === 0 ? [] : renderer.callOpening(toolChoice, prompt, settings);
  }

  async *#streamed(prepared: PreparedCall): AsyncGenerator<ChatPart, void> {
    const { promptTokens, opening, params, parsing, signal } = prepared;
    const { renderer } = this.#options;
    const policy = this.#policy(prepared);
    const sampled = { tokens: [], logProbs: [], samplingLogProbs: [] } as SampledLists;
    let entropies: readonly number[] | undefined;
    let kept: readonly KeptSet[] | undefined;
    let shown: Message | undefined;
    let stopReason: StopReason = "cancelled";
    for await (const chunk of policy.stream(promptTokens, params, signal)) {
      for (const list of sampledLists) sampled[list].push(...chunk[list]);
      if (chunk.entropies !== undefined) entropies = [...(entropies ?? []), ...chunk.entropies];
      if (chunk.kept !== undefined) kept = [...(kept ?? []), ...chunk.kept];
      stopReason = chunk.stopReason ?? stopReason;
      if (chunk.stopReason !== undefined) continue;
      const reply = await renderer.parse([...opening, ...sampled.tokens], {
        ...parsing,
        isPartial: true,
      });
      yield* addedParts(reply, shown);
      shown = reply;
    }
    throwIfCancelled(stopReason === "cancelled");
    const { weightsVersion } = policy;
    const turn = await this.#record(prepared, {
      ...sampled,
      ...(entropies !== undefined && { entropies }),
      ...(kept !== undefined && { kept }),
      stopReason,
      weightsVersion,
    });
    yield* addedParts(turn.reply, shown);
    yield { type: "turn", turn };
  }

  async #record(prepared: PreparedCall, sequence: SampledSequence): Promise<Turn> {
    const { call, settings, opening, parsing } = prepared;
    const { tokens } = sequence;
    const said = opening.length === 0 ? tokens : [...opening, ...tokens];
    const reply = await this.#options.renderer.parse(said, parsing);
    const turn = turnOf(prepared, reply, sequence);
    this.#calls.set(call, { turn, settings });
    return turn;
  }

  /** The tokens of the longest recorded conversation that these messages continue, extended; else rendered anew. */
  async #prompt(messages: readonly Message[], settings?: ConversationSettings): Promise<TokenIds> {
    const { renderer } = this.#options;
    const inOrder = [...this.#calls].toSorted(([a], [b]) => a - b).map(([, call]) => call);
    const last = continuedTurn(inOrder, messages, settings);
    if (!last) return renderer.prompt(messages, settings);
    const added = messages.slice(last.messages.length + 1);
    const before = [...last.messages, last.reply];
    return renderer.extend([...last.promptTokens, ...last.tokens], added, before, settings);
  }

  #params({ call, options }: AskedCall, promptLength: number): SamplingParams {
    const { renderer, sampling, contextLength = Infinity } = this.#options;
    if (promptLength >= contextLength) {
      throw new HoneError("PROMPT_TOO_LONG", { promptTokens: promptLength, contextLength });
    }
    const { topP, topK, minP, stopStrings = [], seed, responseFormat } = options;
    const stops = [...(sampling.stopStrings ?? []), ...stopStrings];
    const filters = {
      ...sampling,
      ...(topP !== undefined && { topP }),
      ...(topK !== undefined && { topK }),
      ...(minP !== undefined && { minP }),
    };
    const temperature =
      this.#request.temperature ?? options.temperature ?? sampling.temperature ?? 1;
    return {
      ...filters,
      ...(cutsSampling({ ...filters, temperature }) && { tellsKept: true }),
      ...(stops.length > 0 && { stopStrings: stops }),
      ...(responseFormat !== undefined && { format: responseFormat }),
      maxTokens: Math.min(options.maxTokens ?? sampling.maxTokens, contextLength - promptLength),
      temperature,
      stopTokens: renderer.stopTokens,
      seed: seed ?? randomBits(this.#request.seed, "call", call),
    };
  }
}

/** A call as it was asked, with its number. */
interface AskedCall {
  readonly call: number;
  readonly messages: readonly Message[];
  readonly options: ChatOptions;
  /** Unix milliseconds. */
  readonly startedAt: number;
}

/** A call ready to be sampled. */
interface PreparedCall extends AskedCall {
  readonly settings: ConversationSettings | undefined;
  /** The adapter that answers; undefined where the policy is one. */
  readonly adapter: string | undefined;
  /** What is sampled after: the rendered conversation, and the opening. */
  readonly promptTokens: TokenIds;
  /** The beginning of the reply where it must call a tool or not think: given to the model, not sampled. */
  readonly opening: TokenIds;
  readonly params: SamplingParams;
  readonly parsing: ParseOptions;
  readonly signal: AbortSignal | undefined;
}

/** What chunks of a stream add up to. */
const sampledLists = ["tokens", "logProbs", "samplingLogProbs"] as const;
type SampledLists = Record<(typeof sampledLists)[number], number[]>;

function turnOf(prepared: PreparedCall, reply: Message, sequence: SampledSequence): Turn {
  const { messages, options, settings, adapter, promptTokens, params, startedAt } = prepared;
  const { temperature = 1 } = params;
  return {
    messages,
    reply,
    ...(options.agent !== undefined && { agent: options.agent }),
    ...(adapter !== undefined && { adapter }),
    ...(settings?.tools !== undefined && { tools: settings.tools }),
    promptTokens,
    tokens: sequence.tokens,
    logProbs: sequence.logProbs,
    samplingLogProbs: sequence.samplingLogProbs,
    ...(sequence.entropies !== undefined && { entropies: sequence.entropies }),
    temperature,
    isTruncated: cutsSampling(params),
    ...(sequence.kept !== undefined && { kept: sequence.kept }),
    ...(params.format !== undefined && {
      bound: { format: params.format, stopTokens: params.stopTokens ?? [] },
    }),
    stopReason: sequence.stopReason,
    weightsVersion: sequence.weightsVersion,
    startedAt,
    // A clock that was set back meanwhile gives no negative time.
    endedAt: Math.max(startedAt, Date.now()),
  };
}

function eitherSignal(a?: AbortSignal, b?: AbortSignal): AbortSignal | undefined {
  return a && b && a !== b ? AbortSignal.any([a, b]) : (a ?? b);
}

function throwIfCancelled(isCancelled: boolean): void {
  if (isCancelled) throw new HoneError("CANCELLED", { what: "A call to the policy" });
}
