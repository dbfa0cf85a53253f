/** Sessions, users, tags and metadata on the command line: found, shown as a conversation, edited. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../app/open-store.ts";
import type { Trace } from "../../core/trace.ts";
import { runCommandLine } from "../run-command.ts";
import { testStreams } from "../terminal/streams-fixture.ts";

let folder: string;
let url: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-cli-labels-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  url = `sqlite:${join(folder, `${count++}.db`)}`;
  const store = await openStore(url);
  await store.put([
    turn(2, "And of Italy?", "Rome"),
    turn(1, "Capital of France?", "Paris"),
    other,
  ]);
  await store.close();
});

const turn = (n: number, task: string, output: string): Trace => ({
  id: `turn-${n}`,
  agent: "guide",
  task,
  attempt: 1,
  status: "completed",
  startedAt: n * 60_000,
  endedAt: n * 60_000 + 500,
  session: "chat 17",
  user: "ada",
  tags: ["travel"],
  metadata: { plan: "pro", seats: 3 },
  rewards: [],
  spans: [
    {
      kind: "prompt",
      id: "call",
      traceId: `turn-${n}`,
      sequence: 0,
      startedAt: n * 60_000,
      endedAt: n * 60_000 + 500,
      model: "m",
      input: task,
      output,
      attributes: {},
    },
  ],
});
const other: Trace = {
  ...turn(3, "Something else", "Yes"),
  id: "other",
  session: "chat 18",
  user: "bob",
  tags: [],
  metadata: {},
  spans: [],
};

async function run(...words: readonly string[]) {
  const streams = testStreams(false);
  const code = await runCommandLine([...words, "--store", url, "--json"], streams);
  const { stdout, stderr } = streams.written;
  const events = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { code, stderr, events, ids: events.flatMap(({ id }) => (id === undefined ? [] : [id])) };
}

describe("hone traces list", () => {
  it("finds the turns of a session in their order, by user, by tag, by metadata", async () => {
    expect((await run("traces", "list", "--session", "chat 17")).ids).toEqual(["turn-1", "turn-2"]);
    expect((await run("traces", "list", "--user", "bob")).ids).toEqual(["other"]);
    expect((await run("traces", "list", "--tag", "travel")).ids).toEqual(["turn-2", "turn-1"]);
    const both = ["--meta", "plan=pro", "--meta", "seats=3"];
    expect((await run("traces", "list", ...both)).ids).toEqual(["turn-2", "turn-1"]);
    expect((await run("traces", "list", "--meta", "plan=free")).ids).toEqual([]);
    expect((await run("traces", "search", "ada")).ids).toEqual(["turn-2", "turn-1"]);
    expect(await run("traces", "list", "--meta", "plan")).toMatchObject({ code: 2 });
  });
});

describe("hone traces session", () => {
  it("shows the turns as one conversation", async () => {
    const { events } = await run("traces", "session", "chat 17");
    expect(events).toMatchObject([
      { id: "turn-1", asked: "Capital of France?", answer: "Paris" },
      { id: "turn-2", asked: "And of Italy?", answer: "Rome" },
      { session: "chat 17", turns: 2 },
    ]);
    const none = await run("traces", "session", "chat 19");
    expect(none.code).toBe(1);
    expect(none.stderr).toContain("TRACES_NONE");
  });
});

describe("hone traces edit", () => {
  it("changes labels, which conditions find at once", async () => {
    const words = ["--tag", "good", "--untag", "travel", "--meta", "by=bob", "--unmeta", "plan"];
    const edited = await run("traces", "edit", "turn-1", "other", "--session", "s", ...words);
    expect(edited.events.at(-1)).toEqual({ edited: 2 });
    expect((await run("traces", "list", "--session", "s")).ids).toEqual(["turn-1", "other"]);
    expect((await run("traces", "list", "--tag", "good", "--meta", "by=bob")).ids).toHaveLength(2);
    const store = await openStore(url);
    const { spans, ...head } = (await store.get("turn-1"))!;
    await store.close();
    expect(spans).toHaveLength(1);
    expect(head).toMatchObject({
      session: "s",
      user: "ada",
      tags: ["good"],
      metadata: { seats: 3, by: "bob" },
    });
    await run("traces", "edit", "turn-1", "--session", "", "--user", "");
    expect((await run("traces", "list", "--user", "ada")).ids).toEqual(["turn-2"]);
  });

  it("refuses a trace that runs, one that is not there, and a change of nothing", async () => {
    const store = await openStore(url);
    const { endedAt: _, ...running } = other;
    const now = Date.now();
    await store.put([{ ...running, id: "runs", status: "running", startedAt: now, spans: [] }]);
    await store.close();
    const runs = await run("traces", "edit", "turn-1", "runs", "--tag", "x");
    expect(runs.stderr).toContain("TRACE_RUNNING");
    expect((await run("traces", "edit", "nowhere", "--tag", "x")).stderr).toContain(
      "TRACE_NOT_FOUND",
    );
    expect(await run("traces", "edit", "turn-1")).toMatchObject({ code: 2 });
    expect((await run("traces", "list", "--tag", "x")).ids).toEqual([]);
  });
});
