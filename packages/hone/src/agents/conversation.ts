/** A conversation with a model: text in, text out as it comes, token-exact from turn to turn. */
import { HoneError } from "../core/errors.ts";
import { randomBits } from "../core/random.ts";
import type { StopReason, TokenIds } from "../core/rollout.ts";
import type { Renderer } from "../ports/renderer.ts";
import type { SamplingClient, SamplingParams } from "../ports/sampling-client.ts";
import { findModel, type FindModelOptions, type FoundModel } from "../app/models/find-model.ts";
import { openOptions, openPolicy } from "../app/models/open-policy.ts";

export interface ChatOptions extends FindModelOptions {
  readonly model: string;
  /** What the model is told before the conversation. */
  readonly system?: string;
  /** Tokens of a reply, at most. Default 512. */
  readonly maxTokens?: number;
  /** 0 is greedy. Default 0.7. */
  readonly temperature?: number;
  /** Default 1. */
  readonly topP?: number;
  /** Default 0. */
  readonly seed?: number;
  readonly threads?: number;
}

export interface ChatReply {
  readonly text: string;
  readonly tokens: number;
  readonly seconds: number;
  readonly stopReason: StopReason;
}

export interface ChatSession {
  readonly found: FoundModel;
  readonly parameterCount: number;
  readonly contextLength: number;
  /**
   * Says something and hands on the reply's text as it comes; what was said until an abort stays in the conversation.
   * @throws PROMPT_TOO_LONG when the conversation fills the context; it is then as it was before
   */
  say(text: string, onText: (piece: string) => void, signal?: AbortSignal): Promise<ChatReply>;
  /** Forgets the conversation. */
  reset(): void;
  close(): Promise<void>;
}

/** Opens a model for a conversation; errors as `findModel` and `openPolicy`. */
export async function openChat(options: ChatOptions): Promise<ChatSession> {
  const found = await findModel(options.model, options);
  const { engine, policy } = await openPolicy(found, openOptions(options));
  const { contextLength } = engine.architecture;
  const conversation = new Conversation(policy, engine.renderer, contextLength, options);
  return {
    found,
    parameterCount: engine.parameterCount,
    contextLength,
    say: (text, onText, stop) => conversation.say(text, onText, stop),
    reset: () => conversation.reset(),
    close: () => engine.close(),
  };
}

/** The tokens so far, the model's own among them as they were sampled. */
export class Conversation {
  readonly #policy: SamplingClient;
  readonly #renderer: Renderer;
  readonly #contextLength: number;
  readonly #options: Omit<ChatOptions, "model">;
  #tokens: TokenIds = [];
  #turn = 0;

  constructor(
    policy: SamplingClient,
    renderer: Renderer,
    contextLength: number,
    options: Omit<ChatOptions, "model">,
  ) {
    this.#policy = policy;
    this.#renderer = renderer;
    this.#contextLength = contextLength;
    this.#options = options;
  }

  reset(): void {
    this.#tokens = [];
  }

  async say(
    text: string,
    onText: (piece: string) => void,
    signal?: AbortSignal,
  ): Promise<ChatReply> {
    const start = performance.now();
    const prompt = await this.#prompt(text);
    const words = new GrowingText(this.#renderer, onText);
    const tokens: number[] = [];
    let stopReason: StopReason = "cancelled";
    for await (const chunk of this.#policy.stream(prompt, this.#params(prompt.length), signal)) {
      tokens.push(...chunk.tokens);
      stopReason = chunk.stopReason ?? stopReason;
      await words.show(tokens, chunk.stopReason !== undefined);
    }
    this.#tokens = [...prompt, ...tokens];
    this.#turn++;
    const seconds = (performance.now() - start) / 1000;
    return { text: words.text, tokens: tokens.length, seconds, stopReason };
  }

  #prompt(text: string): Promise<TokenIds> {
    const said = { role: "user", content: text } as const;
    if (this.#tokens.length > 0) return this.#renderer.extend(this.#tokens, [said]);
    const { system } = this.#options;
    const told = system === undefined ? [] : [{ role: "system", content: system } as const];
    return this.#renderer.prompt([...told, said]);
  }

  #params(promptTokens: number): SamplingParams {
    const { maxTokens = 512, temperature = 0.7, topP = 1, seed = 0 } = this.#options;
    const room = this.#contextLength - promptTokens;
    if (room < 1) {
      throw new HoneError("PROMPT_TOO_LONG", { promptTokens, contextLength: this.#contextLength });
    }
    return {
      maxTokens: Math.min(maxTokens, room),
      temperature,
      topP,
      stopTokens: this.#renderer.stopTokens,
      seed: randomBits(seed, "chat", this.#turn),
    };
  }
}

/** Text of tokens that arrive in pieces: half a character waits for its other half. */
class GrowingText {
  readonly #renderer: Renderer;
  readonly #onText: (piece: string) => void;
  text = "";

  constructor(renderer: Renderer, onText: (piece: string) => void) {
    this.#renderer = renderer;
    this.#onText = onText;
  }

  async show(tokens: readonly number[], isLast: boolean): Promise<void> {
    const { stopTokens } = this.#renderer;
    const end = stopTokens.includes(tokens.at(-1) ?? -1) ? -1 : tokens.length;
    const whole = await this.#renderer.decode(tokens.slice(0, end));
    const ready = isLast ? whole : whole.replace(/\uFFFD+$/u, "");
    if (ready.length <= this.text.length) return;
    this.#onText(ready.slice(this.text.length));
    this.text = ready;
  }
}
