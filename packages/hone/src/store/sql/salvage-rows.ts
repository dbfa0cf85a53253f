/**
 * The rows of `hone_traces` out of a database whose list of traces cannot be read in its order.
 *
 * Rows are read by ranges of their numbers, in halves where a range fails, so that a damaged page costs the rows on it only.
 * Those are made again from heads and spans, which lie in other tables. All rows are held in memory.
 */
import { HoneError } from "../../core/errors.ts";
import { isDamage } from "../../core/stored-damage.ts";
import { rewardOfTrace } from "../../core/trace-reward.ts";
import { sumSpans } from "../../core/trace-summary.ts";
import { fromColumn, toColumn } from "./column-text.ts";
import { damage, readWholeTrace } from "./read-whole-traces.ts";
import type { SqlEngine } from "./sql-engine.ts";
import { headFrom, traceRow } from "./sql-rows.ts";
import type { TraceRow } from "./sql-tables.ts";

export interface Salvage {
  /** The rows that were read or made again, in no particular order. */
  readonly rows: readonly TraceRow[];
  /** One error for the list, and one for each trace that is lost. */
  readonly problems: readonly HoneError[];
}

/** Numbers of traces from `first` to `last`, both included. */
interface Range {
  readonly first: number;
  readonly last: number;
}

/** Number of traces that are asked for at once. */
const readAtOnce = 500;

/** Reads what can be read. @param reason  the error that reading in order gave */
export async function salvageRows(
  engine: SqlEngine,
  reason: HoneError<"STORE_DAMAGED">,
): Promise<Salvage> {
  const all = { first: 1, last: await lastNumber(engine) };
  const { found, lost } = await readInParts(all, (range) => rowsIn(engine, range));
  // A page that was damaged to another valid one has fewer rows, without an error. The heads tell which are missing.
  const known = new Set(found.map(({ no }) => no));
  const heads = await readInParts(all, (range) => headNumbersIn(engine, range));
  const missing = heads.found.filter((no) => !known.has(no));
  const remade = await remake(engine, [...new Set([...lost, ...missing])]);
  const rows = [...found, ...remade.rows];
  const counts = `${rows.length} traces are found one by one, ${remade.rows.length} of them by their heads`;
  const problem = `its list of traces cannot be read in order (${reason.facts.problem}); ${counts}`;
  return { rows, problems: [damage(engine, problem), ...remade.problems] };
}

/** The largest number of a trace in any of the tables that can be read; 0 where none can. */
async function lastNumber({ read }: SqlEngine): Promise<number> {
  const ends = [
    () =>
      read((db) =>
        db.selectFrom("hone_traces").select("no").orderBy("no", "desc").limit(1).execute(),
      ),
    ...(["hone_heads", "hone_spans"] as const).map(
      (table) => () =>
        read((db) =>
          db.selectFrom(table).select("trace_no as no").orderBy("no", "desc").limit(1).execute(),
        ),
    ),
  ];
  let last = 0;
  for (const end of ends) {
    const rows = await unlessDamaged(end);
    last = Math.max(last, Number(rows?.[0]?.no ?? 0) || 0);
  }
  return last;
}

const rowsIn = async ({ read, url }: SqlEngine, { first, last }: Range): Promise<TraceRow[]> => {
  const rows = await read((db) =>
    db
      .selectFrom("hone_traces")
      .selectAll()
      .where("no", ">=", first)
      .where("no", "<=", last)
      .execute(),
  );
  for (const row of rows) demandWhole(row, url);
  return rows;
};

const headNumbersIn = async ({ read }: SqlEngine, { first, last }: Range): Promise<number[]> => {
  const rows = await read((db) =>
    db
      .selectFrom("hone_heads")
      .select("trace_no")
      .where("trace_no", ">=", first)
      .where("trace_no", "<=", last)
      .execute(),
  );
  return rows.map(({ trace_no }) => trace_no);
};

/**
 * Throws for a row that has another type in a column than the table has: a damaged page can look like one that is whole.
 * @throws STORE_DAMAGED
 */
export function demandWhole(row: TraceRow, store: string): void {
  const { no, id, agent, task, tags, status, attempt, started_at, span_count } = row;
  const isWhole =
    [id, agent, task, tags, status].every((value) => typeof value === "string") &&
    [no, attempt, started_at, span_count].every((value) => Number.isFinite(value));
  if (isWhole) return;
  throw new HoneError("STORE_DAMAGED", { store, problem: `row ${no} of hone_traces is not one` });
}

