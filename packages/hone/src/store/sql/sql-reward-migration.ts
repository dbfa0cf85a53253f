/** Version 3 of the schema: the rewards that spans give, and totals that count them. */
import { sql, type SqlBool } from "kysely";
import { parseJson } from "../../core/json.ts";
import { totalReward } from "../../core/trace-reward.ts";
import { readSpan } from "../../formats/span-format.ts";
import { readHead } from "../../formats/trace-format.ts";
import { inChunks } from "./sql-chunks.ts";
import type { SqlLanguage } from "./sql-engine.ts";
import { filledAtOnce, readable } from "./sql-filling.ts";
import { readHeads } from "./sql-lookups.ts";
import { readRewards, rewardsOfRows } from "./sql-rewards.ts";
import { rewardColumns } from "./sql-rows.ts";
import type { SpanRow, TablesConnection } from "./sql-tables.ts";

/** Adds the columns and fills them. As in version 2, what cannot be read stays as it is. */
export async function rewardsOfSpans(db: TablesConnection, language: SqlLanguage): Promise<void> {
  const { text, number } = language.types;
  const statements = [
    `alter table hone_spans add column reward ${number}`,
    `alter table hone_spans add column reward_source ${text}`,
    `create index hone_spans_reward on hone_spans (trace_no, sequence, id, reward, reward_source) where reward is not null`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
  await fillSpanRewards(db, language);
  await fillTotals(db, language);
}

async function fillSpanRewards(db: TablesConnection, language: SqlLanguage): Promise<void> {
  let place = { trace_no: 0, id: "" };
  for (;;) {
    const { trace_no: no, id } = place;
    const spans = await db
      .selectFrom("hone_spans")
      .select(["trace_no", "id", "body"])
      .where(sql<SqlBool>`(trace_no, id) > (${sql.lit(no)}, ${id})`)
      // Every reward span has this text; whether another span has it, too, reading it tells.
      .where("body", "like", '%"reward"%')
      .orderBy("trace_no")
      .orderBy("id")
      .limit(filledAtOnce)
      .execute();
    const rows = spans.flatMap(({ body, ...key }) => {
      const span = readable(() => readSpan(parseJson(body), anyPlace));
      const columns = span === undefined ? undefined : rewardColumns(span);
      return columns?.reward == null ? [] : [{ ...key, ...columns }];
    });
    for (const part of inChunks(rows, 50)) await setSpanRewards(db, language, part);
    const last = spans.at(-1);
    if (last === undefined || spans.length < filledAtOnce) return;
    place = last;
  }
}

type SpanReward = Pick<SpanRow, "trace_no" | "id" | "reward" | "reward_source">;

async function setSpanRewards(
  db: TablesConnection,
  { types }: SqlLanguage,
  rows: readonly SpanReward[],
): Promise<void> {
  const values = rows.map(
    ({ trace_no, id, reward, reward_source }) =>
      sql`(cast(${trace_no} as ${sql.raw(types.integer)}), ${id}, cast(${reward} as ${sql.raw(types.number)}), ${reward_source})`,
  );
  await sql`with v(no, id, reward, source) as (values ${sql.join(values)})
    update hone_spans set reward = v.reward, reward_source = v.source
    from v where hone_spans.trace_no = v.no and hone_spans.id = v.id`.execute(db);
}

async function fillTotals(db: TablesConnection, language: SqlLanguage): Promise<void> {
  for (let after = 0; ;) {
    const traces = await db
      .selectFrom("hone_spans")
      .select("trace_no")
      .distinct()
      .where("reward", "is not", null)
      .where("trace_no", ">", after)
      .orderBy("trace_no")
      .limit(filledAtOnce)
      .execute();
    const nos = traces.map(({ trace_no }) => trace_no);
    const [heads, rewards] = [await readHeads(db, nos), await readRewards(db, nos)];
    const totals = nos.flatMap((no) => {
      const body = heads.get(no);
      const head =
        body === undefined ? undefined : readable(() => readHead(parseJson(body), anyPlace));
      if (head === undefined) return [];
      return [{ no, reward: totalReward(head, rewardsOfRows(rewards.get(no) ?? [])) ?? null }];
    });
    for (const part of inChunks(totals, 50)) await setTotals(db, language, part);
    if (nos.length < filledAtOnce) return;
    after = nos.at(-1)!;
  }
}

async function setTotals(
  db: TablesConnection,
  { types }: SqlLanguage,
  rows: readonly { readonly no: number; readonly reward: number | null }[],
): Promise<void> {
  const values = rows.map(
    ({ no, reward }) =>
      sql`(cast(${no} as ${sql.raw(types.integer)}), cast(${reward} as ${sql.raw(types.number)}))`,
  );
  await sql`with v(no, reward) as (values ${sql.join(values)})
    update hone_traces set reward = v.reward from v where hone_traces.no = v.no`.execute(db);
}

/** The place of a part whose damage is not reported here. */
const anyPlace = { traceId: "", where: "a stored part", index: 0, startedAt: 0 };
