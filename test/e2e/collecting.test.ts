/** What programs record into stores, however they end. */
import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { findsHone } from "../doubles/own-code.ts";
import { openStore } from "../../packages/hone/src/app/open-store.ts";
import { storedTraces } from "../doubles/stored-traces.ts";
import { leastTime } from "../doubles/least-time.ts";
import { sharedPostgres } from "../doubles/shared-postgres.ts";

const root = join(import.meta.dirname, "../..");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-collect-"));
  // Where batches for a server's store are kept.
  vi.stubEnv("XDG_STATE_HOME", join(folder, "state"));
});
afterAll(() => {
  vi.unstubAllEnvs();
  return rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly ms: number;
}

/** A program that has an agent `chat` with traces in the store, then does what `text` says. */
async function runProgram(
  store: string,
  text: string,
  flags: readonly string[] = [],
): Promise<Ended> {
  const program = `
    import { reward, tool, withTraces } from "hone-rl/tracing";
    const agent = withTraces({
      async *chat(messages) {
        yield "It is ";
        yield String(await tool("add", { a: 2, b: 2 }, async () => 4));
        reward(1, { type: "tool" });
      },
    }, { store: ${JSON.stringify(store)}, agent: "calculator" });
    const ask = async (content) => {
      for await (const chunk of agent.chat([{ role: "user", content }])) process.stdout.write(chunk);
    };
    const begin = async () => agent.chat([{ role: "user", content: "begun" }]).next();
    await ask("2 + 2?");
    ${text}`;
  const args = [...findsHone, ...flags, "--input-type=module", "--eval", program];
  const start = performance.now();
  const ended = (code: number | null, signal: NodeJS.Signals | null, out: string, err: string) => ({
    stdout: out,
    stderr: err,
    code,
    signal,
    ms: performance.now() - start,
  });
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root });
    return ended(0, null, stdout, stderr);
  } catch (error) {
    const { code, signal, stdout, stderr } = error as Ended;
    return ended(code, signal, stdout, stderr);
  }
}

let count = 0;
const place = (kind: "files" | "sqlite"): string => `${kind}:${join(folder, `store-${count++}`)}`;

