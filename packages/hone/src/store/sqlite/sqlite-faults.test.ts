/** What can happen to a SQLite file: locks, other processes, kills, a full disk, other versions, damage. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { killCount } from "../../../../../test/doubles/kill-count.ts";
import { type ErrorCode, isError } from "../../core/errors.ts";
import { Random } from "../../core/random.ts";
import { sampleTrace, sampleTraces } from "../../testing/sample-traces.ts";
import { killAtRandom, startProcess } from "../fixtures/process-fixture.ts";
import { migrate, migrations } from "../sql/sql-migrations.ts";
import { openSqlite } from "./sqlite-engine.ts";
import { migrateSqlite, openSqliteStore } from "./sqlite-store.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-sqlite-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const file = () => join(folder, "hone.db");
const open = () => openSqliteStore(file());
/** Fills the disk the file lies on, and goes on after that. */
async function fillDisk(path: string): Promise<void> {
  const [first, ...more] = sampleTraces(200, { textLength: 4000 });
  const store = await openSqliteStore(path);
  try {
    await store.put([first!]);
    await expect(store.put(more)).rejects.toSatisfy(withCode("DISK_FULL"));
    expect(await store.get(first!.id)).toEqual(first);
    expect((await store.query()).traces).toHaveLength(1);
    expect(await store.check()).toEqual([]);
    await store.put(more.slice(0, 5));
  } finally {
    await store.close();
  }
  const again = await openSqliteStore(path);
  expect((await again.query()).traces).toHaveLength(6);
  await again.close();
}

const withCode = (code: ErrorCode) => (error: unknown) => isError(error, code);

/** Changes the file behind the store's back. */
function tamper(statement: string): void {
  const database = new DatabaseSync(file());
  database.exec(statement);
  database.close();
}

describe("a SQLite file that another program has locked", () => {
  it("is written after 2 s of it, and neither readers nor the event loop wait", async () => {
    const store = await open();
    await store.put([sampleTrace(0)]);
    const other = new DatabaseSync(file());
    other.exec("begin immediate");
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 10);
    const start = performance.now();
    const writing = store.put([sampleTrace(1)]).then(() => performance.now() - start);
    await sleep(1000);
    expect(await store.get("sample-0")).toEqual(sampleTrace(0));
    expect(await store.get("sample-1")).toBeUndefined();
    await sleep(1000);
    other.exec("commit");
    expect(await writing).toBeGreaterThan(1990);
    // 200 where the machine does nothing else; an event loop that waits has none.
    expect(ticks).toBeGreaterThan(10);
    clearInterval(ticking);
    other.close();
    expect(await store.get("sample-1")).toEqual(sampleTrace(1));
    await store.close();
  });

  it("is an error with a code after the time that was set, and nothing of the write is there", async () => {
    const store = await openSqliteStore(file(), { lockTimeoutMs: 100 });
    const other = new DatabaseSync(file());
    other.exec("begin immediate");
    await expect(store.put([sampleTrace(0)])).rejects.toSatisfy(withCode("STORE_LOCKED"));
    other.exec("rollback");
    other.close();
    expect(await store.query()).toEqual({ traces: [] });
    await store.put([sampleTrace(0)]);
    await store.close();
  });
});

describe("several processes on a SQLite file", () => {
  it("write at the same time, also to one trace, and lose nothing", async () => {
    const text = (name: string) => `
      const store = await openSqliteStore(${JSON.stringify(file())});
      const { spans, ...head } = sampleTrace(0);
      for (let i = 0; i < 20; i++) {
        const own = { ...spans[5], id: "${name}" + i, sequence: i };
        await store.append({ heads: [head], spans: [own] });
        await store.put([{ ...head, id: "${name}-" + i, spans: [] }]);
      }
      await store.close();
    `;
    const all = ["a", "b", "c"].map((name) => startProcess(text(name)));
    await Promise.all(all.map(({ ended }) => ended));
    expect(all.map(({ child }) => child.exitCode)).toEqual([0, 0, 0]);
    const store = await open();
    const [row] = await store.aggregate();
    expect(row).toMatchObject({ count: 61, spanCount: 60 });
    expect((await store.get("sample-0"))!.spans).toHaveLength(60);
    expect(await store.check()).toEqual([]);
    await store.close();
  });

  it("killed at random moments have lost nothing they were told is written", async () => {
    const text = (round: number) => `
      const store = await openSqliteStore(${JSON.stringify(file())});
      for (let i = ${round * 10_000}; ; i += 2) {
        await store.put([sampleTrace(i), sampleTrace(i + 1)]);
        process.stdout.write(i + "\\n" + (i + 1) + "\\n");
      }
    `;
    const told = await killAtRandom(killCount, new Random("kill"), text);
    expect(told.size).toBeGreaterThanOrEqual(2 * killCount);
    const store = await open();
    for (const line of told) {
      expect(await store.get(`sample-${line}`)).toEqual(sampleTrace(Number(line)));
    }
    expect(await store.check()).toEqual([]);
    await store.close();
  });
});

