/** People rate, compare and correct traces through the command line, are interrupted, go on, and export what they said. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine, type Ended } from "../doubles/command-line.ts";
import { bin } from "../doubles/own-code.ts";
import type { PreferencePair } from "../../packages/hone/src/core/preference.ts";
import type { Trace } from "../../packages/hone/src/core/trace.ts";
import { readPreferences } from "../../packages/hone/src/formats/preference-format.ts";
import { readRewards } from "../../packages/hone/src/formats/reward-format.ts";
import { openSqliteStore } from "../../packages/hone/src/store/sqlite/sqlite-store.ts";

let folder = "";
let store = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-feedback-"));
  store = `sqlite:${join(folder, "hone.db")}`;
  await inStore((opened) => opened.put(Array.from({ length: 10 }, (_, i) => trace(i))));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Traces 2k and 2k + 1 are two answers to task k. */
function trace(i: number): Trace {
  const id = `trace-${i}`;
  const task = `Name prime ${Math.floor(i / 2)}.`;
  const startedAt = Date.UTC(2025, 0, 9, 12, i);
  const base = { traceId: id, startedAt, attributes: {} };
  return {
    id,
    agent: i % 2 === 0 ? "even" : "odd",
    task,
    attempt: 1,
    status: "completed",
    startedAt,
    tags: [],
    metadata: {},
    rewards: [],
    spans: [
      { ...base, id: "t0", sequence: 0, kind: "tool", toolName: "sieve", arguments: {}, result: 1 },
      {
        ...base,
        id: "t1",
        sequence: 1,
        kind: "tool",
        toolName: "sieve",
        arguments: {},
        error: { message: "slow" },
      },
      // A trace may try to steer the terminal.
      {
        ...base,
        id: "p",
        sequence: 2,
        kind: "prompt",
        input: task,
        output: `It is\u001b[2J ${i}.`,
      },
    ],
  };
}

async function inStore<T>(
  use: (opened: Awaited<ReturnType<typeof openSqliteStore>>) => Promise<T>,
): Promise<T> {
  const opened = await openSqliteStore(store.slice("sqlite:".length));
  try {
    return await use(opened);
  } finally {
    await opened.close();
  }
}

function start(words: readonly string[]): ChildProcessWithoutNullStreams {
  const { HONE_AUTHOR: _, ...env } = process.env;
  return spawn(process.execPath, [bin, "feedback", ...words], { env });
}

function ended(
  child: ChildProcessWithoutNullStreams,
  onLine: (line: string) => void = () => undefined,
): Promise<Ended> {
  let [stdout, stderr, rest] = ["", "", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop()!;
    for (const line of lines) onLine(line);
  });
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** The command with these lines piped into it. */
function feedback(words: readonly string[], input = "", author?: string): Promise<Ended> {
  const environment = { HONE_AUTHOR: author };
  return commandLine(["feedback", ...words, "--store", store], { folder, input, environment });
}

interface Event {
  readonly event?: "question" | "stored";
  readonly task?: string;
  readonly a?: { readonly answer: string };
  readonly b?: { readonly answer: string };
}

/** Answers each question of the command as it comes, until `stop` is called or nothing is asked. */
async function converse(
  words: readonly string[],
  answer: (event: Event) => string,
  stopAfter: { readonly stored: number; readonly signal: NodeJS.Signals },
): Promise<Ended> {
  const child = start([...words, "--store", store, "--json"]);
  let stored = 0;
  return ended(child, (line) => {
    const event = JSON.parse(line) as Event;
    if (event.event === "stored" && ++stored === stopAfter.stored) child.kill(stopAfter.signal);
    // Nothing more is answered, so that nothing is stored after the signal was sent.
    if (event.event === "question" && stored < stopAfter.stored) {
      child.stdin.write(`${answer(event)}\n`);
    }
  });
}

const numberIn = (text: string | undefined): number => Number(/(\d)\.$/.exec(text ?? "")?.[1]);

/** Odd answers are better in tasks 0, 1 and 2, none in 3, the even one in 4. */
function chosen({ task, a, b }: Event): string {
  const k = numberIn(task);
  if (k === 3) return "tie";
  const better = k < 3 ? 2 * k + 1 : 2 * k;
  expect([numberIn(a?.answer), numberIn(b?.answer)].toSorted((x, y) => x - y)).toEqual([
    2 * k,
    2 * k + 1,
  ]);
  return numberIn(a?.answer) === better ? "a rounder" : "b rounder";
}

