/** The endpoint as programs meet it: the real OpenTelemetry SDK sends to it, and everything that can be sent in bad faith. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { context, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { afterEach, describe, expect, it } from "vitest";
import type { HoneError } from "../../core/errors.ts";
import type { OtlpResource } from "../../core/otlp.ts";
import type { Trace } from "../../core/trace.ts";
import { writeOtlpSpans } from "../../formats/otlp-write.ts";
import { otlpSpan, traceId } from "../../otel/otlp-fixture.ts";
import { collect, type Collecting, type CollectSettings } from "./collector.ts";
import { openStore } from "../open-store.ts";

const open: { close: () => Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

interface Endpoint {
  readonly collecting: Collecting;
  readonly refused: HoneError[];
  /** Ends it and reads what it stored. */
  readonly stored: () => Promise<Trace[]>;
}

async function start(settings: Partial<CollectSettings> = {}): Promise<Endpoint> {
  const folder = await mkdtemp(join(tmpdir(), "hone-collect-"));
  const store = `sqlite:${join(folder, "hone.db")}`;
  const refused: HoneError[] = [];
  const onRefused = (error: HoneError): void => void refused.push(error);
  const collecting = await collect({ store, port: 0, onRefused, ...settings });
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (!isClosed) await collecting.close();
    isClosed = true;
  };
  open.push({
    close: async () => {
      await close();
      await rm(folder, { recursive: true });
    },
  });
  const stored = async (): Promise<Trace[]> => {
    await close();
    const opened = await openStore(store);
    const traces: Trace[] = [];
    for await (const one of opened.traces()) traces.push(one);
    await opened.close();
    return traces;
  };
  return { collecting, refused, stored };
}

type Body = ConstructorParameters<typeof Response>[0];

const post = (url: string, body: Body, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf", ...headers },
    body: body as string,
  });

const oneSpan = writeOtlpSpans([otlpSpan({ name: "run" })]);

