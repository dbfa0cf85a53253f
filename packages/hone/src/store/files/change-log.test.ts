/** The log of a long trace: what it costs, what a kill, a full disk and damage leave of it. */
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { killCount } from "../../../../../test/doubles/kill-count.ts";
import { type HoneError, isError } from "../../core/errors.ts";
import { Random } from "../../core/random.ts";
import type { ContentSpan } from "../../core/span.ts";
import { headOf, type Trace } from "../../core/trace.ts";
import { sampleTrace } from "../../testing/sample-traces.ts";
import { killAtRandom } from "../fixtures/process-fixture.ts";
import { filesStore } from "./files-store.ts";

let folder = "";
let problems: HoneError[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-log-"));
  problems = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = () => filesStore(folder, { onProblem: (problem) => problems.push(problem) });

const base = sampleTrace(0);
const span = (sequence: number, text = "a word"): ContentSpan => ({
  kind: "content",
  id: `s${sequence}`,
  traceId: base.id,
  sequence,
  startedAt: base.startedAt,
  attributes: {},
  content: text,
});

/** A trace whose file is longer than those that are written anew. */
const long: Trace = {
  ...base,
  spans: Array.from({ length: 20 }, (_, i) => span(i, `word${i} `.repeat(1500))),
};

const place = join("traces/20250109", long.agent);
const file = () => join(folder, place, `trace_${long.id}.json`);
const log = () => join(folder, place, `trace_${long.id}.changes.jsonl`);
const names = () => readdir(join(folder, place)).then((all) => all.toSorted());

/** A store with the long trace and `changes` spans in its log, as the store that holds them gives it back. */
async function filled(changes: number): Promise<Trace> {
  const store = open();
  await store.put([long]);
  for (let i = 0; i < changes; i++) await store.append({ spans: [span(100 + i)] });
  const trace = (await store.get(long.id))!;
  await store.close();
  return trace;
}

describe("what is added to a long trace", () => {
  it("goes into a log, and the trace's file stays as it is", async () => {
    const store = open();
    await store.put([long]);
    const before = await readFile(file());
    await store.append({ spans: [span(100)] });
    const { size } = await stat(log());
    await store.append({ spans: [span(101)] });
    expect(await readFile(file())).toEqual(before);
    expect((await stat(log())).size - size).toBeLessThan(400);
    expect((await store.get(long.id))!.spans).toEqual([...long.spans, span(100), span(101)]);
    expect((await store.query()).traces[0]!.spanCount).toBe(22);
    await store.close();
  });

  it("replaces spans, heads, rewards and feedback as it does everywhere", async () => {
    const store = open();
    const rating = {
      ...({ kind: "rating", id: "said", author: "ada", at: 1, traceId: long.id } as const),
      ...{ rating: 4, low: 1, high: 5 },
    };
    const reward = { id: "human", total: 0.5, components: {}, source: "human", at: 2 } as const;
    await store.put([long]);
    await store.append({ rewards: [{ traceId: long.id, reward }] });
    await store.append({ feedback: [rating], spans: [{ ...span(3), content: "short now" }] });
    await store.append({ heads: [{ ...headOf(long), task: "another", rewards: [] }] });
    await store.append({ rewards: [{ traceId: long.id, reward: { ...reward, total: 0.25 } }] });
    const expected = {
      ...long,
      task: "another",
      rewards: [{ ...reward, total: 0.25 }, ...long.rewards],
      feedback: [rating],
      spans: long.spans.with(3, { ...span(3), content: "short now" }),
    };
    expect(await store.get(long.id)).toEqual(expected);
    const { traces } = await store.query({ text: "short" });
    expect(traces).toMatchObject([{ task: "another", reward: 0.25 }]);
    await store.close();
    const again = open();
    expect(await again.get(long.id)).toEqual(expected);
    expect((await again.query()).traces).toEqual(traces);
    expect(await again.check()).toEqual([]);
    await again.close();
  });

  it("is refused as a whole batch where one part is invalid", async () => {
    const store = open();
    await store.put([long]);
    const bad = { ...span(101), startedAt: NaN };
    const reward = { id: "r", total: NaN, components: {}, source: "rule", at: 1 } as const;
    for (const batch of [
      { spans: [span(100), bad] },
      { spans: [span(100)], rewards: [{ traceId: long.id, reward }] },
    ])
      await expect(store.append(batch)).rejects.toSatisfy((e) => isError(e, "TRACE_INVALID"));
    expect(await store.get(long.id)).toEqual(long);
    expect(await names()).toEqual([`trace_${long.id}.json`]);
    await store.close();
  });

  it("is seen at once by another store that is open, in its lists, too", async () => {
    await filled(1);
    const [one, other] = [open(), open()];
    for (let i = 0; i < 3; i++) {
      expect((await other.query()).traces[0]!.spanCount).toBe(21 + i);
      await one.append({ spans: [span(200 + i)] });
      expect((await other.get(long.id))!.spans).toHaveLength(22 + i);
    }
    await Promise.all([one.close(), other.close()]);
  });

  it("moves into the file when the log is longer than the file, when the trace is replaced or moves", async () => {
    const store = open();
    await store.put([long]);
    const spans = Array.from({ length: 40 }, (_, i) => span(300 + i, "y".repeat(9000)));
    for (const one of spans) await store.append({ spans: [one] });
    expect((await stat(log())).size).toBeLessThan((await stat(file())).size);
    expect((await stat(file())).size).toBeGreaterThan(250_000);
    expect((await store.get(long.id))!.spans).toEqual([...long.spans, ...spans]);
    await store.put([long]);
    expect(await names()).toEqual([`trace_${long.id}.json`]);
    await store.append({ spans: [span(100)] });
    await store.append({ heads: [{ ...headOf(long), agent: "mover" }] });
    expect(await readdir(join(folder, "traces/20250109/mover"))).toEqual([`trace_${long.id}.json`]);
    expect((await store.get(long.id))!.spans).toHaveLength(21);
    await store.append({ spans: [span(101)] });
    expect(await store.delete([long.id])).toBe(1);
    expect(await readdir(join(folder, "traces/20250109"))).not.toContain("mover");
    await store.close();
  });
});

describe("what is left of a log", () => {
  it("by a killed write is passed over, named by check and removed by the next write", async () => {
    const trace = await filled(2);
    const half = (await readFile(log(), "utf8")).split("\n")[2]!.slice(0, 80);
    await appendFile(log(), half);
    const store = open();
    expect(await store.get(long.id)).toEqual(trace);
    expect((await store.check()).map(({ facts }) => facts)).toEqual([
      { file: log(), problem: expect.stringContaining("its last line is incomplete") },
    ]);
    await store.append({ spans: [span(102)] });
    expect((await store.get(long.id))!.spans).toEqual([...trace.spans, span(102)]);
    expect(await store.check()).toEqual([]);
    await store.close();
    expect(problems).toEqual([]);
  });

  it("by a kill between the new file and the deletion of the log changes nothing", async () => {
    await filled(2);
    const left = await readFile(log());
    const store = open();
    const shorter = { ...long, spans: long.spans.slice(1) };
    await store.put([shorter]);
    await store.close();
    await writeFile(log(), left);
    const again = open();
    expect(await again.get(long.id)).toEqual(shorter);
    expect((await again.query()).traces[0]!.spanCount).toBe(19);
    expect((await again.check()).map(({ code }) => code)).toEqual(["FILE_UNUSED"]);
    await again.append({ spans: [span(102)] });
    expect((await again.get(long.id))!.spans).toEqual([...shorter.spans, span(102)]);
    expect(await again.check()).toEqual([]);
    await again.close();
  });

  it("by such a kill is not taken for a new log that is as long", async () => {
    await filled(1);
    const left = await readFile(log());
    const store = open();
    await store.put([{ ...long, spans: long.spans.slice(1) }]);
    await store.close();
    await writeFile(log(), left);
    const writer = open();
    expect((await writer.query()).traces[0]!.spanCount).toBe(19);
    await writer.append({ spans: [span(101)] });
    expect((await stat(log())).size).toBe(left.length);
    await writer.close();
    const reader = open();
    expect((await reader.query()).traces[0]!.spanCount).toBe(20);
    await reader.close();
  });

  it("without its file is named by check", async () => {
    await filled(1);
    await rm(file());
    const store = open();
    expect(await store.get(long.id)).toBeUndefined();
    expect((await store.check()).map(({ code }) => code)).toEqual([
      "TRACE_FILES_MISSING",
      "FILE_UNUSED",
    ]);
    await store.put([long]);
    expect(await store.get(long.id)).toEqual(long);
    expect(await names()).toEqual([`trace_${long.id}.json`]);
    await store.close();
  });

  it("by damage is found: the trace is named, and what can be saved", async () => {
    await filled(3);
    const text = await readFile(log(), "utf8");
    const lines = text.split("\n");
    await writeFile(log(), lines.with(2, lines[2]!.replace("a word", "a wood")).join("\n"));
    const store = open();
    await expect(store.get(long.id)).rejects.toSatisfy(
      (error) =>
        isError(error, "STORE_DAMAGED") &&
        error.facts.problem.includes(`trace "${long.id}"`) &&
        error.facts.problem.includes("(20 spans) and the first 1 of 3 changes can be saved"),
    );
    expect((await store.check()).map(({ code }) => code)).toEqual(["STORE_DAMAGED"]);
    await store.close();
    await writeFile(log(), lines.with(0, "{}").join("\n"));
    const again = open();
    await expect(again.get(long.id)).rejects.toSatisfy((e) => isError(e, "FILE_DAMAGED"));
    const more = { heads: [headOf(long)], spans: [span(109)] };
    await expect(again.append(more)).rejects.toSatisfy((e) => isError(e, "FILE_DAMAGED"));
    await again.close();
  });

  it("of a file whose checksum somebody took out stays, and goes into the file at the next write", async () => {
    const trace = await filled(2);
    const text = await readFile(file(), "utf8");
    await writeFile(file(), text.replace(/,\n *"checksum": "\w+"/, ""));
    const store = open();
    expect(await store.get(long.id)).toEqual(trace);
    await store.append({ spans: [span(102)] });
    expect(await names()).toEqual([`trace_${long.id}.json`]);
    expect((await store.get(long.id))!.spans).toEqual([...trace.spans, span(102)]);
    await store.close();
  });
});

describe("writers of a long trace that are killed at random moments", () => {
  it("have lost nothing that they were told is written", async () => {
    const text = (round: number) => `
      const store = filesStore(${JSON.stringify(folder)});
      const { spans, ...head } = sampleTrace(0);
      for (let i = ${round} * 1000; ; i++) {
        const own = { ...spans[5], id: "t" + i, sequence: i, content: "long words ".repeat(3000) };
        await store.append({ heads: [head], spans: [own] });
        process.stdout.write("t" + i + "\\n");
      }
    `;
    const told = new Set(await killAtRandom(killCount, new Random("kill log"), text));
    const store = open();
    const found = new Set((await store.get(long.id))?.spans.map(({ id }) => id));
    expect(told.size).toBeGreaterThanOrEqual(killCount);
    expect([...told].filter((id) => !found.has(id))).toEqual([]);
    expect((await store.query()).traces[0]!.spanCount).toBe(found.size);
    await store.close();
    expect(problems).toEqual([]);
  });
});
