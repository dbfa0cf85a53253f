/** Heads and spans that wait to be written, as JSON texts, in bounded memory. */
import type { Span } from "../../core/span.ts";
import type { TraceHead } from "../../core/trace.ts";

export interface WaitingItem {
  readonly kind: "head" | "span";
  readonly traceId: string;
  readonly text: string;
}

export interface WaitingLimits {
  /** Characters of all that waits. */
  readonly characters: number;
  /** Traces that are known at a time: those that run, and the last that ended. */
  readonly traces: number;
}

interface KnownTrace {
  /** The newest head. */
  text: string;
  /** True until the newest head is in a batch. */
  isWaiting: boolean;
  isEnded: boolean;
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

  /** False when there is no room for another trace: then its spans are not taken either. */
  head(head: TraceHead): boolean {
    const known = this.#traces.get(head.id);
    if (known === undefined && !this.#makeRoom()) return false;
    const text = JSON.stringify(head);
    const isEnded = head.status !== "running";
    if (known?.isWaiting === true) this.#characters -= known.text.length;
    this.#traces.set(head.id, { text, isWaiting: true, isEnded });
    this.#headsToWrite.add(head.id);
    this.#characters += text.length;
    return true;
  }

  /** False when the span was dropped: no room, or a trace that was. */
  span(span: Span): boolean {
    if (this.#characters > this.#limits.characters || !this.#traces.has(span.traceId)) return false;
    const text = JSON.stringify(span);
    if (this.#characters + text.length > this.#limits.characters) return false;
    this.#spans.push({ kind: "span", traceId: span.traceId, text });
    this.#characters += text.length;
    return true;
  }

  /** The next batch, its heads first; at least one item when anything waits. */
  take(most: { readonly items: number; readonly characters: number }): WaitingItem[] {
    const spans: WaitingItem[] = [];
    const heads: WaitingItem[] = [];
    let size = 0;
    const fits = (text: string): boolean =>
      spans.length + heads.length === 0 ||
      (spans.length + heads.length < most.items && size + text.length <= most.characters);
    while (this.#next < this.#spans.length) {
      const span = this.#spans[this.#next]!;
      if (!fits(span.text)) break;
      this.#next++;
      spans.push(span);
      size += span.text.length;
      // A span is written with its trace's head, or after it.
      if (this.#headsToWrite.has(span.traceId)) heads.push(this.#takeHead(span.traceId));
    }
    for (const id of this.#headsToWrite) {
      if (!fits(this.#traces.get(id)!.text)) break;
      const head = this.#takeHead(id);
      heads.push(head);
      size += head.text.length;
    }
    this.#compact();
    for (const { text } of [...heads, ...spans]) this.#characters -= text.length;
    return [...heads, ...spans];
  }

  /** The newest head of a trace, for a store that lost it. */
  headOf(traceId: string): WaitingItem | undefined {
    const text = this.#traces.get(traceId)?.text;
    return text === undefined ? undefined : { kind: "head", traceId, text };
  }

  /** A trace whose head the store refuses. */
  forget(traceId: string): void {
    this.#traces.delete(traceId);
    this.#headsToWrite.delete(traceId);
  }

  #takeHead(traceId: string): WaitingItem {
    const known = this.#traces.get(traceId)!;
    known.isWaiting = false;
    this.#headsToWrite.delete(traceId);
    return { kind: "head", traceId, text: known.text };
  }

  /** An array that is eaten from the front is copied now and then. */
  #compact(): void {
    if (this.#next < 1024 && this.#next < this.#spans.length) return;
    this.#spans = this.#spans.slice(this.#next);
    this.#next = 0;
  }

  /** Traces that ended stay known for spans that come late, until there is no more room for them. */
  #makeRoom(): boolean {
    if (this.#characters > this.#limits.characters) return false;
    if (this.#traces.size < this.#limits.traces) return true;
    for (const [id, known] of this.#traces) {
      if (!known.isEnded || known.isWaiting) continue;
      this.#traces.delete(id);
      return true;
    }
    return false;
  }
}
