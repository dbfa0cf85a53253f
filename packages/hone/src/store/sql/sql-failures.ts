/** Errors of traces and of their spans: of all spans only those with an error are read. */
import { errorKey } from "../../core/error-groups.ts";
import { type Failure, failureOfSpan, failureOfTrace } from "../../core/failure.ts";
import { fromColumn } from "./column-text.ts";
import type { SqlEngine } from "./sql-engine.ts";
import { readHeads } from "./sql-lookups.ts";
import { headFrom, spanFrom } from "./sql-rows.ts";
import type { TraceRow } from "./sql-tables.ts";

/** What `read` gives, or undefined for a part that cannot be read, which has been reported then. */
type Readable = <T>(row: TraceRow, read: () => Promise<T>) => Promise<T | undefined>;

const hasFailed = ({ status }: TraceRow): boolean => status === "failed" || status === "cancelled";

/** Whether a trace may have errors. */
export const mayHaveFailures = (row: TraceRow): boolean => row.error_count > 0 || hasFailed(row);

/** The errors of some traces, in the order of the rows. */
export async function failuresOfRows(
  { read, url: store }: SqlEngine,
  rows: readonly TraceRow[],
  readable: Readable,
): Promise<Failure[]> {
  const failed = rows.filter(hasFailed).map(({ no }) => no);
  const heads = await read((db) => readHeads(db, failed));
  const spans = await failedSpans(read, rows);
  const found: Failure[] = [];
  for (const row of rows) {
    const traceId = fromColumn(row.id);
    const place = { store, traceId };
    const body = heads.get(row.no);
    const own =
      body === undefined
        ? undefined
        : await readable(row, async () => failureOfTrace(headFrom(body, place)));
    if (own !== undefined) found.push(own);
    const trace = { agent: fromColumn(row.agent), startedAt: row.started_at };
    for (const span of spans.get(row.no) ?? []) {
      const one = await readable(row, async () =>
        failureOfSpan(spanFrom(span.body, fromColumn(span.id), place), trace),
      );
      if (one !== undefined) found.push(one);
    }
  }
  return found;
}

/** The rows whose traces have an error of a kind, which is the key of its group. */
export async function rowsWithError(
  engine: SqlEngine,
  rows: readonly TraceRow[],
  { error, readable }: { readonly error: string; readonly readable: Readable },
): Promise<readonly TraceRow[]> {
  const failures = await failuresOfRows(engine, rows.filter(mayHaveFailures), readable);
  const alike = failures.filter((failure) => errorKey(failure.error) === error);
  const ids = new Set(alike.map(({ traceId }) => traceId));
  return rows.filter(({ id }) => ids.has(fromColumn(id)));
}

interface FailedSpan {
  readonly id: string;
  readonly body: string;
}

async function failedSpans(
  read: SqlEngine["read"],
  rows: readonly TraceRow[],
): Promise<ReadonlyMap<number, readonly FailedSpan[]>> {
  const nos = rows.filter(({ error_count }) => error_count > 0).map(({ no }) => no);
  const spans = new Map<number, FailedSpan[]>(nos.map((no) => [no, []]));
  if (nos.length === 0) return spans;
  const found = await read((db) =>
    db
      .selectFrom("hone_spans")
      .select(["trace_no", "id", "body"])
      .where("trace_no", "in", nos)
      .where("has_error", "=", 1)
      .orderBy("trace_no")
      .orderBy("sequence")
      .orderBy("id")
      .execute(),
  );
  for (const { trace_no: no, ...span } of found) spans.get(no)!.push(span);
  return spans;
}
