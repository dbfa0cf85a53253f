/**
 * Whole traces out of the tables of heads and spans, and the proof that nothing of them is missing.
 *
 * A damaged index gives fewer rows without an error, so the spans that are found are counted against the trace's row, and read
 * again by another index where some are missing.
 */
import { sql } from "kysely";
import { HoneError } from "../../core/errors.ts";
import { isDamage } from "../../core/stored-damage.ts";
import { orderSpans, type Trace } from "../../core/trace.ts";
import { fromColumn } from "./column-text.ts";
import type { SqlEngine } from "./sql-engine.ts";
import { headFrom, spanFrom, type TextPlace } from "./sql-rows.ts";
import type { TraceRow } from "./sql-tables.ts";

/** Which trace is read. `span_count`: how many spans its row counts, where that is known. */
export type TraceKey = Pick<TraceRow, "no" | "id"> & Partial<Pick<TraceRow, "span_count">>;

interface SpanText {
  readonly id: string;
  readonly body: string;
}

/** Gets the damage of a trace that is given without some of its spans. */
export type OnMissing = (problem: HoneError) => void;

/** The traces of these rows, without those that were deleted since. @throws as `readWholeTrace`, for the first that cannot be read */
export async function readWholeTraces(
  engine: SqlEngine,
  keys: readonly TraceKey[],
  onMissing: OnMissing,
): Promise<Trace[]> {
  if (keys.length === 0) return [];
  const nos = keys.map(({ no }) => no);
  const texts = await engine.read((db) =>
    db
      .selectFrom("hone_heads")
      .select(["trace_no", sql<string>`''`.as("id"), "body", sql<number>`1`.as("is_head")])
      .where("trace_no", "in", nos)
      .unionAll(
        db
          .selectFrom("hone_spans")
          .select(["trace_no", "id", "body", sql<number>`0`.as("is_head")])
          .where("trace_no", "in", nos),
      )
      .execute(),
  );
  const heads = new Map<number, string>();
  const spans = new Map<number, SpanText[]>(nos.map((no) => [no, []]));
  for (const { trace_no, is_head, ...text } of texts) {
    if (is_head === 1) heads.set(trace_no, text.body);
    else spans.get(trace_no)!.push(text);
  }
  const traces: Trace[] = [];
  for (const key of keys) {
    const own = spans.get(key.no)!;
    const hasAll = own.length >= (key.span_count ?? 0);
    const found = hasAll ? own : await spansOf(engine, key, onMissing);
    const trace = await joined(engine, key, heads.get(key.no), found);
    if (trace !== undefined) traces.push(trace);
  }
  return traces;
}

/**
 * The trace of a row; undefined when it was deleted since.
 * @throws STORE_DAMAGED, FORMAT_UNKNOWN_VERSION for a trace that cannot be read
 */
export async function readWholeTrace(
  engine: SqlEngine,
  key: TraceKey,
  onMissing: OnMissing,
): Promise<Trace | undefined> {
  try {
    return (await readWholeTraces(engine, [key], onMissing))[0];
  } catch (error) {
    if (!isDamage(error)) throw error;
    const again = await readApart(engine, key).catch((second: unknown) => {
      if (!isDamage(second)) throw second;
    });
    if (again === undefined) throw error;
    return joined(engine, key, again.head, again.spans);
  }
}

/** Head and spans in two statements, the spans by the index of their ids: what damaged the index of their order may not concern it. */
async function readApart({ read }: SqlEngine, { no, span_count = 0 }: TraceKey) {
  const head = await read((db) =>
    db.selectFrom("hone_heads").select("body").where("trace_no", "=", no).executeTakeFirst(),
  );
  const spans: SpanText[] = await read((db) =>
    db
      .selectFrom("hone_spans")
      .select(["id", "body"])
      .where("trace_no", "=", no)
      .orderBy("id")
      .execute(),
  );
  return spans.length < span_count ? undefined : { head: head?.body, spans };
}

/** The trace of its parts. Undefined when it was deleted since its row was read. */
async function joined(
  engine: SqlEngine,
  key: TraceKey,
  headText: string | undefined,
  spans: readonly SpanText[],
): Promise<Trace | undefined> {
  const place: TextPlace = { store: engine.url, traceId: fromColumn(key.id) };
  const head = headText === undefined ? undefined : headFrom(headText, place);
  if (head?.id !== place.traceId) {
    if (!(await isThere(engine, key))) return undefined;
    const problem =
      head === undefined ? "has no head" : `has the head of another trace, ${head.id}`;
    throw damage(engine, `trace ${place.traceId} ${problem}`);
  }
  const own = spans.map(({ id, body }) => spanFrom(body, fromColumn(id), place));
  return { ...head, spans: orderSpans(own) };
}

/** Whether the row still is this trace's: it may have been deleted, and its number given to another one. */
async function isThere({ read }: SqlEngine, { no, id }: TraceKey): Promise<boolean> {
  const row = await read((db) =>
    db.selectFrom("hone_traces").select("id").where("no", "=", no).executeTakeFirst(),
  );
  return row?.id === id;
}

/** The spans of a trace beside the count of its row, as one statement sees them. */
async function spansOf(
  engine: SqlEngine,
  { no, id }: TraceKey,
  onMissing: OnMissing,
): Promise<SpanText[]> {
  const rows = await engine.read((db) =>
    db
      .selectFrom("hone_traces as t")
      .leftJoin("hone_spans as s", "s.trace_no", "t.no")
      .select(["t.span_count", "s.id", "s.body"])
      .where("t.no", "=", no)
      .orderBy("s.id")
      .execute(),
  );
  const spans = rows.flatMap((row) =>
    row.id === null || row.body === null ? [] : { id: row.id, body: row.body },
  );
  const wanted = rows[0]?.span_count ?? 0;
  if (spans.length < wanted) {
    const problem = `of trace ${fromColumn(id)} only ${spans.length} of ${wanted} spans are found`;
    onMissing(damage(engine, problem));
  }
  return spans;
}

/** The error of a damaged database. */
export const damage = ({ url: store }: SqlEngine, problem: string): HoneError =>
  new HoneError("STORE_DAMAGED", { store, problem });
