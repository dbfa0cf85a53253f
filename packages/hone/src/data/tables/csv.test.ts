import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { type BadCsvRow, type CsvOptions, csvRecords, csvText, readCsvRows } from "./csv.ts";

const root = mkdtempSync(join(tmpdir(), "hone-csv-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const file = join(root, "table.csv");

async function* inPieces(text: string, size = Infinity): AsyncGenerator<string, void> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const records = (text: string, size?: number) => all(csvRecords(inPieces(text, size)));

const rows = (content: string | Buffer, options?: CsvOptions) => {
  writeFileSync(file, content);
  return all(readCsvRows(file, options));
};

it.each([Infinity, 1])(
  "reads cells, quotes and line ends of every system, and says where rows begin, in pieces of %s",
  async (size) => {
    const text = '\ufeffa,b\r\n1,"two, ""2""\r\nand\n\nmore"\r\n\r\n   \r\n,\r\n3,4\r5,6\nlast,"x"';
    expect(await records(text, size)).toEqual([
      { line: 1, cells: ["a", "b"] },
      { line: 2, cells: ["1", 'two, "2"\r\nand\n\nmore'] },
      { line: 8, cells: ["", ""] },
      { line: 9, cells: ["3", "4"] },
      { line: 10, cells: ["5", "6"] },
      { line: 11, cells: ["last", "x"] },
    ]);
  },
);

it("takes semicolons where the first line has no comma", async () => {
  expect((await records("a;b\n1,5;2\n", 1)).map(({ cells }) => cells)).toEqual([
    ["a", "b"],
    ["1,5", "2"],
  ]);
});

it("reads a file by the names of its columns, also gzipped", async () => {
  const text = ' a ,b\n1,"x\ny"\n2,\n';
  const expected = [
    { line: 2, values: { a: "1", b: "x\ny" } },
    { line: 4, values: { a: "2", b: "" } },
  ];
  expect(await rows(text, { columns: ["b"], optional: ["a"] })).toEqual(expected);
  expect(await rows(gzipSync(text))).toEqual(expected);
});

it.each<[string | Buffer, CsvOptions, string]>([
  ["", {}, "DATA_EMPTY"],
  ["a,b\n", {}, "DATA_EMPTY"],
  ["a,b\n1,2\n3\n", {}, "table.csv:3: it has 1 cells for 2 columns"],
  ['a,b\n"1\n",2\n3,4,5\n', {}, "table.csv:4: it has 3 cells for 2 columns"],
  [
    "a,b\n1,2\n",
    { columns: ["a", "c", "d"] },
    "table.csv:1: it has no column c, d; its columns are a, b",
  ],
  ["\n\na,b,a\n1,2,3\n", {}, "table.csv:3: the column a is there twice"],
  ["a,,b\n1,2,3\n", {}, "table.csv:1: its column 2 has no name"],
  [
    "a,x\n1,2\n",
    { columns: ["a"], optional: ["b"] },
    'table.csv:1: there is no column "x"; there are a, b',
  ],
  [
    'a,b\n1,2\n"open,2\n3,4\n',
    {},
    "table.csv:3: a quote of the row that begins here is not closed",
  ],
  ['a,b\nx,"y"z\n', {}, "table.csv:2: there is text after a closing quote"],
  ['a,b\nx,y"z"\n', {}, "table.csv:2: there is a quote within a cell"],
  [Buffer.from([0x61, 0x0a, 0xff, 0x0a]), {}, "it is not UTF-8"],
  ["a\n1\n", { signal: AbortSignal.abort() }, "CANCELLED"],
])("says what is wrong with %j", async (text, options, problem) => {
  await expect(rows(text, options)).rejects.toThrow(problem);
});

it("hands over bad rows with their lines where it is asked to", async () => {
  const bad: BadCsvRow[] = [];
  const good = await rows("a,b\n1\n2,3\n4,5,6\n", { onBadRow: (row) => bad.push(row) });
  expect(good).toEqual([{ line: 3, values: { a: "2", b: "3" } }]);
  expect(bad.map(({ line }) => line)).toEqual([2, 4]);
});

it("says that a file is not there", async () => {
  const reading = all(readCsvRows(join(root, "none.csv")));
  await expect(reading).rejects.toThrow(/DATA_UNREADABLE.*there is no such file/);
});

it("leaves the file when its reader stops early", async () => {
  writeFileSync(file, `a\n${"1\n".repeat(200_000)}`);
  let count = 0;
  for await (const _ of readCsvRows(file)) if (++count === 3) break;
  expect(count).toBe(3);
});

it("reads back every table that it writes", async () => {
  const cell = fc.string({
    unit: fc.constantFrom("a", " ", ",", ";", '"', "\r", "\n", "\t", "\u00e9", "\ufeff"),
  });
  const table = fc
    .integer({ min: 1, max: 3 })
    .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width })));
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 9 }), async (cells, size) => {
      const columns = ["x", "y", "z"].slice(0, cells[0]?.length ?? 1);
      const back = await records(csvText(columns, cells), size);
      expect(back.map((row) => row.cells)).toEqual([columns, ...cells]);
    }),
  );
});
