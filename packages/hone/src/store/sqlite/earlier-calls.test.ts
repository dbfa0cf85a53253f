/** Databases of version 3, which knew no agents of calls. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { sampleTrace } from "../../testing/sample-traces.ts";
import { migrate, migrations } from "../sql/sql-migrations.ts";
import { storeHead, storeSpan, traceRow } from "../sql/sql-rows.ts";
import { sumSpans } from "../../core/trace-summary.ts";
import { openSqlite } from "./sqlite-engine.ts";
import { openSqliteStore } from "./sqlite-store.ts";

it("count the members of teams and list errors once they are opened", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hone-earlier-calls-"));
  try {
    const file = join(folder, "third.db");
    const engine = await openSqlite(file);
    await migrate(engine, migrations.slice(0, 3));
    const { spans, ...head } = sampleTrace(0);
    const [call] = spans.filter(({ kind }) => kind === "prompt");
    const all = [
      { ...call!, agent: "ada" },
      { ...call!, id: "other", error: { message: "no answer" } },
    ];
    await engine.write(async (db) => {
      const row = { ...traceRow(head, sumSpans(all)), no: 1 };
      await db.insertInto("hone_traces").values(row).execute();
      await db
        .insertInto("hone_heads")
        .values({ trace_no: 1, body: storeHead(head).body })
        .execute();
      for (const span of all) {
        const { agent: _, ...columns } = storeSpan(span).row;
        await db
          .insertInto("hone_spans")
          .values({ trace_no: 1, ...columns } as never)
          .execute();
      }
    });
    await engine.close();
    const store = await openSqliteStore(file);
    const members = await store.aggregate({}, "member");
    const calls = new Map(members.map(({ key, calls }) => [key, calls.count]));
    expect(calls).toEqual(
      new Map([
        ["ada", 1],
        [head.agent, 1],
      ]),
    );
    const failed = [];
    for await (const { spanId } of store.failures()) failed.push(spanId);
    expect(failed).toContain("other");
    await store.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