/** What a read of a range gives, and the numbers that it could not read. */
interface Parts<T> {
  readonly found: T[];
  readonly lost: number[];
}

async function readInParts<T>(
  all: Range,
  read: (range: Range) => Promise<readonly T[]>,
): Promise<Parts<T>> {
  const parts: Parts<T> = { found: [], lost: [] };
  const readRange = async ({ first, last }: Range): Promise<void> => {
    const found = await unlessDamaged(() => read({ first, last }));
    if (found !== undefined) return void parts.found.push(...found);
    if (first === last) return void parts.lost.push(first);
    const middle = Math.floor((first + last) / 2);
    await readRange({ first, last: middle });
    await readRange({ first: middle + 1, last });
  };
  for (let { first } = all; first <= all.last; first += readAtOnce)
    await readRange({ first, last: Math.min(all.last, first + readAtOnce - 1) });
  return parts;
}

async function unlessDamaged<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}

/** Makes the rows of these numbers again, as far as heads and spans can be read. */
async function remake(engine: SqlEngine, lost: readonly number[]): Promise<Salvage> {
  if (lost.length === 0) return { rows: [], problems: [] };
  const names = await idsByNumber(engine);
  const rows: TraceRow[] = [];
  const problems: HoneError[] = [];
  const unknown: number[] = [];
  for (const no of lost) {
    try {
      const row = await remadeRow(engine, no);
      if (row !== undefined) rows.push(row);
      else if (names.ids.has(no)) throw damage(engine, "it has no head");
    } catch (error) {
      if (!isDamage(error)) throw error;
      const id = names.ids.get(no);
      if (id !== undefined) problems.push(lostTrace(engine, id, error));
      else if (!names.areAll) unknown.push(no);
    }
  }
  if (unknown.length > 0) {
    const problem = `up to ${unknown.length} traces whose ids are not known cannot be read (numbers ${unknown[0]} to ${unknown.at(-1)})`;
    problems.push(damage(engine, problem));
  }
  return { rows, problems };
}

const lostTrace = (engine: SqlEngine, id: string, { message }: HoneError): HoneError =>
  damage(
    engine,
    `trace ${fromColumn(id)} cannot be read: its row lies on a damaged page, and it cannot be made again from its head and spans (${message.split("\n")[0]})`,
  );

/** The row as its head and spans give it. Undefined where there is no head. @throws STORE_DAMAGED, FORMAT_UNKNOWN_VERSION */
async function remadeRow(engine: SqlEngine, no: number): Promise<TraceRow | undefined> {
  const stored = await engine.read((db) =>
    db.selectFrom("hone_heads").select("body").where("trace_no", "=", no).executeTakeFirst(),
  );
  if (stored === undefined) return undefined;
  const head = headFrom(stored.body, { store: engine.url, traceId: `number ${no}` });
  // How many spans it had is not known, so none can be missing.
  const trace = await readWholeTrace(engine, { no, id: toColumn(head.id) }, () => undefined);
  if (trace === undefined) return undefined;
  return { ...traceRow(trace, sumSpans(trace.spans)), no, reward: rewardOfTrace(trace) ?? null };
}

/** The ids of traces by their numbers, out of the index over ids, and whether these are all. */
async function idsByNumber({
  read,
}: SqlEngine): Promise<{ readonly ids: ReadonlyMap<number, string>; readonly areAll: boolean }> {
  const ids = new Map<number, string>();
  // From both ends, so that one damaged page hides little.
  for (const [direction, beyond] of [
    ["asc", ">"],
    ["desc", "<"],
  ] as const) {
    let after: string | undefined;
    for (;;) {
      const place = after;
      const rows = await unlessDamaged(() =>
        read((db) => {
          const all = db.selectFrom("hone_traces").select(["no", "id"]);
          const rest = place === undefined ? all : all.where("id", beyond, place);
          return rest.orderBy("id", direction).limit(readAtOnce).execute();
        }),
      );
      if (rows === undefined) break;
      for (const { no, id } of rows) ids.set(no, id);
      const last = rows.at(-1)?.id;
      if (last === undefined || rows.length < readAtOnce) return { ids, areAll: true };
      if (typeof last !== "string" || last === place) break;
      after = last;
    }
  }
  return { ids, areAll: false };
}
