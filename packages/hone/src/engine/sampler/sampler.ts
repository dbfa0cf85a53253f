/**
 * Samples from one snapshot of weights: many requests at once, each row independent of its neighbours.
 *
 * Requests wait in a queue. Between chunks, rows that finished leave and the next sequences move in; a chunk extends all
 * rows by up to 8 tokens (4 with large models), one run of the decode program each, on the same memory. Everything happens
 * on the caller's thread; between chunks other tasks of the event loop get their turn.
 */
import { HoneError } from "../../core/errors.ts";
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { TokenIds } from "../../core/rollout.ts";
import type {
  SamplingParams,
  ScoredDistribution,
  TopLogProbs,
} from "../../ports/sampling-client.ts";
import { boundPositions } from "../grammar/bound-tokens.ts";
import type { FormatState, Formats } from "../grammar/formats.ts";
import type { LoraConfig } from "../lora/lora.ts";
import { type Architecture, cachedHeadSize, parameterCount } from "../models/architecture.ts";
import { BufferPool } from "../runtime/buffer-pool.ts";
import type { SessionPool } from "../runtime/session-pool.ts";
import { CandidateLevel } from "./candidate-level.ts";
import { DecodeRows } from "./decode-rows.ts";
import type { RowResult } from "./decode-memory.ts";
import { ModelRunner, type RunCounts, type ScoredAs } from "./model-runner.ts";
import { modelWeights } from "./model-weights.ts";
import { PrefixBudget } from "./prefix-store.ts";
import { PromptReader } from "./prompt-reader.ts";
import { RowCaches } from "./row-caches.ts";
import { type RequestOptions, SamplingJob, type SequenceResult } from "./sampling-job.ts";
import { checkPrompt, checkRequest } from "./sampling-request.ts";
import { ScoreQueue } from "./score-queue.ts";
import { type DecodeText, Sequence } from "./sequence.ts";

export interface SamplerOptions {
  readonly architecture: Architecture;
  /** By Hugging Face name, base and adapter; read in place, so they must not change while requests run. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** The adapter's settings where `weights` holds one. */
  readonly lora?: LoraConfig | undefined;
  readonly sessions: SessionPool;
  /** Ids that are never sampled, such as rows of a padded embedding that the tokenizer has no token for. Default none. */
  readonly excluded?: readonly number[];
  /** Where the memory of caches comes from and goes to. Default: memory of its own. */
  readonly buffers?: BufferPool;
  /** Tokens to text, for stop strings. */
  readonly decodeText?: DecodeText | undefined;
  /** The formats that replies may be bound to. Default none. */
  readonly formats?: Formats | undefined;
  /** Sequences decoded at once at most. Default 64. */
  readonly maxRows?: number;
  /** Bytes of keys and values that rows in progress may take; one row is always let in. Default 2 GiB. */
  readonly maxCacheBytes?: number;
  /** What is kept of finished sequences, their keys and values, for the next turn; shared with other samplers. Default: its own. */
  readonly prefixes?: PrefixBudget;
}

/** A sequence being decoded, and the request it belongs to. */
interface DecodedRow {
  readonly sequence: Sequence;
  readonly job: SamplingJob;
}

/** Models from this size take so long per token that long chunks would delay new requests and waste work at the end. */
const LARGE_MODEL = 50_000_000;

/** Samples from one snapshot of weights, many requests at once; each row's numbers are independent of the others'. */
export class Sampler {
  readonly #architecture: Architecture;
  readonly #decodeText: DecodeText | undefined;
  readonly #formats: Formats | undefined;
  readonly #runner: ModelRunner;
  readonly #candidates: CandidateLevel;
  readonly #prompts: PromptReader;
  readonly #rows: DecodeRows<DecodedRow>;
  /** Tokens decoded before other work gets its turn. */
  readonly #chunk: number;
  /**
   * A product with one row takes another path in ONNX Runtime, with other roundings. Where it saves little, a row that is
   * alone is computed twice, so that its bytes do not depend on whether it is; a large model would lose half its speed.
   */
  readonly #doublesSingleRow: boolean;
  /** Requests that have no result yet. */
  readonly #jobs = new Set<SamplingJob>();
  /** Requests with sequences that wait for a row, in order of arrival. */
  readonly #queue: SamplingJob[] = [];
  readonly #scores: ScoreQueue;
  #working: Promise<void> | undefined;
  #isClosed = false;

