/** `hone record` and what is typed afterwards, as users type it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine, type Ended } from "../doubles/command-line.ts";
import { bin } from "../doubles/own-code.ts";
import type { Trace } from "../../packages/hone/src/core/trace.ts";
import { type ModelEndpoint, startModelEndpoint } from "../doubles/model-endpoint.ts";
import { storedTraces } from "../doubles/stored-traces.ts";

const repository = join(import.meta.dirname, "../..");

let folder: string;
let endpoint: ModelEndpoint;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-e2e-record-"));
  endpoint = await startModelEndpoint((request) =>
    request.text.includes("fail")
      ? { status: 400, message: "no \u001b[2Jsuch model" }
      : { text: "Your parcel left today." },
  );
  await writeFile(join(folder, "app.js"), app);
  await writeFile(join(folder, "asks.js"), asks);
  await writeFile(join(folder, "telemetry.js"), telemetry);
  await writeFile(join(folder, "with-otel.cjs"), withOtel);
});
afterAll(async () => {
  await endpoint.close();
  await rm(folder, { recursive: true, force: true });
});

/** An app that calls a model and does not use hone. */
const app = `
const ask = (content) => fetch(process.env.MODEL_URL + "/chat/completions", {
  method: "POST",
  headers: { "content-type": "application/json", authorization: "Bearer sk-secret0123456789abcdef" },
  body: JSON.stringify({ model: "gpt-4o", messages: [{ role: "user", content }] }),
}).then((answer) => answer.json());
(async () => {
  const { choices } = await ask("Where is my parcel?");
  console.log(choices[0].message.content, process.argv.slice(2).join(" "));
  await ask("fail");
  process.exitCode = 3;
})();
`;

/** An app that prints nothing, and calls a model until there is a file "seen", at most for five minutes, and once more then. */
const asks = `
const { existsSync } = require("node:fs");
const ask = (content) => fetch(process.env.MODEL_URL + "/chat/completions", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ model: "gpt-4o", messages: [{ role: "user", content }] }),
}).then((answer) => answer.json());
(async () => {
  for (let i = 0; i < 1000 && !existsSync("seen"); i++) {
    await ask("Where is my parcel?");
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  await ask("fail");
})();
`;

/** A program that sends a span to the endpoint in its environment, as OpenTelemetry's SDKs of other languages do. */
const telemetry = `
const text = (key, stringValue) => ({ key, value: { stringValue } });
const now = BigInt(Date.now()) * 1000000n;
const span = {
  traceId: "a1".repeat(16), spanId: "b2".repeat(8), name: "chat gpt-4o",
  startTimeUnixNano: String(now), endTimeUnixNano: String(now + 12000000n),
  attributes: [
    text("gen_ai.operation.name", "chat"), text("gen_ai.request.model", "gpt-4o"),
    { key: "gen_ai.usage.input_tokens", value: { intValue: 5 } },
    { key: "gen_ai.usage.output_tokens", value: { intValue: 6 } },
  ],
};
const resource = { attributes: [text("service.name", process.env.OTEL_SERVICE_NAME ?? "snake")] };
const { SDK_LANGUAGE } = process.env;
if (SDK_LANGUAGE) resource.attributes.push(text("telemetry.sdk.language", SDK_LANGUAGE));
fetch(process.env.OTEL_EXPORTER_OTLP_ENDPOINT + "/v1/traces", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
}).then(({ status }) => { process.exitCode = status === 200 ? 0 : 1; });
`;

/** A call of a model inside a span of OpenTelemetry's own SDK. */
const withOtel = `
const from = require("node:module").createRequire(${JSON.stringify(join(repository, "package.json"))});
const { OTLPTraceExporter } = from("@opentelemetry/exporter-trace-otlp-proto");
const { TracerProvider, BatchSpanProcessor } = from("@opentelemetry/sdk-trace");
(async () => {
  const exporter = new OTLPTraceExporter();
  const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
  const attributes = { "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o" };
  const span = provider.getTracer("app").startSpan("chat gpt-4o", { attributes });
  await fetch(process.env.MODEL_URL + "/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-4o", messages: [{ role: "user", content: "Where?" }] }),
  }).then((answer) => answer.json());
  span.end();
  await provider.shutdown();
})();
`;

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly said: () => Omit<Ended, "code">;
}

