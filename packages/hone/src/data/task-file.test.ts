import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readTasks } from "./task-file.ts";

const folder = mkdtempSync(join(tmpdir(), "hone-tasks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "tasks.jsonl");

function read(text: string, heldOut = { share: 0.25, max: 100, seed: 0 }) {
  writeFileSync(file, text);
  return readTasks(file, heldOut);
}
const lines = (...tasks: readonly object[]): string =>
  tasks.map((task) => JSON.stringify(task)).join("\n");

describe("a file of tasks", () => {
  it("names tasks by their ids or lines, and takes the split out of them", async () => {
    const { train, test, isSplitGiven } = await read(
      `${lines({ q: "a", split: "train" })}\n\n${lines({ id: 7, q: "b", split: "test" })}`,
    );
    expect(train.map(({ task }) => task)).toEqual([{ id: "line-1", q: "a" }]);
    expect(test.map(({ task }) => task)).toEqual([{ id: "7", q: "b" }]);
    expect(isSplitGiven).toBe(true);
  });

  it("draws a share by the seed and by what tasks say, equal ones together, whatever their order", async () => {
    const tasks = Array.from({ length: 40 }, (_, i) => ({ id: `t${i}`, q: `question ${i % 20}` }));
    const { train, test } = await read(lines(...tasks));
    const said = (some: typeof train) =>
      new Set(some.map(({ task }) => JSON.stringify({ ...task, id: "" })));
    expect(said(test).size).toBe(5);
    expect(test).toHaveLength(10);
    expect([...said(train)].filter((one) => said(test).has(one))).toEqual([]);
    const again = await read(lines(...tasks.toReversed()));
    expect(said(again.test)).toEqual(said(test));
    const other = await read(lines(...tasks), { share: 0.25, max: 100, seed: 1 });
    expect(said(other.test)).not.toEqual(said(test));
    expect((await read(lines(...tasks), { share: 0.25, max: 2, seed: 0 })).test).toHaveLength(4);
    expect((await read(lines(...tasks), { share: 0, max: 9, seed: 0 })).test).toEqual([]);
  });

  it.each([
    ["", /^DATA_EMPTY: .*tasks\.jsonl is empty/],
    ["[]", /^DATA_EMPTY/],
    [lines({ q: "a", split: "test" }), /^DATA_EMPTY: .*"split": "train"/],
    [`${lines({ q: "a" })}\n{"q": `, /^DATA_LINE_INVALID: .*tasks\.jsonl:2.*not JSON/],
    ['"a"', /:1: a task is a JSON object .*got "a"/],
    [lines({ id: "x" }, { q: "b" }, { id: "x" }), /:3: the id "x" names the task of line 1/],
    [lines({ id: "" }), /:1:7: id: expected a text or a number, got ""/],
    [lines({ id: "a", split: "dev" }), /:1:19: split: expected "train" or "test", got "dev"/],
    [lines({ q: "a", split: "test" }, { q: "b" }), /:2: it has no "split"/],
    [
      lines({ id: "1", q: "a", n: 1, split: "train" }, { id: "2", n: 1, q: "a", split: "test" }),
      /:2: it is held out, and the task of line 1 to learn from says the same/,
    ],
  ])("is refused with its line: %s", async (text, error) => {
    await expect(read(text)).rejects.toThrow(error);
  });
});