  /** @throws TENSOR_MISSING, SHAPE_MISMATCH when weights and architecture disagree */
  constructor(options: SamplerOptions) {
    const { architecture, weights, lora, sessions, decodeText, maxRows = 64 } = options;
    const { maxCacheBytes = 2 ** 31, prefixes = new PrefixBudget() } = options;
    const { buffers = new BufferPool(0) } = options;
    this.#architecture = architecture;
    this.#decodeText = decodeText;
    this.#formats = options.formats;
    const { excluded = [] } = options;
    this.#runner = new ModelRunner(
      modelWeights(architecture, weights, { lora, excluded }),
      sessions,
    );
    this.#scores = new ScoreQueue(this.#runner, () => this.#wake());
    this.#candidates = new CandidateLevel(architecture.vocabularySize);
    this.#prompts = new PromptReader(this.#runner, prefixes);
    const { layerCount, keyValueHeadCount } = architecture;
    const placeBytes = 8 * layerCount * keyValueHeadCount * cachedHeadSize(architecture);
    const maxPlaces = Math.floor(maxCacheBytes / placeBytes);
    const isLarge = parameterCount(architecture) >= LARGE_MODEL;
    this.#chunk = isLarge ? 4 : 8;
    this.#doublesSingleRow = !isLarge;
    const limits = { maxRows, maxPlaces, chunk: this.#chunk };
    this.#rows = new DecodeRows(new RowCaches(architecture, buffers), limits);
  }

  /** Runs of the programs so far (prompts read, chunks decoded, prompts scored), and tokens of prompts read. */
  get runCounts(): RunCounts {
    return this.#runner.runCounts;
  }

