import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isError } from "../../core/errors.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { memoryStore } from "../../store/memory-store.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import { importFeedback } from "./feedback-files.ts";

const random = { ...sampleTraces(1)[0]!, id: `4bf92f35${"0".repeat(24)}`, spans: [] };

let folder = "";
let store: TraceStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-feedback-files-"));
  store = memoryStore();
  await store.put([...sampleTraces(3), random]);
});
afterEach(() => rm(folder, { recursive: true }));

const defaults = { author: "ada", low: 1, high: 5 };

async function take(name: string, text: string, author: string | undefined = "ada") {
  const file = join(folder, name);
  await writeFile(file, text);
  return importFeedback(store, file, { ...defaults, author });
}

const said = async (number: number) => (await store.get(`sample-${number}`))!.feedback;

describe("feedback by file", () => {
  it("may leave out what follows from the rest, in CSV and in JSON Lines", async () => {
    const csv =
      "traceId,rating,reason,first,second,preferred,answer,at\n" +
      'sample-0,4,"clear, short",,,,,2025-01-09T12:00:00Z\n' +
      ",,,sample-1,sample-2,tie,,1000\n" +
      "sample-2,,,,,,42,\n";
    expect(await take("said.csv", csv)).toEqual({ rating: 1, comparison: 1, correction: 1 });
    expect(await said(0)).toEqual([
      {
        kind: "rating",
        id: expect.stringMatching(/^rating-[0-9a-f]{20}$/) as string,
        author: "ada",
        at: Date.UTC(2025, 0, 9, 12),
        traceId: "sample-0",
        rating: 4,
        low: 1,
        high: 5,
        reason: "clear, short",
      },
    ]);
    expect(await said(1)).toMatchObject([{ kind: "comparison", preferred: "tie", at: 1000 }]);
    expect(await said(2)).toMatchObject([
      { kind: "comparison" },
      { kind: "correction", answer: "42" },
    ]);
    await take("more.jsonl", '{"traceId":"sample-0","rating":1,"author":"ben","low":0,"high":1}\n');
    expect(await said(0)).toHaveLength(2);
  });

  it.each([
    ["a column nobody knows", "x.csv", "traceId,stars\nsample-0,4\n", 1, 'no column "stars"'],
    [
      "a column twice",
      "x.csv",
      "traceId,rating,rating\n",
      1,
      "the column rating stands there twice",
    ],
    [
      "too few cells",
      "x.csv",
      "traceId,rating\nsample-0,4\nsample-1\n",
      3,
      "1 cells for 2 columns",
    ],
    ["no number", "x.csv", "traceId,rating\nsample-0,good\n", 2, "rating"],
    ["a rating off its scale", "x.csv", "traceId,rating\nsample-0,6\n", 2, "not from 1 to 5"],
    ["an open quote", "x.csv", 'traceId,rating\nsample-0,"4\n', 2, "is not closed"],
    ["a trace that is not there", "x.csv", "traceId,rating\n\ngone,4\n", 3, 'no trace "gone"'],
    [
      "an id that fits several",
      "x.csv",
      "traceId,rating\nsample-0,4\nsample-,4\n",
      3,
      'several traces begin with "sample-"',
    ],
    [
      "the same said twice of one trace, its id shortened",
      "x.csv",
      "traceId,rating\n4bf92f3500,4\n4bf92f35,5\n",
      3,
      "in line 2",
    ],
    [
      "a trace compared with itself, its id shortened",
      "x.csv",
      "first,second,preferred\n4bf92f3500,4bf92f35,tie\n",
      2,
      "the same trace",
    ],
    ["the same said twice", "x.csv", "traceId,rating\nsample-0,4\nsample-0,5\n", 3, "in line 2"],
    ["no trace named", "x.csv", "rating\n4\n", 2, "traceId"],
    ["no JSON", "x.jsonl", '{"traceId":"sample-0","rating":4}\n{', 2, "it is not JSON"],
  ])("says the line of %s, and keeps nothing", async (_, name, text, line, problem) => {
    await expect(take(name, text)).rejects.toSatisfy(
      (error) =>
        isError(error, "FEEDBACK_LINE_INVALID") &&
        error.facts.line === line &&
        error.facts.problem.includes(problem),
    );
    for (let i = 0; i < 3; i++) expect(await said(i)).toBeUndefined();
  });

  it("may shorten the ids of traces, and is the same as with whole ones", async () => {
    await take("whole.csv", `traceId,rating\n${random.id},2\n`);
    await take("short.csv", "traceId,rating\n4bf92f35,4\n");
    await take("short.jsonl", '{"first":"4bf92f35","second":"sample-0","preferred":"first"}\n');
    expect((await store.get(random.id))!.feedback).toMatchObject([
      { kind: "comparison", first: random.id },
      { kind: "rating", traceId: random.id, rating: 4 },
    ]);
    expect(await said(0)).toMatchObject([{ first: random.id, second: "sample-0" }]);
  });

  it("is refused in plain words", async () => {
    const text = "traceId,rating\nsample-0,9\n";
    await expect(take("x.csv", text)).rejects.toThrow(/x\.csv:2: rating 9 is not from 1 to 5\./);
  });

  it("is checked without reading the traces it speaks of", async () => {
    const get = vi.spyOn(store, "get");
    const text = "traceId,rating\nsample-0,4\nsample-1,4\ngone,4\n";
    await expect(take("said.csv", text)).rejects.toThrow("FEEDBACK_LINE_INVALID");
    expect(get).not.toHaveBeenCalled();
  });

  it("refuses a row without an author where none is given", async () => {
    const file = join(folder, "x.csv");
    await writeFile(file, "traceId,rating\nsample-0,4\n");
    await expect(importFeedback(store, file, { ...defaults, author: undefined })).rejects.toSatisfy(
      (error) =>
        isError(error, "FEEDBACK_LINE_INVALID") &&
        /:2: it names no author; give --author/.test(error.message),
    );
  });
});
