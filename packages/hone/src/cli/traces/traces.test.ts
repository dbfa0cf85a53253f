import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../app/open-store.ts";
import type { Trace } from "../../core/trace.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import { runCommandLine } from "../run-command.ts";
import { testStreams } from "../terminal/streams-fixture.ts";

let folder: string;
let url: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-cli-traces-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  url = `sqlite:${join(folder, `${count++}.db`)}`;
});

async function put(traces: readonly Trace[]): Promise<void> {
  const store = await openStore(url);
  await store.put(traces);
  await store.close();
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(words: string, isTerminal = false): Promise<Ran> {
  const streams = testStreams(isTerminal);
  const code = await runCommandLine([...words.split(" "), "--store", url], streams);
  return { code, ...streams.written };
}

const lines = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const random = (id: string): Trace => ({ ...sampleTraces(1)[0]!, id, spans: [] });

describe("hone traces list", () => {
  it("prints pages, each with the command line of the next, until all are printed", async () => {
    await put(sampleTraces(45));
    const seen: string[] = [];
    let words: string | undefined = "traces list --limit 20";
    for (let page = 0; words !== undefined && page < 9; page++) {
      const { stdout }: Ran = await run(words);
      const [head, ...rows] = stdout.trimEnd().split("\n");
      expect(head).toMatch(
        /^id +started \(UTC\) +agent +task +status +spans +tokens +latency +reward$/,
      );
      const next: string | undefined = /^next: npx hone (.*)$/.exec(rows.at(-1)!)?.[1];
      seen.push(
        ...rows.slice(0, next === undefined ? undefined : -1).map((row) => row.split(" ")[0]!),
      );
      words = next?.replace(/ --store \S+/, "");
    }
    expect(seen).toEqual(
      sampleTraces(45)
        .map(({ id }) => id)
        .toReversed(),
    );
  });

  it("fits the terminal, whatever the task is", async () => {
    const wide = { ...random("wide"), task: "日本語".repeat(50), agent: "x".repeat(100) };
    await put([wide, ...sampleTraces(3)]);
    const { stdout } = await run("traces list", true);
    const rows = stripVTControlCharacters(stdout).trimEnd().split("\n");
    expect(rows).toHaveLength(5);
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(60);
  });

  it("takes every filter and order, with --json as lines of the documented form", async () => {
    const traces = sampleTraces(60);
    await put(traces);
    const { stdout } = await run(
      "traces list --agent planner --status completed --min-reward 0 --tag nightly --text energy --order reward --ascending --json",
    );
    const found = lines(stdout);
    const rewards = found.slice(0, -1).map((line) => line["reward"] as number);
    expect(rewards.length).toBeGreaterThan(1);
    expect(rewards).toEqual(rewards.toSorted((a, b) => a - b));
    expect(found[0]).toMatchObject({ event: "trace", agent: "planner", status: "completed" });
    expect(found.at(-1)).toEqual({ traces: rewards.length });
    const [from, to] = ["2025-01-09T12:10", "2025-01-09T12:12"];
    const some = await run(`traces list --from ${from} --to ${to} --json`);
    expect(lines(some.stdout).at(-1)).toEqual({ traces: 2 });
  });

  it.each([
    ["--from 1h --to 2h", /--from is 20.*Z; it must be before --to, which is 20/],
    [
      "--min-reward 2 --max-reward 1",
      /--min-reward is 2; it must be at most --max-reward, which is 1/,
    ],
  ])("refuses %s, since nothing can be like that", async (words, message) => {
    await put(sampleTraces(1));
    const { code, stderr } = await run(`traces list ${words}`);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect((await run("traces list --min-reward 1 --max-reward 1")).code).toBe(0);
  });

  it("says how a store is made that is not there, and makes none", async () => {
    const { code, stderr } = await run("traces list");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^STORE_NOT_FOUND: .*\n {2}→ .*`npx hone record -- node app\.js`/);
    expect(await readdir(folder)).not.toContain(`${count - 1}.db`);
  });

  it("sends nothing to the terminal that a trace hides in its texts", async () => {
    const evil = "\u001b]0;gone\u0007\u001b[2J\u009b31m\u202e";
    const error = { message: evil, type: evil };
    await put([{ ...random(`id${evil}`), task: `word ${evil}`, agent: evil, tags: [evil], error }]);
    const ran = await Promise.all(
      [
        "traces list",
        "traces list --json",
        "traces show --last",
        "traces show --last --json",
        "traces search word",
        "traces search word --json",
        "traces stats --by agent",
        "traces show idx",
        `traces show --last --agent ${evil}x`,
      ].map((words) => run(words)),
    );
    for (const { stdout, stderr } of ran)
      // oxlint-disable-next-line no-control-regex
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});

describe("an id", () => {
  const [a, b] = [`4bf92f35${"0".repeat(24)}`, `4bf92f36${"0".repeat(24)}`];

  it("may be shortened as long as it fits one trace; else the candidates are named", async () => {
    await put([random(a), random(b), random("4bf")]);
    expect((await run("traces show 4bf92f35")).stdout).toMatch(`trace ${a}`);
    expect((await run("traces show 4bf")).stdout).toMatch(/^trace 4bf\n/);
    const { code, stderr } = await run("traces show 4bf9");
    expect(code).toBe(1);
    expect(stderr).toContain(`TRACE_AMBIGUOUS: Several traces begin with "4bf9": "${a}", "${b}".`);
    expect((await run("traces show 9")).stderr).toMatch(/^TRACE_NOT_FOUND/);
    expect((await run("traces delete 4bf9 --yes")).stderr).toMatch(/^TRACE_AMBIGUOUS/);
  });

  it("is shown as short as tells the traces of the page apart", async () => {
    await put([random(a), random(`4bf92f3500001${"0".repeat(19)}`), random("named-by-hand")]);
    const { stdout } = await run("traces list");
    expect(stdout).toMatch(/^4bf92f3500000 /m);
    expect(stdout).toMatch(/^4bf92f3500001 /m);
    expect(stdout).toMatch(/^named-by-hand /m);
  });
});

describe("hone traces show", () => {
  it("shows the newest, of one agent when asked, whole as JSON", async () => {
    const traces = sampleTraces(9);
    await put(traces);
    const last = traces.findLast(({ agent }) => agent === "agent_2")!;
    expect((await run("traces show --last --agent agent_2")).stdout).toMatch(`trace ${last.id}\n`);
    const { stdout } = await run("traces show sample-4 --json");
    expect(lines(stdout)).toMatchObject([{ trace_id: "sample-4", spans: { length: 6 } }]);
  });

  it("refuses what makes no sense", async () => {
    await put(sampleTraces(1));
    const codes = [
      "traces show",
      "traces show sample-0 --last",
      "traces show --last --spans tool,x",
    ];
    for (const words of codes) expect((await run(words)).code, words).toBe(2);
    const none = await run("traces show --last --agent nobody");
    expect(none.stderr).toMatch(/^TRACES_NONE: .*it holds none of nobody/);
  });
});

describe("hone traces search", () => {
  it("prints each trace with the line of the words", async () => {
    await put(sampleTraces(20));
    const { stdout } = await run("traces search WEB_search tidal --limit 2");
    expect(stdout).toMatch(/\n {4}prompt: «web»_«search»\n/);
    const json = await run("traces search tidal --json");
    expect(lines(json.stdout)[0]).toMatchObject({
      event: "trace",
      match: {
        place: "task",
        pieces: [{ text: "Analyze " }, { text: "tidal", isMatch: true }, {}],
      },
    });
    expect((await run("traces search nowhere")).stdout).toBe("no trace holds all of these words\n");
    expect((await run("traces search ---")).stderr).toMatch(/^TRACE_QUERY_INVALID|^USAGE_INVALID/);
  });
});

describe("hone traces stats", () => {
  it("counts by agent, as the store does", async () => {
    await put(sampleTraces(60));
    const { stdout } = await run("traces stats --by agent --json");
    const groups = lines(stdout);
    expect(groups.slice(0, -1).map(({ key }) => key)).toEqual(["agent_1", "agent_2", "planner"]);
    expect(groups.at(-1)).toEqual({ groups: 3, traces: 60 });
    const table = await run("traces stats --by day");
    expect(table.stdout).toMatch(/^day +traces .*\n2025-01-09 +60 +60 +360 /);
    const narrow = (await run("traces stats --by agent", true)).stdout.trimEnd().split("\n");
    expect(narrow[0]).toMatch(/^agent +traces .*reward 50 % .*latency 50 %$/);
    for (const line of narrow) expect(line.length).toBeLessThanOrEqual(60);
    expect((await run("traces stats --agent nobody")).stdout).toBe("no trace is like that\n");
  });
});

describe("hone traces delete", () => {
  it("needs --yes where there is nobody to ask, and says how many they are", async () => {
    await put(sampleTraces(30));
    const { code, stderr } = await run("traces delete --agent planner");
    expect(code).toBe(2);
    expect(stderr).toMatch(/: 9 traces would be deleted; say so with --yes/);
    const { stdout } = await run("traces delete --agent planner --yes --json");
    expect(lines(stdout)).toEqual([{ deleted: 9 }]);
    expect(lines((await run("traces stats --json")).stdout).at(-1)).toMatchObject({ traces: 21 });
  });

  it("asks on a terminal, and only yes is yes", async () => {
    await put(sampleTraces(3));
    const answer = async (text: string): Promise<string> => {
      const streams = testStreams(true);
      Object.assign(streams.stdin, { isTTY: true });
      streams.stdin.write(`${text}\n`);
      await runCommandLine(["traces", "delete", "sample-1", "--store", url], streams);
      return streams.written.stderr + streams.written.stdout;
    };
    expect(await answer("n")).toBe("Delete 1 trace? There is no way back. [y/N] nothing deleted\n");
    expect(await answer("yes")).toMatch(/1 trace deleted\n$/);
  });

  it("deletes all only when it is told so", async () => {
    await put(sampleTraces(3));
    expect((await run("traces delete --yes")).code).toBe(2);
    expect((await run("traces delete sample-1 --agent planner --yes")).code).toBe(2);
    expect((await run("traces delete --all --yes")).stdout).toBe("3 traces deleted\n");
  });
});

describe("hone record", () => {
  it("wants the program behind --, and leaves what stands there alone", async () => {
    const { code, stderr } = await run("record node app.js");
    expect(code).toBe(2);
    expect(stderr).toContain("put -- in front of the program");
    const streams = testStreams();
    const words = ["record", "--store", url, "--", "no-such-program-here", "--json"];
    expect(await runCommandLine(words, streams)).toBe(127);
    expect(streams.written.stdout).toBe("");
    const said = /^PROGRAM_NOT_STARTED: The program "no-such-program-here"/;
    expect(streams.written.stderr).toMatch(said);
  });
});
