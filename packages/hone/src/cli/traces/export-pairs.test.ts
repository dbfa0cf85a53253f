/** `hone traces export --format pairs`: what people preferred and corrected, as a file that trainers read. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStore } from "../../app/open-store.ts";
import { withId } from "../../core/feedback.ts";
import { answeredTrace } from "../../testing/answered-trace.ts";
import { runCommandLine } from "../run-command.ts";
import { testStreams } from "../terminal/streams-fixture.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-pairs-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Exports pairs of a store in which ada prefers one answer to another, corrects one and finds two alike. */
async function exported(...words: readonly string[]) {
  const url = `sqlite:${join(folder, "a.db")}`;
  const store = await openStore(url);
  await store.put([
    answeredTrace("good", "four", "2 + 2?"),
    answeredTrace("bad", "five", "2 + 2?"),
    answeredTrace("wrong", "seven", "3 + 3?"),
  ]);
  const said = { author: "ada", at: 1 } as const;
  const between = { ...said, kind: "comparison", first: "bad" } as const;
  const feedback = [
    withId({ ...between, second: "good", preferred: "second" }),
    withId({ ...between, second: "wrong", preferred: "tie" }),
    withId({ ...said, kind: "correction", traceId: "wrong", answer: "six" }),
  ];
  await store.append({ feedback });
  await store.close();
  const file = join(folder, "pairs.jsonl");
  const streams = testStreams();
  const all = ["traces", "export", file, "--format", "pairs", "--store", url, ...words];
  const code = await runCommandLine(all, streams);
  return { code, file, ...streams.written };
}

const user = (content: string) => [{ role: "user", content }];
const assistant = (content: string) => [{ role: "assistant", content }];

it("writes a line for each comparison and correction, and says what gave none", async () => {
  const { code, file, stdout } = await exported();
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { prompt: user("2 + 2?"), chosen: assistant("four"), rejected: assistant("five") },
    { prompt: user("3 + 3?"), chosen: assistant("six"), rejected: assistant("seven") },
  ]);
  expect(stdout).toBe(`2 pairs of 3 traces (left out: 1 tie) written to ${file}\n`);
  expect(code).toBe(0);
});

it("writes no file where nothing gives a pair", async () => {
  const { code, stderr } = await exported("--agent", "nobody");
  expect(stderr).toMatch(/^TRACES_NONE: .*no comparison and no correction/);
  expect(code).toBe(1);
  expect(await readdir(folder)).toEqual(["a.db"]);
});
