/** Words that thousands of traces hold are found by another plan than rare ones, with the same answers. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Trace } from "../../core/trace.ts";
import type { TraceOrder } from "../../core/trace-query.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const COUNT = 6000;

/** Traces without spans. All but each tenth say "common", and each thousandth "rare"; they start in no order. */
const traces = Array.from({ length: COUNT }, (_, i): Trace => {
  const words = [i % 10 === 0 ? "seldom" : "common", ...(i % 1000 === 1 ? ["rare"] : [])];
  const startedAt = 1_700_000_000_000 + ((i * 7919) % COUNT) * 1000;
  const [sample] = sampleTraces(1);
  const task = `${words.join(" ")} ${i % 3 === 0 ? "third" : "other"}`;
  return {
    ...sample!,
    id: `t${i}`,
    task,
    agent: `a${i % 4}`,
    startedAt,
    endedAt: startedAt + 1,
    spans: [],
  };
});

let folder = "";
let store: TraceStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-common-"));
  store = await openSqliteStore(join(folder, "hone.db"));
  for (let from = 0; from < COUNT; from += 500) await store.put(traces.slice(from, from + 500));
}, 120_000);
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const newest: TraceOrder = { by: "startedAt", direction: "descending" };

it.each([
  ["common", {}],
  ["common third", {}],
  ["common rare", {}],
  ["rare", {}],
  ["common", { agent: "a2" }],
  ["common", { from: 1_700_000_100_000, to: 1_700_001_000_000 }],
])("finds the newest with %j and %o, page after page", async (text, more) => {
  const words = text.split(" ");
  const { agent, from = 0, to = Infinity } = more as { agent?: string; from?: number; to?: number };
  const wanted = traces
    .filter((one) => words.every((word) => one.task.split(" ").includes(word)))
    .filter((one) => agent === undefined || one.agent === agent)
    .filter(({ startedAt }) => startedAt >= from && startedAt < to)
    .toSorted((a, b) => b.startedAt - a.startedAt)
    .map(({ id }) => id);
  const query = { text, ...more, order: newest, limit: 20 };
  const first = await store.query(query);
  expect(first.traces.map(({ id }) => id)).toEqual(wanted.slice(0, 20));
  if (first.next === undefined) return;
  const second = await store.query({ ...query, cursor: first.next });
  expect(second.traces.map(({ id }) => id)).toEqual(wanted.slice(20, 40));
});

it("has them in the index", () => {
  const database = new DatabaseSync(join(folder, "hone.db"), { readOnly: true });
  const count = `select count(*) as count from hone_words where hone_words match '"common"'`;
  expect(database.prepare(count).get()).toEqual({ count: 5400 });
  database.close();
});
