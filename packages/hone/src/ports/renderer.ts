/** Messages ⇄ tokens, with masks. Asynchronous because the tokenizer may live in the engine's worker. */
import type { Message } from "../core/message.ts";
import type { TokenIds } from "../core/rollout.ts";

export interface RenderedConversation {
  readonly tokens: TokenIds;
  /** [T] 1 where the token belongs to what an assistant says, its end-of-turn token included. */
  readonly mask: readonly number[];
}

export interface Renderer {
  /** Tokens that end a turn. */
  readonly stopTokens: readonly number[];
  /** The conversation and the header after which the assistant speaks. */
  prompt(messages: readonly Message[]): Promise<TokenIds>;
  /**
   * The prompt of the next turn as an exact extension: `previous` is the last prompt with the tokens sampled after it,
   * `added` the messages since (tool results, user turns). The result starts with `previous`, token for token.
   */
  extend(previous: TokenIds, added: readonly Message[]): Promise<TokenIds>;
  /** A whole conversation, for supervised learning. */
  conversation(messages: readonly Message[]): Promise<RenderedConversation>;
  /** What the sampled tokens say, end-of-turn token and template glue taken off. */
  parse(tokens: TokenIds): Promise<Message>;
  encode(text: string): Promise<TokenIds>;
  decode(tokens: TokenIds): Promise<string>;
}
