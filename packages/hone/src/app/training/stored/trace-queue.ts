/**
 * Traces on their way into a store, off the path of training: they are made and written while the engine computes.
 *
 * A store that fails is tried again after a pause; what it does not take in bounded memory is dropped and counted, and
 * training goes on. A store that is only slow makes the caller wait instead, so that nothing is lost.
 */
import { isError, messageOf } from "../../../core/errors.ts";
import { headOf, type Trace } from "../../../core/trace.ts";
import type { BatchText } from "../../../recording/writing/batch-text.ts";
import type { BatchWriter } from "../../../recording/writing/batch-writer.ts";

/** A trace that is made when its turn comes. */
export interface WaitingTrace {
  readonly make: () => Trace;
  /** About how many characters it has as JSON. */
  readonly size: number;
}

/** What became of the traces. */
export interface QueueReport {
  readonly written: number;
  /** Traces that the store refused or that had no room. */
  readonly dropped: number;
  readonly waiting: number;
  /** Traces kept in a file that is read when the store is next opened. */
  readonly kept: number;
  /** Why the last write failed, or the store refused a trace; undefined where nothing was lost or waits. */
  readonly problem?: string;
}

/**
 * Making a batch blocks the event loop, about 10 ms for one of this size, and writing one costs the store a transaction: the
 * rollouts of a usual step fit.
 */
const batchLimits = { traces: 128, characters: 600_000 };

/** Characters that may wait. */
const MAX_WAITING = 128_000_000;

/** Pauses before a failed batch is tried again, in ms. */
const retryPauses = { firstMs: 100, maxMs: 5000 };

interface Batch {
  readonly text: BatchText;
  readonly traces: readonly Trace[];
}

export class TraceQueue {
  readonly #writer: BatchWriter;
  readonly #maxWaiting: number;
  readonly #waiting: WaitingTrace[] = [];
  #waitingSize = 0;
  /** Batches that were made; the first is being written, or will be tried again. */
  readonly #batches: Batch[] = [];
  #written = 0;
  #dropped = 0;
  #kept = 0;
  #problem: string | undefined;
  #refusal: string | undefined;
  #isWriting = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = 0;
  /** Resolved at every change: a batch written, a write failed. */
  #changed = Promise.withResolvers<void>();

  /** @param maxWaiting  characters that may wait. Default 128,000,000 */
  constructor(writer: BatchWriter, maxWaiting: number = MAX_WAITING) {
    this.#writer = writer;
    this.#maxWaiting = maxWaiting;
  }

