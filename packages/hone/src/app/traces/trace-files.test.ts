import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { isError } from "../../core/errors.ts";
import type { Trace } from "../../core/trace.ts";
import { writeTrace } from "../../formats/trace-format.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { memoryStore } from "../../store/memory-store.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import { readConversations } from "../../data/conversations.ts";
import {
  emptyReport,
  type ExportOptions,
  exportToFile,
  exportToStream,
} from "../../data/export-traces.ts";
import { importTraces } from "../../data/import-traces.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-trace-files-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);

async function storeOf(traces: readonly Trace[]): Promise<TraceStore> {
  const store = memoryStore();
  await store.put(traces);
  return store;
}

async function tracesIn(store: TraceStore): Promise<Trace[]> {
  const traces: Trace[] = [];
  for await (const trace of store.traces()) traces.push(trace);
  return traces;
}

/** Texts that are hard for files of lines. */
const hard: Trace = {
  ...sampleTraces(1)[0]!,
  id: "hard",
  task: 'line\nbreak, \u2028 separator, \u009b31m, quote " and half \ud83d surrogate, 日本 👩‍🚀',
  spans: [],
};

describe("traces as a file", () => {
  // More than are written to a store at once.
  const traces = [...sampleTraces(110), hard];

  it.each(["traces.jsonl", "traces.jsonl.gz"])("come back from %s as they were", async (name) => {
    const store = await storeOf(traces);
    const report = await exportToFile(store, at(name), { format: "traces" });
    expect(report).toEqual({ ...emptyReport, traces: 111, lines: 111 });
    const bytes = await readFile(at(name));
    const text = (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
    expect(text.split("\n")).toHaveLength(112);
    const copy = memoryStore();
    expect(await importTraces(copy, at(name))).toEqual({ imported: 111, alreadyThere: 0 });
    expect(await tracesIn(copy)).toEqual(await tracesIn(store));
    expect(await importTraces(copy, at(name))).toEqual({ imported: 0, alreadyThere: 111 });
  });

  it("leave what is in the store already as it is, unless it is to be replaced", async () => {
    await exportToFile(await storeOf(traces.slice(0, 3)), at("few.jsonl"), { format: "traces" });
    const changed = { ...traces[1]!, totalReward: 7 };
    const store = await storeOf([changed]);
    expect(await importTraces(store, at("few.jsonl"))).toEqual({ imported: 2, alreadyThere: 1 });
    expect(await store.get(changed.id)).toEqual(changed);
    const replaced = await importTraces(store, at("few.jsonl"), { replace: true });
    expect(replaced).toEqual({ imported: 3, alreadyThere: 0 });
    expect(await store.get(changed.id)).toEqual(traces[1]);
  });

  it("are only those of the filter", async () => {
    const store = await storeOf(traces);
    const filter = { agent: "planner" };
    const { traces: count } = await exportToFile(store, at("p.jsonl"), {
      format: "traces",
      filter,
    });
    expect(count).toBe(traces.filter(({ agent }) => agent === "planner").length);
  });

  it("go to a stream no faster than it is read, and it stays open", async () => {
    const stream = new PassThrough({ highWaterMark: 1 });
    let text = "";
    stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
    await exportToStream(await storeOf(traces), stream, { format: "traces" });
    await exportToFile(await storeOf(traces), at("same.jsonl"), { format: "traces" });
    expect(text).toBe(await readFile(at("same.jsonl"), "utf8"));
    expect(stream.writable).toBe(true);
  });

  it("replace no older file where there is none of them, or none holds a conversation", async () => {
    await writeFile(at("older.jsonl"), "old\n");
    const write = (
      store: TraceStore,
      options: Omit<ExportOptions, "format">,
      format: "traces" | "messages",
    ) => exportToFile(store, at("older.jsonl"), { ...options, format });
    const store = await storeOf(traces);
    const none = { filter: { agent: "nobody" } };
    const said = /^TRACES_NONE: .*none is like that; nothing was written to .*older\.jsonl/;
    await expect(write(store, none, "traces")).rejects.toThrow(said);
    const silent = /of 1 like that none holds a conversation/;
    await expect(write(await storeOf([hard]), {}, "messages")).rejects.toThrow(silent);
    expect(await readFile(at("older.jsonl"), "utf8")).toBe("old\n");
  });

  it("are unzipped whatever the name says", async () => {
    await exportToFile(await storeOf(traces), at("zipped.jsonl.gz"), { format: "traces" });
    await rename(at("zipped.jsonl.gz"), at("zipped.jsonl"));
    await exportToFile(await storeOf(traces), at("plain.jsonl"), { format: "traces" });
    await rename(at("plain.jsonl"), at("plain.jsonl.gz"));
    for (const name of ["zipped.jsonl", "plain.jsonl.gz"]) {
      expect((await importTraces(memoryStore(), at(name))).imported).toBe(111);
    }
  });

  it("come from stdin, and every line is checked before the first is written", async () => {
    await exportToFile(await storeOf(traces), at("piped.jsonl"), { format: "traces" });
    const text = await readFile(at("piped.jsonl"), "utf8");
    const copy = memoryStore();
    vi.stubEnv("TMPDIR", folder);
    const take = (bytes: string | Buffer) =>
      importTraces(copy, "-", { stdin: Readable.from([bytes]) });
    await expect(take(`${text}{`)).rejects.toThrow(/^FILE_DAMAGED: stdin:112 cannot be read/);
    expect(await tracesIn(copy)).toEqual([]);
    expect(await take(text)).toEqual({ imported: 111, alreadyThere: 0 });
    expect(await take(gzipSync(text))).toEqual({ imported: 0, alreadyThere: 111 });
    vi.unstubAllEnvs();
    expect((await readdir(folder)).filter((name) => name.startsWith("hone-import-"))).toEqual([]);
  });

  it("are written whole or not at all when Ctrl-C comes", async () => {
    await writeFile(at("old.jsonl"), "old\n");
    const pressed = new AbortController();
    const onProgress = (): void => pressed.abort();
    const options = { format: "traces", signal: pressed.signal, onProgress } as const;
    const store = await storeOf(traces);
    await expect(exportToFile(store, at("old.jsonl"), options)).rejects.toThrow(/^CANCELLED/);
    expect(await readFile(at("old.jsonl"), "utf8")).toBe("old\n");
    expect((await readdir(folder)).filter((name) => name.startsWith("."))).toEqual([]);
  });
});

describe("a file that cannot be read", () => {
  const good = async (): Promise<string> => {
    await exportToFile(await storeOf(sampleTraces(20)), at("good.jsonl"), { format: "traces" });
    return readFile(at("good.jsonl"), "utf8");
  };

  it.each([
    ["no JSON", '{"trace_id"', /^FILE_DAMAGED: .*bad\.jsonl:21 cannot be read: it is not JSON/],
    ["no trace", '{"trace_id":"x"}', /bad\.jsonl:21 cannot be read: it has no list of spans/],
    ["a list", "[1]", /bad\.jsonl:21 cannot be read: it holds no JSON object/],
    [
      "a later version",
      '{"trace_id":"x","hone":{"version":9},"spans":[]}',
      /^FORMAT_UNKNOWN_VERSION: .*bad\.jsonl:21/,
    ],
  ])("for %s names its line, and nothing is written", async (_, line, message) => {
    await writeFile(at("bad.jsonl"), `${await good()}${line}\n`);
    const store = memoryStore();
    await expect(importTraces(store, at("bad.jsonl"))).rejects.toThrow(message);
    expect(await tracesIn(store)).toEqual([]);
  });

  it.each([
    ["conversations", '{"messages":[]}', /it holds conversations \(`npx hone train sft --data`/],
    ["an object on many lines", '{\n  "name": "x"\n}', /: line 1 is no trace: it is not JSON/],
    ["other rows", '\n{"format":"hone.feedback","version":1}', /its format is hone\.feedback/],
    ["other objects", '{"name":"x"}', /: line 1 is no trace: it has no list of spans/],
  ])("is of another kind where it begins with %s, and not damaged", async (_, text, message) => {
    await writeFile(at("other.jsonl"), text);
    const reading = importTraces(memoryStore(), at("other.jsonl"));
    await expect(reading).rejects.toSatisfy(
      (error) => isError(error, "TRACES_FILE_UNREADABLE") && message.test(error.message),
    );
  });

  it("has a reason", async () => {
    const cut = gzipSync(await good()).subarray(0, 500);
    await writeFile(at("cut.jsonl.gz"), cut);
    await writeFile(at("latin.jsonl"), Buffer.from([0x22, 0xe9, 0x22]));
    const read = (name: string) => importTraces(memoryStore(), at(name));
    await expect(read("none.jsonl")).rejects.toThrow(/^TRACES_FILE_UNREADABLE.*no such file/);
    await expect(read("cut.jsonl.gz")).rejects.toThrow(/^TRACES_FILE_UNREADABLE.*unexpected end/);
    await expect(read("latin.jsonl")).rejects.toThrow(/^TRACES_FILE_UNREADABLE.*UTF-8/);
  });
});

describe("conversations of traces", () => {
  it("are read by the trainer's own reader", async () => {
    const store = await storeOf(sampleTraces(5));
    const report = await exportToFile(store, at("chats.jsonl"), { format: "messages" });
    expect(report).toMatchObject({ traces: 5, lines: 5 });
    const { conversations } = await readConversations(at("chats.jsonl"));
    const prompt = sampleTraces(5)[0]!.spans[0]!;
    if (prompt.kind !== "prompt") throw new Error("not a prompt");
    const said = [prompt.input, prompt.output].flat();
    expect(conversations[0]!.messages.map(({ written: _, ...one }) => one)).toEqual(said);
  });
});

describe("a file with a trace that no store takes", () => {
  const [first, second] = sampleTraces(2);
  const line = (trace: unknown): string => `${JSON.stringify(trace)}\n`;

  it("is refused by the line of the trace before anything is written", async () => {
    const deep = "[".repeat(20_000) + "]".repeat(20_000);
    const far = line(writeTrace({ ...second!, startedAt: 1e16 }));
    const nested = line(writeTrace({ ...second!, metadata: { deep: "DEEP" } }));
    const cases = [
      [far, "TRACE_INVALID", "startedAt is 10000000000000000"],
      [nested.replace('"DEEP"', deep), "FILE_DAMAGED", "nested deeper than 500 levels"],
    ] as const;
    for (const [bad, code, text] of cases) {
      await writeFile(at("bad.jsonl"), line(writeTrace(first!)) + bad);
      const store = memoryStore();
      await expect(importTraces(store, at("bad.jsonl"))).rejects.toSatisfy((error) => {
        expect((error as Error).message).toContain(text);
        expect((error as Error).message).toContain("bad.jsonl:2");
        return isError(error, code);
      });
      expect(await tracesIn(store)).toEqual([]);
    }
  });
});
