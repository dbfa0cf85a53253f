/**
 * Takes spans at once and writes them in batches, in bounded memory: a store that is slow, full or dead costs the agent
 * nothing. What finds no room is dropped and counted.
 *
 * A batch that fails is written again, later and later; batches may be repeated without harm. What the store refuses for
 * what it is (TRACE_INVALID) is found by halving the batch, and dropped alone.
 */
import { HoneError, isError, messageOf } from "../../core/errors.ts";
import type { SinkReport, SpanSink } from "../../ports/tracer.ts";
import type { BatchText, TraceWriter } from "./batch-writer.ts";
import { type WaitingItem, WaitingItems } from "./waiting-items.ts";

export interface BatchingOptions {
  /** Characters of JSON that may wait. Default 32,000,000. */
  readonly waitingCharacters?: number;
  /** Traces that may run at a time. Default 10,000. */
  readonly traces?: number;
  /** Milliseconds until what waits is written. Default 200. */
  readonly intervalMs?: number;
}

export interface BatchingSink extends SpanSink {
  /** True when `flushNow` writes. */
  readonly canFlushNow: boolean;
  /**
   * Writes what waits while this thread stands still; for the end of the process.
   *
   * @param goesOn  the process may live on after it: nothing is written twice, what fails is written later. Default false.
   */
  flushNow(timeoutMs: number, goesOn?: boolean): SinkReport;
  /** Flushes, then closes the writer; what comes afterwards is dropped and counted. */
  close(options: { readonly timeoutMs: number }): Promise<SinkReport>;
}

/** A batch costs the event loop its copy to the other thread, so it is small. */
const batch = { items: 256, characters: 256_000 };

/** Milliseconds between two tries of a batch: the first and the longest. */
const retry = { firstMs: 100, mostMs: 5000 };

/** @throws OPTION_INVALID for a limit that is no positive number */
export function batchingSink(writer: TraceWriter, options: BatchingOptions = {}): BatchingSink {
  return new WriterSink(writer, {
    waitingCharacters: positive("waitingCharacters", options.waitingCharacters, 32_000_000),
    traces: positive("traces", options.traces, 10_000),
    intervalMs: positive("intervalMs", options.intervalMs, 200),
  });
}

function positive(option: string, given: number | undefined, otherwise: number): number {
  if (given === undefined) return otherwise;
  if (given > 0 && Number.isFinite(given)) return given;
  const facts = { where: "batchingSink", option, got: String(given), expected: "above 0" };
  throw new HoneError("OPTION_INVALID", facts);
}

class WriterSink implements BatchingSink {
  readonly #writer: TraceWriter;
  readonly #intervalMs: number;
  readonly #waiting: WaitingItems;
  #underway: readonly WaitingItem[] = [];
  /** Batches that `flushNow` could not write. */
  #unwritten: (readonly WaitingItem[])[] = [];
  #written = 0;
  #dropped = 0;
  #problem: string | undefined;
  /** Why the first span was given up that the store refused. */
  #refusal: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = 0;
  #isWriting = false;
  #isClosed = false;
  #isWarm = false;
  /** True since `flushNow` ran out of time, until the store takes a batch. */
  #isLate = false;
  /** Spans in the spool, and what deletes them there when the store took them after all. */
  #kept: { readonly spans: number; readonly forget: () => void } | undefined;
  #idle: (() => void)[] = [];

