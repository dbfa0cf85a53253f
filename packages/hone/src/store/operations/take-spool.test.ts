import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { appendFile, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { HoneError } from "../../core/errors.ts";
import type { TraceBatch, TraceStore } from "../../ports/trace-store.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import { memoryStore } from "../memory-store.ts";
import { writeSpool } from "../../formats/write-spool.ts";
import { hasSpool, takeSpool } from "./take-spool.ts";

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "hone-spool-")), "spool");
});
afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

const traces = sampleTraces(3);
const batchOf = (index: number): string[] => {
  const { spans, ...head } = traces[index]!;
  return ['{"heads":[', JSON.stringify(head), '],"spans":', JSON.stringify(spans), "}"];
};

/** Appends what waits; the problems it told. */
async function take(store: TraceStore): Promise<string[]> {
  const problems: string[] = [];
  await takeSpool(folder, store, ({ code }) => problems.push(code));
  return problems;
}

it("brings kept batches into the store, once, and leaves nothing behind", async () => {
  writeSpool(folder, [batchOf(0), batchOf(1)]);
  writeSpool(folder, [batchOf(2)]);
  expect(await hasSpool(folder)).toBe(true);
  const store = memoryStore();
  expect(await take(store)).toEqual([]);
  for (const trace of traces) expect(await store.get(trace.id)).toEqual(trace);
  expect(existsSync(folder)).toBe(false);
  expect(await hasSpool(folder)).toBe(false);
});

it("takes again what a process claimed that was killed meanwhile, and leaves a living one's alone", async () => {
  writeSpool(folder, [batchOf(0)]);
  const [name] = await readdir(folder);
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  await rename(join(folder, name!), join(folder, `${name}.taken-${process.ppid}`));
  expect(await hasSpool(folder)).toBe(false);
  await rename(
    join(folder, `${name}.taken-${process.ppid}`),
    join(folder, `${name}.taken-${dead}`),
  );
  const store = memoryStore();
  // The killed process had appended it already.
  const { spans, ...head } = traces[0]!;
  await store.append({ heads: [head], spans });
  expect(await take(store)).toEqual([]);
  expect(await store.get(head.id)).toEqual(traces[0]);
  expect(existsSync(folder)).toBe(false);
});

it("leaves out only what the store refuses", async () => {
  const { spans, ...head } = traces[0]!;
  const stranger = { ...spans[1]!, traceId: "unknown" };
  const batch = { heads: [head], spans: [spans[0], stranger, spans[2]] };
  writeSpool(folder, [[JSON.stringify(batch)]]);
  const store = memoryStore();
  expect(await take(store)).toEqual(["TRACE_NOT_FOUND"]);
  expect((await store.get(head.id))!.spans.map(({ id }) => id)).toEqual([
    spans[0]!.id,
    spans[2]!.id,
  ]);
  expect(existsSync(folder)).toBe(false);
});

it("keeps the file when the store cannot be written to, and tells why", async () => {
  writeSpool(folder, [batchOf(0)]);
  const store = memoryStore();
  const full: TraceStore = {
    ...store,
    append: () => Promise.reject(new HoneError("DISK_FULL", { path: "hone.db" })),
  };
  expect(await take(full)).toEqual(["DISK_FULL"]);
  expect(await hasSpool(folder)).toBe(true);
  expect(await take(store)).toEqual([]);
  expect(await store.get(traces[0]!.id)).toEqual(traces[0]);
});

it("tells of a damaged file, keeps it, and takes the others", async () => {
  writeSpool(folder, [batchOf(0)]);
  const [name] = await readdir(folder);
  await appendFile(join(folder, name!), "half a li");
  writeSpool(folder, [batchOf(1)]);
  const store = memoryStore();
  expect(await take(store)).toEqual(["FILE_DAMAGED"]);
  expect(await store.get(traces[1]!.id)).toEqual(traces[1]);
  expect(await readdir(folder)).toEqual([name]);
});

it("leaves what belongs to a damaged trace for later, and takes the others and later files", async () => {
  const [first, second] = [batchOf(0), batchOf(1)].map(
    (one) => JSON.parse(one.join("")) as Required<TraceBatch>,
  );
  const both = {
    heads: [...first!.heads, ...second!.heads],
    spans: [...first!.spans, ...second!.spans],
  };
  writeSpool(folder, [[JSON.stringify(both)]]);
  writeSpool(folder, [batchOf(2)]);
  const store = memoryStore();
  const damaged: TraceStore = {
    ...store,
    append: async (batch) => {
      if (batch.heads?.some(({ id }) => id === traces[0]!.id) === true)
        throw new HoneError("STORE_DAMAGED", { store: "x", problem: "a trace" });
      return store.append(batch);
    },
  };
  expect(await take(damaged)).toEqual(["STORE_DAMAGED"]);
  for (const one of [1, 2]) expect(await store.get(traces[one]!.id)).toEqual(traces[one]);
  // The user deleted the damaged trace; the second one has been written to since.
  const { spans: _, ...head } = traces[1]!;
  await store.append({ heads: [{ ...head, task: "later" }] });
  expect(await take(store)).toEqual([]);
  expect(await store.get(traces[0]!.id)).toEqual(traces[0]);
  expect((await store.get(traces[1]!.id))!.task).toBe("later");
  expect(existsSync(folder)).toBe(false);
});
