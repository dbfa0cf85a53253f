/**
 * The schema of the SQL stores, version by version, forward only.
 *
 * The table `hone_schema` holds the version. Each migration runs in one transaction together with the change of that version,
 * so a database is never between two versions. When several processes open it at once, one of them migrates it.
 */
import { sql, type SqlBool } from "kysely";
import { HoneError } from "../../core/errors.ts";
import { parseJson } from "../../core/json.ts";
import { collectWords } from "../../core/search-words.ts";
import { labelTexts } from "../../core/trace-labels.ts";
import type { TraceHead } from "../../core/trace.ts";
import { totalReward } from "../../core/trace-reward.ts";
import { readSpan } from "../../formats/span-format.ts";
import { readHead } from "../../formats/trace-format.ts";
import { inChunks } from "./sql-chunks.ts";
import { filledAtOnce, readable } from "./sql-filling.ts";
import { callColumns, factsOf } from "./sql-rows.ts";
import type { EngineOptions, SqlEngine, SqlLanguage } from "./sql-engine.ts";
import { agentsOfCalls } from "./sql-call-migration.ts";
import { rewardsOfSpans } from "./sql-reward-migration.ts";
import type { TablesConnection } from "./sql-tables.ts";

export type Migration = (db: TablesConnection, language: SqlLanguage) => Promise<void>;

/** The first migration makes version 1 in an empty database. A migration that was released is never changed. */
export const migrations: readonly Migration[] = [
  tracesAndRollouts,
  labelsAndCalls,
  rewardsOfSpans,
  agentsOfCalls,
];

export interface MigrationReport {
  /** The version that was found; 0 for a database without hone's tables. */
  readonly from: number;
  readonly to: number;
}

/**
 * Brings a database to the version of this build.
 * @throws STORE_SCHEMA_TOO_NEW for a database that a later build made; it is left as it is
 */
export async function migrate(
  engine: SqlEngine,
  list: readonly Migration[] = migrations,
): Promise<MigrationReport> {
  const found = await schemaVersion(engine);
  demandKnown(engine, found, list.length);
  if (found === list.length) return { from: found, to: found };
  return engine.write(async (db) => {
    await engine.language.lockSchema(db);
    // Another process may have migrated it meanwhile.
    const from = await versionOf(db, engine);
    demandKnown(engine, from, list.length);
    for (const migration of list.slice(from)) await migration(db, engine.language);
    if (from < list.length) {
      await db.deleteFrom("hone_schema").execute();
      await db.insertInto("hone_schema").values({ version: list.length }).execute();
    }
    return { from, to: list.length };
  });
}

/**
 * Makes a database ready for use: its schema is brought to this build's version. Tables are made where there are none, unless
 * `mustExist` is set.
 * @throws STORE_NOT_FOUND, STORE_SCHEMA_TOO_NEW; the engine is closed then
 */
