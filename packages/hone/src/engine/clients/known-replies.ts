import type { Message } from "../../core/message.ts";
import type { TokenIds } from "../../core/rollout.ts";

/**
 * Replies that came back with the tokens they were parsed from, so that asking for them costs no round trip to the worker.
 *
 * A client that renders a prompt and samples from it will parse what was sampled. For prompts that this engine's renderer
 * made, the worker therefore parses the replies at once. Prompts and replies are recognised by identity: they must be the very
 * lists of tokens that the renderer and the sampler returned.
 */
export class KnownReplies {
  readonly #prompts = new WeakSet<TokenIds>();
  readonly #replies = new WeakMap<TokenIds, Message>();

  /** Marks a prompt as one that the renderer made. */
  addPrompt(prompt: TokenIds): TokenIds {
    this.#prompts.add(prompt);
    return prompt;
  }

  isPrompt(tokens: TokenIds): boolean {
    return this.#prompts.has(tokens);
  }

  add(tokens: TokenIds, reply: Message): void {
    this.#replies.set(tokens, reply);
  }

  /** A copy of what these sampled tokens say; undefined where it is not known. */
  of(tokens: TokenIds): Message | undefined {
    const reply = this.#replies.get(tokens);
    return reply === undefined ? undefined : structuredClone(reply);
  }
}
