/** Statistics over the rows of traces, with the columns of their calls: no text of a span is read. */
import type { CallFacts } from "../../core/call-facts.ts";
import type { CountedTrace } from "../../core/trace-statistics.ts";
import type { TraceSummary } from "../../core/trace-summary.ts";
import type { SqlEngine } from "./sql-engine.ts";
import { callOf } from "./sql-rows.ts";
import type { TraceRow } from "./sql-tables.ts";

/** Number of traces whose calls are read by one statement. */
export const countedAtOnce = 500;

const callColumnNames = [
  ...(["trace_no", "model", "agent", "has_error", "tokens_input"] as const),
  ...(["tokens_output", "latency", "first_token"] as const),
] as const;

/** Traces as statistics need them. @param summaryOf reads a row's summary */
export async function countedTraces(
  { read }: SqlEngine,
  rows: readonly TraceRow[],
  summaryOf: (row: TraceRow) => TraceSummary,
): Promise<CountedTrace[]> {
  const calls = new Map<number, CallFacts[]>(rows.map(({ no }) => [no, []]));
  const nos = [...calls.keys()];
  if (nos.length === 0) return [];
  const found = await read((db) =>
    db
      .selectFrom("hone_spans")
      .select(callColumnNames)
      .where("trace_no", "in", nos)
      .where("model", "is not", null)
      .execute(),
  );
  for (const row of found) calls.get(row.trace_no)!.push(callOf(row));
  return rows.map((row) => ({ summary: summaryOf(row), calls: calls.get(row.no)! }));
}