describe("a program that records", () => {
  it.each(["files", "sqlite"] as const)(
    "finds its trace in %s when it ends by itself",
    async (kind) => {
      const store = place(kind);
      expect(await runProgram(store, "")).toMatchObject({ stdout: "It is 4", stderr: "", code: 0 });
      const traces = await storedTraces(store);
      expect(traces).toMatchObject([{ agent: "calculator", task: "2 + 2?", status: "completed" }]);
      expect(traces[0]!.spans.map((span) => span.kind)).toEqual([
        "prompt",
        "content",
        "tool",
        "reward",
      ]);
    },
  );

  it("finds its traces in PostgreSQL, also those that process.exit cuts off", async () => {
    const store = await (await sharedPostgres()).freshUrl();
    // The connection is open before the end: opening one takes a busy machine longer than an end waits.
    const whenStored = `
      const { openStore } = await import("hone-rl");
      const seen = await openStore(${JSON.stringify(store)});
      while ((await seen.query({})).traces[0]?.status !== "completed")
        await new Promise((resolve) => setTimeout(resolve, 50));
      await seen.close();`;
    const ended = await runProgram(store, `${whenStored} await begin(); process.exit(3);`);
    expect(ended).toMatchObject({ stdout: "It is 4", stderr: "", code: 3 });
    const traces = await storedTraces(store);
    expect(traces.map(({ task, status }) => [task, status])).toEqual([
      ["2 + 2?", "completed"],
      ["begun", "cancelled"],
    ]);
    expect(traces[0]!.spans).toHaveLength(4);
  }, 30_000);

  const ends: readonly (readonly [string, string, Partial<Ended>, string])[] = [
    ["process.exit", "await begin(); process.exit(3);", { code: 3 }, "cancelled"],
    [
      "an uncaught error",
      'await begin(); setTimeout(() => { throw new Error("boom"); });',
      { code: 1 },
      "failed",
    ],
    [
      "a rejection nobody handles",
      'await begin(); Promise.reject(new Error("boom"));',
      { code: 1 },
      "failed",
    ],
    [
      "SIGINT",
      'await begin(); process.kill(process.pid, "SIGINT"); setTimeout(() => {}, 9000);',
      { signal: "SIGINT" },
      "cancelled",
    ],
    [
      "SIGTERM that the app handles",
      'process.on("SIGTERM", () => process.exit(7)); await begin(); process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 9000);',
      { code: 7 },
      "cancelled",
    ],
  ];
  it.each(ends)("leaves nothing behind at %s", async (_, text, end, status) => {
    const store = place("files");
    const ended = await runProgram(store, text);
    expect(ended).toMatchObject(end);
    expect(ended.stderr).not.toContain("not recorded");
    const traces = await storedTraces(store);
    expect(traces.map((trace) => [trace.task, trace.status])).toEqual([
      ["2 + 2?", "completed"],
      ["begun", status],
    ]);
    if (status === "failed") expect(traces[1]!.error).toMatchObject({ message: "boom" });
  });

  it("says in one line what a dead store cost, and is as it was otherwise", async () => {
    const ended = await runProgram("files:/dev/null/traces", "");
    expect(ended).toMatchObject({ stdout: "It is 4", code: 0 });
    expect(ended.stderr).toMatch(
      /^hone: 4 spans were not recorded in files:\/dev\/null\/traces: (?:WRITE_FAILED|ENOTDIR)[^\n]*\n$/,
    );
  });

  it("waits for a store that does not answer until the deadline, no longer", async () => {
    const time = await leastTime(9000, async () => {
      // Another process holds the database's lock.
      const store = place("sqlite");
      // Made here: the first program of a busy machine may have no time left to make it, and keeps what it recorded beside it.
      await (await openStore(store)).close();
      await runProgram(store, "");
      const held = `
      const { DatabaseSync } = await import("node:sqlite");
      // Garbage is closed, and holds no lock.
      globalThis.other = new DatabaseSync(${JSON.stringify(store.slice("sqlite:".length))});
      other.exec("BEGIN IMMEDIATE");
      await ask("locked?");`;
      const ended = await runProgram(store, held);
      expect(ended.stdout).toBe("It is 4It is 4");
      expect(ended.stderr).toMatch(/^(?:hone: \d+ spans were kept until sqlite:[^\n]*\n)?$/);
      const found = await storedTraces(store);
      expect(found.map(({ task, status }) => [task, status])).toEqual([
        ["2 + 2?", "completed"],
        ["2 + 2?", "completed"],
        ["locked?", "completed"],
      ]);
      return ended.ms;
    });
    // A write that nothing else ended would wait for 30 s.
    expect(time).toBeLessThan(9000);
  });

  it("says what kept it from a server that is down", async () => {
    const spool = join(folder, "state/hone/spool/*/*.jsonl");
    const before = new Set(globSync(spool));
    const ended = await runProgram("postgres://ada:secret@127.0.0.1:9/traces", "");
    expect(ended.stdout).toBe("It is 4");
    // On a busy machine even the reason may not come in time.
    expect(ended.stderr).toMatch(
      /^hone: 4 spans were kept until .* is next opened; `npx hone traces list --store` .*: (?:.*ECONNREFUSED 127.0.0.1:9.*|it did not answer before the end)\n$/,
    );
    expect(ended.stderr).not.toContain("secret");
    const kept = globSync(spool).filter((file) => !before.has(file));
    const spans = kept.map((file) => readFileSync(file, "utf8").match(/"kind":"\w+"/g));
    expect(spans.flat()).toHaveLength(4);
  });

  it("does not run its preload in the thread that writes", async () => {
    const preload = join(folder, "preload.mjs");
    await writeFile(preload, 'process.stdout.write("[preloaded]");');
    const store = place("files");
    const ended = await runProgram(store, "", [`--import=${preload}`]);
    expect(ended.stdout).toBe("[preloaded]It is 4");
    expect(await storedTraces(store)).toHaveLength(1);
  });

  it("is turned off by HONE_TRACES=off", async () => {
    const store = place("files");
    process.env["HONE_TRACES"] = "off";
    try {
      expect(await runProgram(store, "")).toMatchObject({ stdout: "It is 4", stderr: "" });
    } finally {
      delete process.env["HONE_TRACES"];
    }
    expect(await storedTraces(store)).toEqual([]);
  });
});
