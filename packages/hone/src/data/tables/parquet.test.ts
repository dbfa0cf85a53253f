/** Parquet files of pyarrow and datasets (test/golden/parquet_files.py), and those that hone writes. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { asyncBufferFromFile, parquetMetadataAsync } from "hyparquet";
import { afterAll, describe, expect, it } from "vitest";
import { type Conversation, readConversations } from "../conversations.ts";
import { readPairs } from "../preference-files.ts";
import { type ParquetColumns } from "./parquet-columns.ts";
import { openParquet } from "./parquet-read.ts";
import { writeParquet } from "./parquet-write.ts";

const root = mkdtempSync(join(tmpdir(), "hone-parquet-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const golden = (name: string): string =>
  join(import.meta.dirname, "../../../../../test/golden/parquet", name);

/** Without how a file wrote them, and where. */
const said = async (path: string): Promise<readonly unknown[]> =>
  (await readConversations(path)).conversations.map(({ line: _, messages, ...one }) => ({
    ...one,
    messages: messages.map(({ written: __, ...message }) => message),
  }));

describe("files of other programs", () => {
  it.each(["snappy", "gzip", "zstd", "brotli", "lz4", "none"])(
    "hold conversations with tools, compressed by %s",
    async (codec) => {
      expect(await said(golden(`chats-${codec}.parquet`))).toEqual(
        await said(golden("chats.json")),
      );
    },
  );

  it("may be written by datasets, hold JSON as text, or have many groups of rows", async () => {
    const chats = await said(golden("chats.json"));
    expect(await said(golden("datasets.parquet"))).toEqual(chats);
    const { conversations } = await readConversations(golden("groups.parquet"));
    expect(conversations.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await said(golden("groups.parquet"))).toEqual(Array(5).fill(chats).flat());
    const withoutRewards = chats.map((one) => ({ ...(one as Conversation), reward: undefined }));
    expect(await said(golden("texts.parquet"))).toEqual(withoutRewards);
  });

  it("give a template no fields that only other messages have", async () => {
    const { conversations } = await readConversations(golden("chats-snappy.parquet"));
    expect(conversations[0]!.messages.map(({ written }) => written)).toEqual([
      undefined,
      '{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"add","arguments":"{\\"a\\": 2}"}}]}',
      '{"role":"tool","content":"4","tool_call_id":"c1"}',
      undefined,
    ]);
  });

  it("may be data frames, whose missing numbers are none, and pairs", async () => {
    expect((await readConversations(golden("frame.parquet"))).conversations).toMatchObject([
      { line: 1, weight: 2, isPlain: true },
      { line: 2, weight: 1, reward: 0.25 },
    ]);
    expect((await readPairs(golden("pairs.parquet"))).examples[0]!.chosen).toEqual([
      { role: "assistant", content: "a" },
    ]);
  });

  it.each([
    ["timestamp.parquet", /meta\.at is of the type TIMESTAMP, and only/],
    ["binary.parquet", /column completion is of the type BYTE_ARRAY/],
    ["empty.parquet", /DATA_EMPTY/],
    ["none.parquet", /DATA_UNREADABLE.*there is no such file.*\n.*Check the path/],
  ])("are refused: %s", async (name, problem) => {
    await expect(readConversations(golden(name))).rejects.toThrow(problem);
  });

  it("are refused when they are cut or damaged", async () => {
    const whole = readFileSync(golden("chats-snappy.parquet"));
    const path = join(root, "damaged.parquet");
    const problem = /DATA_UNREADABLE.*\n.*The Parquet file is cut, damaged .*write it again/;
    writeFileSync(path, whole.subarray(0, 2000));
    await expect(readConversations(path)).rejects.toThrow(problem);
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, 40, 400);
    writeFileSync(path, damaged);
    await expect(readConversations(path)).rejects.toThrow(problem);
    writeFileSync(path, "no parquet");
    await expect(readConversations(path)).rejects.toThrow(problem);
  });

  it("name the row and the key of what is no conversation", async () => {
    const path = join(root, "row.parquet");
    copyFileSync(golden("frame.parquet"), path);
    const columns: ParquetColumns = { prompt: "text", answer: "text" };
    await writeParquet(path, { columns, rows: rowsOf([{ prompt: "a", answer: "b" }]) });
    const problem = /row\.parquet:1: it has the unknown key "answer"/;
    await expect(readConversations(path)).rejects.toThrow(problem);
  });
});

