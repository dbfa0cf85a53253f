/**
 * Writing to the SQL stores: a whole batch in one transaction.
 *
 * The transaction first reads and locks what is stored already, so a batch that is sent again changes nothing: spans with the
 * same text are skipped, and the sums count each span once.
 */
import { HoneError } from "../../core/errors.ts";
import { isDamage } from "../../core/stored-damage.ts";
import type { Feedback } from "../../core/feedback.ts";
import { collectWords } from "../../core/search-words.ts";
import { spanTexts } from "../../core/span-fields.ts";
import type { Span } from "../../core/span.ts";
import {
  mergeFeedback,
  mergeRewards,
  type Trace,
  type TraceHead,
  type TraceReward,
} from "../../core/trace.ts";
import { headTexts } from "../../core/trace-words.ts";
import { demandOwnSpans } from "../../formats/encode-trace.ts";
import type { TraceBatch } from "../../ports/trace-store.ts";
import { changesOf } from "../batch-changes.ts";
import { fromColumn, toColumn } from "./column-text.ts";
import { inChunks } from "./sql-chunks.ts";
import type { SqlEngine, WordDocument } from "./sql-engine.ts";
import {
  addSpan,
  headFrom,
  noSpans,
  spanFrom,
  storeHead,
  storeSpan,
  type StoredHead,
  type StoredSpan,
  sumsOf,
  traceRow,
} from "./sql-rows.ts";
import type { TablesConnection, TraceRow } from "./sql-tables.ts";
import { deleteParts, readExistingSpans, readHeads, readRows } from "./sql-lookups.ts";
import { setRewards } from "./sql-rewards.ts";
import {
  insertFacts,
  insertHeads,
  insertNewTraces,
  insertSpans,
  insertTags,
  updateTraces,
} from "./sql-inserts.ts";

/** The change of one trace, checked before the transaction begins. */
interface Change {
  readonly id: string;
  /** The head of a new trace, or one that replaces the stored head. Stored rewards and feedback stay. */
  readonly head: TraceHead | undefined;
  readonly rewards: readonly TraceReward[];
  readonly feedback: readonly Feedback[];
  readonly spans: ReadonlyMap<string, StoredSpan>;
  /** The head of a trace that is replaced as a whole, so that nothing of the stored one stays. */
  readonly whole?: StoredHead;
}

const isWhole = ({ whole }: Change): boolean => whole !== undefined;

/** Writes a batch. @throws TRACE_INVALID, TRACE_NOT_FOUND; nothing is written then */
export async function appendBatch(engine: SqlEngine, batch: TraceBatch): Promise<void> {
  const changes: Change[] = [];
  for (const [id, { spans, ...change }] of changesOf(batch)) {
    if (change.head !== undefined) storeHead(change.head);
    changes.push({ id, ...change, spans: storeSpans(spans) });
  }
  if (changes.length > 0) await engine.write((db) => write(db, engine, changes));
}

/** Writes whole traces, each replacing the stored one. @throws TRACE_INVALID; nothing is written then */
export async function putTraces(engine: SqlEngine, traces: readonly Trace[]): Promise<void> {
  // Of several traces with one id the last is kept.
  const byId = new Map(traces.map((trace) => [trace.id, trace]));
  const changes = traces.map((trace): Change => {
    demandOwnSpans(trace);
    const { spans, ...head } = trace;
    const { id, rewards, feedback = [] } = head;
    return { id, head, rewards, feedback, spans: storeSpans(spans), whole: storeHead(head) };
  });
  const last = changes.filter((_, i) => byId.get(traces[i]!.id) === traces[i]);
  if (last.length > 0) await engine.write((db) => write(db, engine, last));
}

const storeSpans = (spans: readonly Span[]): Map<string, StoredSpan> =>
  new Map(spans.map((span) => [toColumn(span.id), storeSpan(span)]));

