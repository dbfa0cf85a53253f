/** `hone traces send` to `hone collect`: everything arrives, and what does not is counted and said on both sides. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { commandLine, type Ended } from "../doubles/command-line.ts";
import { bin } from "../doubles/own-code.ts";
import { openStore } from "hone-rl";
import { anyTrace } from "../doubles/any-trace.ts";
import { headOf } from "../../packages/hone/src/core/trace.ts";
import { writeOtlpJsonSpans } from "../../packages/hone/src/formats/otlp-write.ts";
import { otlpResource, spanOfTrace } from "../../packages/hone/src/otel/to-otlp.ts";
import { everyKind } from "../../packages/hone/src/otel/trace-fixture.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-send-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** `hone collect` on a free port, into a store of this name. */
async function collecting(name: string) {
  const store = `sqlite:${join(folder, name)}`;
  const args = [bin, "collect", "--store", store, "--port", "0", "--no-redact", "--json"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  const reading = createInterface({ input: child.stdout });
  reading.on("line", (line) => lines.push(line));
  const [first] = (await once(reading, "line")) as [string];
  const { url } = JSON.parse(first) as { url: string };
  const stop = async (): Promise<Record<string, unknown>> => {
    child.kill("SIGINT");
    await once(child, "close");
    return JSON.parse(lines.at(-1)!) as Record<string, unknown>;
  };
  return { store, url, stop };
}

const hone = (...words: readonly string[]): Promise<Ended> => commandLine(words, { folder });

it("a store with every field arrives equal, over protobuf and over JSON", async () => {
  const traces = [
    ...fc.sample(anyTrace, { numRuns: 20, seed: 11 }),
    everyKind("every kind", (i) => `span ${i}`),
  ].map((trace, i) => ({
    ...trace,
    id: `${i} ${trace.id}`,
    spans: trace.spans.map((span) => ({ ...span, traceId: `${i} ${trace.id}` })),
  }));
  const from = `sqlite:${join(folder, "from.db")}`;
  const source = await openStore(from);
  await source.put(traces);
  await source.close();
  for (const encoding of ["protobuf", "json"]) {
    const { store, url, stop } = await collecting(`${encoding}.db`);
    const sent = await hone("traces", "send", url, "--store", from, "--encoding", encoding);
    expect(sent).toMatchObject({ code: 0, stderr: "" });
    expect(sent.stdout).toContain(`${traces.length} traces with`);
    expect(await stop()).toMatchObject({ traces: traces.length, rejected: 0 });
    const target = await openStore(store);
    for (const trace of traces) expect(await target.get(trace.id)).toEqual(trace);
    await target.close();
  }
});

it("a part that the collector refuses is counted by both, with the reason", async () => {
  const { url, stop } = await collecting("refusing.db");
  const fine = headOf(everyKind("fine", (i) => `span ${i}`));
  const bad = {
    ...fine,
    id: "bad",
    feedback: [
      { id: "f", kind: "rating", traceId: "bad", author: "Ada", at: 0, rating: 9, low: 1, high: 5 },
    ] as const,
  };
  const spans = [fine, bad].map((head) => spanOfTrace(head, otlpResource("hone")));
  const answer = await fetch(`${url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: writeOtlpJsonSpans(spans),
  });
  const problem = expect.stringMatching(/rating 9 is not from 1 to 5/);
  expect(await answer.json()).toEqual({
    partialSuccess: { rejectedSpans: "1", errorMessage: problem },
  });
  expect(await stop()).toMatchObject({ traces: 1, rejected: 1, problem });
});

it.each(["application/json", "application/x-protobuf"])(
  "a sender whose collector refuses a part says how many and why, and fails (%s)",
  async (type) => {
    const json = JSON.stringify({
      partialSuccess: { rejectedSpans: "2", errorMessage: "no names" },
    });
    // ExportTraceServiceResponse { partial_success { rejected_spans: 2, error_message: "no names" } }
    const protobuf = Buffer.from([10, 12, 8, 2, 18, 8, ...Buffer.from("no names")]);
    const server = createServer((request, response) => {
      request.resume();
      request.on("end", () => {
        response.setHeader("content-type", type);
        response.end(type.endsWith("json") ? json : protobuf);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const from = `sqlite:${join(folder, `sender-${type.length}.db`)}`;
    const source = await openStore(from);
    await source.put([everyKind("one", (i) => `span ${i}`)]);
    await source.close();
    const sent = await hone("traces", "send", `http://127.0.0.1:${port}`, "--store", from);
    server.close();
    expect(sent.code).toBe(1);
    expect(sent.stdout).toContain("2 of these spans refused by the collector");
    expect(sent.stderr).toMatch(/OTLP_PARTLY_REFUSED[\s\S]*no names/);
  },
);

it("traces go to Weave by its name, with the key and the project of W&B's variables", async () => {
  const from = `sqlite:${join(folder, "weave.db")}`;
  const source = await openStore(from);
  await source.put([everyKind("for weave", (i) => `span ${i}`)]);
  await source.close();
  const asked: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];
  const weave = createServer((request, response) => {
    asked.push({ url: request.url!, headers: request.headers });
    request.resume().on("end", () => response.writeHead(200).end());
  });
  await once(weave.listen(0, "127.0.0.1"), "listening");
  const environment = {
    WF_TRACE_SERVER_URL: `http://127.0.0.1:${(weave.address() as AddressInfo).port}`,
    WANDB_API_KEY: "key-of-wandb",
    WANDB_ENTITY: "team",
    WANDB_PROJECT: "agents",
  };
  const words = ["traces", "send", "weave", "--store", from];
  const sent = await commandLine(words, { folder, environment });
  expect(sent, sent.stderr).toMatchObject({ code: 0 });
  expect(sent.stdout + sent.stderr).not.toContain("key-of-wandb");
  expect(asked).toMatchObject([
    {
      url: "/otel/v1/traces",
      headers: { "wandb-api-key": "key-of-wandb", project_id: "team/agents" },
    },
  ]);
  const without = { ...environment, WANDB_API_KEY: undefined };
  const refused = await commandLine(words, { folder, environment: without });
  expect(refused.stderr).toMatch(/^COLLECTOR_VARIABLE_MISSING: .*WANDB_API_KEY/);
  weave.close();
});
