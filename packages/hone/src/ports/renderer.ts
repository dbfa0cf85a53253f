/** The contract of renderers: messages ⇄ tokens, with masks. Asynchronous because the tokenizer may live in another thread. */
import type { ConversationSettings, Message } from "../core/message.ts";
import type { TokenIds } from "../core/rollout.ts";

/** A conversation as tokens to learn from. */
export interface RenderedConversation {
  /** [T] the whole conversation. */
  readonly tokens: TokenIds;
  /** [T] 1 where the token belongs to what an assistant says, its end-of-turn token included; else 0. */
  readonly mask: readonly number[];
}

/** Turns messages into tokens and back, by one model's chat template and tokenizer. */
export interface Renderer {
  /** Tokens that end a turn; sampling stops at them. */
  readonly stopTokens: readonly number[];
  /** The conversation and the header after which the assistant speaks, to sample from. */
  prompt(messages: readonly Message[], settings?: ConversationSettings): Promise<TokenIds>;
  /**
   * The prompt of a conversation's next turn, as an exact extension.
   * @param previous  the last prompt with the tokens sampled after it
   * @param added     the messages since: tool results, turns of the user
   * @param conversation what `previous` holds as messages, the sampled reply last. With it the template decides from the true
   *                  conversation what it writes next; without it, from a stand-in that the added messages may follow
   * @returns         tokens that begin with `previous`, token for token
   */
  extend(
    previous: TokenIds,
    added: readonly Message[],
    conversation?: readonly Message[],
  ): Promise<TokenIds>;
  /** A whole conversation with its mask, for supervised learning. Messages of weight 0 are not learned. */
  conversation(
    messages: readonly Message[],
    settings?: ConversationSettings,
  ): Promise<RenderedConversation>;
  /** What sampled tokens say, without the end-of-turn token and the template's own text. */
  parse(tokens: TokenIds): Promise<Message>;
  /** The tokens of a plain text, without the template. */
  encode(text: string): Promise<TokenIds>;
  /** The text of tokens, special tokens included. */
  decode(tokens: TokenIds): Promise<string>;
}
