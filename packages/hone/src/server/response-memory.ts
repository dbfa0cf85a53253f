/**
 * Remembers answers of the Responses API for a while: clients refer to an earlier answer, or to one of its items, by id.
 * The oldest are forgotten where they take too much memory together.
 */
import { HoneError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";

/** An answer that is remembered. */
interface Remembered {
  /** The conversation: the items of the request with those of the answer behind them. */
  readonly items: readonly JsonObject[];
  /** The items of the answer. */
  readonly output: readonly JsonObject[];
  /** Characters of its JSON. */
  readonly size: number;
}

/** Answers and their items by id. */
export class ResponseMemory {
  readonly #maxCharacters: number;
  readonly #responses = new Map<string, Remembered>();
  readonly #items = new Map<string, JsonObject>();
  #size = 0;

  /** @param maxCharacters  of all JSON together. Default 32 million */
  constructor(maxCharacters = 32_000_000) {
    this.#maxCharacters = maxCharacters;
  }

  /** Remembers an answer. @param input the conversation that it answers */
  add(id: string, input: readonly JsonObject[], output: readonly JsonObject[]): void {
    const items = [...input, ...output];
    const size = JSON.stringify(items).length;
    this.#responses.set(id, { items, output, size });
    for (const item of output) this.#items.set(String(item["id"]), item);
    this.#size += size;
    for (const [oldest, { output: itsOutput, size: itsSize }] of this.#responses) {
      if (this.#size <= this.#maxCharacters) break;
      this.#responses.delete(oldest);
      for (const item of itsOutput) this.#items.delete(String(item["id"]));
      this.#size -= itsSize;
    }
  }

  /** The conversation up to and with an answer. @throws SERVE_REFERENCE_UNKNOWN */
  conversation(id: string): readonly JsonObject[] {
    const found = this.#responses.get(id);
    if (found !== undefined) return found.items;
    throw new HoneError("SERVE_REFERENCE_UNKNOWN", { what: "response", id: id.slice(0, 100) });
  }

  /** An item of an answer. @throws SERVE_REFERENCE_UNKNOWN */
  item(id: string): JsonObject {
    const found = this.#items.get(id);
    if (found !== undefined) return found;
    throw new HoneError("SERVE_REFERENCE_UNKNOWN", { what: "item", id: id.slice(0, 100) });
  }
}
