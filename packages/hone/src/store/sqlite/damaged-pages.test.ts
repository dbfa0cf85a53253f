/** SQLite files with one damaged page: what lies on other pages is read, and what is lost is named. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { HoneError } from "../../core/errors.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import { memoryStore } from "../memory-store.ts";
import { copyTraces } from "../operations/copy-traces.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const pageSize = 8192;
const traces = sampleTraces(40);
const garbage = (page: Buffer): unknown => page.fill(0xaa);
/** The page is still one of SQLite's, but rows on it are not what they were. */
const halfGarbage = (page: Buffer): unknown => page.fill(5, 5000, 7000);

let folder = "";
let whole: Buffer;
let pages: ReadonlyMap<string, readonly number[]>;
let store: TraceStore | undefined;
let problems: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-pages-"));
  const made = await openSqliteStore(join(folder, "whole.db"));
  await made.put(traces);
  await made.close();
  whole = await readFile(join(folder, "whole.db"));
  pages = leafPages(join(folder, "whole.db"));
});
afterEach(() => store?.close());
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The numbers of the leaf pages of each table and index. */
function leafPages(file: string): ReadonlyMap<string, readonly number[]> {
  const database = new DatabaseSync(file);
  const rows = database.prepare("select name, pageno from dbstat where pagetype = 'leaf'").all();
  database.close();
  const found = Map.groupBy(rows, ({ name }) => String(name));
  return new Map([...found].map(([name, of]) => [name, of.map(({ pageno }) => Number(pageno))]));
}

async function openDamaged(numbers: readonly number[], damage = garbage): Promise<TraceStore> {
  const bytes = Buffer.from(whole);
  for (const number of numbers) damage(bytes.subarray((number - 1) * pageSize, number * pageSize));
  const file = join(folder, `damaged-${Math.min(...numbers)}.db`);
  for (const end of ["-wal", "-shm"]) await rm(file + end, { force: true });
  await writeFile(file, bytes);
  problems = [];
  const onProblem = ({ message }: HoneError): void => void problems.push(message.split("\n")[0]!);
  store = await openSqliteStore(file, { onProblem });
  return store;
}

async function copied(from: TraceStore): Promise<string[]> {
  const to = memoryStore();
  const steps = copyTraces(from, to);
  while ((await steps.next()).done !== true);
  const ids: string[] = [];
  for await (const trace of to.traces()) {
    expect(trace).toEqual(traces.find(({ id }) => id === trace.id));
    ids.push(trace.id);
  }
  return ids;
}

const inOrder = traces.map(({ id }) => id);

describe("a damaged page", () => {
  it("of the list of traces loses nothing: its rows are made again from heads and spans", async () => {
    const [first] = pages.get("hone_traces")!;
    const damaged = await openDamaged([first!]);
    expect(await copied(damaged)).toEqual(inOrder);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(
      /^STORE_DAMAGED: .*its list of traces cannot be read in order \(database disk image is malformed\); 40 traces are found one by one, [1-9]\d* of them by their heads/,
    );
    const wanted = { agent: traces[0]!.agent, text: "hone" } as const;
    const same = memoryStore();
    await same.put(traces);
    expect(await damaged.query(wanted)).toEqual(await same.query(wanted));
    expect(await damaged.aggregate()).toEqual(await same.aggregate());
    expect(problems).toHaveLength(1);
    const found = (await damaged.check()).map(({ message }) => message.split("\n")[0]!);
    expect(found).toContain(problems[0]);
    expect(found.at(-1)).toContain("40 of its traces can be read whole");
  });

  it("of the index that orders traces, or spans, loses nothing", async () => {
    for (const index of ["hone_traces_start", "hone_spans_order"]) {
      for (const damage of [garbage, halfGarbage]) {
        expect(await copied(await openDamaged(pages.get(index)!.slice(0, 1), damage))).toEqual(
          inOrder,
        );
      }
    }
  });

  it("of the index of ids loses nothing: a trace is found without it", async () => {
    const index = [...pages.keys()].find((name) =>
      name.startsWith("sqlite_autoindex_hone_traces"),
    )!;
    for (const damage of [garbage, halfGarbage]) {
      const damaged = await openDamaged(pages.get(index)!, damage);
      for (const trace of traces.slice(0, 3)) {
        expect(await damaged.get(trace.id)).toEqual(trace);
        expect(await damaged.ids(trace.id, 1)).toEqual([trace.id]);
      }
    }
  });

  it("that holds the head, too, loses those traces by name and no others", async () => {
    const [ofList] = pages.get("hone_traces")!;
    const [ofHeads] = pages.get("hone_heads")!;
    const ids = await copied(await openDamaged([ofList!, ofHeads!]));
    expect(ids.length).toBeGreaterThan(0);
    const lost = inOrder.filter((id) => !ids.includes(id));
    expect(lost.length).toBeGreaterThan(0);
    expect(problems).toHaveLength(1 + lost.length);
    for (const id of lost) expect(problems.join("\n")).toContain(`trace ${id} cannot be read`);
  });

  it("whose rows changed without a trace gives no wrong traces, and each that is lost is named", async () => {
    for (const table of ["hone_traces", "hone_heads", "hone_spans"]) {
      const ids = await copied(await openDamaged(pages.get(table)!.slice(0, 1), halfGarbage));
      const lost = inOrder.filter((id) => !ids.includes(id));
      for (const id of lost) expect(problems.join("\n")).toContain(id);
    }
  });
});
