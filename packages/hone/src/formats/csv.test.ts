import { expect, it } from "vitest";
import { CsvProblem, readCsv } from "./csv.ts";

const cells = (text: string): readonly (readonly string[])[] =>
  readCsv(text).map((row) => row.cells);

it("reads cells, quotes, doubled quotes and line ends within them, and says where rows begin", () => {
  const text = '\ufeffa,b\r\n1,"two, ""2""\r\nand more"\r\n\r\n,\r\nlast,"x"';
  expect(readCsv(text)).toEqual([
    { line: 1, cells: ["a", "b"] },
    { line: 2, cells: ["1", 'two, "2"\nand more'] },
    { line: 5, cells: ["", ""] },
    { line: 6, cells: ["last", "x"] },
  ]);
});

it("takes semicolons where the first line has no comma", () => {
  expect(cells("a;b\n1,5;2\n")).toEqual([
    ["a", "b"],
    ["1,5", "2"],
  ]);
});

it("keeps empty cells at the end of a line and of the text", () => {
  expect(cells("a,b,\n1,,\n2,,")).toEqual([
    ["a", "b", ""],
    ["1", "", ""],
    ["2", "", ""],
  ]);
  expect(cells("")).toEqual([]);
});

it.each([
  ['a\n"open', 2, "a quote is not closed"],
  ['a,b\nx,"y"z', 2, "there is text after a closing quote"],
])("says what is wrong with %j", (text, line, problem) => {
  expect(() => readCsv(text)).toThrow(new CsvProblem(line, problem));
  try {
    readCsv(text);
  } catch (error) {
    expect((error as CsvProblem).line).toBe(line);
  }
});