describe.each([
  ["protobuf", ProtobufExporter],
  ["JSON", JsonExporter],
])("the OpenTelemetry SDK over %s", (_, Exporter) => {
  it.each([["none"], ["gzip"]])("reaches the store, compressed by %s", async (compression) => {
    const { collecting, stored, refused } = await start();
    const exporter = new Exporter({
      url: `${collecting.url}/v1/traces`,
      compression: compression as never,
    });
    const provider = new TracerProvider({
      resource: resourceFromAttributes({ "service.name": "weather-app", "service.version": "1.2" }),
      spanProcessors: [new BatchSpanProcessor({ exporter } as never)],
    });
    const tracer = provider.getTracer("my-instrumentation", "0.1");
    const root = tracer.startSpan("invoke_agent weatherman", {
      attributes: { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "weatherman" },
    });
    const inside = trace.setSpan(context.active(), root);
    const chat = tracer.startSpan(
      "chat gpt-4o",
      {
        kind: 2,
        attributes: {
          "gen_ai.operation.name": "chat",
          "gen_ai.request.model": "gpt-4o",
          "gen_ai.request.temperature": 0.5,
          "gen_ai.usage.input_tokens": 12,
          "gen_ai.usage.output_tokens": 3,
          "gen_ai.response.finish_reasons": ["stop"],
          "gen_ai.input.messages": JSON.stringify([
            { role: "user", parts: [{ type: "text", content: "Oslo? ☃" }] },
          ]),
        },
      },
      inside,
    );
    chat.addEvent("gen_ai.evaluation.result", {
      "gen_ai.evaluation.name": "Relevance",
      "gen_ai.evaluation.score.value": 0.75,
    });
    chat.end();
    const tool = tracer.startSpan("execute_tool weather", {}, inside);
    tool.setAttributes({ "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "weather" });
    tool.recordException(new RangeError("no such city"));
    tool.setStatus({ code: 2, message: "no such city" });
    tool.end();
    root.end();
    await provider.forceFlush();
    await provider.shutdown();

    const [found, ...others] = await stored();
    expect(others).toEqual([]);
    expect(refused).toEqual([]);
    expect(found).toMatchObject({
      id: root.spanContext().traceId,
      agent: "weatherman",
      agentVersion: "1.2",
      task: "Oslo? ☃",
      status: "completed",
    });
    const { spanId } = root.spanContext();
    expect(found!.spans.toSorted((a, b) => (a.kind < b.kind ? -1 : 1))).toMatchObject([
      { kind: "content", id: spanId, name: "invoke_agent weatherman" },
      {
        kind: "prompt",
        parentId: spanId,
        model: "gpt-4o",
        usage: { input: 12, output: 3 },
        input: [{ role: "user", content: "Oslo? ☃" }],
        attributes: {
          "gen_ai.request.temperature": 0.5,
          "gen_ai.response.finish_reasons": ["stop"],
          "otel.kind": "client",
          "otel.scope": { name: "my-instrumentation", version: "0.1" },
        },
      },
      {
        kind: "reward",
        rewardType: "Relevance",
        reward: 0.75,
        targetId: chat.spanContext().spanId,
      },
      {
        kind: "tool",
        toolName: "weather",
        error: { type: "RangeError", message: "no such city" },
      },
    ]);
  });
});

describe("an answer", () => {
  it("says in the SDK's own eyes how many spans were rejected and why", async () => {
    const { collecting } = await start();
    const bad = otlpSpan({ spanId: "0".repeat(16) });
    const response = await post(collecting.url, writeOtlpSpans([otlpSpan({}), bad]));
    expect(response.status).toBe(200);
    const answer = ProtobufTraceSerializer.deserializeResponse(await response.bytes());
    expect(Number(answer?.partialSuccess?.rejectedSpans)).toBe(1);
    expect(answer?.partialSuccess?.errorMessage).toContain("span id");
  });

  it("to JSON is JSON, empty when all is taken", async () => {
    const { collecting } = await start();
    const json = { "content-type": "application/json; charset=utf-8" };
    const empty = await post(collecting.url, "{}", json);
    expect([empty.status, await empty.json()]).toEqual([200, {}]);
    const spans = [{ traceId: "zz", spanId: "1".repeat(16) }];
    const partial = await post(
      collecting.url,
      JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
      json,
    );
    expect(await partial.json()).toMatchObject({ partialSuccess: { rejectedSpans: "1" } });
  });
});

describe("senders that are left out", () => {
  it("are answered as if all was taken, and counted; what others send is stored", async () => {
    const leavesOut = ({ attributes }: OtlpResource): boolean =>
      attributes["telemetry.sdk.language"] === "nodejs";
    const { collecting, stored } = await start({ leavesOut });
    const python = { attributes: { "telemetry.sdk.language": "python" } };
    const spans = [otlpSpan({}), otlpSpan({ spanId: "c".repeat(16), resource: python })];
    const response = await post(collecting.url, writeOtlpSpans(spans));
    const answer = ProtobufTraceSerializer.deserializeResponse(await response.bytes());
    expect([response.status, answer.partialSuccess]).toEqual([200, undefined]);
    const log = { traceId, eventName: "gen_ai.client.inference.operation.details" };
    const attributes = [{ key: "telemetry.sdk.language", value: { stringValue: "nodejs" } }];
    const logs = {
      resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords: [log] }] }],
    };
    const answered = await fetch(`${collecting.url}/v1/logs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(logs),
    });
    expect([answered.status, await answered.json()]).toEqual([200, {}]);
    expect(collecting.totals()).toMatchObject({ leftOut: 2, spans: 1, rejected: 0 });
    const [trace] = await stored();
    expect(trace!.spans.map(({ id }) => id)).toEqual(["c".repeat(16)]);
  });
});

describe("bad input", () => {
  it.each([
    ["bytes that are not a message", Buffer.from("hello, world"), {}, 400, "OTLP_INVALID"],
    ["a message that ends early", oneSpan.subarray(0, -3), {}, 400, "OTLP_INVALID"],
    [
      "half a gzip",
      gzipSync(oneSpan).subarray(0, -9),
      { "content-encoding": "gzip" },
      400,
      "OTLP_INVALID",
    ],
    ["no gzip", oneSpan, { "content-encoding": "gzip" }, 400, "OTLP_INVALID"],
    ["an unknown compression", oneSpan, { "content-encoding": "br" }, 415, "OTLP_TYPE_UNKNOWN"],
    ["an unknown type", oneSpan, { "content-type": "text/plain" }, 415, "OTLP_TYPE_UNKNOWN"],
    [
      "broken JSON",
      '{"resourceSpans":[',
      { "content-type": "application/json" },
      400,
      "OTLP_INVALID",
    ],
    [
      "JSON of another shape",
      '{"resourceSpans":[{"scopeSpans":7}]}',
      { "content-type": "application/json" },
      400,
      "OTLP_INVALID",
    ],
  ] as const)("%s is refused with a code", async (_, body, headers, status, code) => {
    const { collecting, refused } = await start();
    const response = await post(collecting.url, body, headers);
    expect(response.status).toBe(status);
    expect(Buffer.from(await response.arrayBuffer()).toString()).toContain(code);
    expect(refused.map((error) => error.code)).toEqual([code]);
    expect((await post(collecting.url, oneSpan)).status).toBe(200);
  });

  it("a gzip bomb of 1:1000 is refused at the limit, in bounded memory", async () => {
    const { collecting, refused } = await start({ requestBytes: 8_000_000 });
    const bomb = gzipSync(Buffer.alloc(200_000_000));
    expect(bomb.length).toBeLessThan(200_000);
    const before = process.memoryUsage().rss;
    const response = await post(collecting.url, bomb, { "content-encoding": "gzip" });
    expect(response.status).toBe(413);
    expect(process.memoryUsage().rss - before).toBeLessThan(60_000_000);
    expect(refused[0]!.code).toBe("OTLP_TOO_LARGE");
  });

  it("a body longer than the limit is refused before it is read", async () => {
    const { collecting, refused } = await start({ requestBytes: 1000 });
    const response = await post(collecting.url, Buffer.alloc(2000)).catch(() => undefined);
    expect(response?.status ?? 413).toBe(413);
    expect(refused[0]!.code).toBe("OTLP_TOO_LARGE");
  });

  it("nested a million deep ends in an answer", async () => {
    const { collecting } = await start();
    const depth = 100_000;
    const value =
      `{"arrayValue":{"values":[`.repeat(depth) + `{"intValue":1}` + "]}}".repeat(depth);
    const attributes = `[{"key":"deep","value":${value}}]`;
    const span = `{"traceId":"${traceId}","spanId":"${"1".repeat(16)}","attributes":${attributes}}`;
    const body = `{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`;
    const response = await post(collecting.url, body, { "content-type": "application/json" });
    expect([200, 400]).toContain(response.status);
    expect((await post(collecting.url, oneSpan)).status).toBe(200);
  });

  it("texts that are not UTF-8 are stored readable, and the answer says so", async () => {
    const { collecting, stored } = await start();
    const bytes = Buffer.from(
      writeOtlpSpans([otlpSpan({ name: "run", attributes: { a: "x_y" } })]),
    );
    bytes[bytes.indexOf("x_y") + 1] = 0xff;
    const response = await post(collecting.url, bytes);
    expect(response.status).toBe(200);
    const answer = ProtobufTraceSerializer.deserializeResponse(await response.bytes());
    expect(answer?.partialSuccess?.errorMessage).toContain("UTF-8");
    const [found] = await stored();
    expect(found!.spans[0]!.attributes["a"]).toBe("x\ufffdy");
  });

  it("50 MB in one span is taken and cut, visibly", async () => {
    const { collecting, stored } = await start();
    const attributes = {
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "read",
      "gen_ai.tool.call.result": "word ".repeat(10_000_000),
    };
    const body = writeOtlpSpans([otlpSpan({ attributes })]);
    expect((await post(collecting.url, body)).status).toBe(200);
    const [found] = await stored();
    expect(JSON.stringify(found)).toContain("it had 50000000 characters");
  });

  it("ids with SQL are rejected, names with SQL are names", async () => {
    const { collecting, stored } = await start();
    const evil = "'; DROP TABLE hone_spans; --";
    const span = (id: string) => ({
      traceId: id,
      spanId: "1".repeat(16),
      name: evil,
      startTimeUnixNano: "1",
      attributes: [
        { key: evil, value: { stringValue: evil } },
        { key: "__proto__", value: { intValue: "7" } },
      ],
    });
    const body = { resourceSpans: [{ scopeSpans: [{ spans: [span(evil), span(traceId)] }] }] };
    const json = { "content-type": "application/json" };
    const response = await post(collecting.url, JSON.stringify(body), json);
    expect(await response.json()).toMatchObject({ partialSuccess: { rejectedSpans: "1" } });
    const [found, ...others] = await stored();
    expect(others).toEqual([]);
    const { name, attributes } = found!.spans[0]!;
    expect(name).toBe(evil);
    expect(Object.entries(attributes)).toEqual(
      expect.arrayContaining([
        [evil, evil],
        ["__proto__", 7],
      ]),
    );
    expect(Object.getPrototypeOf(attributes)).toBe(Object.prototype);
  });
});

describe("who may send", () => {
  it("is a sender that shows the key, in either header", async () => {
    const { collecting, refused, stored } = await start({ key: "geheim-123" });
    const status = async (headers: Record<string, string>) =>
      (await post(collecting.url, oneSpan, headers)).status;
    expect(await status({})).toBe(401);
    expect(await status({ authorization: "Bearer geheim-124" })).toBe(401);
    expect(await status({ authorization: "Bearer geheim-123" })).toBe(200);
    expect(await status({ "x-api-key": "geheim-123" })).toBe(200);
    expect(refused.map(({ code }) => code)).toEqual(["COLLECT_DENIED", "COLLECT_DENIED"]);
    expect(JSON.stringify([await stored(), refused])).not.toContain("geheim");
  });

  it("is no other machine unless there is a key", async () => {
    await expect(collect({ store: "memory:", host: "0.0.0.0", port: 0 })).rejects.toMatchObject({
      code: "COLLECT_KEY_MISSING",
    });
  });

  it("is not a website whose name points to this machine", async () => {
    const { collecting } = await start();
    const { request } = await import("node:http");
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { host: "evil.example", "content-type": "application/x-protobuf" };
      const sent = request(
        `${collecting.url}/v1/traces`,
        { method: "POST", headers },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      sent.on("error", reject);
      sent.end(oneSpan);
    });
    expect(status).toBe(401);
  });
});

describe("paths", () => {
  it("end in /v1/traces or /v1/logs; metrics are not kept", async () => {
    const { collecting } = await start();
    const send = (path: string, method = "POST") =>
      fetch(collecting.url + path, {
        method,
        headers: { "content-type": "application/x-protobuf" },
        ...(method === "POST" ? { body: new Uint8Array() } : {}),
      });
    expect((await send("/otel/v1/traces")).status).toBe(200);
    expect((await send("/v1/logs")).status).toBe(200);
    expect((await send("/v1/metrics")).status).toBe(404);
    expect((await send("/v1/traces", "GET")).status).toBe(404);
  });
});

describe("a sender that hangs up", () => {
  it("in the middle of its body leaves others unharmed", async () => {
    const { collecting, stored } = await start();
    const { connect } = await import("node:net");
    const { port } = new URL(collecting.url);
    for (const encoding of ["gzip", "identity", "br"]) {
      const socket = connect(Number(port), "127.0.0.1");
      const head = `POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-encoding: ${encoding}\r\n`;
      socket.write(`${head}content-type: application/x-protobuf\r\ncontent-length: 5000\r\n\r\n`);
      socket.write(gzipSync(oneSpan).subarray(0, 20));
      await sleep(30);
      socket.destroy();
    }
    await sleep(30);
    expect((await post(collecting.url, oneSpan)).status).toBe(200);
    expect(await stored()).toHaveLength(1);
  });
});

describe("a port that is taken", () => {
  it("is an error with a code", async () => {
    const { collecting } = await start();
    const port = Number(new URL(collecting.url).port);
    await expect(collect({ store: "memory:", port })).rejects.toMatchObject({
      code: "LISTEN_FAILED",
    });
  });
});
