/** Traces in a SQL database: the same code for every database. */
import { sql, type SqlBool } from "kysely";
import { HoneError, isError } from "../../core/errors.ts";
import type { Failure } from "../../core/failure.ts";
import { costOfCalls, type ModelPrices, pricesByModel } from "../../core/model-prices.ts";
import { isDamage } from "../../core/stored-damage.ts";
import type { Span } from "../../core/span.ts";
import type { Trace } from "../../core/trace.ts";
import {
  checkFilter,
  checkQuery,
  comparePositions,
  positionOf,
  type TraceFilter,
} from "../../core/trace-query.ts";
import type { OnProgress } from "../../core/progress.ts";
import type { OverviewOptions, TraceOverview } from "../../core/trace-overview.ts";
import { type CountedTrace, OverviewCounter, TraceCounter } from "../../core/trace-statistics.ts";
import { rewardOfTrace } from "../../core/trace-reward.ts";
import { sumSpans, type TraceSummary } from "../../core/trace-summary.ts";
import { countingMeter } from "../aggregate-traces.ts";
import { inBatches } from "../in-batches.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { fromColumn } from "./column-text.ts";
import { deleteBefore, deleteByIds } from "./sql-deletion.ts";
import type { SqlEngine } from "./sql-engine.ts";
import { failuresOfRows, mayHaveFailures, rowsWithError } from "./sql-failures.ts";
import {
  type ContentReader,
  idsFrom,
  listOf,
  meetsConditions,
  oldestFirst,
  pageOf,
} from "../list-query.ts";
import { readWholeTrace, readWholeTraces } from "./read-whole-traces.ts";
import { salvageRows } from "./salvage-rows.ts";
import { countedOverview, isCountable } from "./sql-overview.ts";
import { idsOf, queryPage, rowOfId, streamRows } from "./sql-queries.ts";
import { spanFrom, summaryFrom, sumsOf, tagsFrom } from "./sql-rows.ts";
import { countedAtOnce, countedTraces } from "./sql-statistics.ts";
import type { TraceRow } from "./sql-tables.ts";
import { appendBatch, putTraces } from "./sql-writes.ts";
import { type ProblemOptions, reportOnce } from "../unreadable-parts.ts";

/** Number of spans that a stream holds in memory. */
const spansAtOnce = 2000;

/** What can be found of the traces of a store without their list. */
interface Salvaged {
  /** Rows by the ids of their traces. */
  readonly rows: ReadonlyMap<string, TraceRow>;
  readonly summaries: readonly TraceSummary[];
  readonly contents: ContentReader;
}

/** How the rows of a filter are read. */
interface RowsOptions {
  /** Told of a list that is damaged. Default: who is told of all that is damaged. */
  readonly report?: (problem: HoneError) => void;
  /** Only traces that may have errors; of a damaged list all. Default false. */
  readonly mayHaveFailed?: boolean;
}

/** A store in a database whose schema is of this version. */
export class SqlStore implements TraceStore {
  readonly url: string;
  readonly #engine: SqlEngine;
  readonly #report: (problem: HoneError) => void;
  #isOpen = true;

  constructor(engine: SqlEngine, options: ProblemOptions = {}) {
    this.url = engine.url;
    this.#engine = engine;
    this.#report = reportOnce(options);
  }

  append: TraceStore["append"] = async (batch) => appendBatch(this.#open(), batch);

  put: TraceStore["put"] = async (traces) => putTraces(this.#open(), traces);

  get: TraceStore["get"] = async (id) => {
    const engine = this.#open();
    const row = await this.#unlessUnlisted(
      () => rowOfId(engine, id),
      ({ rows }) => rows.get(id),
    );
    return row === undefined ? undefined : readWholeTrace(engine, row, this.#report);
  };

  ids: TraceStore["ids"] = (beginning, limit) =>
    this.#unlessUnlisted(
      () => idsOf(this.#open(), beginning, limit),
      ({ rows }) => idsFrom(rows.keys(), beginning, limit),
    );

  query: TraceStore["query"] = async (query = {}) => {
    const checked = checkQuery(query);
    return this.#unlessUnlisted(
      () =>
        queryPage(this.#open(), checked, {
          summariesOf: (rows) => this.#summaries(rows, query.prices),
          withError: this.#withError,
        }),
      ({ summaries, contents }) => pageOf(summaries, checked, contents),
    );
  };

  aggregate: TraceStore["aggregate"] = async (filter = {}, by, { onProgress } = {}) => {
    const counter = new TraceCounter(by, filter.prices);
    await this.#count(filter, counter, onProgress);
    return counter.statistics();
  };

  overview: TraceStore["overview"] = async (filter = {}, options = {}) => {
    const { by } = options;
    const words = checkFilter(filter);
    if (isCountable(filter, by))
      return this.#unlessUnlisted(
        () => countedOverview(this.#open(), filter, words, { ...options, by }),
        () => this.#overview(filter, options),
      );
    return this.#overview(filter, options);
  };