/** A trace that is being written: its change, and what the database has of it. */
interface Target {
  readonly change: Change;
  readonly row: Omit<TraceRow, "no">;
  readonly stored: StoredHead | undefined;
  /** The number of the trace. Undefined until the row of a new trace is inserted. */
  no: number | undefined;
  readonly isNew: boolean;
  /** Texts that a search finds and that the stored head does not have. */
  readonly newTexts: readonly string[];
  /** Whether the stored head has such texts that the new one does not. */
  readonly losesTexts: boolean;
  spans: StoredSpan[];
  /** Whether a span that gave a reward was replaced. */
  losesReward: boolean;
  /** Whether indexed words may no longer be in the trace, so that its words are indexed anew. */
  losesWords: boolean;
}

async function write(
  db: TablesConnection,
  engine: SqlEngine,
  changes: readonly Change[],
): Promise<void> {
  const targets = await readTargets(db, engine, changes);
  const existing = targets.filter(({ isNew }) => !isNew);
  await forgetOldSpans(db, engine, existing);
  await skipKnownSpans(db, existing);
  for (const { row, spans, isNew } of targets) {
    if (isNew) for (const { row: span } of spans) addSpan(row, span, 1);
  }
  await setRewards(db, engine, targets);
  const connection = { db, language: engine.language };
  await insertNewTraces(
    connection,
    targets.filter(({ isNew }) => isNew),
  );
  await updateTraces(
    connection,
    existing.filter(isTouched).map(({ row }) => row),
  );
  await insertHeads(connection, targets);
  await insertTags(connection, targets);
  await insertFacts(connection, targets);
  await insertSpans(connection, targets);
  await indexWords(db, engine, targets);
}

const isTouched = ({ stored, spans, change }: Target): boolean =>
  stored !== undefined || spans.length > 0 || isWhole(change);

/** Reads and locks what is stored of each trace. */
async function readTargets(
  db: TablesConnection,
  { url, language }: SqlEngine,
  changes: readonly Change[],
): Promise<Target[]> {
  const rows = await readRows(
    db,
    changes.map(({ id }) => id),
    language,
  );
  const needed = changes.filter(changesHead);
  const heads = await readHeads(
    db,
    needed.flatMap(({ id }) => rows.get(id)?.no ?? []),
  );
  return changes.map((change) => {
    const { id } = change;
    const row = rows.get(id);
    const body = row && heads.get(row.no);
    // The stored head of a trace that is replaced is not read, since it may be damaged.
    const before =
      body === undefined || isWhole(change)
        ? undefined
        : headFrom(body, { store: url, traceId: id });
    const stored = changedHead(change, before);
    if (row === undefined && stored === undefined) {
      throw new HoneError("TRACE_NOT_FOUND", { store: url, id });
    }
    const sums = row === undefined || isWhole(change) ? noSpans : sumsOf(row);
    return {
      change,
      row: stored === undefined ? columnsOf(row!) : traceRow(stored.head, sums),
      stored,
      no: row?.no,
      isNew: row === undefined,
      ...changedTexts(stored?.head, before),
      spans: [...change.spans.values()],
      losesReward: false,
      losesWords: false,
    };
  });
}

function changedTexts(
  now: TraceHead | undefined,
  before: TraceHead | undefined,
): Pick<Target, "newTexts" | "losesTexts"> {
  if (now === undefined) return { newTexts: [], losesTexts: false };
  const texts = headTexts(now);
  const old = before === undefined ? [] : headTexts(before);
  const [has, had] = [new Set(texts), new Set(old)];
  return {
    newTexts: texts.filter((text) => !had.has(text)),
    losesTexts: old.some((text) => !has.has(text)),
  };
}

/** The row without its number, which only the database sets. */
const columnsOf = ({ no: _, ...columns }: TraceRow): Omit<TraceRow, "no"> => columns;

/** The head after the change. Undefined where the change leaves it as it is. */
function changedHead(change: Change, before: TraceHead | undefined): StoredHead | undefined {
  if (change.whole !== undefined) return change.whole;
  const { head = before, rewards, feedback } = change;
  if (head === undefined || !changesHead(change)) return undefined;
  return storeHead({
    ...head,
    rewards: mergeRewards(before?.rewards ?? [], rewards),
    ...mergeFeedback(before?.feedback, feedback),
  });
}

