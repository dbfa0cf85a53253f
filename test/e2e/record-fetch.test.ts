/** What the preload records of apps without an SDK, however they run and end, and what it leaves alone. */
import { execFile, spawnSync } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Trace } from "../../packages/hone/src/core/trace.ts";
import { preload as preloadPath } from "../doubles/own-code.ts";
import { storedTraces } from "../doubles/stored-traces.ts";
import {
  type ModelEndpoint,
  type ModelScript,
  startModelEndpoint,
  toolThenText,
} from "../doubles/model-endpoint.ts";
import { spanLine } from "../doubles/recorded-app.ts";

const root = join(import.meta.dirname, "../..");
const preload = pathToFileURL(preloadPath).href;
const key = "sk-proj-a-key-that-nobody-may-see-0123456789";

let folder: string;
let endpoint: ModelEndpoint | undefined;
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-fetch-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(async () => {
  await endpoint?.close();
  endpoint = undefined;
});

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | string;
  readonly signal?: string;
}

/** Runs a script with the preload or without it, against the endpoint. */
async function run(
  script: string,
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { NODE_ENV: _, VITEST: __, ...inherited } = process.env;
  const env = {
    ...inherited,
    OPENAI_BASE_URL: endpoint?.url ?? "http://127.0.0.1:9/v1",
    OPENAI_API_KEY: key,
    NODE_PATH: join(root, "node_modules"),
    ...environment,
  };
  try {
    const options = { cwd: folder, env };
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [...flags, script],
      options,
    );
    return { stdout, stderr, code: 0 };
  } catch (error) {
    const { stdout, stderr, code, signal } = error as Ended & { signal: string | null };
    return { stdout, stderr, code, ...(signal === null ? {} : { signal }) };
  }
}

interface Recorded {
  readonly plain: Ended;
  readonly recorded: Ended;
  readonly traces: readonly Trace[];
  /** The store's files as they lie on the disk. */
  readonly bytes: string;
}

/** A program's text or an existing script, run both ways. */
async function record(
  program: string,
  model: ModelScript,
  { extension = "mjs", environment = {}, kind = "files" } = {},
): Promise<Recorded> {
  const script = program.endsWith(".ts") ? program : join(folder, `app-${count++}.${extension}`);
  if (script !== program) await writeFile(script, program);
  endpoint = await startModelEndpoint(model);
  const plain = await run(script, []);
  await endpoint.close();
  endpoint = await startModelEndpoint(model);
  const place = join(folder, `store-${count++}`);
  const recorded = await run(script, [], {
    NODE_OPTIONS: `--import=${preload}`,
    HONE_STORE: `${kind}:${place}`,
    ...environment,
  });
  const bytes = filesOf(place)
    .map((name) => readFileSync(name, "latin1"))
    .join("");
  return { plain, recorded, traces: await storedTraces(`${kind}:${place}`), bytes };
}

/** The files of a store and of what was kept for it. */
const filesOf = (place: string): string[] =>
  globSync(`${place}{,-*}{,/**}`).filter((path) => statSync(path).isFile());

const ask = `
  const ask = (body, path = "/chat/completions") => fetch(process.env.OPENAI_BASE_URL + path, {
    method: "POST",
    headers: { authorization: "Bearer " + process.env.OPENAI_API_KEY },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hello?" }], ...body }),
  });`;

