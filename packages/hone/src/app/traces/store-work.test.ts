import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ErrorCode, type HoneError, isError } from "../../core/errors.ts";
import { trajectoriesOf } from "../../algorithms/blocks/trajectories.ts";
import type { Rollout, Turn } from "../../core/rollout.ts";
import type { Trace } from "../../core/trace.ts";
import type { TestSchemas } from "../../store/fixtures/postgres-fixture.ts";
import { sharedPostgres } from "../../../../../test/doubles/shared-postgres.ts";
import { traceOfRollout } from "../../rollouts/rollout-trace.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import { rolloutsOf } from "../training/stored/rollouts-of.ts";
import { lastingAddress, migrateStore, openQueue, openStore } from "../open-store.ts";
import { checkStore, copyStore, countPrunable, pruneStore } from "./store-work.ts";

let server: TestSchemas;
let folder = "";
beforeAll(async () => {
  server = await sharedPostgres();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-stores-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const files = (name: string) => `files:${join(folder, name)}`;
const sqlite = (name: string) => `sqlite:${join(folder, name)}`;
const withCode = (code: ErrorCode) => (error: unknown) => isError(error, code);

async function fill(url: string, traces: readonly Trace[]): Promise<void> {
  const store = await openStore(url);
  await store.put(traces);
  await store.close();
}

async function read(url: string): Promise<Trace[]> {
  const store = await openStore(url, { mustExist: true });
  const list: Trace[] = [];
  for await (const trace of store.traces()) list.push(trace);
  await store.close();
  return list;
}

/** Traces with a span each. */
const short = (count: number): Trace[] =>
  sampleTraces(count).map((trace) => ({ ...trace, spans: trace.spans.slice(0, 1) }));
/** Two turns with a tool between them: ids of 16 and of 32 bits, log-probs of 32 and of 64, a NUL among the words. */
const turns: readonly Turn[] = [
  {
    messages: [{ role: "user", content: "6 × 7\u0000?" }],
    reply: {
      role: "assistant",
      content: "",
      toolCalls: [{ id: "c1", name: "times", arguments: '{"a": 6, "b": 7}' }],
    },
    tools: '[{"type":"function","function":{"name":"times","parameters":{"maximum":1.0}}}]',
    ...{ promptTokens: [1, 70_000, 3], tokens: [4, 5], temperature: 0.7, isTruncated: true },
    ...{ logProbs: [Math.fround(-0.1), -0], samplingLogProbs: [-0.1, -Number.MIN_VALUE] },
    ...{ stopReason: "stop", weightsVersion: "w-2", startedAt: 1000, endedAt: 1400.25 },
  },
  {
    messages: [{ role: "tool", content: "42", toolCallId: "c1" }],
    reply: { role: "assistant", content: "42" },
    ...{ promptTokens: [1, 70_000, 3, 4, 5, 6], tokens: [7], temperature: 0, isTruncated: false },
    ...{ logProbs: [Math.fround(-0.7)], samplingLogProbs: [Math.fround(-0.7)] },
    ...{ stopReason: "length", weightsVersion: "w-2", startedAt: 1500, endedAt: 1700 },
  },
];
const trainedRollouts = [0.1 + 0.2, -1e-300].map((total, index): Rollout => ({
  ...{ id: `rollout-${index}`, task: { id: "t" }, turns, answer: { text: "42" }, attempts: 1 },
  reward: { total, components: { success: 1, part: total / 3 }, source: "rule" },
  ...{ isSuccess: true, failure: undefined, metrics: { "tools/calls": 1 }, seconds: 0.7 },
}));
const rolloutTrace = (rollout: Rollout, index: number): Trace =>
  traceOfRollout(rollout, {
    ...{ run: "run", phase: "grpo", split: "train", step: 2, group: 4, index },
    ...{ agent: "run", endedAt: 2000 },
  });

async function filesBelow(root: string): Promise<string[]> {
  const names = await readdir(root, { recursive: true });
  return names.map((name) => join(root, name));
}

describe("copying stores", () => {
  it("loses nothing from files to SQLite to PostgreSQL and back to files", async () => {
    // More than a batch of a copy goes the same way in stores-cli.test.ts.
    const traces = sampleTraces(30);
    const postgres = await server.freshUrl();
    await fill(files("first"), traces);
    const reports = [
      await copyStore(files("first"), sqlite("a.db")),
      await copyStore(sqlite("a.db"), postgres),
      await copyStore(postgres, files("last")),
    ];
    for (const report of reports) {
      expect(report).toMatchObject({ traces: 30, spans: 180, copied: 30, alreadyThere: 0 });
    }
    expect(new Set(reports.map(({ hash }) => hash)).size).toBe(1);
    expect(await read(files("last"))).toEqual(traces);
    expect(await copyStore(files("last"), sqlite("a.db"))).toMatchObject({
      copied: 0,
      alreadyThere: 30,
    });
  });

  it("gives the rollouts of a run back as they were trained, to the last bit, from SQLite and from PostgreSQL", async () => {
    const postgres = await server.freshUrl();
    await fill(sqlite("run.db"), trainedRollouts.map(rolloutTrace));
    await copyStore(sqlite("run.db"), postgres);
    const query = { run: "run", phase: "grpo", step: 2, split: "train" } as const;
    const rows = JSON.stringify(trainedRollouts.map((one) => trajectoriesOf(one)));
    for (const url of [sqlite("run.db"), postgres]) {
      const { groups } = await rolloutsOf(url, query);
      const back = groups.flatMap(({ rollouts }) => rollouts);
      expect(groups.map(({ origin }) => origin)).toMatchObject([{ step: 2, group: 4 }]);
      expect(back.map(({ traceId: _, tokens: __, ...rollout }) => rollout)).toEqual(
        trainedRollouts,
      );
      expect(JSON.stringify(back.map((one) => trajectoriesOf(one)))).toBe(rows);
    }
  });

  it("goes on after it was stopped", async () => {
    await fill(sqlite("a.db"), short(250));
    const stop = new AbortController();
    const copying = copyStore(sqlite("a.db"), sqlite("b.db"), {
      signal: stop.signal,
      onProgress: ({ what }) => {
        if (what === "copying 200 traces") stop.abort();
      },
    });
    await expect(copying).rejects.toSatisfy(
      (error) => isError(error, "CANCELLED") && error.message.includes("200 traces copied"),
    );
    const report = await copyStore(sqlite("a.db"), sqlite("b.db"));
    expect(report).toMatchObject({ copied: 50, alreadyThere: 200 });
  });

  it("copies one agent, and makes no store where the source is missing", async () => {
    await fill(sqlite("a.db"), sampleTraces(60));
    await copyStore(sqlite("a.db"), sqlite("b.db"), { filter: { agent: "planner" } });
    expect(new Set((await read(sqlite("b.db"))).map(({ agent }) => agent))).toEqual(
      new Set(["planner"]),
    );
    for (const missing of [sqlite("no.db"), files("no"), await server.freshUrl()]) {
      await expect(copyStore(missing, sqlite("c.db"))).rejects.toSatisfy(
        withCode("STORE_NOT_FOUND"),
      );
      await expect(read(missing)).rejects.toSatisfy(withCode("STORE_NOT_FOUND"));
    }
    await expect(read(sqlite("c.db"))).rejects.toSatisfy(withCode("STORE_NOT_FOUND"));
  });
});

describe("what cannot be read", () => {
  /** Of five traces one is damaged, on the disk and in a row. */
  async function damaged(): Promise<readonly string[]> {
    await fill(files("f"), sampleTraces(5));
    const path = (await filesBelow(join(folder, "f"))).find((one) => one.includes("sample-2"))!;
    await writeFile(path, "{");
    await fill(sqlite("a.db"), sampleTraces(5));
    const database = new DatabaseSync(join(folder, "a.db"));
    database.exec("update hone_spans set body = '{' where trace_no = 3");
    database.close();
    return [files("f"), sqlite("a.db")];
  }

  it("is counted and named by a copy, which copies the rest", async () => {
    for (const [i, from] of (await damaged()).entries()) {
      const problems: string[] = [];
      const onProblem = ({ message }: HoneError): void => void problems.push(message);
      const report = await copyStore(from, sqlite(`to${i}.db`), { onProblem });
      expect(report).toMatchObject({ traces: 4, copied: 4, unreadable: 1 });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain("sample-2");
      expect(await read(sqlite(`to${i}.db`))).toHaveLength(4);
    }
  });

  it("is written again where it is in the target", async () => {
    await fill(files("whole"), sampleTraces(5));
    for (const to of await damaged()) {
      const problems: HoneError[] = [];
      const onProblem = (problem: HoneError): void => void problems.push(problem);
      const report = await copyStore(files("whole"), to, { onProblem });
      expect(report).toMatchObject({ traces: 5, copied: 1, unreadable: 0 });
    }
  });

  it("makes no store where nothing fits the filter", async () => {
    await fill(sqlite("a.db"), sampleTraces(5));
    const report = await copyStore(sqlite("a.db"), sqlite("b.db"), { filter: { agent: "nobody" } });
    expect(report).toMatchObject({ traces: 0, copied: 0, unreadable: 0 });
    expect(await readdir(folder)).toEqual(["a.db"]);
  });
});

describe("a folder of files", () => {
  it("that another program made is refused by every operation and stays as it is", async () => {
    await mkdir(join(folder, "docs"));
    await writeFile(join(folder, "docs", "a.md"), "# A");
    for (const work of [checkStore, read, migrateStore]) {
      await expect(work(files("docs"))).rejects.toSatisfy(
        (error) =>
          isError(error, "STORE_NOT_FOUND") &&
          error.facts.reason.includes("is not a store of hone"),
      );
    }
    expect(await readdir(join(folder, "docs"))).toEqual(["a.md"]);
  });
});

describe("pruning", () => {
  it("deletes on every store what started before the time, or only counts it", async () => {
    // More than are deleted at once.
    const traces = short(520);
    for (const url of [files("f"), sqlite("a.db"), await server.freshUrl()]) {
      await fill(url, traces);
      const before = traces[510]!.startedAt;
      expect(await countPrunable({ url }, before)).toBe(510);
      const seen: string[] = [];
      const onProgress = ({ what }: { readonly what: string }) => seen.push(what);
      const answers = [false, true];
      const options = {
        isAgreed: async (count: number) => count === 510 && answers.shift()!,
        signal: new AbortController().signal,
        onProgress,
      };
      expect(await pruneStore({ url }, before, options)).toBeUndefined();
      expect(await pruneStore({ url }, before, options)).toBe(510);
      expect(seen).toEqual(["deleted 500 traces", "deleted 510 traces"]);
      expect(await read(url)).toEqual(traces.slice(510));
      expect((await checkStore(url)).problems).toEqual([]);
    }
  });

  it("stops between two steps when it is told to", async () => {
    await fill(sqlite("a.db"), short(510));
    const stop = new AbortController();
    const pruning = pruneStore({ url: sqlite("a.db") }, Infinity, {
      isAgreed: async () => true,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(pruning).rejects.toSatisfy(withCode("CANCELLED"));
    expect(await read(sqlite("a.db"))).toHaveLength(10);
  });
});

describe("addresses of stores", () => {
  it("that name none are errors with a code, and show no user and no password", async () => {
    const bad = [
      "",
      "hone.db",
      "./hone.db",
      "sqlite:",
      "sqlite::memory:",
      "files:",
      "postgres://[",
      "mysql://ada:ge/h@eim@x/y",
      "postgres:ada:geheim@x/y",
      "postgres://ada:ge#heim@x/y",
      "postgres://ada:ge/heim@x/y",
      "mallory:geheim@x/y",
    ];
    for (const url of bad) {
      const error: unknown = await openStore(url).catch((thrown: unknown) => thrown);
      expect(isError(error, "STORE_URL_INVALID"), url).toBe(true);
      expect((error as Error).message).not.toMatch(/ada|eim/);
    }
  });

  it("without a scheme lead to what lies there", async () => {
    await fill(sqlite("a.db"), sampleTraces(1));
    await mkdir(join(folder, "tree"));
    for (const [name, scheme] of [
      ["a.db", "sqlite"],
      ["tree", "files"],
      ["new.db", "sqlite"],
    ] as const) {
      const path = join(folder, name);
      await expect(openStore(path)).rejects.toThrow(`Did you mean ${scheme}:${path}?`);
    }
    await expect(openStore("hone")).rejects.not.toThrow("Did you mean");
    expect(() => lastingAddress("memory:")).toThrow(
      /→ Give files:[^:]*, sqlite:[^:]*, postgres:[^ ]* or https:[^ ]*\.$/,
    );
  });

  it("open what they name, SQLite with and without slashes", async () => {
    const memory = await openStore("memory:");
    expect(memory.url).toBe("memory:");
    await memory.close();
    await fill(`sqlite://${join(folder, "a.db")}`, sampleTraces(1));
    expect(await read(sqlite("a.db"))).toHaveLength(1);
  });

  it("lead to a queue where the store has one", async () => {
    for (const url of [sqlite("q.db"), await server.freshUrl()]) {
      const queue = await openQueue(url);
      expect(await queue.enqueue([{ id: "a", payload: 1 }])).toBe(1);
      await queue.close();
    }
    await expect(openQueue(files("f"))).rejects.toSatisfy(withCode("STORE_URL_INVALID"));
  });
});

describe("migrating a store", () => {
  it("makes the schema of an empty database, leaves a current one, and has nothing to do for files", async () => {
    const url = await server.freshUrl();
    expect(await migrateStore(url)).toEqual({ from: 0, to: 4 });
    expect(await migrateStore(url)).toEqual({ from: 4, to: 4 });
    await expect(migrateStore(sqlite("no.db"))).rejects.toSatisfy(withCode("STORE_NOT_FOUND"));
    await expect(migrateStore(files("f"))).rejects.toSatisfy(withCode("STORE_NOT_FOUND"));
    await fill(files("f"), sampleTraces(1));
    expect(await migrateStore(files("f"))).toBeUndefined();
  });
});