  constructor(writer: TraceWriter, limits: Required<BatchingOptions>) {
    this.#writer = writer;
    this.#intervalMs = limits.intervalMs;
    this.#waiting = new WaitingItems({
      characters: limits.waitingCharacters,
      traces: limits.traces,
    });
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
    const taken = [this.#underway, ...this.#unwritten].flat();
    const kept = this.#kept?.spans ?? 0;
    const waiting = this.#waiting.spans + spansOf(taken) - kept;
    const late = this.#isLate && waiting > 0 ? "it did not answer in time" : undefined;
    const problem = this.#problem ?? late ?? this.#refusal;
    return {
      written: this.#written,
      waiting,
      dropped: this.#dropped,
      ...(kept === 0 ? {} : { kept }),
      ...(problem === undefined ? {} : { problem }),
    };
  }

  async flush({ timeoutMs }: { readonly timeoutMs: number }): Promise<SinkReport> {
    let timer: NodeJS.Timeout | undefined;
    // This timer keeps the process alive; the sink's own ones do not.
    const deadline = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
    const isIdle = new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#pauseMs = 0;
    this.#start();
    await Promise.race([isIdle, deadline]);
    clearTimeout(timer);
    return this.report();
  }

  flushNow(timeoutMs: number, goesOn = false): SinkReport {
    if (this.#isClosed || this.#writer.writeNow === undefined) return this.report();
    const batches: (readonly WaitingItem[])[] = [];
    // At the end what is under way may be durable already: it is written once more, which changes nothing.
    const isLeft = goesOn && this.#isWriting && this.#underway.length > 0;
    if (!isLeft && this.#underway.length > 0) {
      batches.push(this.#underway);
      this.#underway = [];
    }
    // A dead store must not have ever more taken for it.
    const isFull = goesOn && this.#unwritten.length > 0;
    batches.push(...this.#unwritten.splice(0));
    while (!isFull && !this.#waiting.isEmpty) batches.push(this.#waiting.take(batch));
    // Its turn comes after what is under way.
    if (isLeft && batches.length === 0) batches.push([]);
    if (batches.length === 0) return this.report();
    const { batches: done, problem } = this.#writer.writeNow(batches.map(textOf), timeoutMs);
    for (const items of batches.slice(0, done)) this.#count(items);
    this.#unwritten = batches.slice(done);
    if (problem !== undefined) this.#problem = firstLine(problem);
    this.#isLate = done < batches.length;
    // Also where the process may go on: an app that is ended by a signal has no other end.
    if (this.#isLate) this.#keep();
    else if (!isLeft) this.#forgetKept();
    if (goesOn && this.#hasWork) this.#schedule();
    return this.report();
  }

  async close({ timeoutMs }: { readonly timeoutMs: number }): Promise<SinkReport> {
    const end = performance.now() + timeoutMs;
    await this.flush({ timeoutMs });
    this.#isClosed = true;
    clearTimeout(this.#timer);
    while (!this.#waiting.isEmpty) this.#unwritten.push(this.#waiting.take(batch));
    this.#keep();
    await this.#writer.close(Math.max(end - performance.now(), 1));
    return this.report();
  }

  /** The writer's thread takes its time to start, longer on a busy machine: it starts with the first trace. */
  #warmUp(): void {
    this.#isWarm = true;
    this.#writer.warmUp?.();
  }

  /** What the store did not take in time, into a file for whoever opens it next. */
  #keep(): void {
    if (this.#writer.keep === undefined) return;
    const underway = this.#underway.length > 0 ? [this.#underway] : [];
    const batches = [...underway, ...this.#unwritten];
    if (batches.length === 0) return;
    try {
      const forget = this.#writer.keep(batches.map(textOf));
      this.#kept?.forget();
      this.#kept = { spans: spansOf(batches.flat()), forget };
    } catch (error) {
      this.#problem ??= firstLine(error);
    }
  }

  /** Kept heads are old ones by the time newer are written: they must not come back later. */
  #forgetKept(): void {
    this.#kept?.forget();
    this.#kept = undefined;
  }

  get #hasWork(): boolean {
    return this.#underway.length > 0 || this.#unwritten.length > 0 || !this.#waiting.isEmpty;
  }

  /** A batch is full, or enough time went by. */
  #schedule(): void {
    if (this.#isWriting) return;
    if (this.#waiting.characters >= batch.characters && this.#pauseMs === 0) return this.#start();
    this.#timer ??= setTimeout(() => this.#start(), this.#pauseMs || this.#intervalMs).unref();
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isWriting) return;
    this.#isWriting = true;
    // Later, so that a full batch does not make the span that filled it wait.
    setImmediate(() => void this.#drain());
  }

  async #drain(): Promise<void> {
    try {
      while (this.#hasWork) {
        if (this.#underway.length === 0) {
          this.#underway = this.#unwritten.shift() ?? this.#waiting.take(batch);
        }
        await this.#write(this.#underway);
        this.#underway = [];
        this.#pauseMs = 0;
        this.#problem = undefined;
        this.#isLate = false;
        if (this.#unwritten.length === 0) this.#forgetKept();
      }
      for (const resolve of this.#idle.splice(0)) resolve();
    } catch (error) {
      this.#problem = firstLine(error);
      this.#pauseMs = Math.min(Math.max(2 * this.#pauseMs, retry.firstMs), retry.mostMs);
    }
    this.#isWriting = false;
    if (!this.#isClosed && this.#hasWork) this.#schedule();
  }

  async #write(items: readonly WaitingItem[], isComplete = false): Promise<void> {
    try {
      await this.#writer.write(textOf(items));
      this.#count(items);
    } catch (error) {
      if (isError(error, "TRACE_INVALID")) return this.#split(items, error);
      if (!isError(error, "TRACE_NOT_FOUND")) throw error;
      // Somebody deleted a trace that still runs: it begins anew, once.
      if (isComplete) return this.#split(items, error);
      await this.#write(this.#withHeads(items), true);
    }
  }

  #count(items: readonly WaitingItem[]): void {
    this.#written += spansOf(items);
  }

  #withHeads(items: readonly WaitingItem[]): WaitingItem[] {
    const ids = new Set(items.map(({ traceId }) => traceId));
    const heads = [...ids].flatMap((id) => this.#waiting.headOf(id) ?? []);
    return [...heads, ...items.filter(({ kind }) => kind === "span")];
  }

  async #split(items: readonly WaitingItem[], error: Error): Promise<void> {
    if (items.length > 1) {
      const middle = Math.ceil(items.length / 2);
      await this.#write(items.slice(0, middle), true);
      return this.#write(items.slice(middle), true);
    }
    const [item] = items;
    if (item === undefined) return;
    this.#refusal ??= `${describe(item)}: ${firstLine(error)}`;
    if (item.kind === "span") this.#dropped++;
    else this.#waiting.forget(item.traceId);
  }
}

/** The span or the trace, for a message. */
function describe({ kind, text }: WaitingItem): string {
  const known = JSON.parse(text) as { kind?: string; name?: string; agent?: string };
  return kind === "span"
    ? [known.kind, "span", known.name].filter((word) => word !== undefined).join(" ")
    : `trace of ${known.agent}`;
}

function textOf(items: readonly WaitingItem[]): BatchText {
  const pieces = ['{"heads":['];
  const list = (kind: WaitingItem["kind"]): void => {
    let before = "";
    for (const item of items) {
      if (item.kind !== kind) continue;
      if (before !== "") pieces.push(before);
      pieces.push(item.text);
      before = ",";
    }
  };
  list("head");
  pieces.push('],"spans":[');
  list("span");
  pieces.push("]}");
  return pieces;
}

const spansOf = (items: readonly WaitingItem[]): number =>
  items.filter(({ kind }) => kind === "span").length;

const firstLine = (error: unknown): string => messageOf(error).split("\n")[0]!;