describe("an app that calls fetch", () => {
  it("is recorded with its tool loop, and its key stands nowhere", async () => {
    const call = { name: "weather", arguments: { city: "Oslo" } };
    const script = join(root, "examples/record/fetch.ts");
    const kind = "sqlite";
    const seen = await record(script, toolThenText(call, "Yes, take one along."), { kind });
    expect(seen.recorded).toEqual(seen.plain);
    expect(seen.plain).toEqual({ stdout: "Yes, take one along.\n", stderr: "", code: 0 });
    expect(seen.traces).toMatchObject([{ agent: "fetch", status: "completed" }]);
    expect(seen.traces[0]!.spans.map(spanLine)).toEqual([
      'prompt weather({"city":"Oslo"})',
      'tool weather {"city":"Oslo"} → "Rain in Oslo, 7 °C"',
      "prompt Yes, take one along.",
    ]);
    expect(seen.bytes).toContain("umbrella");
    expect(seen.bytes).not.toContain("a-key-that-nobody");
  });

  it("may be CommonJS, with the OpenAI SDK, under a name of its own", async () => {
    const program = `
      const { OpenAI } = require("openai");
      const messages = [{ role: "user", content: "Hello?" }];
      new OpenAI().chat.completions.create({ model: "m", messages })
        .then(({ choices }) => console.log(choices[0].message.content));`;
    const environment = { HONE_AGENT: "greeter" };
    const seen = await record(program, [{ text: "Hi." }], { extension: "cjs", environment });
    expect(seen.recorded).toEqual(seen.plain);
    expect(seen.plain).toEqual({ stdout: "Hi.\n", stderr: "", code: 0 });
    expect(seen.traces).toMatchObject([{ agent: "greeter", task: "Hello?", status: "completed" }]);
  });

  it("is recorded in its worker threads too", async () => {
    const program = `
      import { isMainThread, Worker } from "node:worker_threads";
      ${ask}
      if (isMainThread) new Worker(new URL(import.meta.url));
      else console.log((await (await ask({})).json()).id);`;
    const seen = await record(program, [{ text: "Hi." }]);
    expect(seen.recorded).toEqual(seen.plain);
    expect(seen.plain).toMatchObject({ stdout: "chatcmpl-1\n", code: 0 });
    expect(seen.traces).toMatchObject([{ task: "Hello?", status: "completed" }]);
  });

  it("may exit in the middle of a stream, which is kept as far as it came", async () => {
    const program = `${ask}
      let text = "";
      for await (const chunk of (await ask({ stream: true })).body) {
        text += new TextDecoder().decode(chunk);
        if (text.includes("there,")) process.exit(3);
      }`;
    const seen = await record(program, [{ text: "Hello there, friend.", hangsAfter: 3 }]);
    expect(seen.recorded).toEqual(seen.plain);
    expect(seen.plain).toEqual({ stdout: "", stderr: "", code: 3 });
    expect(seen.traces).toMatchObject([
      { status: "cancelled", spans: [{ attributes: { "hone.unfinished": "cancelled" } }] },
    ]);
    expect(seen.traces[0]!.spans.map(spanLine)).toEqual(["prompt Hello there,"]);
  });

  it("may die of an uncaught error, and dies as it would have", async () => {
    const program = `${ask}
      const { choices } = await (await ask({})).json();
      throw new Error("cannot do " + choices[0].message.tool_calls[0].function.name);`;
    const seen = await record(program, [{ calls: [{ name: "magic", arguments: {} }] }]);
    const shown = ({ stdout, stderr, code }: Ended) => [stdout, stderr, code];
    expect(shown(seen.recorded)).toEqual(shown(seen.plain));
    expect(seen.plain.stderr).toContain("Error: cannot do magic");
    expect(seen.traces).toMatchObject([
      { status: "failed", error: { message: "cannot do magic" }, spans: [{ kind: "prompt" }] },
    ]);
  });

  const shown = ({ stdout, code }: Ended) => [stdout, code];

  it.each([
    "(await ask({ stream: true })).body",
    "await new OpenAI().chat.completions.create(body)",
    "new OpenAI().chat.completions.stream(body)",
  ])("may die of an error in the middle of a stream, %s", async (chunks) => {
    const program = `${ask}
      import { createRequire } from "node:module";
      const { OpenAI } = ${chunks.includes("OpenAI") ? 'createRequire(import.meta.url)("openai")' : "{}"};
      const body = { model: "m", messages: [{ role: "user", content: "Hello?" }], stream: true };
      const chunks = ${chunks};
      for await (const chunk of chunks) throw new Error("cannot do");`;
    const seen = await record(program, [{ text: "Hello there, friend.", hangsAfter: 2 }]);
    expect(shown(seen.recorded)).toEqual(shown(seen.plain));
    expect(seen.plain).toMatchObject({ code: 1 });
    expect(seen.traces).toMatchObject([{ status: "failed", error: { message: "cannot do" } }]);
  });

  it("may die of a status without reading why", async () => {
    const unread = `${ask}
      const response = await ask({});
      const at = Date.now();
      if (!response.ok) setTimeout(() => { throw new Error("the app had it at " + at) }, 500);`;
    const { plain, recorded, traces } = await record(unread, [{ status: 429 }]);
    expect(shown(recorded)).toEqual(shown(plain));
    const error = { message: "HTTP 429 Too Many Requests", code: "429" };
    expect(traces).toMatchObject([{ status: "failed", error, spans: [{ error }] }]);
    // The span ends as the status comes, not as the process does; clocks may differ a little.
    const [, at] = /the app had it at (\d+)/.exec(recorded.stderr)!;
    expect(traces[0]!.spans[0]!.endedAt).toBeLessThan(Number(at) + 100);
  });

  const endings: readonly (readonly [
    how: string,
    listener: string,
    end: object,
    status: string,
  ])[] = [
    [
      "a listener that ends it if it is the only one",
      `const end = () => {
         if (process.listenerCount("SIGTERM") !== 1) return;
         process.off("SIGTERM", end);
         process.kill(process.pid, "SIGTERM");
       };
       process.on("SIGTERM", end);`,
      { signal: "SIGTERM", code: null },
      "cancelled",
    ],
    [
      "a listener that takes its time",
      `process.on("SIGTERM", async () => { await (await ask({})).json(); process.exit(9); });`,
      { code: 9 },
      "completed",
    ],
    [
      "a listener for once and a second signal",
      `process.once("SIGTERM", () => setTimeout(() => process.kill(process.pid, "SIGTERM"), 50));`,
      { signal: "SIGTERM" },
      "cancelled",
    ],
    ["no listener", "", { signal: "SIGTERM", code: null }, "cancelled"],
  ];
  it.each(endings)(
    "ends at SIGTERM by %s as it would have, with its calls",
    async (...[, listener, end, status]) => {
      // The call that waits for its tool is the last thing that happens.
      const program = `${ask}
      ${listener}
      await (await ask({})).json();
      const { body } = await ask({ stream: true });
      await body.getReader().read();
      process.kill(process.pid, "SIGTERM");
      setTimeout(() => {}, 9000);`;
      const stream = { text: "Hello there, friend.", hangsAfter: 1 };
      const seen = await record(program, [{ text: "Hi." }, stream, { text: "Bye." }]);
      expect(seen.recorded).toEqual(seen.plain);
      expect(seen.plain).toMatchObject(end);
      expect(seen.traces.map((trace) => trace.status)).toEqual(
        status === "completed"
          ? ["completed", "cancelled", "completed"]
          : ["completed", "cancelled"],
      );
      expect(seen.traces[1]!.spans).toMatchObject([
        { input: [{ content: "Hello?" }], attributes: { "hone.unfinished": "cancelled" } },
      ]);
      expect(seen.traces[1]!.spans[0]!.attributes["http.response.body"]).toMatch(/^data: /);
    },
  );

  it("without a call of a model has no store, no thread and no file", async () => {
    const program = `${ask}
      const { path } = await (await ask({}, "/other")).json();
      const { workers } = process.report.getReport();
      console.log(path, workers.length, process.listenerCount("SIGINT"));`;
    const seen = await record(program, []);
    expect(seen.recorded).toEqual(seen.plain);
    expect(seen.plain).toEqual({ stdout: "/v1/other 0 0\n", stderr: "", code: 0 });
    expect(readdirSync(folder).filter((name) => name.startsWith(`store-${count - 1}`))).toEqual([]);
  });

  it("is not touched under HONE_TRACES=off", async () => {
    const program = `
      import { types } from "node:util";
      ${ask}
      await ask({});
      console.log(types.isProxy(fetch));`;
    const seen = await record(program, [{ text: "Hi." }], { environment: { HONE_TRACES: "off" } });
    expect(seen.recorded).toEqual(seen.plain);
    expect(seen.plain.stdout).toBe("false\n");
    expect(seen.traces).toEqual([]);
  });

  it("goes on with one line on stderr when HONE_STORE names no store", async () => {
    const program = `${ask} console.log((await (await ask({})).json()).id);`;
    const environment = { HONE_STORE: "mysql://root@db/x" };
    const { recorded, plain } = await record(program, [{ text: "Hi." }], { environment });
    expect({ ...recorded, stderr: "" }).toEqual(plain);
    expect(recorded.stderr).toMatch(
      /^hone: STORE_URL_INVALID: [^\n]*mysql: is unknown\.[^\n]* The app runs unrecorded\.\n$/,
    );
  });
});

/** The system's Node, where it is one that cannot record. */
const old = (() => {
  if (!existsSync("/usr/bin/node")) return undefined;
  const { stdout } = spawnSync("/usr/bin/node", ["--version"], { encoding: "utf8" });
  return /^v(1[89]|2[01])\./.test(stdout) ? stdout.trim() : undefined;
})();

describe("on a Node too old to be recorded", () => {
  it.skipIf(old === undefined)(
    "the app runs after one line (skipped where /usr/bin/node is not one of 18 to 21)",
    async () => {
      const source = readFileSync(join(root, "packages/hone/src/register.ts"), "utf8");
      const compiled = join(folder, "register.mjs");
      await writeFile(compiled, stripTypeScriptTypes(source));
      const app = join(folder, "old.mjs");
      await writeFile(app, 'console.log("as before");');
      const { stdout, stderr, status } = spawnSync("/usr/bin/node", ["--import", compiled, app], {
        encoding: "utf8",
      });
      expect({ stdout, status }).toEqual({ stdout: "as before\n", status: 0 });
      expect(stderr).toBe(
        `hone: recording needs Node 22.18 or newer, this is ${old}; the app runs unrecorded\n`,
      );
    },
  );
});
