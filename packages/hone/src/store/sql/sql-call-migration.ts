/** Version 4 of the schema: the agent of a call, and indexes that hold all that statistics, costs and lists of errors read. */
import { sql, type SqlBool } from "kysely";
import { parseJson } from "../../core/json.ts";
import { readSpan } from "../../formats/span-format.ts";
import { toColumn } from "./column-text.ts";
import type { SqlLanguage } from "./sql-engine.ts";
import { filledAtOnce, readable } from "./sql-filling.ts";
import type { TablesConnection } from "./sql-tables.ts";

/** Adds the column and fills it. As in earlier versions, what cannot be read stays as it is. */
export async function agentsOfCalls(db: TablesConnection, { types }: SqlLanguage): Promise<void> {
  await sql.raw(`alter table hone_spans add column agent ${types.text}`).execute(db);
  await fillAgents(db);
  const columns =
    "trace_no, model, agent, has_error, tokens_input, tokens_output, latency, first_token";
  const statements = [
    `create index hone_spans_calls on hone_spans (${columns}) where model is not null`,
    "create index hone_spans_errors on hone_spans (trace_no, sequence, id) where has_error = 1",
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}

async function fillAgents(db: TablesConnection): Promise<void> {
  let place = { trace_no: 0, id: "" };
  for (;;) {
    const { trace_no: no, id } = place;
    const spans = await db
      .selectFrom("hone_spans")
      .select(["trace_no", "id", "body"])
      .where(sql<SqlBool>`(trace_no, id) > (${sql.lit(no)}, ${id})`)
      .where("model", "is not", null)
      // Every span that names an agent has this text; whether another span has it, too, reading it tells.
      .where("body", "like", '%"agent"%')
      .orderBy("trace_no")
      .orderBy("id")
      .limit(filledAtOnce)
      .execute();
    for (const { body, ...key } of spans) {
      const agent = readable(() => readSpan(parseJson(body), anyPlace))?.agent;
      if (agent === undefined) continue;
      await db
        .updateTable("hone_spans")
        .set({ agent: toColumn(agent) })
        .where("trace_no", "=", key.trace_no)
        .where("id", "=", key.id)
        .execute();
    }
    const last = spans.at(-1);
    if (last === undefined || spans.length < filledAtOnce) return;
    place = last;
  }
}

/** The place of a part whose damage is not reported here. */
const anyPlace = { traceId: "", where: "a stored part", index: 0, startedAt: 0 };