  /** An overview of rows and calls that are read one by one. */
  async #overview(filter: TraceFilter, options: OverviewOptions): Promise<TraceOverview[]> {
    const counter = new OverviewCounter(options, filter.prices);
    await this.#count(filter, counter, options.onProgress);
    return counter.overviews();
  }

  /** Counts the traces of a filter with their calls. */
  async #count(
    filter: TraceFilter,
    counter: { add(trace: CountedTrace): void },
    onProgress: OnProgress | undefined,
  ): Promise<void> {
    const report = countingMeter(onProgress);
    for await (const rows of inBatches(this.#rows(filter), countedAtOnce)) {
      const counted = await countedTraces(this.#open(), rows, this.#summary);
      for (const one of counted) counter.add(one);
      report(rows.length);
    }
  }

  async *summaries(filter: TraceFilter = {}): AsyncGenerator<TraceSummary, void> {
    for await (const rows of inBatches(this.#rows(filter), countedAtOnce))
      yield* await this.#summaries(rows, filter.prices);
  }

  async *traces(filter: TraceFilter = {}): AsyncGenerator<Trace, void> {
    let batch: TraceRow[] = [];
    let spans = 0;
    for await (const row of this.#rows(filter)) {
      batch.push(row);
      spans += row.span_count;
      if (spans < spansAtOnce && batch.length < 100) continue;
      yield* await this.#readable(batch);
      batch = [];
      spans = 0;
    }
    yield* await this.#readable(batch);
  }

  async *spans(filter: TraceFilter = {}): AsyncGenerator<Span, void> {
    for await (const row of this.#rows(filter)) yield* this.#spansOf(row);
  }

  async *failures(filter: TraceFilter = {}): AsyncGenerator<Failure, void> {
    const asked = this.#rows(filter, { mayHaveFailed: true });
    for await (const rows of inBatches(asked, countedAtOnce)) {
      // A list that is damaged gives all.
      const some = rows.filter(mayHaveFailures);
      yield* await failuresOfRows(this.#open(), some, (row, read) =>
        this.#unlessDamaged(row, read),
      );
    }
  }

  delete: TraceStore["delete"] = async (ids) => deleteByIds(this.#open(), ids);

  prune: TraceStore["prune"] = async (before) => deleteBefore(this.#open(), before);

  /** There is nothing to wait for: the text index is written in the transaction of the traces. */
  settle: TraceStore["settle"] = async () => void this.#open();

  check: TraceStore["check"] = async () => {
    const engine = this.#open();
    const problems = (await engine.check()).map((problem) => this.#damage(problem));
    let isFileDamaged = problems.length > 0;
    let whole = 0;
    const ofList = (problem: HoneError): void => {
      problems.push(problem);
      isFileDamaged = true;
    };
    for await (const row of this.#rows({}, { report: ofList })) {
      const found = await this.#problemsOf(row);
      if (found === undefined) whole++;
      else problems.push(...found);
    }
    if (isFileDamaged) {
      const saves = "`npx hone store copy` into a new store saves them";
      problems.push(this.#damage(`${whole} of its traces can be read whole; ${saves}`));
    }
    return problems;
  };

  /** What is wrong with a trace; undefined where it can be read whole. */
  async #problemsOf(row: TraceRow): Promise<HoneError[] | undefined> {
    try {
      tagsFrom(row, this.url);
      // Spans that are missing are found by their sums.
      const trace = await readWholeTrace(this.#open(), row, () => undefined);
      const found = trace === undefined ? [] : [...this.#checkSums(row, trace)];
      return found.length === 0 ? undefined : found;
    } catch (error) {
      if (!isDamage(error)) throw error;
      return [error];
    }
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#engine.close();
  }

  #open(): SqlEngine {
    if (!this.#isOpen) throw new HoneError("STORE_CLOSED", { store: this.url });
    return this.#engine;
  }

  /** The rows of a filter. */
  async *#rows(filter: TraceFilter, options?: RowsOptions): AsyncGenerator<TraceRow, void> {
    const { error } = filter;
    const listed = this.#listedRows(filter, options);
    if (error === undefined) return yield* listed;
    for await (const rows of inBatches(listed, countedAtOnce))
      yield* await this.#withError(rows, error);
  }

  readonly #withError = (rows: readonly TraceRow[], error: string): Promise<readonly TraceRow[]> =>
    rowsWithError(this.#open(), rows, {
      error,
      readable: (row, read) => this.#unlessDamaged(row, read),
    });

  /**
   * The rows of a filter, with errors of whatever kind where it asks for one. Where the list is damaged, what can be found of it
   * without the list; `report` gets the damage.
   */
  async *#listedRows(
    filter: TraceFilter,
    { report = this.#report, mayHaveFailed = false }: RowsOptions = {},
  ): AsyncGenerator<TraceRow, void> {
    const words = checkFilter(filter);
    let last: TraceRow | undefined;
    try {
      for await (const row of streamRows(this.#open(), filter, { words, mayHaveFailed })) {
        yield row;
        last = row;
      }
    } catch (error) {
      if (!isError(error, "STORE_DAMAGED")) throw error;
      const { rows, summaries, contents } = await this.#salvage(error, report);
      const after = last && positionOf(summaryFrom(last, []), oldestFirst);
      for await (const one of listOf(summaries, filter, contents)) {
        const isNew =
          after === undefined ||
          comparePositions(positionOf(one, oldestFirst), after, oldestFirst) > 0;
        if (isNew) yield rows.get(one.id)!;
      }
    }
  }

  /** What is read by the list of traces; where the list is damaged, what can be found without it. */
  async #unlessUnlisted<T>(
    read: () => Promise<T>,
    otherwise: (salvaged: Salvaged) => T | Promise<T>,
  ): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!isError(error, "STORE_DAMAGED")) throw error;
      return otherwise(await this.#salvage(error, this.#report));
    }
  }

  /** What can be found of the traces without their list, by id, and what lists need of them. */
  async #salvage(
    reason: HoneError<"STORE_DAMAGED">,
    report: (problem: HoneError) => void,
  ): Promise<Salvaged> {
    const found = await salvageRows(this.#open(), reason);
    for (const problem of found.problems) report(problem);
    const rows = new Map(found.rows.map((row) => [fromColumn(row.id), row]));
    const read = async (id: string): Promise<Trace | undefined> =>
      (await this.#readable([rows.get(id)!]))[0];
    const contents: ContentReader = {
      read,
      async meets({ id }, wanted) {
        const trace = await read(id);
        return trace !== undefined && meetsConditions(trace, wanted);
      },
    };
    return { rows, summaries: found.rows.map(this.#summary), contents };
  }

  /** The summary of a row. Where its tags cannot be read, the trace is listed without them; its head has them, too. */
  readonly #summary = (row: TraceRow): TraceSummary => {
    try {
      return summaryFrom(row, tagsFrom(row, this.url));
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#report(error);
      return summaryFrom(row, []);
    }
  };

  /** The summaries of rows; with prices, each with its cost. */
  async #summaries(
    rows: readonly TraceRow[],
    prices: ModelPrices | undefined,
  ): Promise<readonly TraceSummary[]> {
    if (prices === undefined) return rows.map(this.#summary);
    const costs = pricesByModel(prices);
    const counted = await countedTraces(this.#open(), rows, this.#summary);
    return counted.map(({ summary, calls }) => {
      const cost = costOfCalls(calls, costs);
      return cost === undefined ? summary : { ...summary, cost };
    });
  }

  /** The traces that can be read; the others are reported. */
  async #readable(rows: readonly TraceRow[]): Promise<Trace[]> {
    try {
      return await readWholeTraces(this.#open(), rows, this.#report);
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    const found: Trace[] = [];
    for (const row of rows) {
      const trace = await this.#unlessDamaged(row, () =>
        readWholeTrace(this.#open(), row, this.#report),
      );
      if (trace !== undefined) found.push(trace);
    }
    return found;
  }

  /** What is read of a trace. Damage is reported and gives undefined. */
  async #unlessDamaged<T>(row: TraceRow, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#report(this.#named(error, fromColumn(row.id)));
      return undefined;
    }
  }

  /** The spans of a trace, read in pages. Spans that cannot be read are reported and left out. */
  async *#spansOf(row: TraceRow): AsyncGenerator<Span, void> {
    let after: { readonly sequence: number; readonly id: string } | undefined;
    for (;;) {
      const place = after;
      const rows = await this.#unlessDamaged(row, () =>
        this.#open().read((db) => {
          const all = db
            .selectFrom("hone_spans")
            .select(["id", "sequence", "body"])
            .where("trace_no", "=", row.no);
          const rest =
            place === undefined
              ? all
              : all
                  .where("sequence", ">=", place.sequence)
                  .where(sql<SqlBool>`(sequence > ${place.sequence} or id > ${place.id})`);
          return rest.orderBy("sequence").orderBy("id").limit(spansAtOnce).execute();
        }),
      );
      if (rows === undefined) return;
      for (const { id, body } of rows) {
        const span = this.#span(body, fromColumn(id), fromColumn(row.id));
        if (span !== undefined) yield span;
      }
      after = rows.at(-1);
      if (after === undefined || rows.length < spansAtOnce) return;
    }
  }

  #span(body: string, id: string, traceId: string): Span | undefined {
    try {
      return spanFrom(body, id, { store: this.url, traceId });
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#report(error);
      return undefined;
    }
  }

  #checkSums(row: TraceRow, trace: Trace): HoneError[] {
    const [stored, real] = [
      { ...sumsOf(row), reward: row.reward ?? undefined },
      { ...sumSpans(trace.spans), reward: rewardOfTrace(trace) },
    ].map((sums) => JSON.stringify(sums));
    if (stored === real) return [];
    return [this.#damage(`trace ${trace.id} is listed with ${stored} and has ${real}`)];
  }

  /** The error with the trace's id in it: of a damaged page the database says only that there is one. */
  #named(error: HoneError, id: string): HoneError {
    if (!isError(error, "STORE_DAMAGED") || error.facts.problem.includes(id)) return error;
    return this.#damage(`trace ${id} cannot be read: ${error.facts.problem}`);
  }

  #damage(problem: string): HoneError {
    return new HoneError("STORE_DAMAGED", { store: this.url, problem });
  }
}