describe("a full disk", () => {
  it("is an error with a code, and what was written before is intact and can grow again", async (context) => {
    const disk = join(folder, "disk");
    await mkdir(disk);
    try {
      const options = ["-t", "tmpfs", "-o", "size=1500k", "tmpfs", disk];
      execFileSync("mount", options, { stdio: "ignore" });
    } catch {
      context.skip("a small file system can only be mounted by root");
    }
    try {
      await fillDisk(join(disk, "hone.db"));
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});

describe("the schema of a SQLite file", () => {
  it("of a later version is refused, and the file stays as it is", async () => {
    await (await open()).close();
    tamper("update hone_schema set version = 99");
    const before = await readFile(file());
    await expect(open()).rejects.toSatisfy(
      (error) => isError(error, "STORE_SCHEMA_TOO_NEW") && error.facts.found === 99,
    );
    expect(await readFile(file())).toEqual(before);
  });

  it("is brought forward once by several that open it, each migration whole or not at all", async () => {
    const first = await open();
    await first.put([sampleTrace(0)]);
    await first.close();
    let runs = 0;
    const next = [
      ...migrations,
      async (db: Parameters<(typeof migrations)[0]>[0]) => {
        runs++;
        await sql`create table hone_more (x integer)`.execute(db);
        if (runs === 1) throw new Error("broken off");
      },
    ];
    const engines = await Promise.all([1, 2, 3].map(() => openSqlite(file())));
    await expect(migrate(engines[0]!, next)).rejects.toThrow("broken off");
    const reports = await Promise.all(engines.map((engine) => migrate(engine, next)));
    expect(reports.filter(({ from }) => from === migrations.length)).toHaveLength(1);
    expect(runs).toBe(2);
    for (const engine of engines) await engine.close();
    await expect(open()).rejects.toSatisfy(withCode("STORE_SCHEMA_TOO_NEW"));
    tamper(`update hone_schema set version = ${migrations.length}`);
    const store = await open();
    expect(await store.get("sample-0")).toEqual(sampleTrace(0));
    await store.close();
  });
});

describe("a path that is no store", () => {
  it("is an error with a code: a text file, a folder, a file in a folder that is not there", async () => {
    await writeFile(
      file(),
      "no database, but a text that is long enough to be taken for one ".repeat(20),
    );
    await expect(open()).rejects.toSatisfy(withCode("STORE_DAMAGED"));
    await expect(openSqliteStore(folder)).rejects.toSatisfy(
      (error) => isError(error, "WRITE_FAILED") && error.facts.reason === "it is a folder",
    );
    for (const path of [join(file(), "below/hone.db"), join(folder, "mistyped/below/hone.db")]) {
      await expect(openSqliteStore(path)).rejects.toSatisfy(
        (error) =>
          isError(error, "WRITE_FAILED") && error.facts.reason.includes("there is no folder"),
      );
    }
    expect(await readdir(folder)).toEqual(["hone.db"]);
    await expect(openSqliteStore(join(folder, "no.db"), { mustExist: true })).rejects.toSatisfy(
      withCode("STORE_NOT_FOUND"),
    );
  });
});

describe("a SQLite file that must be a store", () => {
  const refused = (path: string) =>
    openSqliteStore(path, { mustExist: true, lockTimeoutMs: 100 }).then(
      () => undefined,
      (error: unknown) => (isError(error, "STORE_NOT_FOUND") ? error.facts.reason : error),
    );

  for (const mode of ["delete", "wal"]) {
    it(`stays as it is when it is another program's (journal mode ${mode})`, async () => {
      tamper(
        `pragma journal_mode = ${mode}; create table users (name text); insert into users values ('ada')`,
      );
      const before = await readFile(file());
      expect(await refused(file())).toContain("another program's database (with tables users)");
      await expect(migrateSqlite(file())).rejects.toSatisfy(withCode("STORE_NOT_FOUND"));
      expect(await readFile(file())).toEqual(before);
      expect(await readdir(folder)).toEqual(["hone.db"]);
    });
  }

  it("stays as it is when its program is writing to it, and when it is empty", async () => {
    tamper("create table users (name text)");
    const other = new DatabaseSync(file());
    other.exec("begin immediate; insert into users values ('ada')");
    const before = await readFile(file());
    expect(await refused(file())).toContain("another program's database");
    expect(await readFile(file())).toEqual(before);
    other.exec("commit");
    other.close();
    const empty = join(folder, "empty.db");
    await writeFile(empty, "");
    expect(await refused(empty)).toBe("the file is empty");
    expect(await readFile(empty)).toHaveLength(0);
  });

  it("opens while another process writes to it, and when all of it is still in its log", async () => {
    const text = `
      const store = await openSqliteStore(${JSON.stringify(file())});
      await store.put([sampleTrace(0)]);
      process.stdout.write("written\\n");
      for (let i = 1; ; i++) await store.put([sampleTrace(i)]);
    `;
    const { child, ended } = startProcess(text);
    await once(child.stdout!, "data");
    const first = await openSqliteStore(file(), { mustExist: true });
    expect(await first.get("sample-0")).toEqual(sampleTrace(0));
    await first.close();
    child.kill("SIGKILL");
    await ended;
    const store = await openSqliteStore(file(), { mustExist: true });
    expect(await store.get("sample-0")).toEqual(sampleTrace(0));
    expect(await store.check()).toEqual([]);
    await store.close();
  });
});

describe("check", () => {
  it("finds sums that are wrong, JSON that is broken, heads and words that are gone", async () => {
    const store = await open();
    await store.put(sampleTraces(4));
    tamper(`
      update hone_traces set span_count = 7 where id = 'sample-0';
      update hone_spans set body = '{' where trace_no = 2 and sequence = 0;
      delete from hone_heads where trace_no = 3;
    `);
    const problems = (await store.check()).map(({ message }) => message);
    expect(problems).toHaveLength(3);
    expect(problems[0]).toContain("trace sample-0 is listed with");
    expect(problems[1]).toContain("sample-1");
    expect(problems[2]).toContain("trace sample-2 has no head");
    await store.close();
  });
});

describe("a file with damaged pages", () => {
  it("is checked to its end, wherever the damage is, and what can be read is counted", async () => {
    const store = await open();
    await store.put(sampleTraces(20));
    await store.close();
    const good = await readFile(file());
    const pages = good.length / 8192;
    expect(pages).toBeGreaterThan(20);
    let found = 0;
    for (let page = 0; page < pages; page += Math.ceil(pages / 15)) {
      for (const damage of [
        (bytes: Buffer) => bytes.fill(0xaa),
        (bytes: Buffer) => bytes.fill(0, 0, 12),
      ]) {
        const bytes = Buffer.from(good);
        damage(bytes.subarray(page * 8192 + (page === 0 ? 100 : 0), (page + 1) * 8192));
        await rm(`${file()}-wal`, { force: true });
        await writeFile(file(), bytes);
        const problems = await open().then(
          async (damaged) => {
            const all = await damaged.check();
            await damaged.close();
            return all;
          },
          (error: unknown) => [error],
        );
        for (const problem of problems) expect(problem).toSatisfy(withCode("STORE_DAMAGED"));
        if (problems.length > 1) {
          expect((problems.at(-1) as Error).message).toMatch(
            / \d+ of its traces can be read whole/,
          );
          found++;
        }
      }
    }
    expect(found).toBeGreaterThan(10);
  });

  it("is no new store when it was emptied", async () => {
    const store = await open();
    await store.put(sampleTraces(1));
    await store.close();
    await writeFile(file(), "");
    const opened = openSqliteStore(file(), { lockTimeoutMs: 100 });
    await expect(opened).rejects.toSatisfy(withCode("STORE_DAMAGED"));
    expect(await readFile(file())).toHaveLength(0);
    await rm(file());
    await (await open()).close();
  });
});

describe("sums", () => {
  it("follow spans that are replaced by others with more or fewer tokens", async () => {
    const store = await open();
    const { spans, ...head } = sampleTrace(0);
    const prompt = spans.find(({ kind }) => kind === "prompt")!;
    const used = (input: number, output: number) =>
      ({ ...prompt, usage: { input, output } }) as typeof prompt;
    await store.append({ heads: [head], spans: [used(10, 1)] });
    await store.append({ spans: [{ ...used(4, 2), error: { message: "late" } }] });
    await store.append({ spans: [{ ...used(4, 2), error: { message: "late" } }] });
    expect((await store.query()).traces[0]).toMatchObject({
      spanCount: 1,
      errorCount: 1,
      tokens: { input: 4, output: 2 },
    });
    expect(await store.check()).toEqual([]);
    await store.close();
  });
});

describe("a very long trace", () => {
  it("is streamed span by span in its order, pages and equal sequences included", async () => {
    const store = await open();
    const { spans, ...head } = sampleTrace(0);
    const many = Array.from({ length: 2500 }, (_, i) => ({
      ...spans.at(-1)!,
      id: `s${String(i).padStart(5, "0")}`,
      sequence: Math.floor(i / 2200),
    }));
    await store.append({ heads: [head], spans: many.toReversed() });
    const seen: string[] = [];
    for await (const { id } of store.spans()) seen.push(id);
    expect(seen).toEqual(many.map(({ id }) => id));
    await store.close();
  });
});
