/**
 * Traces that the store cannot take more of, for reasons of its own: what it holds of them is damaged. What comes of such a
 * trace is not tried again and again; it goes into a file that is read when the store is next opened, each item into one file.
 */
import { batchText } from "./batch-text.ts";
import type { BatchWriter } from "./batch-writer.ts";
import { countSpans, type WaitingItem } from "./waiting-items.ts";

/** Ids that are remembered at most; beyond that all are forgotten, and the store refuses them once more. */
const maxTraces = 10_000;

type Items = readonly WaitingItem[];

export class RefusedTraces {
  readonly #keep: BatchWriter["keep"];
  readonly #headOf: (traceId: string) => Items;
  /** Characters that are held in memory until they are written into a file. */
  readonly #maxHeld: number;
  readonly #ids = new Set<string>();
  #held: WaitingItem[] = [];
  #characters = 0;
  #kept = 0;
  #lost = 0;
  #problem: unknown;

  constructor(keep: BatchWriter["keep"], headOf: (traceId: string) => Items, maxHeld: number) {
    this.#keep = keep;
    this.#headOf = headOf;
    this.#maxHeld = maxHeld;
  }

  /** Spans in files. */
  get kept(): number {
    return this.#kept;
  }

  /** Spans that are not in a file yet. */
  get held(): number {
    return countSpans(this.#held);
  }

  /** Spans for which there is no file: the store has none, or it could not be written. */
  get lost(): number {
    return this.#lost;
  }

  /** Why a file could not be written; undefined where all were. */
  get problem(): unknown {
    return this.#problem;
  }

  /** The store refused the trace of these items. */
  refuse(items: Items): void {
    if (this.#ids.size >= maxTraces) this.#ids.clear();
    for (const { traceId } of items) this.#ids.add(traceId);
    this.#hold(items);
  }

  /** The items that may go to the store; the others are held. */
  without(items: Items): Items {
    if (this.#ids.size === 0 || !items.some(({ traceId }) => this.#ids.has(traceId))) return items;
    this.#hold(items.filter(({ traceId }) => this.#ids.has(traceId)));
    return items.filter(({ traceId }) => !this.#ids.has(traceId));
  }

  /** Writes what is held into a file. Where that fails it is counted as lost. */
  spool(): void {
    const items = this.#held;
    if (items.length === 0) return;
    this.#held = [];
    this.#characters = 0;
    const spans = countSpans(items);
    if (this.#keep === undefined) this.#lost += spans;
    else {
      try {
        this.#keep([batchText(this.#withHeads(items))]);
        this.#kept += spans;
      } catch (error) {
        this.#problem ??= error;
        this.#lost += spans;
      }
    }
  }

  /** Adds each trace's newest head, so that the trace is whole when it is stored after its damaged copy was deleted. */
  #withHeads(items: Items): Items {
    const ids = new Set(items.map(({ traceId }) => traceId));
    const heads = [...ids].flatMap((id) => this.#headOf(id));
    const known = new Set(heads.map(({ traceId }) => traceId));
    return [...heads, ...items.filter((item) => item.kind === "span" || !known.has(item.traceId))];
  }

  #hold(items: Items): void {
    this.#held.push(...items);
    this.#characters += items.reduce((sum, { text }) => sum + text.length, 0);
    if (this.#characters >= this.#maxHeld) this.spool();
  }
}