export async function ready(
  engine: SqlEngine,
  { mustExist = false }: EngineOptions = {},
): Promise<SqlEngine> {
  try {
    if (mustExist && (await schemaVersion(engine)) === 0) {
      const reason = "the database has no tables of hone";
      throw new HoneError("STORE_NOT_FOUND", { store: engine.url, reason });
    }
    await migrate(engine);
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}

const schemaVersion = (engine: SqlEngine): Promise<number> =>
  engine.read((db) => versionOf(db, engine));

function demandKnown(engine: SqlEngine, found: number, known: number): void {
  if (found > known)
    throw new HoneError("STORE_SCHEMA_TOO_NEW", { store: engine.url, found, known });
}

async function versionOf(db: TablesConnection, { language }: SqlEngine): Promise<number> {
  if (!(await language.hasSchemaTable(db))) return 0;
  const row = await db.selectFrom("hone_schema").select("version").executeTakeFirst();
  return row?.version ?? 0;
}

/** Version 1: traces with their parts, the text index, the queue of rollouts. */
async function tracesAndRollouts(db: TablesConnection, language: SqlLanguage): Promise<void> {
  const type = Object.fromEntries(
    Object.entries(language.types).map(([name, text]) => [name, sql.raw(text)]),
  ) as Record<keyof SqlLanguage["types"], ReturnType<typeof sql.raw>>;
  const statements = [
    sql`create table hone_schema (version ${type.integer} not null)`,
    sql`create table hone_traces (
      no ${type.key}, id ${type.text} not null unique, agent ${type.text} not null, agent_version ${type.text},
      task ${type.text} not null, task_hash ${type.text} not null, task_id ${type.text}, attempt ${type.integer} not null,
      status ${type.text} not null, started_at ${type.number} not null, ended_at ${type.number},
      latency ${type.number}, reward ${type.number}, tags ${type.text} not null, span_count ${type.integer} not null,
      error_count ${type.integer} not null, tokens_input ${type.number} not null, tokens_output ${type.number} not null,
      tokens ${type.number} not null)`,
    sql`create index hone_traces_start on hone_traces (started_at, status, reward)`,
    sql`create index hone_traces_agent on hone_traces (agent, started_at, status, reward)`,
    sql`create index hone_traces_version on hone_traces (agent_version, started_at)`,
    sql`create index hone_traces_status on hone_traces (status, started_at, reward)`,
    sql`create index hone_traces_task on hone_traces (task_hash, started_at)`,
    sql`create index hone_traces_task_id on hone_traces (task_id, started_at)`,
    sql`create index hone_traces_reward on hone_traces (reward)`,
    sql`create index hone_traces_latency on hone_traces (latency)`,
    sql`create index hone_traces_tokens on hone_traces (tokens)`,
    sql`create table hone_heads (trace_no ${type.integer} primary key, body ${type.text} not null)`,
    sql`create table hone_tags (
      trace_no ${type.integer} not null, tag ${type.text} not null, started_at ${type.number} not null,
      primary key (trace_no, tag))`,
    sql`create index hone_tags_tag on hone_tags (tag, started_at, trace_no)`,
    sql`create table hone_spans (
      trace_no ${type.integer} not null, id ${type.text} not null, sequence ${type.number} not null,
      has_error ${type.integer} not null, tokens_input ${type.number} not null, tokens_output ${type.number} not null,
      body ${type.text} not null, primary key (trace_no, id))`,
    sql`create index hone_spans_order on hone_spans (trace_no, sequence, id)`,
    sql`create table hone_docs (no ${type.key}, trace_no ${type.integer} not null)`,
    sql`create index hone_docs_trace on hone_docs (trace_no)`,
    sql`create table hone_rollouts (
      no ${type.key}, id ${type.text} not null unique, payload ${type.text} not null, status ${type.text} not null,
      attempts ${type.integer} not null, max_attempts ${type.integer} not null, enqueued_at ${type.number} not null,
      not_before ${type.number}, worker ${type.text}, token ${type.text}, deadline ${type.number}, result ${type.text},
      error ${type.text}, changed_at ${type.number} not null)`,
    sql`create index hone_rollouts_status on hone_rollouts (status, no)`,
    sql`create index hone_rollouts_token on hone_rollouts (token)`,
    sql`create index hone_rollouts_changed on hone_rollouts (changed_at)`,
  ];
  for (const statement of statements) await statement.execute(db);
  await language.createTextIndex(db);
}

/**
 * Version 2: session and user of a trace, its metadata for conditions and searches, and what statistics need of calls.
 *
 * Rows of version 1 are filled from the JSON of their heads and spans; one that cannot be read stays as it is, and reading it
 * reports the damage as before.
 */
async function labelsAndCalls(db: TablesConnection, language: SqlLanguage): Promise<void> {
  const { text, integer, number } = language.types;
  const statements = [
    `alter table hone_traces add column session_id ${text}`,
    `alter table hone_traces add column user_id ${text}`,
    "create index hone_traces_session on hone_traces (session_id, started_at)",
    "create index hone_traces_user on hone_traces (user_id, started_at)",
    `create table hone_facts (fact ${text} not null, trace_no ${integer} not null, primary key (fact, trace_no))`,
    "create index hone_facts_trace on hone_facts (trace_no)",
    `alter table hone_spans add column model ${text}`,
    `alter table hone_spans add column latency ${number}`,
    `alter table hone_spans add column first_token ${number}`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
  await fillLabels(db, language);
  await fillCalls(db);
}

async function fillLabels(db: TablesConnection, language: SqlLanguage): Promise<void> {
  for (let after = 0; ;) {
    const heads = await db
      .selectFrom("hone_heads")
      .selectAll()
      .where("trace_no", ">", after)
      .orderBy("trace_no")
      .limit(filledAtOnce)
      .execute();
    const known = heads.flatMap(({ trace_no: no, body }) => {
      const head = readable(() => readHead(parseJson(body), { where: "a head" }));
      return head === undefined ? [] : [{ no, head }];
    });
    await fillRewards(db, known);
    const facts = known.flatMap(({ no, head }) =>
      [...new Set(factsOf(head.metadata))].map((fact) => ({ trace_no: no, fact })),
    );
    for (const part of inChunks(facts, 50)) {
      await db.insertInto("hone_facts").values(part).execute();
    }
    const docs = known.map(({ no, head }) => {
      const words = new Set<string>();
      for (const one of labelTexts(head)) collectWords(one, words);
      return { traceNo: no, words: [...words] };
    });
    await language.insertDocs(
      db,
      docs.filter(({ words }) => words.length > 0),
    );
    if (heads.length < filledAtOnce) return;
    after = heads.at(-1)!.trace_no;
  }
}

/** Version 1 added up the rewards of different sources, which `totalReward` keeps apart. */
async function fillRewards(
  db: TablesConnection,
  heads: readonly { readonly no: number; readonly head: TraceHead }[],
): Promise<void> {
  const mixed = heads.filter(({ head }) => new Set(head.rewards.map((one) => one.source)).size > 1);
  for (const { no, head } of mixed) {
    const reward = totalReward(head, []) ?? null;
    await db.updateTable("hone_traces").set({ reward }).where("no", "=", no).execute();
  }
}

async function fillCalls(db: TablesConnection): Promise<void> {
  let place = { trace_no: 0, id: "" };
  for (;;) {
    const { trace_no: no, id } = place;
    const spans = await db
      .selectFrom("hone_spans")
      .select(["trace_no", "id", "body"])
      .where(sql<SqlBool>`(trace_no, id) > (${sql.lit(no)}, ${id})`)
      .orderBy("trace_no")
      .orderBy("id")
      .limit(filledAtOnce)
      .execute();
    for (const row of spans) {
      const span = readable(() =>
        readSpan(parseJson(row.body), { traceId: "", where: "a span", index: 0, startedAt: 0 }),
      );
      if (span?.kind !== "prompt") continue;
      const { model, latency, first_token } = callColumns(span);
      await db
        .updateTable("hone_spans")
        .set({ model, latency, first_token })
        .where("trace_no", "=", row.trace_no)
        .where("id", "=", row.id)
        .execute();
    }
    const last = spans.at(-1);
    if (last === undefined || spans.length < filledAtOnce) return;
    place = last;
  }
}