const environmentWith = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  NODE_OPTIONS: undefined,
  HONE_STORE: undefined,
  // The program's node is the one of the tests.
  PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
  MODEL_URL: endpoint.url,
  ...more,
});

function start(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Started {
  const env = { ...process.env, ...environmentWith(environment) };
  const child = spawn(process.execPath, [bin, ...words], { cwd: folder, env });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end("typed\n");
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended, said: () => ({ stdout, stderr }) };
}

/** A process of the command, whose program has the command's own stdin and stdout. */
const startHone = (words: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Ended> =>
  start(words, environment).ended;

/** The command in this process; the program it records prints nothing. */
const hone = (words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  commandLine(words, { folder, environment: environmentWith(environment), input: "typed\n" });

const lines = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** The traces in a file of SQLite or in a folder of files, by the kind of store. Files take half the time to open. */
const tracesIn = (kind: "sqlite" | "files", name: string): Promise<Trace[]> =>
  storedTraces(`${kind}:${join(folder, name)}`);

describe("hone record", () => {
  it("leaves the program as it is, and prints its calls on stderr as they end", async () => {
    const words = ["record", "--store", "sqlite:a.db", "--agent", "parcels", "--"];
    const { code, stdout, stderr } = await startHone([
      ...words,
      "node",
      "app.js",
      "--json",
      "--quiet",
    ]);
    expect({ code, stdout }).toEqual({
      code: 3,
      stdout: "Your parcel left today. --json --quiet\n",
    });
    const [head, first, second, sums, show, list] = stderr.trimEnd().split("\n");
    expect(head).toMatch(/^UTC time +agent +kind +model or tool +tok in +tok out +took$/);
    expect(first).toMatch(/^\d\d:\d\d:\d\d +parcels +prompt +gpt-4o +\d+ +\d+ +[\d.]+ m?s$/);
    expect(second).toMatch(/^\d\d:\d\d:\d\d +parcels +prompt +gpt-4o .*✗ no ␛\[2Jsuch model$/);
    expect(sums).toMatch(/^hone: 2 traces, 2 calls \(1 failed\), \d+ tokens in, \d+ out$/);
    expect(show).toBe("  → npx hone traces show --last --store sqlite:a.db");
    expect(list).toMatch(
      /^ {2}→ npx hone traces list --tag record-[0-9a-f]{8} --store sqlite:a\.db$/,
    );
    const traces = await tracesIn("sqlite", "a.db");
    expect(traces.map(({ agent, task }) => [agent, task])).toEqual([
      ["parcels", "Where is my parcel?"],
      ["parcels", "fail"],
    ]);
    expect(JSON.stringify(traces)).not.toContain("sk-secret");
    // What is printed can be typed.
    const [, tag = ""] = /--tag (\S+)/.exec(list!)!;
    const found = await hone(["traces", "list", "--tag", tag, "--store", "sqlite:a.db", "--json"]);
    expect(lines(found.stdout).at(-1)).toEqual({ traces: 2 });
  });

  it("counts only what its own program did, with --json in lines on stderr", async () => {
    const one = (): Promise<Ended> =>
      startHone(["record", "--store", "sqlite:both.db", "--json", "--", "node", "app.js"]);
    const both = await Promise.all([one(), one()]);
    for (const { stdout, stderr } of both) {
      expect(stdout).toBe("Your parcel left today. \n");
      const facts = lines(stderr);
      expect(facts.map(({ event }) => event)).toEqual(["call", "call", "recorded"]);
      expect(facts[0]).toMatchObject({ kind: "prompt", model: "gpt-4o", agent: "app" });
      const sums = { traces: 2, calls: 2, failed: 1, dropped: 0, code: 3 };
      expect(facts[2]).toMatchObject(sums);
    }
    expect(await tracesIn("sqlite", "both.db")).toHaveLength(4);
  });

  it("takes OpenTelemetry of programs that are not recorded otherwise, also of those that a Node program starts", async () => {
    // Stands for a Python program that a Node program starts.
    const script = `require("child_process").spawn("node", ["telemetry.js"])
      .on("exit", (code) => { process.exitCode = code; })`;
    const words = ["record", "--store", "files:otel", "--agent", "snake", "--"];
    const ran = await hone([...words, "node", "-e", script], { SDK_LANGUAGE: "python" });
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain("hone: 1 trace, 1 call (0 failed), 5 tokens in, 6 out");
    expect(ran.stderr).not.toContain("left out");
    expect(await tracesIn("files", "otel")).toMatchObject([
      { agent: "snake", tags: [expect.stringMatching(/^record-/)] },
    ]);
  });

  it("records a Node program with OpenTelemetry's SDK once, and twice with --otel", async () => {
    const run = (...flags: readonly string[]): Promise<Ended> =>
      hone(["record", "--json", ...flags, "--", "node", "with-otel.cjs"]);
    const once = await run("--store", "files:once");
    const twice = await run("--store", "files:twice", "--otel");
    expect(lines(once.stderr).at(-1)).toMatchObject({ traces: 1, calls: 1, leftOut: 1 });
    expect(lines(twice.stderr).at(-1)).toMatchObject({ traces: 2, calls: 2, leftOut: 0 });
    const [trace] = await tracesIn("files", "once");
    expect(trace!.tags).toContain("fetch");
  });

  it("takes OpenTelemetry of Node programs whose recording is off, and says what it left out", async () => {
    const run = (store: string, environment: NodeJS.ProcessEnv): Promise<Ended> =>
      hone(["record", "--store", store, "--", "node", "telemetry.js"], {
        SDK_LANGUAGE: "nodejs",
        ...environment,
      });
    const off = await run("files:off", { HONE_TRACES: "off" });
    const on = await run("files:on", {});
    expect([off.code, on.code]).toEqual([0, 0]);
    expect(off.stderr).toContain("hone: 1 trace, 1 call");
    expect(on.stderr).toContain("hone: 0 traces, 0 calls");
    expect(on.stderr).toContain("1 OpenTelemetry span of Node programs left out");
  });

  it("gives the endpoint to every program, and replaces none that the user has set", async () => {
    const keep = (file: string): string =>
      `require("fs").writeFileSync("${file}", process.env.OTEL_EXPORTER_OTLP_ENDPOINT)`;
    const words = ["record", "--store", "files:hidden", "--quiet", "--", "node", "-e"];
    const own = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" };
    await hone([...words, keep("shown")]);
    await hone([...words, keep("kept")], own);
    const [shown, kept] = ["shown", "kept"].map((file) => readFileSync(join(folder, file), "utf8"));
    expect(shown).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(kept).toBe("http://127.0.0.1:9");
  });

  it("keeps NODE_OPTIONS that are there, and hands stdin on", async () => {
    const script =
      'process.stdin.on("data", (d) => console.log(String(d).trim(), process.env.NODE_OPTIONS))';
    const words = ["record", "--store", "files:in", "--quiet", "--", "node", "-e", script];
    const { stdout } = await startHone(words, { NODE_OPTIONS: "--no-deprecation" });
    expect(stdout).toMatch(/^typed --no-deprecation --import=file:\/\/.*\/register\.js\n$/);
  });

  it("says how many spans found no way into the store", async () => {
    // The store goes away between the start and the first call.
    const script = `process.env.HONE_STORE = "files:/dev/null/gone"; require("./app.js");`;
    const words = ["record", "--store", "files:lost", "--", "node", "-e", script];
    const { code, stderr } = await startHone(words);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^hone: 2 spans were not recorded in files:/m);
    expect(stderr).toMatch(/^hone: 0 traces, 0 calls .*, 2 spans lost$/m);
  });

  it("ends as the program ends: with its exit code, by a signal, or not started", async () => {
    const into = (store: string, ...program: readonly string[]): Promise<Ended> =>
      hone(["record", "--store", `sqlite:${store}`, "--quiet", "--", ...program]);
    const end = (...program: readonly string[]): Promise<Ended> => into("ends.db", ...program);
    const [five, killed, none, denied, empty, through] = await Promise.all([
      end("sh", "-c", "exit 5"),
      end("sh", "-c", "kill -9 $$"),
      into("never.db", "no-such-program"),
      into("never.db", "./app.js"),
      end(""),
      end("./app.js/x"),
    ]);
    expect([five, killed, none, denied].map(({ code }) => code)).toEqual([5, 137, 127, 126]);
    expect([empty, through].map(({ code }) => code)).toEqual([127, 126]);
    for (const { stderr } of [empty, through]) expect(stderr).toMatch(/^PROGRAM_NOT_STARTED: /);
    expect(none.stderr).toMatch(/^PROGRAM_NOT_STARTED: The program "no-such-program" could not/);
    // A program that is not there leaves no store behind.
    expect(existsSync(join(folder, "never.db"))).toBe(false);
  });

  it("hands signals on, waits for the program and then prints the sums", async () => {
    const script = `process.on("SIGINT", () => setTimeout(() => process.exit(9), 200));
      setInterval(() => {}, 1000); console.log("up");`;
    const words = ["record", "--store", "files:signals", "--", "node", "-e", script];
    const { child, ended, said } = start(words);
    while (!said().stdout.includes("up")) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    expect(code).toBe(9);
    expect(stderr).toMatch(/^hone: no call was seen. Looked for: [\s\S]*^hone: 0 traces, 0 calls/m);
  });
});

describe("hone traces tail", () => {
  it("prints what another process writes, while it writes, until Ctrl-C", async () => {
    await hone(["record", "--store", "sqlite:tail.db", "--quiet", "--", "node", "-e", ""]);
    const tail = ["traces", "tail", "--store", "sqlite:tail.db", "--json"];
    // Since before now: the program may begin before this process has started.
    const { child, ended, said } = start([...tail, "--since", "10m"]);
    const words = ["record", "--store", "sqlite:tail.db", "--quiet", "--", "node"];
    const recorded = hone([...words, "asks.js"]);
    const printed = async (text: string): Promise<void> => {
      await expect.poll(() => said().stdout).toContain(text);
    };
    await printed('"status":"completed"');
    // The program still runs.
    await writeFile(join(folder, "seen"), "");
    await printed('"status":"failed"');
    await recorded;
    child.kill("SIGINT");
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    const facts = lines(stdout);
    const begun = facts.filter(({ event, isNew }) => event === "trace" && isNew === true);
    const calls = facts.filter(({ event }) => event === "call");
    expect(begun.length).toBeGreaterThan(0);
    for (const { id, agent } of begun) {
      expect(agent).toBe("asks");
      expect(calls.filter(({ trace }) => trace === id)).toHaveLength(1);
    }
  });
});

describe("docs/traces.md", () => {
  it("names commands that do what it says, in the order it names them", async () => {
    const page = await readFile(join(repository, "docs/traces.md"), "utf8");
    const [, block = ""] = /## A walk\n\n```\n([^]*?)```/.exec(page)!;
    const typed = block.trim().split("\n");
    expect(typed.length).toBeGreaterThan(7);
    const ran: Record<string, Ended> = {};
    for (const line of typed) {
      expect(line).toMatch(/^npx hone /);
      const isRecord = line.includes("record");
      ran[line] = await (isRecord ? startHone : hone)(line.replace("npx hone ", "").split(" "));
      expect(ran[line].code, `${line}\n${ran[line].stderr}`).toBe(isRecord ? 3 : 0);
    }
    const of = (word: string): string => ran[typed.find((line) => line.includes(word))!]!.stdout;
    expect(of("list")).toMatch(/app +Where is my parcel\? +completed/);
    expect(of("show")).toContain("error");
    expect(of("search")).toContain("«parcel»");
    expect(of("export traces")).toBe("2 traces written to traces.jsonl.gz\n");
    expect(of("import")).toBe("2 traces imported, 0 there already\n");
    expect(of("messages")).toBe("1 conversation of 2 traces written to chats.jsonl\n");
    expect(of("delete")).toBe("1 trace deleted\n");
  });
});
