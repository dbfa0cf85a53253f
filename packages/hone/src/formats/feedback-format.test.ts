import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Feedback } from "../core/feedback.ts";
import { readFeedback, readFeedbackFile, writeFeedback } from "./feedback-format.ts";
import { readPreferences, writePreferences } from "./preference-format.ts";

const said: Feedback[] = [
  { kind: "rating", id: "1", author: "ada", at: 1000, traceId: "t1", rating: 4, low: 1, high: 5 },
  {
    kind: "comparison",
    id: "2",
    author: "ben",
    at: 2000,
    first: "t1",
    second: "t2",
    preferred: "tie",
  },
  {
    kind: "correction",
    id: "3",
    author: "ada",
    at: 3000,
    traceId: "t2",
    answer: "103\n",
    reason: "é",
  },
];

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "feedback-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("feedback in a file", () => {
  it("is read as it was written", async () => {
    const file = join(folder, "said.jsonl");
    await writeFile(file, writeFeedback(said));
    expect(await readFeedbackFile(file)).toEqual(said);
  });

  it("may be written by hand: no header, blank lines, Windows' line ends, times with an offset", () => {
    const lines = [
      "",
      '{"kind":"rating","id":"1","author":"ada","at":"2025-01-09T12:00:00+02:00","traceId":"t1","rating":1,"low":0,"high":1}',
      " ",
    ];
    expect(readFeedback(`\ufeff${lines.join("\r\n")}`, "f")).toMatchObject([
      { at: Date.UTC(2025, 0, 9, 10), rating: 1 },
    ]);
    expect(readFeedback("", "f")).toEqual([]);
  });

  const row = (change: object): string => JSON.stringify({ ...said[0], ...change });
  it.each([
    ["no JSON", "good", "it is not JSON"],
    ["no object", "[1]", "Invalid"],
    ["an unknown kind", row({ kind: "praise" }), "kind"],
    ["an unknown key", row({ stars: 5 }), "stars"],
    ["a rating off its scale", row({ rating: 6 }), "rating 6 is not from 1 to 5"],
    ["a scale upside down", row({ low: 5, high: 1 }), "low is not below high"],
    ["no author", row({ author: "" }), "author"],
    ["a time in words", row({ at: "yesterday" }), "at"],
    ["a trace compared with itself", JSON.stringify({ ...said[1], second: "t1" }), "same trace"],
    ["an id twice", `${row({})}\n${row({})}`, "stands in line 2 already"],
    ["another format", '{"format":"hone.run","version":1}', 'not "hone.feedback"'],
  ])("is refused by its line with %s", (_, text, problem) => {
    const line = text.includes("\n") ? 3 : 2;
    let thrown: unknown;
    try {
      readFeedback(`\n${text}\n`, "said.jsonl");
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      code: "FEEDBACK_LINE_INVALID",
      facts: { file: "said.jsonl", line },
    });
    expect((thrown as Error).message).toContain(problem);
  });

  it("of a later version is refused", () => {
    const header = '{"format":"hone.feedback","version":2}';
    expect(() => readFeedback(header, "f")).toThrow(
      expect.objectContaining({ code: "FORMAT_UNKNOWN_VERSION" }),
    );
  });

  it("that is not there, a folder or no text is refused by name", async () => {
    const binary = join(folder, "binary");
    await writeFile(binary, new Uint8Array([0xff, 0xfe, 0x00]));
    for (const file of [join(folder, "none"), folder, binary]) {
      await expect(readFeedbackFile(file)).rejects.toMatchObject({ code: "FEEDBACK_UNREADABLE" });
    }
  });
});

it("preference pairs are read as they were written, and by their header", () => {
  const pair = {
    prompt: [{ role: "user", content: "Name a prime." }],
    chosen: [{ role: "assistant", content: "101" }],
    rejected: [{ role: "assistant", content: "102", reasoning: "even" }],
    source: "comparison",
    task: "primes",
    chosenTrace: "t1",
    rejectedTrace: "t2",
    authors: ["ada"],
    at: 5,
    margin: 1,
  } as const;
  const text = writePreferences([pair, { ...pair, source: "correction" }]);
  expect(readPreferences(text, "pairs.jsonl")).toMatchObject([pair, { source: "correction" }]);
  expect(() => readPreferences(text.split("\n").slice(1).join("\n"), "pairs.jsonl")).toThrow(
    expect.objectContaining({ code: "FILE_DAMAGED" }),
  );
});