describe("feedback on the command line", { timeout: 30_000 }, () => {
  it("asks who speaks, and takes no name of the system", async () => {
    const { code, stderr } = await feedback(["rate"], "5\n");
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^USAGE_INVALID: npx hone feedback rate: the author of the feedback is not known/,
    );
  });

  it("keeps each rating at once: stopped by Ctrl-C after four, it goes on with the fifth", async () => {
    const values = [1, 5, 2, 4];
    const first = await converse(["rate", "--author", "ada"], () => `${values.shift()!} because`, {
      stored: 4,
      signal: "SIGINT",
    });
    expect(first.code).toBe(130);
    // The fifth is taken back once, the tenth skipped.
    const second = await feedback(["rate"], "1\nb\n3\n3\n4\n2\n5 exact\ns\n", "ada");
    expect(second).toMatchObject({ code: 0, stderr: "" });
    expect(second.stdout).toContain(
      "5 of 10   1 to 5\ntask    Name prime 2.\ntools   sieve ×2 (1 failed)",
    );
    expect(second.stdout).toContain("answer  It is␛[2J 4.");
    expect(second.stdout).not.toContain("\u001b");
    expect(second.stdout).not.toContain("4 of 10");
    expect(second.stdout).toMatch(/5 rated by ada, 1 skipped\n/);
    // Skipped ones come again.
    const third = await feedback(["rate"], "1\n", "ada");
    expect(third.stdout).toContain("10 of 10");
    expect(third.stdout).toMatch(/1 rated by ada, 0 skipped\nno trace is left to rate\n$/);
  });

  it("names the line that means nothing, and keeps those before it", async () => {
    const { code, stderr } = await feedback(
      ["rate", "--author", "cleo", "--scale", "thumbs"],
      "+\n5\n",
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^FEEDBACK_ANSWER_INVALID: Line 2 of the answers is "5"; it must be \+ or -/,
    );
    const said = await inStore(async (opened) => (await opened.get("trace-0"))!.feedback);
    expect(said).toContainEqual(
      expect.objectContaining({ author: "cleo", rating: 1, low: 0, high: 1 }),
    );
    // So that the figures below are those of two people.
    await inStore(async (opened) => {
      const { feedback: all = [], ...rest } = (await opened.get("trace-0"))!;
      const others = all.filter(({ author }) => author !== "cleo");
      await opened.put([{ ...rest, feedback: others, rewards: [] }]);
    });
  });

  it("keeps each comparison at once: killed after two, it asks about the other three pairs", async () => {
    const words = ["compare", "--author", "ada", "--seed", "7"];
    const killed = await converse(words, chosen, { stored: 2, signal: "SIGKILL" });
    expect(killed.code).toBeNull();
    const rest = await converse(words, chosen, { stored: 3, signal: "SIGINT" });
    expect(rest.stdout.match(/"question"/g)).toHaveLength(3);
    expect(rest.stdout).not.toContain("trace-");
    const nothing = await feedback(words);
    expect(nothing.stdout).toBe(
      "\n0 pairs compared by ada, 0 skipped\nno other pair is left to compare\n",
    );
  });

  it("takes a second rater's file, all of it or nothing", async () => {
    const file = join(folder, "ben.csv");
    await writeFile(file, 'traceId,rating,reason\ntrace-0,2,\ntrace-1,5,"so, yes"\ntrace-20,1,\n');
    const refused = await feedback(["import", file, "--author", "ben"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`${file}:4: ${store} has no trace "trace-20"`);
    await writeFile(file, 'traceId,rating,reason\ntrace-0,2,\ntrace-1,5,"so, yes"\ntrace-2,1,\n');
    for (let i = 0; i < 2; i++) {
      const { stdout, stderr } = await feedback(["import", file, "--author", "ben"]);
      expect(stderr).toBe("");
      expect(stdout).toContain("3 ratings, 0 comparisons, 0 corrections stored");
    }
  });

  it("takes a correction from a pipe", async () => {
    const same = await feedback(["correct", "trace-3", "--author", "ada"], "It is\u001b[2J 3.\n");
    expect(same.stdout).toBe("nothing stored: it is what the trace answered\n");
    const { code, stdout } = await feedback(["correct", "trace-3"], "It is 5.\n", "ada");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "correction of trace-3 by ada stored\n" });
  });

  it("exports rewards and preference pairs as worked out by hand, and how the raters agree", async () => {
    const [rewards, pairs] = [join(folder, "rewards.jsonl"), join(folder, "pairs.jsonl")];
    const words = ["export", "--rewards", rewards, "--pairs", pairs];
    const { code, stdout } = await feedback([...words, "--json"]);
    expect(code).toBe(0);
    // Rated twice: (0, ¼), (1, 1), (¼, 0): D_o = ¼ / 6; all ordered pairs: 2 · 6 · 2.125 − 2 · 2.5² = 13, D_e = 13 / 30.
    expect(JSON.parse(stdout)).toEqual({
      said: { rating: 13, comparison: 5, correction: 1 },
      authors: ["ada", "ben"],
      traces: 10,
      rewards: 10,
      pairs: 5,
      leftOut: { tie: 1 },
      agreement: {
        ratings: { alpha: expect.closeTo(1 - 0.25 / 2.6, 12) as number, judgedTwice: 3 },
        comparisons: { judgedTwice: 0 },
      },
    });
    // Ratings 1 5 2 4 3 3 4 2 5 1 of ada as shares of 1 to 5, the first three in the mean with ben's 2 5 1.
    const ratings = [0.125, 1, 0.125, 0.75, 0.5, 0.5, 0.75, 0.25, 1, 0];
    const preferences = [0, 1, 0, 1, 0, 1, 0.5, 0.5, 1, 0];
    const rows = readRewards(await readFile(rewards, "utf8"), rewards);
    expect(rows.map(({ traceId, reward }) => [traceId, reward.total, reward.components])).toEqual(
      ratings.map((rating, i) => [`trace-${i}`, rating, { rating, preference: preferences[i] }]),
    );
    expect(rows[0]!.reward).toMatchObject({ id: "human", source: "human", by: "ada, ben" });
    const found = readPreferences(await readFile(pairs, "utf8"), pairs);
    const told = ({ source, chosen: yes, rejected, margin }: PreferencePair) =>
      `${source}: ${numberIn(yes[0]!.content)} > ${numberIn(rejected[0]!.content)}, ${margin}`;
    expect(found.map(told).toSorted()).toEqual([
      "comparison: 1 > 0, 1",
      "comparison: 3 > 2, 1",
      "comparison: 5 > 4, 1",
      "comparison: 8 > 9, 1",
      "correction: 5 > 3, 1",
    ]);
    // The store's own rewards are the same.
    const kept = await inStore(async (opened) => opened.query({ minReward: 0.75, limit: 10 }));
    expect(kept.traces.map(({ id }) => id)).toEqual(["trace-8", "trace-6", "trace-3", "trace-1"]);
  });

  it("survives a copy of the store, and comes back from its own file", async () => {
    const [said, copied] = [join(folder, "said.jsonl"), join(folder, "copied.jsonl")];
    await feedback(["export", "--feedback", said]);
    const tree = `files:${join(folder, "tree")}`;
    expect(await commandLine(["store", "copy", store, tree], { folder })).toMatchObject({
      code: 0,
    });
    const words = ["feedback", "export", "--feedback", copied, "--store", tree];
    expect(await commandLine(words, { folder })).toMatchObject({ code: 0, stderr: "" });
    expect(await readFile(copied, "utf8")).toBe(await readFile(said, "utf8"));
    const { stdout } = await feedback(["import", said, "--json"]);
    expect(JSON.parse(stdout)).toEqual({ rating: 13, comparison: 5, correction: 1 });
    await feedback(["export", "--feedback", copied]);
    expect(await readFile(copied, "utf8")).toBe(await readFile(said, "utf8"));
  });

  it("writes a file of an export whole or not at all", async () => {
    const file = join(folder, "no-folder");
    await writeFile(file, "");
    const { code, stderr } = await feedback(["export", "--pairs", join(file, "pairs.jsonl")]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^WRITE_FAILED: .*pairs\.jsonl could not be written/);
  });
});