async function* rowsOf(rows: readonly object[]): AsyncGenerator<object, void> {
  yield* rows;
}

async function readBack(path: string) {
  const { rows, facts } = await openParquet({ path, unreadable: (cause) => cause as Error });
  const all: unknown[] = [];
  for await (const { values } of rows) all.push(values);
  return { all, facts };
}

it("reads back every row that it writes, nested, in more than one group", async () => {
  const columns: ParquetColumns = {
    ...{ text: "text", number: "number", flag: "flag", count: "integer", any: "json" },
    steps: { list: { fields: { name: "text", tokens: { list: "integer" }, said: "json" } } },
    outcome: { fields: { status: "text", inner: { fields: { ok: "flag" } } } },
  };
  const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  // The library loses a key "__proto__" of JSON.
  const json = fc
    .jsonValue()
    .filter((value) => value !== null && !JSON.stringify(value).includes("__proto__"));
  const text = fc.string({ unit: "grapheme" });
  const integer = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const row = fc.record(
    {
      ...{ text, number: fc.double({ noNaN: true, noDefaultInfinity: true }), flag: fc.boolean() },
      ...{ count: integer, any: json },
      steps: fc.array(
        fc.record({ name: text, tokens: fc.array(integer), said: json }, { requiredKeys: [] }),
      ),
      outcome: fc.record({ status: text, inner: fc.record({ ok: fc.boolean() }) }),
    },
    { requiredKeys: [] },
  );
  const path = join(root, "rows.parquet");
  await fc.assert(
    fc.asyncProperty(fc.array(row), optional(text), async (rows, fact = "x") => {
      const many = Array.from({ length: Math.min(rows.length, 3) }, () => rows).flat();
      await writeParquet(path, { columns, rows: rowsOf(many), facts: { fact } });
      const { all, facts } = await readBack(path);
      expect(JSON.stringify(all)).toEqual(JSON.stringify(inOrder(many, columns)));
      expect(facts).toEqual({ fact });
    }),
    { numRuns: 40 },
  );
  const long = Array.from({ length: 2500 }, (_, i) => ({ count: i }));
  await writeParquet(path, { columns, rows: rowsOf(long) });
  expect((await readBack(path)).all).toEqual(long);
});

it("writes groups of a thousand rows, and smaller ones of long rows", async () => {
  const path = join(root, "groups.parquet");
  const sizesOf = async (count: number, text: string): Promise<readonly number[]> => {
    const rows = Array.from({ length: count }, () => ({ text }));
    await writeParquet(path, { columns: { text: "text" }, rows: rowsOf(rows) });
    const { row_groups: groups } = await parquetMetadataAsync(await asyncBufferFromFile(path));
    expect((await readBack(path)).all).toEqual(rows);
    return groups.map(({ num_rows: size }) => Number(size));
  };
  expect(await sizesOf(1001, "short")).toEqual([1000, 1]);
  expect(await sizesOf(5, "x".repeat(600_000))).toEqual([2, 2, 1]);
  expect(await sizesOf(0, "")).toEqual([]);
});

/** Rows with their keys in the order of the columns; -0 is 0 in JSON. */
const inOrder = (rows: readonly object[], columns: ParquetColumns): unknown =>
  rows.map((row) => {
    const fields = row as Readonly<Record<string, unknown>>;
    const keys = Object.keys(columns).filter((key) => fields[key] !== undefined);
    return Object.fromEntries(keys.map((key) => [key, ordered(columns[key]!, fields[key])]));
  });

function ordered(column: ParquetColumns[string], value: unknown): unknown {
  if (typeof column === "string") return value;
  if ("list" in column) return (value as unknown[]).map((one) => ordered(column.list, one));
  return (inOrder([value as object], column.fields) as readonly unknown[])[0];
}
