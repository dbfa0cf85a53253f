/** Two hundred traces of all six span kinds through every store by the command line: nothing is lost, and every store answers alike. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../doubles/command-line.ts";
import { spanKinds } from "../../packages/hone/src/core/span.ts";
import { rewardOfTrace } from "../../packages/hone/src/core/trace-reward.ts";
import type { Trace } from "../../packages/hone/src/core/trace.ts";
import { filesStore } from "../../packages/hone/src/store/files/files-store.ts";
import type { TestSchemas } from "../../packages/hone/src/store/fixtures/postgres-fixture.ts";
import { sharedPostgres } from "../doubles/shared-postgres.ts";
import { sampleTraces } from "../../packages/hone/src/testing/sample-traces.ts";

/** A whole batch of a copy, and a part of one. */
const all = sampleTraces(210);

let folder = "";
let server: TestSchemas;
/** The way of the traces; the last is made from the one before it like all others. */
let stores: readonly [first: string, sqlite: string, postgres: string, last: string];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-stores-"));
  server = await sharedPostgres();
  const [first, sqlite, last] = ["first", "hone.db", "last"].map((name) => join(folder, name));
  stores = [`files:${first}`, `sqlite:${sqlite}`, await server.freshUrl(), `files:${last}`];
  const store = filesStore(first!);
  await store.put(all);
  await store.close();
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

type Row = Record<string, unknown>;

/** Lines of JSON that the command prints. */
async function hone(...words: readonly string[]): Promise<Row[]> {
  const { code, stdout, stderr } = await commandLine([...words, "--json"], { folder });
  expect(code, stderr).toBe(0);
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
}

/**
 * Name of each file of a tree's traces → its content. Keys may stand in another order than the writer's, so that the checksum,
 * which is that of the text, is left out.
 */
async function filesOf(url: string): Promise<Map<string, unknown>> {
  const root = join(url.slice("files:".length), "traces");
  const names = await readdir(root, { recursive: true });
  const files = names.filter((name) => name.endsWith(".json")).toSorted();
  return new Map(
    await Promise.all(
      files.map(async (name) => {
        const text = await readFile(join(root, name), "utf8");
        const content: unknown = JSON.parse(text, (key, value: unknown) =>
          key === "checksum" ? undefined : value,
        );
        return [name, content] as const;
      }),
    ),
  );
}

/** Asks the three kinds of stores, and gives what all of them answer. */
async function ask(...words: readonly string[]): Promise<Row[]> {
  const asked = stores.slice(0, 3).map((store) => hone(...words, "--store", store));
  const [files, sqlite, postgres] = await Promise.all(asked);
  expect(sqlite).toEqual(files);
  expect(postgres).toEqual(files);
  return files!;
}

const idsOf = (rows: readonly Row[]): unknown[] =>
  rows.filter(({ event }) => event === "trace").map(({ id }) => id);

