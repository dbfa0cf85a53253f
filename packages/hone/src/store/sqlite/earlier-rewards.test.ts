import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fillVersion2, totalsToday } from "../fixtures/version-2-fixture.ts";
import { openSqlite } from "./sqlite-engine.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const earlier = fileURLToPath(new URL("../../../../../test/earlier/hone.db", import.meta.url));

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-earlier-rewards-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("a database of version 1, which added up rewards of all sources, lists those of people alone", async () => {
  const file = join(folder, "hone.db");
  await copyFile(earlier, file);
  const database = new DatabaseSync(file);
  const row = database.prepare("select trace_no, body from hone_heads limit 1").get()!;
  const head = JSON.parse(String(row["body"])) as { trace_id: string; hone: object };
  const reward = { components: {}, at: 0 };
  const rewards = [
    { ...reward, id: "human", source: "human", total: 0.25 },
    { ...reward, id: "rule", source: "rule", total: 1 },
  ];
  const changed = {
    ...head,
    total_reward: 1.25,
    hone: { ...head.hone, rewards, totalReward: undefined },
  };
  const body = JSON.stringify(changed);
  database.prepare("update hone_heads set body = ? where trace_no = ?").run(body, row["trace_no"]!);
  database.prepare("update hone_traces set reward = 1.25 where no = ?").run(row["trace_no"]!);
  database.close();
  const store = await openSqliteStore(file);
  try {
    const { traces } = await store.query({ limit: 100 });
    expect(traces.find(({ id }) => id === head.trace_id)?.reward).toBe(0.25);
  } finally {
    await store.close();
  }
});

it("a database of version 2 lists totals with the rewards of spans, and goes on counting them", async () => {
  const file = join(folder, "second.db");
  const engine = await openSqlite(file);
  await fillVersion2(engine);
  await engine.close();
  const store = await openSqliteStore(file);
  try {
    const { traces } = await store.query({ limit: 100 });
    expect(Object.fromEntries(traces.map(({ id, reward = null }) => [id, reward]))).toEqual(
      totalsToday,
    );
    const reward = { id: "more", source: "rule", total: 4, components: {}, at: 0 } as const;
    await store.append({ rewards: [{ traceId: "spans", reward }] });
    const [listed] = (await store.query({ minReward: 5 })).traces;
    expect(listed).toMatchObject({ id: "spans", reward: 5.25 });
    expect(await store.check()).toHaveLength(1);
  } finally {
    await store.close();
  }
  // Adding to a long trace reads the rewards of its spans, not its spans.
  const database = new DatabaseSync(file);
  const planOf = (statement: string) =>
    JSON.stringify(database.prepare(`explain query plan ${statement}`).all());
  expect(
    planOf(
      "select trace_no, id, sequence, reward, reward_source from hone_spans where trace_no in (1, 2) and reward is not null",
    ),
  ).toContain("COVERING INDEX hone_spans_reward");
  // Statistics and costs read no span either.
  expect(
    planOf(
      "select trace_no, model, agent, has_error, tokens_input, tokens_output, latency, first_token from hone_spans where trace_no in (1, 2) and model is not null",
    ),
  ).toContain("COVERING INDEX hone_spans_calls");
  database.close();
});