  /**
   * Samples n continuations of a prompt.
   * @throws DATA_EMPTY, TOKEN_OUT_OF_RANGE, CONTEXT_EXCEEDED, OPTION_INVALID, FORMAT_*; LOGITS_NOT_FINITE; ENGINE_CLOSED after close
   */
  async request(
    prompt: TokenIds,
    n: number,
    params: SamplingParams,
    options: RequestOptions = {},
  ): Promise<SequenceResult[]> {
    this.#checkOpen("sample");
    const complete = checkRequest(
      this.#architecture,
      prompt,
      n,
      params,
      this.#decodeText !== undefined,
    );
    const tokens = [...prompt];
    const text = { decodeText: this.#decodeText, format: this.#formatState(params) };
    const sequences = Array.from(
      { length: n },
      (_, index) => new Sequence(tokens, index, complete, text),
    );
    return new Promise((resolve, reject) => {
      const job = new SamplingJob(sequences, options, { resolve, reject });
      this.#jobs.add(job);
      this.#queue.push(job);
      this.#wake();
    });
  }

  /** [T] log-prob (nats) of each token given those before it; the first is 0. @throws as `request`, and as `SamplingClient.logProbs` */
  async logProbs(tokens: TokenIds, of: ScoredDistribution = {}): Promise<Float32Array> {
    this.#checkOpen("logProbs");
    // The last token is scored but not read.
    this.#checkScored(tokens, tokens.length - 1);
    const scoredAs = this.#scoredAs(tokens, of);
    return this.#scores.logProbs([...tokens], scoredAs);
  }

  /** [T·K] the likeliest next tokens after each token, the likeliest first. @throws as `logProbs`, OPTION_INVALID */
  async topLogProbs(tokens: TokenIds, count: number): Promise<TopLogProbs> {
    this.#checkOpen("topLogProbs");
    this.#checkScored(tokens, tokens.length);
    const { vocabularySize: max } = this.#architecture;
    optionChecks("topLogProbs").whole("count", count, { min: 1, max });
    return this.#scores.topLogProbs([...tokens], count);
  }

  /** @throws DATA_EMPTY, TOKEN_OUT_OF_RANGE; ROW_TOO_LONG where more tokens are read than the context holds */
  #checkScored(tokens: TokenIds, readCount: number): void {
    checkPrompt(tokens, this.#architecture.vocabularySize);
    const { contextLength } = this.#architecture;
    if (readCount <= contextLength) return;
    const { length } = tokens;
    throw new HoneError("ROW_TOO_LONG", { row: "the prompt", length, contextLength });
  }

  /** Lets requests under way end, then frees the caches. Sessions belong to the pool. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#working !== undefined) await this.#working;
    this.#prompts.close();
    this.#rows.caches.resize(0, 0, []);
  }

  /** @throws FORMAT_* for a format that cannot be followed, OPTION_INVALID where this sampler has no tokenizer */
  #formatState({ format }: SamplingParams): FormatState | undefined {
    if (format === undefined) return undefined;
    const without = "left out, since this sampler has no tokenizer";
    if (this.#formats === undefined)
      throw optionChecks("sample").invalid("format", format, without);
    const state = this.#formats.start(format);
    if (!state.isComplete && !state.canGoOn) throw this.#noToken([]);
    return state;
  }

  /** The distribution of given tokens, by the positions that read the token before each. */
  #scoredAs(all: TokenIds, of: ScoredDistribution): ScoredAs {
    const { temperature = 1, bound = [], kept } = of;
    const check = optionChecks("logProbs");
    checkOptions("logProbs", of, { temperature: true, bound: true, kept: true });
    check.number("temperature", temperature, { above: 0 });
    if (kept !== undefined && kept.length !== all.length) {
      const expected = `${all.length} sets in kept, one for each token`;
      const where = "logProbs of given tokens";
      throw new HoneError("SHAPE_MISMATCH", { where, expected, got: `${kept.length}` });
    }
    const row = {
      tokens: all.slice(0, -1),
      targets: all.slice(1),
      bound: bound.map((part) => ({ ...part, start: part.start - 1 })),
      ...(kept === undefined ? {} : { kept: kept.slice(1) }),
    };
    const { vocabularySize } = this.#architecture;
    const context = { formats: this.#formats, vocabularySize };
    return { temperature, bound: boundPositions(row, "of the given tokens", context) };
  }

  #checkOpen(what: string): void {
    if (this.#isClosed) throw new HoneError("ENGINE_CLOSED", { what });
  }

  #wake(): void {
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (this.#hasWork()) this.#wake();
    });
  }

  #hasWork(): boolean {
    return this.#queue.length + this.#rows.all.length > 0 || !this.#scores.isEmpty;
  }

  async #work(): Promise<void> {
    // Requests made in the same turn of the event loop start together.
    await Promise.resolve();
    while (this.#hasWork()) {
      try {
        this.#cancelAborted();
        await this.#scores.run();
        await this.#admit();
        if (this.#rows.all.length > 0) await this.#extendRows();
      } catch (error) {
        this.#failAll(error);
      }
    }
  }

  /** Rejects one request; what others have in rows and caches is untouched. */
  #fail(job: SamplingJob, error: unknown): void {
    this.#leaveQueue(job);
    this.#jobs.delete(job);
    job.fail(error);
    this.#retire();
  }

  /** Rejects every request: after an error in a run that extends rows, none of their caches can be trusted. */
  #failAll(error: unknown): void {
    const jobs = [...this.#jobs];
    this.#rows.clear();
    this.#queue.length = 0;
    this.#jobs.clear();
    for (const job of jobs) job.fail(error);
  }

  #leaveQueue(job: SamplingJob): void {
    const queued = this.#queue.indexOf(job);
    if (queued >= 0) this.#queue.splice(queued, 1);
  }

  #cancelAborted(): void {
    for (const job of this.#jobs) {
      if (!job.isAborted) continue;
      this.#leaveQueue(job);
      job.cancel();
      this.#retire();
      this.#settle(job);
    }
  }

  /** Moves waiting sequences into rows, in order, as far as rows and memory reach. */
  async #admit(): Promise<void> {
    const admitted = this.#choose();
    if (admitted.length === 0) return;
    const jobs = new Set(admitted.map((row) => row.job));
    try {
      await this.#readPrompts([...jobs]);
      this.#rows.add(
        admitted,
        admitted.map((row) => row.job.prompt!.entry),
      );
    } catch (error) {
      for (const job of jobs) this.#fail(job, error);
      return;
    }
    for (const job of jobs) {
      if (job.areAllStarted) job.prompt = undefined;
    }
  }

  #choose(): DecodedRow[] {
    const chosen: DecodedRow[] = [];
    let longest = 0;
    for (let job = this.#queue[0]; job !== undefined; job = this.#queue[0]) {
      longest = Math.max(longest, this.#rows.longest(job.sequences.slice(0, 1)));
      while (!job.areAllStarted) {
        if (!this.#rows.hasRoom(chosen.length + 1, longest)) return chosen;
        chosen.push({ sequence: job.sequences[job.started++]!, job });
      }
      this.#queue.shift();
    }
    return chosen;
  }

  async #readPrompts(jobs: readonly SamplingJob[]): Promise<void> {
    const unread = jobs.filter((job) => job.prompt === undefined);
    const entries = await this.#prompts.read(
      unread.map((job) => job.sequences[0]!.prompt.slice(0, -1)),
    );
    unread.forEach((job, i) => (job.prompt = { entry: entries[i] }));
  }

  async #extendRows(): Promise<void> {
    const active = [...this.#rows.all];
    const sequences = active.map((row) => row.sequence);
    const turns = Math.min(
      this.#chunk,
      Math.max(...sequences.map((sequence) => sequence.remaining)),
    );
    const batch =
      this.#doublesSingleRow && sequences.length === 1 ? [...sequences, ...sequences] : sequences;
    const rows = await this.#runner.decode(
      batch,
      this.#rows.caches,
      this.#candidates.kinds(sequences),
      turns,
      sequences.length,
    );
    this.#candidates.adapt(rows.some((row) => row.exactCount < row.tokens.length));
    rows.forEach((row, b) => this.#take(active[b]!, row));
    const ended = new Set(
      active.filter((row) => row.sequence.stopReason !== undefined).map((row) => row.job),
    );
    this.#retire();
    for (const job of ended) if (this.#jobs.has(job)) this.#settle(job);
  }

  /** Gives a sequence what a chunk sampled for it; a token without a probability, or a text that no token can follow, fails its request. */
  #take({ sequence, job }: DecodedRow, row: RowResult): void {
    const accepted = sequence.accept(row, row.exactCount);
    const first = sequence.tokens.length - accepted;
    const logProbs = sequence.logProbs.slice(first);
    const bad = logProbs.findIndex((logProb) => !Number.isFinite(logProb));
    const isStuck = sequence.stopReason === undefined && sequence.isStuck;
    if (bad < 0 && !isStuck) return job.report(sequence, accepted);
    if (!this.#jobs.has(job)) return;
    const got = String(logProbs[bad]);
    const facts = { where: "sample", row: "the continuation", position: first + bad, got };
    const error =
      bad < 0 ? this.#noToken(sequence.tokens) : new HoneError("LOGITS_NOT_FINITE", facts);
    this.#leaveQueue(job);
    this.#jobs.delete(job);
    job.fail(error);
  }

  /** The error of a text that no token can follow. */
  #noToken(tokens: TokenIds): HoneError {
    const text = this.#decodeText?.(tokens) ?? "";
    return new HoneError("FORMAT_NO_TOKEN", { text: JSON.stringify(text.slice(-40)) });
  }

  /** Answers a request whose sequences have all ended. */
  #settle(job: SamplingJob): void {
    if (!job.hasEnded) return;
    this.#jobs.delete(job);
    job.finish();
  }

  #retire(): void {
    this.#rows.retire((tokens, entry) => this.#prompts.keep(tokens, entry));
  }
}