// Each file of a trace is made sure of on the disk, which a busy one takes long for.
describe("traces on the command line", { timeout: 900_000 }, () => {
  it("go files → sqlite → postgres → files and are equal at the end", async () => {
    expect(new Set(all.flatMap(({ spans }) => spans.map(({ kind }) => kind)))).toEqual(
      new Set(spanKinds),
    );
    const reports: Row[] = [];
    for (const [i, from] of stores.slice(0, 3).entries()) {
      reports.push((await hone("store", "copy", from, stores[i + 1]!)).at(-1)!);
    }
    const counts = { traces: 210, spans: 1260, copied: 210, alreadyThere: 0, unreadable: 0 };
    expect(reports).toEqual(reports.map(() => ({ ...counts, hash: reports[0]!["hash"] })));
    const [before, after] = [await filesOf(stores[0]), await filesOf(stores[3])];
    expect(before.size).toBe(210);
    expect(after).toEqual(before);
    const [again] = (await hone("store", "copy", stores[0], stores[3])).slice(-1);
    expect(again).toMatchObject({ copied: 0, alreadyThere: 210, hash: reports[0]!["hash"] });
  });

  it("are listed by filters and order, page after page, alike in every store", async () => {
    const expected = all
      .filter((trace) => trace.agent === "planner" && trace.status === "completed")
      .filter((trace) => trace.tags.includes("held-out") && (rewardOfTrace(trace) ?? -9) >= -0.5)
      .filter(({ startedAt }) => startedAt >= Date.UTC(2025, 0, 9, 13))
      .toSorted((a, b) => rewardOfTrace(a)! - rewardOfTrace(b)! || (a.id < b.id ? -1 : 1))
      .map(({ id }) => id);
    // Three pages at least.
    expect(expected.length).toBeGreaterThan(4);
    const words = "traces list --agent planner --status completed --tag held-out --min-reward=-0.5";
    const rest = "--from 2025-01-09T13:00 --order reward --ascending --limit 2";
    const found: unknown[] = [];
    let pages = 0;
    for (let cursor: readonly string[] = []; pages < 20; pages++) {
      const rows = await ask(...`${words} ${rest}`.split(" "), ...cursor);
      found.push(...idsOf(rows));
      const next = rows.at(-1)!["next"];
      if (next === undefined) break;
      cursor = ["--cursor", next as string];
    }
    expect(found).toEqual(expected);
    expect(pages).toBe(Math.ceil(expected.length / 2) - 1);
  });

  it("are searched by words of tasks, inputs and outputs alike in every store", async () => {
    const steel = all
      .filter(({ task, spans }) => /bridge/.test(task) && /\bsteel\b/.test(JSON.stringify(spans)))
      .map(({ id }) => id);
    expect(steel.length).toBeGreaterThan(10);
    const rows = await ask(..."traces search STEEL bridge --ascending --limit 1000".split(" "));
    expect(idsOf(rows)).toEqual(steel);
    for (const { match } of rows.slice(0, -1))
      expect(JSON.stringify(match)).toMatch(/steel|bridge/i);
    const [none] = await ask("traces", "search", "steels");
    expect(none).toEqual({ traces: 0 });
  });

  it("are counted by agent and day alike in every store", async () => {
    for (const [by, keyOf] of [
      ["agent", ({ agent }: Trace) => agent],
      ["day", ({ startedAt }: Trace) => new Date(startedAt).toISOString().slice(0, 10)],
    ] as const) {
      const rows = await ask("traces", "stats", "--by", by, "--tag", "held-out");
      const groups = Map.groupBy(
        all.filter(({ tags }) => tags.includes("held-out")),
        keyOf,
      );
      const expected = [...groups].map(([key, traces]) => ({
        event: "group",
        key,
        ...sums(traces),
      }));
      expect(rows.slice(0, -1)).toMatchObject(
        expected.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
      );
      expect(rows.at(-1)).toEqual({
        groups: groups.size,
        traces: expected.reduce((total, { count }) => total + count, 0),
      });
    }
  });
});

function sums(traces: readonly Trace[]): Row & { readonly count: number } {
  const rewards = traces.flatMap((trace) => rewardOfTrace(trace) ?? []).toSorted((a, b) => a - b);
  const usages = traces.flatMap(({ spans }) =>
    spans.flatMap((span) => (span.kind === "prompt" ? (span.usage ?? []) : [])),
  );
  const total = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  const half = (rewards.length - 1) / 2;
  return {
    count: traces.length,
    spanCount: 6 * traces.length,
    reward: {
      count: rewards.length,
      // Eighths add up exactly.
      mean: total(rewards) / rewards.length,
      median: (rewards[Math.floor(half)]! + rewards[Math.ceil(half)]!) / 2,
      minimum: rewards[0],
      maximum: rewards.at(-1),
    },
    tokens: {
      input: total(usages.map((u) => u.input)),
      output: total(usages.map((u) => u.output)),
    },
    errorRate: traces.filter(({ status }) => status === "failed").length / traces.length,
  };
}
