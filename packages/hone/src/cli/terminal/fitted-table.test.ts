import { describe, expect, it } from "vitest";
import { fittedTable, type TableColumn } from "./fitted-table.ts";

const columns: readonly TableColumn[] = [
  { head: "id" },
  { head: "task", minWidth: 4 },
  { head: "n", isNumber: true, rank: 1 },
  { head: "reward", isNumber: true, rank: 2 },
];
const rows = [
  ["a1", "a long task", "7", "0.5"],
  ["b22", "日本語です", "12", ""],
];

describe("a table", () => {
  it("is printed whole when there is room", () => {
    expect(fittedTable(columns, rows, 40)).toEqual([
      "id   task          n  reward",
      "a1   a long task   7     0.5",
      "b22  日本語です   12",
    ]);
  });

  it("has its texts cut, then one space between columns, then fewer columns, the lowest rank left out first", () => {
    expect(fittedTable(columns, rows, 22)[1]).toBe("a1   a lo…   7     0.5");
    expect(fittedTable(columns, rows, 18)[1]).toBe("a1  a l…  7    0.5");
    expect(fittedTable(columns, rows, 17)).toEqual([
      "id   task  reward",
      "a1   a l…     0.5",
      "b22  日…",
    ]);
  });
});
