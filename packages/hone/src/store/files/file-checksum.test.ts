/** Damage that leaves valid JSON behind, in the file of a trace. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HoneError, isError } from "../../core/errors.ts";
import type { Trace } from "../../core/trace.ts";
import { encodeTrace } from "../../formats/encode-trace.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import { filesStore } from "./files-store.ts";
import { checksumOf } from "./file-checksum.ts";

let folder = "";
let problems: HoneError[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-checksum-"));
  problems = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = () => filesStore(folder, { onProblem: (problem) => problems.push(problem) });
const traces = sampleTraces(3);

/** A store of three traces, in which the file of the second is changed. */
async function withFile(change: (text: string) => string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  const store = open();
  await store.put(traces);
  await store.close();
  const names = await readdir(folder, { recursive: true });
  const file = join(
    folder,
    names.find((name) => name.endsWith("trace_sample-1.json"))!,
  );
  const text = await readFile(file, "utf8");
  const changed = change(text);
  expect(changed).not.toBe(text);
  await writeFile(file, changed);
  return file;
}

async function listed(): Promise<string[]> {
  const store = open();
  const found: Trace[] = [];
  for await (const trace of store.traces()) found.push(trace);
  await store.close();
  return found.map(({ id }) => id);
}

describe("the checksum of a trace's file", () => {
  it("is the last key of the file, over the text without it", async () => {
    const text = await readFile(await withFile((same) => `${same}\n`), "utf8");
    const [, checksum] = /"checksum": "(\w+)"\n {2}\}\n\}\n\n$/.exec(text)!;
    expect(checksum).toBe(checksumOf(encodeTrace(traces[1]!)));
  });

  it("finds a changed word, number and key, names the trace and says what can be saved", async () => {
    const { length } = traces[1]!.spans;
    for (const change of [
      (text: string) => text.replace("energy", "enersy"),
      (text: string) => text.replace('"step":3', '"step":7'),
      (text: string) => text.replace('"step":3', '"stop":3'),
      (text: string) => text.replace(/("checksum": "\w+)\w"/, '$1g"'),
    ]) {
      problems = [];
      await withFile(change);
      const store = open();
      await expect(store.get("sample-1")).rejects.toSatisfy(
        (error) =>
          isError(error, "STORE_DAMAGED") &&
          error.facts.problem.includes('trace "sample-1"') &&
          error.facts.problem.includes(`its ${length} spans can be saved`),
      );
      expect((await store.check()).map(({ code }) => code)).toEqual(["STORE_DAMAGED"]);
      await store.close();
      expect(await listed()).toEqual(["sample-0", "sample-2"]);
      expect(problems.map(({ code }) => code)).toEqual(["STORE_DAMAGED", "STORE_DAMAGED"]);
    }
  });

  it("holds for the same content in another writing", async () => {
    for (const change of [
      (text: string) => text.replaceAll("\n", "\r\n"),
      (text: string) => JSON.stringify(JSON.parse(text)),
      (text: string) =>
        JSON.stringify(JSON.parse(text), undefined, 4).replaceAll("energy", "\\u0065nergy"),
    ]) {
      await withFile(change);
      const store = open();
      expect(await store.get("sample-1")).toEqual(traces[1]);
      expect(await store.check()).toEqual([]);
      await store.close();
    }
  });

  it("finds a changed word in another writing", async () => {
    await withFile((text) => JSON.stringify(JSON.parse(text)).replace("energy", "enersy"));
    expect(await listed()).toEqual(["sample-0", "sample-2"]);
  });

  it("may be taken out by a person who edits the file, as files of earlier versions have none", async () => {
    await withFile((text) => text.replace("energy", "wind").replace(/,\n *"checksum": "\w+"/, ""));
    const store = open();
    expect(JSON.stringify(await store.get("sample-1"))).toContain("wind");
    await store.append({ spans: [{ ...traces[1]!.spans[0]!, id: "new", sequence: 99 }] });
    await store.close();
    expect(await listed()).toEqual(["sample-0", "sample-1", "sample-2"]);
  });
});