  /** Resolves when there is room for more: at once, unless the store is slow. */
  async add(traces: readonly WaitingTrace[]): Promise<void> {
    for (const trace of traces) {
      if (this.#problem !== undefined && this.#waitingSize + trace.size > this.#maxWaiting) {
        this.#dropped++;
        continue;
      }
      this.#waiting.push(trace);
      this.#waitingSize += trace.size;
    }
    this.#schedule();
    while (this.#waitingSize > this.#maxWaiting && this.#problem === undefined)
      await this.#changed.promise;
  }

  /** Resolves when all is durable, when the store fails, or after `timeoutMs`. */
  async settle(timeoutMs: number): Promise<QueueReport> {
    // The timer keeps the process alive, which the writer's thread does not.
    const { promise: isLate, resolve } = Promise.withResolvers<"late">();
    const timer = setTimeout(() => resolve("late"), timeoutMs);
    this.#retry();
    while (this.#hasWork && (this.#isWriting || this.#problem === undefined)) {
      if ((await Promise.race([this.#changed.promise, isLate])) === "late") break;
    }
    clearTimeout(timer);
    return this.report();
  }

  /** Writes what waits, within `timeoutMs`; what the store does not take is kept for its next opening where that can be. */
  async close(timeoutMs: number): Promise<QueueReport> {
    const end = performance.now() + timeoutMs;
    await this.settle(timeoutMs);
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#keepRest();
    await this.#writer.close(Math.max(end - performance.now(), 100));
    return this.report();
  }

  report(): QueueReport {
    const problem = this.#problem ?? this.#refusal;
    return {
      written: this.#written,
      dropped: this.#dropped,
      waiting: this.#waiting.length + countTraces(this.#batches),
      kept: this.#kept,
      ...(problem === undefined ? {} : { problem }),
    };
  }

  get #hasWork(): boolean {
    return this.#batches.length > 0 || this.#waiting.length > 0;
  }

  #schedule(): void {
    if (this.#isWriting || this.#isClosed || !this.#hasWork) return;
    this.#timer ??= setTimeout(() => this.#retry(), this.#pauseMs).unref();
  }

  #retry(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isWriting || this.#isClosed || !this.#hasWork) return;
    this.#isWriting = true;
    void this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#hasWork && !this.#isClosed) {
        if (this.#batches.length === 0) this.#batches.push(this.#nextBatch());
        await this.#writeFirst();
        this.#pauseMs = 0;
        this.#problem = undefined;
        this.#tell();
      }
    } catch (error) {
      this.#problem = firstLine(error);
      this.#pauseMs = Math.min(Math.max(2 * this.#pauseMs, retryPauses.firstMs), retryPauses.maxMs);
    }
    this.#isWriting = false;
    this.#tell();
    this.#schedule();
  }

  #tell(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }

  #nextBatch(): Batch {
    const traces: Trace[] = [];
    const heads: string[] = [];
    const spans: string[] = [];
    let characters = 0;
    while (traces.length < batchLimits.traces && characters < batchLimits.characters) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#waitingSize -= next.size;
      const made = this.#made(next);
      if (made === undefined) continue;
      traces.push(made.trace);
      heads.push(made.head);
      spans.push(...made.spans);
      characters += made.spans.reduce((sum, text) => sum + text.length, made.head.length);
    }
    return { text: [`{"heads":[${heads.join()}],"spans":[`, spans.join(), "]}"], traces };
  }

  /** A trace with its texts; one that cannot be made, of values that no JSON holds, is dropped alone. */
  #made({ make }: WaitingTrace) {
    try {
      const trace = make();
      const head = JSON.stringify(headOf(trace));
      return { trace, head, spans: trace.spans.map((span) => JSON.stringify(span)) };
    } catch (error) {
      this.#dropped++;
      this.#refusal ??= firstLine(error);
      return undefined;
    }
  }

  /** Writes the first batch; one that the store refuses for what it holds is divided into its traces. */
  async #writeFirst(): Promise<void> {
    const { text, traces } = this.#batches[0]!;
    try {
      if (traces.length > 0) await this.#writer.write(text);
      this.#written += traces.length;
      this.#batches.shift();
    } catch (error) {
      if (!isError(error, "TRACE_INVALID")) throw error;
      this.#batches.splice(0, 1, ...(traces.length > 1 ? traces.map(batchOf) : []));
      if (traces.length > 1) return;
      this.#dropped++;
      this.#refusal ??= firstLine(error);
    }
  }

  #keepRest(): void {
    const rest = this.#batches.splice(0);
    while (this.#waiting.length > 0) rest.push(this.#nextBatch());
    const count = countTraces(rest);
    if (count === 0) return;
    try {
      if (this.#writer.keep === undefined) this.#dropped += count;
      else {
        this.#writer.keep(rest.map(({ text }) => text));
        this.#kept += count;
      }
    } catch (error) {
      this.#dropped += count;
      this.#problem ??= firstLine(error);
    }
  }
}

const countTraces = (batches: readonly Batch[]): number =>
  batches.reduce((sum, { traces }) => sum + traces.length, 0);

const batchOf = (trace: Trace): Batch => ({
  text: [JSON.stringify({ heads: [headOf(trace)], spans: trace.spans })],
  traces: [trace],
});

const firstLine = (error: unknown): string => messageOf(error).split("\n")[0]!;
