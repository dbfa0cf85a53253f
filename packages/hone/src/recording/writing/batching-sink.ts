/**
 * Takes spans at once and writes them in batches, in bounded memory: a store that is slow, full or dead costs the agent
 * nothing. A span for which there is no room is dropped and counted.
 *
 * A batch that fails is written again after a pause, which doubles each time; a store takes the same batch twice without
 * harm. A span or head that the store refuses for what it is (TRACE_INVALID) is dropped alone. What belongs to a trace that is
 * damaged in the store goes into a file beside it, and the store takes the other traces.
 */
import { messageOf } from "../../core/errors.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { SinkReport, SpanSink } from "../../ports/tracer.ts";
import { batchText } from "./batch-text.ts";
import type { BatchWriter } from "./batch-writer.ts";
import { RefusedTraces } from "./refused-traces.ts";
import { SpooledBatches } from "./spooled-batches.ts";
import { countSpans, type WaitingItem, WaitingItems } from "./waiting-items.ts";
import { writeWholeOrHalves } from "./whole-or-halves.ts";

export interface BatchingOptions {
  /** Characters of JSON that may wait. Default 32,000,000. */
  readonly waitingCharacters?: number;
  /** Traces that may run at a time. Default 10,000. */
  readonly traces?: number;
  /** Time until what waits is written, in ms. Default 200. */
  readonly intervalMs?: number;
}

export interface BatchingSink extends SpanSink {
  /** True when `flushNow` writes. */
  readonly canFlushNow: boolean;
  /**
   * Writes everything that waits synchronously, for the end of the process.
   *
   * @param timeoutMs  time limit in ms
   * @param mayGoOn  true when the process may live on: then nothing is written twice, and what fails is written later.
   *   Default false.
   */
  flushNow(timeoutMs: number, mayGoOn?: boolean): SinkReport;
  /** Flushes, then closes the writer. Spans that come later are dropped and counted. `timeoutMs`: time limit in ms. */
  close(options: { readonly timeoutMs: number }): Promise<SinkReport>;
}

/** Copying a batch to the writer's thread blocks the event loop, so a batch is small. */
const batchLimits = { items: 256, characters: 256_000 };

/** Pauses before a failed batch is tried again, in ms. */
const retryPauses = { firstMs: 100, maxMs: 5000 };

/** @throws OPTION_INVALID for a limit that is no positive number */
export function batchingSink(writer: BatchWriter, options: BatchingOptions = {}): BatchingSink {
  const { waitingCharacters = 32_000_000, traces = 10_000, intervalMs = 200 } = options;
  const check = optionChecks("batchingSink");
  check.number("waitingCharacters", waitingCharacters, { above: 0 });
  check.number("traces", traces, { above: 0 });
  check.number("intervalMs", intervalMs, { above: 0 });
  return new WriterSink(writer, { waitingCharacters, traces, intervalMs });
}

type Batch = readonly WaitingItem[];

class WriterSink implements BatchingSink {
  readonly #writer: BatchWriter;
  readonly #intervalMs: number;
  readonly #waiting: WaitingItems;
  /** The batch that is being written, or will be tried again. */
  #underway: Batch = [];
  /** Batches that `flushNow` could not write. */
  #unwritten: Batch[] = [];
  #written = 0;
  #dropped = 0;
  /** Why the last write failed; undefined after one that did not. */
  #problem: string | undefined;
  /** Why the store refused the first item that it refused. */
  #refusal: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = 0;
  #isWriting = false;
  #isClosed = false;
  #isWarm = false;
  /** True since `flushNow` ran out of time, until the store takes a batch. */
  #isLate = false;
  readonly #spool: SpooledBatches;
  readonly #refused: RefusedTraces;
  /** Resolve the flushes that wait for everything to be written. */
  #resolveIdle: (() => void)[] = [];

