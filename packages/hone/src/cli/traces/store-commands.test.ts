/** Commands over whole stores, and what every command does with a store of another or a damaged one. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openStore } from "../../app/open-store.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import { runCommandLine } from "../run-command.ts";
import { testStreams } from "../terminal/streams-fixture.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-cli-stores-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const file = (name: string): string => join(folder, name);

async function run(...words: readonly string[]) {
  const streams = testStreams(false);
  const code = await runCommandLine(words, streams);
  return { code, ...streams.written };
}

async function fill(url: string): Promise<string> {
  const store = await openStore(url);
  await store.put(sampleTraces(5));
  await store.close();
  return url;
}

async function damagedRow(): Promise<string> {
  const url = await fill(`sqlite:${file("a.db")}`);
  const database = new DatabaseSync(file("a.db"));
  database.exec("update hone_spans set body = '{' where trace_no = 3 and sequence = 1");
  database.close();
  return url;
}

async function damagedFile(): Promise<string> {
  const url = await fill(`files:${file("tree")}`);
  const names = await readdir(file("tree"), { recursive: true });
  await writeFile(
    join(
      file("tree"),
      names.find((one) => one.includes("sample-2"))!,
    ),
    "{",
  );
  return url;
}

async function read(url: string): Promise<readonly unknown[]> {
  const store = await openStore(url, { mustExist: true });
  const { traces } = await store.query();
  await store.close();
  return traces;
}

const last = (stdout: string): unknown => JSON.parse(stdout.trimEnd().split("\n").at(-1)!);

describe("another program's database", () => {
  it("is left as it is by every command that reads a store", async () => {
    const database = new DatabaseSync(file("app.db"));
    database.exec("create table users (name text); insert into users values ('ada')");
    database.close();
    const before = await readFile(file("app.db"));
    const url = `sqlite:${file("app.db")}`;
    const commands = [
      ["store", "check", url],
      ["store", "migrate", url],
      ["store", "prune", url, "--before", "1d", "--dry-run"],
      ["store", "copy", url, `files:${file("to")}`],
      ["traces", "list", "--store", url],
      ["traces", "show", "--last", "--store", url],
      ["traces", "show", "last", "--store", url],
      ["traces", "stats", "--store", url],
      ["traces", "search", "ada", "--store", url],
      ["traces", "export", file("out.jsonl"), "--store", url],
      ["traces", "send", "http://127.0.0.1:9", "--store", url],
    ];
    for (const words of commands) {
      const { code, stderr } = await run(...words);
      expect(stderr, words.join(" ")).toContain("another program's database (with tables users)");
      expect(code).toBe(1);
    }
    expect(await readFile(file("app.db"))).toEqual(before);
    expect(await readdir(folder)).toEqual(["app.db"]);
  });
});

describe("a trace that cannot be read", () => {
  it("is named by a copy and an export, which go on, count it and end with 1", async () => {
    for (const [i, url] of [await damagedRow(), await damagedFile()].entries()) {
      const to = `sqlite:${file(`to${i}.db`)}`;
      const copied = await run("store", "copy", url, to, "--json");
      expect(copied.code).toBe(1);
      expect(last(copied.stdout)).toMatchObject({ traces: 4, copied: 4, unreadable: 1 });
      expect(copied.stderr).toMatch(/^(STORE|FILE)_DAMAGED: .*sample-2.*\n {2}→ /);
      const again = await run("store", "copy", url, to);
      expect(again.stdout).toContain("0 copied, 4 there already\n  1 part of it could not be read");
      const exported = await run("traces", "export", file("out.jsonl"), "--store", url);
      expect(exported.code).toBe(1);
      expect(exported.stdout).toContain("4 traces (1 could not be read) written to");
      const text = await readFile(file("out.jsonl"), "utf8");
      expect(text.trimEnd().split("\n")).toHaveLength(4);
    }
  });

  it("because the list of traces has a damaged page is found by its head, and still the code is 1", async () => {
    await fill(`sqlite:${file("list.db")}`);
    const database = new DatabaseSync(file("list.db"));
    const [root] = database
      .prepare("select rootpage from sqlite_master where name = 'hone_traces'")
      .all();
    database.close();
    const bytes = await readFile(file("list.db"));
    const start = (Number(root!["rootpage"]) - 1) * 8192;
    bytes.fill(0xaa, start, start + 8192);
    await writeFile(file("list.db"), bytes);
    const copied = await run(
      "store",
      "copy",
      `sqlite:${file("list.db")}`,
      `sqlite:${file("to.db")}`,
    );
    expect(copied.code).toBe(1);
    expect(copied.stdout).toMatch(/^5 traces .*\n {2}5 copied, 0 there already\n {2}1 part of it/);
    expect(copied.stderr).toMatch(/^STORE_DAMAGED: .*its list of traces cannot be read in order/);
    const checked = await run("store", "check", `sqlite:${file("list.db")}`);
    expect(checked.code).toBe(1);
    expect(checked.stdout).toContain("5 of its traces can be read whole");
    expect(checked.stderr).toContain("it lists 5 traces");
  });

  it("is printed as a problem by commands that list traces, and they go on", async () => {
    for (const url of [await damagedRow(), await damagedFile()]) {
      const searched = await run("traces", "search", "energy", "--store", url);
      expect(searched.code).toBe(0);
      expect(searched.stderr).not.toContain("INTERNAL");
      const listed = await run("traces", "list", "--store", url);
      expect(listed.code).toBe(0);
      expect(listed.stdout).toContain("sample-4");
      if (url.startsWith("files:")) expect(listed.stderr).toMatch(/^FILE_DAMAGED: .*\n {2}→ /);
      const shown = await run("traces", "show", "sample-2", "--store", url);
      expect(shown.code).toBe(1);
      expect(shown.stderr).not.toContain("INTERNAL");
    }
  });
});

describe("stores that are not there", () => {
  it("are not made for a file that cannot be imported, or a copy of nothing", async () => {
    await writeFile(file("broken.jsonl"), "{\n");
    const imported = await run(
      ...["traces", "import", file("broken.jsonl"), "--store", `sqlite:${file("i.db")}`],
    );
    expect(imported.code).toBe(1);
    const from = await fill(`sqlite:${file("a.db")}`);
    const copied = await run("store", "copy", from, `sqlite:${file("b.db")}`, "--agent", "nobody");
    expect(copied.code).toBe(0);
    expect(copied.stdout).toContain("nothing was copied");
    expect(await readdir(folder)).toEqual(["a.db", "broken.jsonl"]);
  });

  it("are said to be none: a folder of others, a folder that is not there", async () => {
    await mkdir(file("docs"));
    await writeFile(join(file("docs"), "a.md"), "# A");
    const checked = await run("store", "check", `files:${file("docs")}`);
    expect(checked.code).toBe(1);
    expect(checked.stderr).toContain("the folder is not a store of hone");
    const migrated = await run("store", "migrate", `files:${file("x")}`);
    expect(migrated.code).toBe(1);
    expect(migrated.stderr).toContain("there is no such folder");
  });

  it("get no folders made for a path that may be mistyped", async () => {
    const url = `sqlite:${file("nonexist/x.db")}`;
    const { code, stderr } = await run("record", "--store", url, "--", process.execPath, "-e", "0");
    expect(code).toBe(1);
    expect(stderr).toContain(`there is no folder ${file("nonexist")}; make it first`);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("commands over whole stores", () => {
  it("take the environment's store where none is named", async () => {
    vi.stubEnv("HONE_STORE", await fill(`sqlite:${file("a.db")}`));
    expect(await run("store", "check")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^sqlite:.*: \d+ traces?, nothing is wrong\n$/),
    });
    expect((await run("store", "migrate")).stdout).toBe("version 4 already\n");
    const { stdout } = await run("store", "prune", "--before", "1d", "--yes", "--json");
    expect(last(stdout)).toMatchObject({ traces: 5, deleted: true });
  });

  it("take the store as an argument or as --store, but not two stores", async () => {
    const url = await fill(`sqlite:${file("a.db")}`);
    for (const words of [["--store", url], [url], [url, "--store", url]])
      expect(await run("store", "check", ...words)).toMatchObject({ code: 0 });
    expect((await run("store", "migrate", "--store", url)).stdout).toBe("version 4 already\n");
    const pruned = await run("store", "prune", "--store", url, "--before", "1d", "--dry-run");
    expect(pruned.stdout).toMatch(/^5 traces from before/);
    for (const name of ["check", "migrate", "prune"]) {
      const before = name === "prune" ? ["--before", "1d"] : [];
      const { code, stderr } = await run("store", name, url, "--store", "memory:", ...before);
      expect(code).toBe(2);
      expect(stderr).toContain(`npx hone store ${name}: the argument and --store name two stores`);
    }
    expect((await read(url)).length).toBe(5);
  });

  it("ask before they prune, and elsewhere than on a terminal demand --yes", async () => {
    const url = await fill(`sqlite:${file("a.db")}`);
    const words = ["store", "prune", url, "--before", "1d"];
    const refused = await run(...words);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/: 5 traces from before .* would be deleted; say so with --yes/);
    const answer = async (text: string) => {
      const streams = testStreams(true);
      Object.assign(streams.stdin, { isTTY: true });
      streams.stdin.end(`${text}\n`);
      await runCommandLine(words, streams);
      return streams.written.stdout + streams.written.stderr;
    };
    expect(await answer("n")).toContain("nothing deleted");
    expect(await read(url)).toHaveLength(5);
    expect(await answer("y")).toMatch(/Delete 5 traces from before .*\? There is no way back/);
    expect(await read(url)).toEqual([]);
    expect((await run(...words)).stdout).toMatch(/^0 traces from before .* deleted\n$/);
  });
});
