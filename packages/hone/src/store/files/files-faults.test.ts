/** What can happen to a tree of files: damage, other programs, several processes, kills. */
import { execFileSync } from "node:child_process";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { killCount } from "../../../../../test/doubles/kill-count.ts";
import { type HoneError, isError } from "../../core/errors.ts";
import { Random } from "../../core/random.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import { killAtRandom, startProcess } from "../fixtures/process-fixture.ts";
import { deleteTraces, idsToDelete } from "../operations/delete-traces.ts";
import { filesStore } from "./files-store.ts";

let folder = "";
let problems: HoneError[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-files-"));
  problems = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = () => filesStore(folder, { onProblem: (problem) => problems.push(problem) });
const indexFile = () => join(folder, "metadata/trace_index.json");
const day = () => join(folder, "traces/20250109");

/** All files of the tree below `traces/`. */
async function tree(): Promise<string[]> {
  const names = await readdir(join(folder, "traces"), { recursive: true });
  return names.filter((name) => name.endsWith(".json")).toSorted();
}

async function ids(store = open()): Promise<string[]> {
  const list: string[] = [];
  for await (const { id } of store.summaries()) list.push(id);
  return list.toSorted();
}

async function filled(count: number) {
  const store = open();
  const traces = sampleTraces(count);
  await store.put(traces);
  await store.close();
  return traces;
}

describe("a tree of trace files", () => {
  it("lists totals with the rewards of spans, whatever an index of a version before says", async () => {
    const [sample] = sampleTraces(1);
    const reward = { kind: "reward", reward: 0.5, rewardType: "tool" } as const;
    const { id, sequence, startedAt, attributes } = sample!.spans[3]!;
    const spans = [{ id, traceId: "x", sequence, startedAt, attributes, ...reward }];
    const store = open();
    await store.put([{ ...sample!, id: "x", rewards: [], spans }]);
    await store.close();
    const index = await readFile(indexFile(), "utf8");
    const before = index.replace(/"version":\d+/, '"version":3').replace(',"reward":0.5', "");
    expect(before).not.toContain("reward");
    await writeFile(indexFile(), before);
    const again = open();
    expect((await again.query()).traces).toMatchObject([{ id: "x", reward: 0.5 }]);
    await again.close();
  });

  it("is the seed's", async () => {
    const store = open();
    const [sample] = sampleTraces(1);
    const named = (id: string) => ({
      ...sample!,
      id,
      agent: "agent_1",
      startedAt: Date.UTC(2025, 0, 9, 23, 59),
      spans: sample!.spans.map((span) => ({ ...span, traceId: id })),
    });
    await store.put([named("trace_abc123"), named("def456")]);
    await store.close();
    expect(await tree()).toEqual([
      "20250109/agent_1/trace_abc123.json",
      "20250109/agent_1/trace_def456.json",
    ]);
    expect((await stat(indexFile())).isFile()).toBe(true);
    expect((await readdir(join(folder, "metadata"))).toSorted()).toEqual(["trace_index.json"]);
  });

  it("keeps an agent named ../../x inside", async () => {
    const [sample] = sampleTraces(1);
    const store = open();
    await store.put([{ ...sample!, agent: "../../x" }]);
    await store.close();
    expect(await tree()).toEqual(["20250109/%2E.%2F..%2Fx/trace_sample-0.json"]);
    expect(await ids()).toEqual(["sample-0"]);
  });

  it("is read when another program wrote it", async () => {
    await mkdir(join(day(), "agent_1"), { recursive: true });
    const text =
      '{"trace_id":"trace_abc","agent_id":"agent_1","task":"t","spans":[],"total_reward":2.5,"status":"completed"}';
    await writeFile(join(day(), "agent_1/trace_abc.json"), text);
    const store = open();
    expect((await store.query({ minReward: 2 })).traces).toMatchObject([
      { id: "trace_abc", startedAt: Date.UTC(2025, 0, 9), reward: 2.5 },
    ]);
    await writeFile(join(day(), "agent_1/trace_later.json"), text.replace("abc", "later"));
    expect(await ids(store)).toEqual(["trace_abc", "trace_later"]);
    await rm(join(day(), "agent_1/trace_abc.json"));
    expect(await ids(store)).toEqual(["trace_later"]);
    await store.close();
  });
});

describe("damage to a tree of trace files", () => {
  it("a half-written file is named with a code, once, and stays as it is, also when its trace comes again", async () => {
    const [trace] = await filled(3);
    const file = join(day(), trace!.agent, "trace_sample-0.json");
    const half = (await readFile(file, "utf8")).slice(0, 300);
    await writeFile(file, half);
    const store = open();
    expect(await ids(store)).toEqual(["sample-1", "sample-2"]);
    expect(await ids(store)).toEqual(["sample-1", "sample-2"]);
    expect(problems.map(({ code, facts }) => [code, (facts as { file: string }).file])).toEqual([
      ["FILE_DAMAGED", file],
    ]);
    await expect(store.get("sample-0")).rejects.toSatisfy((error) =>
      isError(error, "FILE_DAMAGED"),
    );
    expect(await store.check()).toEqual(problems);
    await store.put([trace!]);
    expect(await store.get("sample-0")).toEqual(trace);
    expect(await readFile(file, "utf8")).toBe(half);
    await store.close();
    expect(await ids()).toEqual(["sample-0", "sample-1", "sample-2"]);
  });

  it("a damaged trace is deleted by its whole id", async () => {
    const [first, second] = await filled(2);
    const file = (await tree()).find((name) => name.includes(first!.id))!;
    await writeFile(join(folder, "traces", file), "{");
    const store = open();
    const chosen = await idsToDelete(store, { beginnings: [first!.id] });
    expect(await deleteTraces(store, chosen)).toBe(1);
    expect(await store.check()).toEqual([]);
    expect(await ids(store)).toEqual([second!.id]);
    await expect(idsToDelete(store, { beginnings: [first!.id] })).rejects.toMatchObject({
      code: "TRACE_NOT_FOUND",
    });
    await store.close();
  });

  it("neither a damaged trace of another id nor one of a later version is deleted in its place", async () => {
    const [sample] = sampleTraces(1);
    const store = open();
    const own = (id: string) => ({ ...sample!, id, spans: [] });
    await store.put([own("trace_x"), own("later")]);
    await store.close();
    for (const name of await tree()) {
      const file = join(folder, "traces", name);
      const text = await readFile(file, "utf8");
      const isLater = name.includes("later");
      await writeFile(
        file,
        isLater ? text.replace('"version": 1', '"version": 99') : text.slice(0, -9),
      );
    }
    const again = open();
    await expect(idsToDelete(again, { beginnings: ["later"] })).rejects.toMatchObject({
      code: "TRACE_NOT_FOUND",
    });
    expect(await again.delete(["x", "later"])).toBe(0);
    expect(await again.delete(["trace_x"])).toBe(1);
    expect(await tree()).toHaveLength(1);
    await again.close();
  });

  it("a trace of a later version is named and left alone", async () => {
    const [trace] = await filled(1);
    const file = join(day(), trace!.agent, "trace_sample-0.json");
    const text = (await readFile(file, "utf8")).replaceAll('"version": 1', '"version": 2');
    await writeFile(file, text);
    expect(await ids()).toEqual([]);
    expect(problems.map(({ code }) => code)).toEqual(["FORMAT_UNKNOWN_VERSION"]);
    expect(await readFile(file, "utf8")).toBe(text);
  });

  it("an index that is missing, not JSON, of another version or stale is made again", async () => {
    const traces = await filled(4);
    const good = await readFile(indexFile(), "utf8");
    const spoil: (() => Promise<void>)[] = [
      () => rm(indexFile()),
      () => writeFile(indexFile(), good.slice(0, 500)),
      () => writeFile(indexFile(), good.replace('"version":1', '"version":7')),
      () =>
        writeFile(
          indexFile(),
          good.replaceAll('"id":"sample-', '"id":"other-').replaceAll(/"size":\d+/g, '"size":1'),
        ),
      () => writeFile(indexFile(), '{"format":"hone.trace-index","version":1,"files":{}}'),
    ];
    for (const spoiled of spoil) {
      await spoiled();
      const store = open();
      expect(await ids(store)).toEqual(traces.map(({ id }) => id));
      await store.close();
      expect(await readFile(indexFile(), "utf8")).toBe(good);
    }
    expect(problems).toEqual([]);
  });

  it("a file changed or removed behind the index is seen at the next opening", async () => {
    const traces = await filled(3);
    const file = join(day(), traces[0]!.agent, "trace_sample-0.json");
    const text = await readFile(file, "utf8");
    const edited = text.replace('"task": "Analyze', '"task": "Forget');
    await writeFile(file, edited.replace(/,\n *"checksum": "\w+"/, ""));
    await rm(join(day(), traces[1]!.agent, "trace_sample-1.json"));
    const store = open();
    expect(await ids(store)).toEqual(["sample-0", "sample-2"]);
    expect((await store.get("sample-0"))!.task).toMatch(/^Forget/);
    expect((await store.query({ text: "forget" })).traces).toHaveLength(1);
    const { traces: listed } = await store.query({
      order: { by: "startedAt", direction: "ascending" },
    });
    expect(listed[0]!.task).toMatch(/^Forget/);
    await store.close();
  });

  it("files that the index lists and that are gone are named by every opening, until they are back or the index is gone", async () => {
    const traces = await filled(5);
    const [first, second] = ["traces", "elsewhere"].map((name) => join(folder, name));
    await rename(first!, second!);
    await mkdir(first!);
    for (let opening = 0; opening < 2; opening++) {
      problems = [];
      const store = open();
      expect(await ids(store)).toEqual([]);
      expect(await ids(store)).toEqual([]);
      expect(problems.map(({ code }) => code)).toEqual(["TRACE_FILES_MISSING"]);
      expect(problems[0]!.facts).toMatchObject({ count: 5, index: indexFile() });
      expect(await store.check()).toEqual(problems);
      // A write saves the index, and the loss stays in it.
      await store.put(sampleTraces(1, { first: 7 }));
      await store.delete(["sample-7"]);
      await store.close();
    }
    const store = open();
    await store.put([traces[4]!]);
    expect((await store.check()).map(({ facts }) => facts)).toMatchObject([{ count: 4 }]);
    await store.close();
    await rm(first!, { recursive: true });
    await rename(second!, first!);
    expect(await ids()).toEqual(traces.map(({ id }) => id));
    await rm(join(day(), traces[0]!.agent, "trace_sample-0.json"));
    await rm(indexFile());
    problems = [];
    expect(await ids()).toHaveLength(4);
    expect(problems).toEqual([]);
  });

  it("what one process deletes, another that closes later does not list again", async () => {
    await filled(3);
    const [one, other] = [open(), open()];
    await one.put(sampleTraces(2, { first: 5 }));
    expect(await other.delete(["sample-1"])).toBe(1);
    await other.close();
    await one.close();
    expect(await ids()).toEqual(["sample-0", "sample-2", "sample-5", "sample-6"]);
    expect(problems).toEqual([]);
  });

  it("what a killed write left is reported by check and read by nobody", async () => {
    const [trace] = await filled(1);
    const left = join(day(), trace!.agent, ".unfinished-trace_sample-0.json-1234abcd");
    await writeFile(left, "{");
    const store = open();
    expect(await ids(store)).toEqual(["sample-0"]);
    expect(problems).toEqual([]);
    expect((await store.check()).map(({ facts }) => facts)).toMatchObject([{ file: left }]);
    await store.close();
  });

  it.runIf(process.platform === "linux")("a place without folders is an error", async () => {
    const store = filesStore("/proc/hone/tree");
    await expect(store.put(sampleTraces(1))).rejects.toSatisfy((error) =>
      isError(error, "WRITE_FAILED"),
    );
  });

  it("a file where the folder should be is an error with a code", async () => {
    await writeFile(join(folder, "traces"), "");
    await expect(open().put(sampleTraces(1))).rejects.toSatisfy((error) =>
      isError(error, "WRITE_FAILED"),
    );
  });
});

describe("a full disk", () => {
  it("is an error with a code, and what was written before is intact and can grow again", async (context) => {
    const disk = join(folder, "disk");
    await mkdir(disk);
    try {
      const options = ["-t", "tmpfs", "-o", "size=400k", "tmpfs", disk];
      execFileSync("mount", options, { stdio: "ignore" });
    } catch {
      context.skip("a small file system can only be mounted by root");
    }
    try {
      const store = filesStore(disk);
      const [first, ...more] = sampleTraces(60, { textLength: 2000 });
      await store.put([first!]);
      await expect(store.put(more)).rejects.toSatisfy((error) => isError(error, "DISK_FULL"));
      expect(await store.get(first!.id)).toEqual(first);
      expect(await store.check()).toEqual([]);
      expect(await store.prune(Infinity)).toBeGreaterThan(1);
      await store.put(more.slice(0, 5));
      expect(await ids(store)).toHaveLength(5);
      await store.close();
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});

describe("several processes on a tree of trace files", () => {
  it("write at the same time, also to one trace, and lose nothing", async () => {
    const text = (name: string) => `
      const store = filesStore(${JSON.stringify(folder)});
      const base = sampleTrace(0);
      const { spans, ...head } = base;
      for (let i = 0; i < 12; i++) {
        const own = { ...spans[5], id: "${name}" + i, sequence: i };
        await store.append({ heads: [head], spans: [own] });
        await store.put([sampleTrace(i, { first: 0 })].map((t) => ({ ...t, id: "${name}-" + i, spans: [] })));
      }
      await store.close();
    `;
    const both = [startProcess(text("a")), startProcess(text("b"))];
    const watching = open();
    await Promise.all(both.map(({ ended }) => ended));
    expect(both.map(({ child }) => child.exitCode)).toEqual([0, 0]);
    expect(await ids(watching)).toHaveLength(25);
    expect((await watching.get("sample-0"))!.spans).toHaveLength(24);
    expect(await watching.check()).toEqual([]);
    await watching.close();
  });

  it("sees at once what another store wrote, however fast they take turns", async () => {
    const [one, other] = [open(), open()];
    const traces = sampleTraces(12);
    for (const [i, trace] of traces.entries()) {
      await (i % 2 === 0 ? one : other).put([trace]);
      expect(await (i % 2 === 0 ? other : one).get(trace.id)).toEqual(trace);
    }
    await Promise.all([one.close(), other.close()]);
  });

  it("killed at random moments has lost nothing it was told is written", async () => {
    const text = (round: number) => `
      const store = filesStore(${JSON.stringify(folder)});
      for (let i = ${round * 1000}; ; i += 2) {
        await store.put([sampleTrace(i), sampleTrace(i + 1)]);
        process.stdout.write(i + "\\n" + (i + 1) + "\\n");
      }
    `;
    const lines = await killAtRandom(killCount, new Random("kill"), text);
    const told = new Set([...lines].map((line) => `sample-${line}`));
    const store = open();
    const found = new Set(await ids(store));
    expect(told.size).toBeGreaterThanOrEqual(2 * killCount);
    expect([...told].filter((id) => !found.has(id))).toEqual([]);
    expect(problems).toEqual([]);
    for (const id of told) {
      const number = Number(id.slice("sample-".length));
      expect(await store.get(id)).toEqual(sampleTraces(1, { first: number })[0]);
    }
    await store.close();
  });
});

describe("damage that a file's size and time do not tell", () => {
  it("is told once, and keeps nobody from reading the others", async () => {
    await filled(3);
    const path = join(
      folder,
      "traces",
      (await tree()).find((name) => name.includes("sample-1"))!,
    );
    const time = new Date("2025-01-10");
    await utimes(path, time, time);
    const { length } = await readFile(path);
    const store = open();
    expect(await ids(store)).toHaveLength(3);
    await writeFile(path, "x".repeat(length));
    await utimes(path, time, time);
    for (const filter of [{}, { text: "energy" }]) {
      const seen: string[] = [];
      for await (const { id } of store.traces(filter)) seen.push(id);
      expect(seen).not.toContain("sample-1");
    }
    expect(problems.map(({ code }) => code)).toEqual(["FILE_DAMAGED"]);
    await expect(store.get("sample-1")).rejects.toSatisfy((error) =>
      isError(error, "FILE_DAMAGED"),
    );
    await store.close();
  });
});

describe("a very slow reader", () => {
  it("goes on with a stream whose traces are deleted meanwhile", async () => {
    const traces = await filled(5);
    const store = open();
    const seen: string[] = [];
    for await (const { id } of store.traces()) {
      seen.push(id);
      const next = traces.findIndex((trace) => trace.id === id) + 1;
      if (next < traces.length) await store.delete([traces[next]!.id]);
    }
    expect(seen).toEqual(["sample-0", "sample-2", "sample-4"]);
    await store.close();
  });
});
