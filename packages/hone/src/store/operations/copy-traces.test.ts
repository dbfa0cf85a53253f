import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isError } from "../../core/errors.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import { type CopyOptions, type CopyReport, copyTraces } from "./copy-traces.ts";
import { filesStore } from "../files/files-store.ts";
import { memoryStore } from "../memory-store.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-copy-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function copy(from: TraceStore, to: TraceStore, options?: CopyOptions): Promise<CopyReport> {
  const steps = copyTraces(from, to, options);
  for (;;) {
    const step = await steps.next();
    if (step.done) return step.value;
  }
}

async function all(store: TraceStore) {
  const list = [];
  for await (const trace of store.traces()) list.push(trace);
  return list;
}

describe("copying a store", () => {
  it("loses nothing from memory to files and back", async () => {
    const traces = sampleTraces(60);
    const [first, files, last] = [memoryStore(), filesStore(folder), memoryStore()];
    await first.put(traces);
    const there = await copy(first, files, { batchSize: 25 });
    const back = await copy(files, last);
    expect(there).toMatchObject({ traces: 60, spans: 360, copied: 60, alreadyThere: 0 });
    expect(back).toEqual(there);
    expect(await all(last)).toEqual(traces);
    await files.close();
  });

  it("goes on where it was stopped", async () => {
    const [from, to] = [memoryStore(), memoryStore()];
    await from.put(sampleTraces(30));
    const stop = new AbortController();
    const steps = copyTraces(from, to, { batchSize: 10, signal: stop.signal });
    expect((await steps.next()).value).toMatchObject({ phase: "copying", copied: 10 });
    stop.abort();
    await expect(steps.next()).rejects.toThrow("aborted");
    expect(await all(to)).toHaveLength(10);
    expect(await copy(from, to)).toMatchObject({ traces: 30, copied: 20, alreadyThere: 10 });
  });

  it("writes again what is there with other content, and leaves what only the target has", async () => {
    const [from, to] = [memoryStore(), memoryStore()];
    const traces = sampleTraces(5);
    await from.put(traces);
    await to.put([{ ...traces[2]!, task: "another" }, ...sampleTraces(1, { first: 100 })]);
    expect(await copy(from, to)).toMatchObject({ traces: 5, copied: 5 });
    expect(await all(to)).toHaveLength(6);
    expect(await to.get(traces[2]!.id)).toEqual(traces[2]);
  });

  it("copies only what the filter lets through", async () => {
    const [from, to] = [memoryStore(), memoryStore()];
    await from.put(sampleTraces(30));
    await copy(from, to, { filter: { status: "failed" } });
    const found = (await all(to)).map(({ status }) => status);
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found)).toEqual(new Set(["failed"]));
  });

  it("says when the source changed meanwhile", async () => {
    const [from, to] = [memoryStore(), memoryStore()];
    await from.put(sampleTraces(3));
    const steps = copyTraces(from, to);
    await steps.next();
    await from.delete(["sample-0"]);
    await expect(steps.next().then(() => steps.next())).rejects.toSatisfy((error) =>
      isError(error, "COPY_SOURCE_CHANGED"),
    );
  });

  it("says which trace is not the same afterwards", async () => {
    const from = memoryStore();
    await from.put(sampleTraces(5));
    const target = memoryStore();
    const forgetful: TraceStore = {
      ...target,
      put: (traces) => target.put(traces.map((one) => ({ ...one, spans: one.spans.slice(1) }))),
    };
    await expect(copy(from, forgetful)).rejects.toSatisfy(
      (error) => isError(error, "COPY_DIFFERS") && error.facts.id === "sample-0",
    );
  });
});
