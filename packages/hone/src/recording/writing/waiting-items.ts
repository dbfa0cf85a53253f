/** Heads and spans that wait to be written, in bounded memory. A batch takes them out as JSON texts. */
import type { Span } from "../../core/span.ts";
import type { TraceHead } from "../../core/trace.ts";
import { warnOnce } from "../warn-once.ts";

export interface WaitingItem {
  readonly kind: "head" | "span";
  readonly traceId: string;
  readonly text: string;
}

export interface WaitingLimits {
  /** Characters of everything that waits. */
  readonly characters: number;
  /** Traces that are known at a time: those that run, and the last that ended. */
  readonly traces: number;
}

export interface BatchLimits {
  readonly items: number;
  readonly characters: number;
}

interface KnownTrace {
  /** The newest one. It becomes text in a batch, not before: a short trace ends before its first head is written. */
  readonly head: TraceHead;
  /** Characters that its text will have, about. */
  readonly size: number;
  /** True until the head is in a batch. */
  isWaiting: boolean;
}

export class WaitingItems {
  readonly #limits: WaitingLimits;
  readonly #traces = new Map<string, KnownTrace>();
  readonly #headsToWrite = new Set<string>();
  #spans: WaitingItem[] = [];
  #next = 0;
  #characters = 0;

  constructor(limits: WaitingLimits) {
    this.#limits = limits;
  }

  get spans(): number {
    return this.#spans.length - this.#next;
  }

  get isEmpty(): boolean {
    return this.spans === 0 && this.#headsToWrite.size === 0;
  }

  get characters(): number {
    return this.#characters;
  }

  /**
   * Takes a new head, or one that replaces the head of its id.
   *
   * @returns false when there is no room for another trace: its spans are then refused as well
   */
  head(head: TraceHead): boolean {
    const known = this.#traces.get(head.id);
    if (known === undefined && !this.#makeRoom()) return false;
    if (known?.isWaiting === true) this.#characters -= known.size;
    const size = sizeOfHead(head);
    this.#traces.set(head.id, { head, size, isWaiting: true });
    this.#headsToWrite.add(head.id);
    this.#characters += size;
    return true;
  }

  /** @returns false when the span is dropped: there is no room, or its trace is not known */
  span(span: Span): boolean {
    if (this.#characters > this.#limits.characters || !this.#traces.has(span.traceId)) return false;
    const text = JSON.stringify(span);
    if (this.#characters + text.length > this.#limits.characters) return false;
    this.#spans.push({ kind: "span", traceId: span.traceId, text });
    this.#characters += text.length;
    return true;
  }

  /** The next batch, its heads first. It has at least one item when anything waits, however long that item is. */
  take(limits: BatchLimits): WaitingItem[] {
    const spans: WaitingItem[] = [];
    const heads: WaitingItem[] = [];
    let size = 0;
    const fits = (characters: number): boolean =>
      spans.length + heads.length === 0 ||
      (spans.length + heads.length < limits.items && size + characters <= limits.characters);
    while (this.#next < this.#spans.length) {
      const span = this.#spans[this.#next]!;
      if (!fits(span.text.length)) break;
      this.#next++;
      spans.push(span);
      size += span.text.length;
      this.#characters -= span.text.length;
      // A store takes a span together with its trace's head, or after it.
      if (this.#headsToWrite.has(span.traceId)) heads.push(...this.#takeHead(span.traceId));
    }
    for (const id of this.#headsToWrite) {
      const known = this.#traces.get(id)!;
      if (!fits(known.size)) break;
      heads.push(...this.#takeHead(id));
      size += known.size;
    }
    this.#compact();
    return [...heads, ...spans];
  }

  /** The newest head of a trace, for a store that lost it. */
  headOf(traceId: string): WaitingItem[] {
    const known = this.#traces.get(traceId);
    if (known === undefined) return [];
    try {
      return [{ kind: "head", traceId, text: JSON.stringify(known.head) }];
    } catch (error) {
      // JavaScript can give a start what JSON has no form for, such as a bigint as its attempt.
      warnOnce(error);
      this.forget(traceId);
      return [];
    }
  }

  /** Forgets a trace whose head the store refuses; its spans are dropped from now on. */
  forget(traceId: string): void {
    this.#traces.delete(traceId);
    this.#headsToWrite.delete(traceId);
  }

  #takeHead(traceId: string): WaitingItem[] {
    const known = this.#traces.get(traceId)!;
    known.isWaiting = false;
    this.#headsToWrite.delete(traceId);
    this.#characters -= known.size;
    return this.headOf(traceId);
  }

  /** Drops the part of the list that was taken, now and then: each time would copy the rest each time. */
  #compact(): void {
    if (this.#next < 1024 && this.#next < this.#spans.length) return;
    this.#spans = this.#spans.slice(this.#next);
    this.#next = 0;
  }

  /** Traces that ended stay known for spans that come late, until their room is needed. */
  #makeRoom(): boolean {
    if (this.#characters > this.#limits.characters) return false;
    if (this.#traces.size < this.#limits.traces) return true;
    for (const [id, { head, isWaiting }] of this.#traces) {
      if (head.status === "running" || isWaiting) continue;
      this.#traces.delete(id);
      return true;
    }
    return false;
  }
}

/** How many of the items are spans. */
export const countSpans = (items: readonly WaitingItem[]): number =>
  items.reduce((count, { kind }) => (kind === "span" ? count + 1 : count), 0);

/** Everything in a head but its task and metadata is short. */
const otherFields = 300;

function sizeOfHead({ task, metadata }: TraceHead): number {
  const hasMetadata = Object.keys(metadata).length > 0;
  return otherFields + task.length + (hasMetadata ? JSON.stringify(metadata).length : 0);
}