  constructor(writer: BatchWriter, limits: Required<BatchingOptions>) {
    this.#writer = writer;
    const keep = writer.keep?.bind(writer);
    this.#spool = new SpooledBatches(keep);
    const headOf = (traceId: string): Batch => this.#waiting.headOf(traceId);
    this.#refused = new RefusedTraces(keep, headOf, batchLimits.characters);
    this.#intervalMs = limits.intervalMs;
    const { waitingCharacters: characters, traces } = limits;
    this.#waiting = new WaitingItems({ characters, traces });
  }

  get canFlushNow(): boolean {
    return this.#writer.writeNow !== undefined;
  }

  head: SpanSink["head"] = (head) => {
    if (!this.#isWarm) this.#warmUp();
    if (!this.#isClosed && this.#waiting.head(head)) this.#schedule();
  };

  span: SpanSink["span"] = (span) => {
    if (this.#isClosed || !this.#waiting.span(span)) this.#dropped++;
    else this.#schedule();
  };

  report(): SinkReport {
    const { spans: spooled } = this.#spool;
    const { kept: refused, held, lost, problem: unkept } = this.#refused;
    const kept = spooled + refused;
    const taken = [this.#underway, ...this.#unwritten].map(countSpans);
    const waiting = taken.reduce((sum, count) => sum + count, this.#waiting.spans) - spooled;
    const late = this.#isLate && waiting > 0 ? "it did not answer in time" : undefined;
    const notKept = unkept === undefined ? undefined : firstLine(unkept);
    const problem = this.#problem ?? late ?? notKept ?? this.#refusal;
    return {
      written: this.#written,
      waiting: waiting + held,
      dropped: this.#dropped + lost,
      ...(kept === 0 ? {} : { kept }),
      ...(problem === undefined ? {} : { problem }),
    };
  }

  async flush({ timeoutMs }: { readonly timeoutMs: number }): Promise<SinkReport> {
    let timer: NodeJS.Timeout | undefined;
    // This timer keeps the process alive; the sink's own timers do not.
    const deadline = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
    const isIdle = new Promise<void>((resolve) => this.#resolveIdle.push(resolve));
    this.#pauseMs = 0;
    this.#start();
    await Promise.race([isIdle, deadline]);
    clearTimeout(timer);
    return this.report();
  }

  flushNow(timeoutMs: number, mayGoOn = false): SinkReport {
    if (this.#isClosed || this.#writer.writeNow === undefined) return this.report();
    const staysUnderway = mayGoOn && this.#isWriting && this.#underway.length > 0;
    const batches = this.#takeAll(mayGoOn, staysUnderway);
    this.#refused.spool();
    if (batches.length === 0) return this.report();
    const { batches: done, problem } = this.#writer.writeNow(batches.map(batchText), timeoutMs);
    for (const items of batches.slice(0, done)) this.#written += countSpans(items);
    this.#unwritten = batches.slice(done);
    if (problem !== undefined) this.#problem = firstLine(problem);
    this.#isLate = done < batches.length;
    // Also where the process may live on: for an app that a signal ends, this is the last call.
    if (this.#isLate) this.#fillSpool();
    else if (!staysUnderway) this.#spool.clear();
    if (mayGoOn && this.#hasWork) this.#schedule();
    return this.report();
  }

  /** Everything to write synchronously, in batches. */
  #takeAll(mayGoOn: boolean, staysUnderway: boolean): Batch[] {
    const batches: Batch[] = [];
    // At the end the batch under way may be durable already: writing it once more changes nothing.
    if (!staysUnderway && this.#underway.length > 0) {
      batches.push(this.#underway);
      this.#underway = [];
    }
    // Each call takes items out of the bounded memory, so while a store is dead only the first call may.
    const isFull = mayGoOn && this.#unwritten.length > 0;
    batches.push(...this.#unwritten.splice(0));
    while (!isFull && !this.#waiting.isEmpty) batches.push(this.#waiting.take(batchLimits));
    // An empty batch, which is answered after the one under way.
    if (staysUnderway && batches.length === 0) batches.push([]);
    return batches;
  }

  async close({ timeoutMs }: { readonly timeoutMs: number }): Promise<SinkReport> {
    const end = performance.now() + timeoutMs;
    await this.flush({ timeoutMs });
    this.#isClosed = true;
    clearTimeout(this.#timer);
    while (!this.#waiting.isEmpty) this.#unwritten.push(this.#waiting.take(batchLimits));
    this.#refused.spool();
    this.#fillSpool();
    await this.#writer.close(Math.max(end - performance.now(), 1));
    return this.report();
  }

  /** The writer's thread takes some time to start, so it starts with the first trace. */
  #warmUp(): void {
    this.#isWarm = true;
    this.#writer.warmUp?.();
  }

  /** Keeps what the store did not take in time for the process that opens it next. */
  #fillSpool(): void {
    const underway = this.#underway.length > 0 ? [this.#underway] : [];
    try {
      this.#spool.replace([...underway, ...this.#unwritten]);
    } catch (error) {
      this.#problem ??= firstLine(error);
    }
  }

  get #hasWork(): boolean {
    return this.#underway.length > 0 || this.#unwritten.length > 0 || !this.#waiting.isEmpty;
  }

  /** Writes now when a batch is full, else after the interval. */
  #schedule(): void {
    if (this.#isWriting) return;
    const isFull = this.#waiting.characters >= batchLimits.characters;
    if (isFull && this.#pauseMs === 0) return this.#start();
    this.#timer ??= setTimeout(() => this.#start(), this.#pauseMs || this.#intervalMs).unref();
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isWriting) return;
    this.#isWriting = true;
    // Later, so that the span that filled a batch does not wait for it.
    setImmediate(() => void this.#writeAll());
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#hasWork) {
        if (this.#underway.length === 0) {
          this.#underway = this.#refused.without(
            this.#unwritten.shift() ?? this.#waiting.take(batchLimits),
          );
        }
        await writeWholeOrHalves(this.#underway, this.#target);
        this.#underway = [];
        this.#pauseMs = 0;
        this.#problem = undefined;
        this.#isLate = false;
        if (this.#unwritten.length === 0) this.#spool.clear();
      }
      if (this.#resolveIdle.length > 0) this.#refused.spool();
      for (const resolve of this.#resolveIdle.splice(0)) resolve();
    } catch (error) {
      this.#problem = firstLine(error);
      const { firstMs, maxMs } = retryPauses;
      this.#pauseMs = Math.min(Math.max(2 * this.#pauseMs, firstMs), maxMs);
    }
    this.#isWriting = false;
    if (!this.#isClosed && this.#hasWork) this.#schedule();
  }

  /** Takes items out of the batch under way, so that a repetition of its rest neither writes nor counts them again. */
  #settle(items: Batch): void {
    const settled = new Set(items);
    this.#underway = this.#underway.filter((item) => !settled.has(item));
  }

  readonly #target = {
    write: async (items: Batch) => {
      const answer = await this.#writer.write(batchText(items));
      const refused = answer?.refused ?? 0;
      if (refused === 0) return;
      // They are counted as dropped here, and must not be counted as written when the whole batch is.
      this.#dropped += refused;
      this.#written -= refused;
      this.#refusal ??= answer?.problem || "the collector gave no reason";
    },
    headOf: (traceId: string) => this.#waiting.headOf(traceId),
    written: (items: Batch) => {
      this.#written += countSpans(items);
      this.#settle(items);
    },
    refused: (item: WaitingItem, error: Error) => {
      this.#settle([item]);
      this.#refusal ??= `${describe(item)}: ${firstLine(error)}`;
      if (item.kind === "span") this.#dropped++;
      else this.#waiting.forget(item.traceId);
    },
    unwritable: (items: Batch, error: Error) => {
      this.#settle(items);
      this.#refusal ??= firstLine(error);
      this.#refused.refuse(items);
    },
  };
}

/** The span or the trace, for a message. */
function describe({ kind, text }: WaitingItem): string {
  const known = JSON.parse(text) as { kind?: string; name?: string; agent?: string };
  return kind === "span"
    ? [known.kind, "span", known.name].filter((word) => word !== undefined).join(" ")
    : `trace of ${known.agent}`;
}

const firstLine = (error: unknown): string => messageOf(error).split("\n")[0]!;
