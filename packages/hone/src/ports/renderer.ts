/** The contract of renderers: messages ⇄ tokens, with masks. Asynchronous because the tokenizer may live in another thread. */
import type { ConversationSettings, Message } from "../core/message.ts";
import type { TokenIds } from "../core/rollout.ts";
import type { ToolChoice } from "../core/tools.ts";

/** A conversation as tokens to learn from. */
export interface RenderedConversation {
  /** [T] the whole conversation. */
  readonly tokens: TokenIds;
  /** [T] 1 where the token belongs to what an assistant says, its end-of-turn token included; else 0. */
  readonly mask: readonly number[];
}

/** What is known of a reply besides its tokens. */
export interface ParseOptions {
  /**
   * The prompt that the reply was sampled after. It tells whether the reply begins within a thought that the prompt opened.
   * Default: not known; then only a closing mark tells of such a thought.
   */
  readonly prompt?: TokenIds;
  /** The settings of the prompt. Calls of tools that they offer are read. Default: the renderer's own. */
  readonly settings?: ConversationSettings;
  /** Whether tool calls are read; else they stay text. Default true. */
  readonly readsCalls?: boolean;
  /** Texts of which the first ends the reply; nothing from there on is in the message. Default none. */
  readonly stopStrings?: readonly string[];
  /**
   * Whether more tokens follow. What may still turn out otherwise is then left out (half a character, the beginning of a
   * mark, a call without its end), so that the text, the reasoning and the calls are the beginning of what the whole reply
   * gives with the same options and a known prompt. Default false.
   */
  readonly isPartial?: boolean;
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
   * @param settings  those of the prompt
   * @returns         tokens that begin with `previous`, token for token
   */
  extend(
    previous: TokenIds,
    added: readonly Message[],
    conversation?: readonly Message[],
    settings?: ConversationSettings,
  ): Promise<TokenIds>;
  /**
   * The tokens that are put before a reply so that it must call a tool: up to where the name is written, or, for a choice by
   * name, up to where its arguments are. None for "auto" and "none".
   * @param prompt   the prompt that the reply follows; a thought that it opened is closed
   * @param settings those of the prompt
   * @throws TOOL_CALLS_UNKNOWN when the template writes calls in a form that hone cannot read, whatever the choice but "none"
   */
  callOpening(
    choice: ToolChoice,
    prompt: TokenIds,
    settings?: ConversationSettings,
  ): Promise<TokenIds>;
  /**
   * The tokens that are put before a reply that must not begin with a thought: those that close one which the prompt opened.
   * None where it opened none.
   */
  answerOpening(prompt: TokenIds): Promise<TokenIds>;
  /** A whole conversation with its mask, for supervised learning. Messages of weight 0 are not learned. */
  conversation(
    messages: readonly Message[],
    settings?: ConversationSettings,
  ): Promise<RenderedConversation>;
  /** What sampled tokens say, without the end-of-turn token and the template's own text. */
  parse(tokens: TokenIds, options?: ParseOptions): Promise<Message>;
  /** The tokens of a plain text, without the template. */
  encode(text: string): Promise<TokenIds>;
  /** The text of tokens, special tokens included. */
  decode(tokens: TokenIds): Promise<string>;
  /**
   * The bytes of text that each token stands for, also where it is a part of a character; null for special tokens, and for
   * tokenizers whose tokens do not say it. Default: not known.
   */
  tokenBytes?(tokens: TokenIds): Promise<readonly (readonly number[] | null)[]>;
  /** Names the chat template: 16 hex digits of the hash of its text. Default: not known. */
  templateDigest?(): Promise<string>;
}
