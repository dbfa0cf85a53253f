/** Computes prompts' keys and values: continuing a finished sequence, together with other prompts, or in parts, which others share. */
import { addToList } from "../../core/lists-by-key.ts";
import type { TokenIds } from "../../core/rollout.ts";
import { type ModelRunner, PREFILL_TOKENS } from "./model-runner.ts";
import { type PrefixBudget, PrefixStore } from "./prefix-store.ts";
import { MAX_LENGTH_TOGETHER, promptLength, TOKENS_TOGETHER } from "./read-together.ts";
import type { RowEntry } from "./row-caches.ts";

export class PromptReader {
  readonly #runner: ModelRunner;
  readonly #prefixes: PrefixStore;

  /** @param budget what may be kept of finished sequences */
  constructor(runner: ModelRunner, budget: PrefixBudget) {
    this.#runner = runner;
    this.#prefixes = new PrefixStore(budget);
  }

  /** Keys and values of every prompt, equal ones read once; undefined for one without tokens. */
  async read(prompts: readonly TokenIds[]): Promise<(RowEntry | undefined)[]> {
    const keys = prompts.map((tokens) => tokens.join());
    const different = [...new Set(keys)];
    const entries = await this.#readDifferent(different.map((key) => prompts[keys.indexOf(key)]!));
    return keys.map((key) => entries[different.indexOf(key)]);
  }

  async #readDifferent(prompts: readonly TokenIds[]): Promise<(RowEntry | undefined)[]> {
    const entries = new Array<RowEntry | undefined>(prompts.length).fill(undefined);
    const together = new Map<number, number[]>();
    for (const [i, tokens] of prompts.entries()) {
      const known = this.#prefixes.find(tokens);
      const padded = promptLength(tokens.length);
      if (known !== undefined || padded > MAX_LENGTH_TOGETHER) {
        entries[i] =
          known === undefined
            ? await this.#readInParts(tokens)
            : await this.#runner.read(known, tokens.slice(known.length));
      } else if (padded > 0) addToList(together, padded, i);
    }
    for (const [padded, indices] of together) {
      const step = Math.floor(TOKENS_TOGETHER / padded);
      for (let at = 0; at < indices.length; at += step) {
        const part = indices.slice(at, at + step);
        const read = await this.#runner.readTogether(
          part.map((i) => prompts[i]!),
          padded,
        );
        part.forEach((i, row) => (entries[i] = read[row]));
      }
    }
    return entries;
  }

  /** Reads a prompt behind the parts that earlier prompts began with, too. */
  async #readInParts(tokens: TokenIds): Promise<RowEntry | undefined> {
    const parts = this.#prefixes.findParts(tokens, PREFILL_TOKENS);
    const known = parts.length * PREFILL_TOKENS;
    const whole = this.#runner.joined(parts);
    const entry = await this.#runner.read(whole, tokens.slice(known), (part) => {
      if (part.length === PREFILL_TOKENS) parts.push(part);
    });
    this.#prefixes.addParts(tokens, parts);
    return entry;
  }

  /** Keeps the keys and values of `tokens` for a prompt that begins with all of them. */
  keep(tokens: TokenIds, entry: RowEntry): void {
    this.#prefixes.add(tokens, entry);
  }

  close(): void {
    this.#prefixes.close();
  }
}
