/** A conversation with a model over its tokens: text in, text out as it comes, token-exact from turn to turn. */
import { HoneError } from "../core/errors.ts";
import type { Message } from "../core/message.ts";
import { randomBits } from "../core/random.ts";
import type { StopReason, TokenIds } from "../core/rollout.ts";
import type { Renderer } from "../ports/renderer.ts";
import type { SamplingClient, SamplingParams } from "../ports/sampling-client.ts";

/** What answers in a conversation. */
export interface ConversationModel {
  readonly policy: SamplingClient;
  readonly renderer: Renderer;
  /** Maximum number of tokens of a prompt and its reply together. */
  readonly contextLength: number;
}

/** How a model answers in a conversation. */
export interface ConversationOptions {
  /** The system message at the beginning. Default: none. */
  readonly system?: string;
  /** Maximum number of tokens of a reply. Default 512. */
  readonly maxTokens?: number;
  /** Temperature of sampling; 0 takes the likeliest token. Default 0.7. */
  readonly temperature?: number;
  /** Share of probability that tokens are chosen from, 0 to 1. Default 1. */
  readonly topP?: number;
  /** Decides every draw. Default 0. */
  readonly seed?: number;
}

/** One reply. */
export interface ChatReply {
  readonly text: string;
  /** Number of its tokens. */
  readonly tokens: number;
  /** How long it took. */
  readonly seconds: number;
  readonly stopReason: StopReason;
}

/** A conversation: all its tokens so far, those of replies exactly as they were sampled. */
export class Conversation {
  readonly #model: ConversationModel;
  readonly #options: ConversationOptions;
  #tokens: TokenIds = [];
  /** What `#tokens` holds, as messages. */
  #messages: readonly Message[] = [];
  #turn = 0;

  constructor(model: ConversationModel, options: ConversationOptions = {}) {
    this.#model = model;
    this.#options = options;
  }

  /** Forgets everything that was said. */
  reset(): void {
    this.#tokens = [];
    this.#messages = [];
  }

  /**
   * Answers a user's message and passes the reply's text to `onText` piece by piece. What was sampled until an abort stays
   * in the conversation.
   * @throws PROMPT_TOO_LONG when the conversation fills the context; the conversation is then as it was before
   */
  async say(
    text: string,
    onText: (piece: string) => void,
    signal?: AbortSignal,
  ): Promise<ChatReply> {
    const start = performance.now();
    const added = this.#added(text);
    const prompt = await this.#prompt(added);
    const { policy, renderer } = this.#model;
    const reply = new ReplyText(renderer, onText);
    const tokens: number[] = [];
    let stopReason: StopReason = "cancelled";
    for await (const chunk of policy.stream(prompt, this.#params(prompt.length), signal)) {
      tokens.push(...chunk.tokens);
      stopReason = chunk.stopReason ?? stopReason;
      await reply.show(tokens, chunk.stopReason !== undefined);
    }
    this.#tokens = [...prompt, ...tokens];
    this.#messages = [...this.#messages, ...added, await renderer.parse(tokens)];
    this.#turn++;
    const seconds = (performance.now() - start) / 1000;
    return { text: reply.text, tokens: tokens.length, seconds, stopReason };
  }

  /** The messages that a question of the user adds. */
  #added(text: string): readonly Message[] {
    const { system } = this.#options;
    const isFirst = this.#tokens.length === 0 && system !== undefined;
    const first = isFirst ? [{ role: "system", content: system } as const] : [];
    return [...first, { role: "user", content: text }];
  }

  #prompt(added: readonly Message[]): Promise<TokenIds> {
    const { renderer } = this.#model;
    return this.#tokens.length > 0
      ? renderer.extend(this.#tokens, added, this.#messages)
      : renderer.prompt(added);
  }

  #params(promptTokens: number): SamplingParams {
    const { maxTokens = 512, temperature = 0.7, topP = 1, seed = 0 } = this.#options;
    const { contextLength, renderer } = this.#model;
    const room = contextLength - promptTokens;
    if (room < 1) throw new HoneError("PROMPT_TOO_LONG", { promptTokens, contextLength });
    return {
      maxTokens: Math.min(maxTokens, room),
      temperature,
      topP,
      stopTokens: renderer.stopTokens,
      seed: randomBits(seed, "chat", this.#turn),
    };
  }
}

/** A reply's text while its tokens arrive. A character whose bytes are not all there yet is held back. */
class ReplyText {
  readonly #renderer: Renderer;
  readonly #onText: (piece: string) => void;
  /** What was passed to `onText` so far. */
  text = "";

  constructor(renderer: Renderer, onText: (piece: string) => void) {
    this.#renderer = renderer;
    this.#onText = onText;
  }

  /** Passes on what is new in the text of all tokens so far. */
  async show(tokens: readonly number[], isLast: boolean): Promise<void> {
    const { stopTokens } = this.#renderer;
    const end = stopTokens.includes(tokens.at(-1) ?? -1) ? -1 : tokens.length;
    const whole = await this.#renderer.decode(tokens.slice(0, end));
    // U+FFFD at the end stands for a character of which only some bytes have come.
    const ready = isLast ? whole : whole.replace(/\uFFFD+$/u, "");
    if (ready.length <= this.text.length) return;
    this.#onText(ready.slice(this.text.length));
    this.text = ready;
  }
}
