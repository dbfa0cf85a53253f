/** The formats that a model's replies are bound to: made of their schemas once, and followed token by token. */
import type { ResponseFormat } from "../../core/response-format.ts";
import { schemaExpression } from "./json-schema.ts";
import { Machine, type State } from "./machine.ts";
import { networkOf } from "./network.ts";
import { TokenTrie } from "./token-trie.ts";

/** How far a text that is bound to a format has come. */
export interface FormatState {
  /** [V] 1 for the tokens that can follow. Not to be changed. */
  readonly allowed: Uint8Array;
  /** Whether the text may end here. */
  readonly isComplete: boolean;
  /** Whether some token can follow. */
  readonly canGoOn: boolean;
  /** The state behind a token; undefined where it cannot follow. */
  after(token: number): FormatState | undefined;
}

/**
 * Writes which tokens may be drawn: what can follow in the format, and once the text is complete the tokens that end it.
 * @param into [V] 1 for the tokens that may be drawn, else 0
 */
export function writeDrawable(
  state: FormatState,
  stopTokens: readonly number[],
  into: Uint8Array,
): void {
  into.set(state.allowed);
  if (state.isComplete) for (const token of stopTokens) into[token] = 1;
}

/** Formats that were asked for last are kept with all that was worked out for them. */
const MAX_KEPT = 16;

export class Formats {
  readonly #tokens: () => readonly (Uint8Array | undefined)[];
  readonly #kept = new Map<string, Machine>();
  #trie: TokenTrie | undefined;

  /** @param tokens gives the bytes of every id, undefined for those that are no text; called when the first format is asked for */
  constructor(tokens: () => readonly (Uint8Array | undefined)[]) {
    this.#tokens = tokens;
  }

  /**
   * The state before the first token.
   * @throws FORMAT_SCHEMA_INVALID, FORMAT_SCHEMA_UNSUPPORTED, FORMAT_ALLOWS_NOTHING, FORMAT_TOO_LARGE,
   *         FORMAT_TOKENIZER_UNSUPPORTED
   */
  start({ schema = true }: ResponseFormat): FormatState {
    this.#trie ??= new TokenTrie(this.#tokens());
    const key = JSON.stringify(schema);
    const machine = this.#kept.get(key) ?? new Machine(networkOf(schemaExpression(schema)));
    this.#kept.delete(key);
    this.#kept.set(key, machine);
    if (this.#kept.size > MAX_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    return new FollowedFormat(this.#trie, machine, machine.start);
  }
}

class FollowedFormat implements FormatState {
  readonly #trie: TokenTrie;
  readonly #machine: Machine;
  readonly #state: State;

  constructor(trie: TokenTrie, machine: Machine, state: State) {
    this.#trie = trie;
    this.#machine = machine;
    this.#state = state;
  }

  get allowed(): Uint8Array {
    return this.#trie.allowed(this.#machine, this.#state);
  }

  get isComplete(): boolean {
    return this.#state.isComplete;
  }

  get canGoOn(): boolean {
    return this.#state.places.length > 0 && this.allowed.includes(1);
  }

  after(token: number): FormatState | undefined {
    const next = this.#trie.after(this.#machine, this.#state, token);
    return next === null ? undefined : new FollowedFormat(this.#trie, this.#machine, next);
  }
}