const changesHead = ({ head, rewards, feedback }: Change): boolean =>
  head !== undefined || rewards.length > 0 || feedback.length > 0;

async function forgetOldSpans(
  db: TablesConnection,
  engine: SqlEngine,
  targets: readonly Target[],
): Promise<void> {
  const nos = targets.filter(({ change }) => isWhole(change)).map(({ no }) => no!);
  await deleteParts(db, engine.language, nos);
  for (const target of targets) {
    if (isWhole(target.change)) for (const { row } of target.spans) addSpan(target.row, row, 1);
  }
}

/** Leaves out spans that are stored with the same text, and subtracts spans that are replaced from the sums. */
async function skipKnownSpans(db: TablesConnection, targets: readonly Target[]): Promise<void> {
  const growing = targets.filter(({ change }) => !isWhole(change));
  const keys = growing.flatMap(({ no, change }) =>
    [...change.spans.keys()].map((id) => ({ no: no!, id })),
  );
  const known = await readExistingSpans(db, keys);
  for (const target of growing) {
    const old = known.get(target.no!);
    target.spans = target.spans.filter(({ row }) => old?.get(row.id)?.body !== row.body);
    for (const { row } of target.spans) {
      const replaced = old?.get(row.id);
      if (replaced !== undefined) addSpan(target.row, replaced, -1);
      addSpan(target.row, row, 1);
      target.losesReward ||= replaced?.reward != null;
      target.losesWords ||= replaced !== undefined;
    }
    // Only traces that are stored come here; in a new one no indexed word could be lost.
    target.losesWords ||= target.losesTexts;
  }
}

/** Largest number of words of one document, so that no row grows without bound. */
const docSize = 20_000;

async function indexWords(
  db: TablesConnection,
  engine: SqlEngine,
  targets: readonly Target[],
): Promise<void> {
  const { language } = engine;
  const again = targets.filter(({ losesWords }) => losesWords);
  await language.deleteDocs(
    db,
    again.map(({ no }) => no!),
  );
  const docs: WordDocument[] = [];
  for (const target of targets) {
    const { no, spans, losesWords, newTexts } = target;
    const texts = losesWords
      ? [...(await storedHeadTexts(db, engine, target)), ...(await storedTexts(db, engine, target))]
      : [...newTexts, ...spans.flatMap(({ span }) => spanTexts(span))];
    docs.push(...docsOf(no!, texts));
  }
  await language.insertDocs(db, docs);
}

/** The texts of the head as it is now: of a change that has no head, the stored one. */
async function storedHeadTexts(
  db: TablesConnection,
  { url: store }: SqlEngine,
  { no, change, row, stored }: Target,
): Promise<string[]> {
  if (stored !== undefined) return headTexts(stored.head);
  const body = (await readHeads(db, [no!])).get(no!);
  try {
    if (body !== undefined) return headTexts(headFrom(body, { store, traceId: change.id }));
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  return [fromColumn(row.task)];
}

async function storedTexts(
  db: TablesConnection,
  { url: store }: SqlEngine,
  { no, change }: Target,
): Promise<string[]> {
  const rows = await db
    .selectFrom("hone_spans")
    .select(["id", "body"])
    .where("trace_no", "=", no!)
    .execute();
  return rows.flatMap(({ id, body }) => {
    try {
      return spanTexts(spanFrom(body, fromColumn(id), { store, traceId: change.id }));
    } catch (error) {
      // A damaged span must not keep others from being written; reading the trace will report it.
      if (!isDamage(error)) throw error;
      return [];
    }
  });
}

function docsOf(traceNo: number, texts: readonly string[]): WordDocument[] {
  const words = new Set<string>();
  for (const text of texts) collectWords(text, words);
  return [...inChunks([...words], docSize)].map((part) => ({ traceNo, words: part }));
}
