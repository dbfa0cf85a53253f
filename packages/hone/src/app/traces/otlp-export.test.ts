/** Spans that go out: to a receiver that fails in every way, and through hone's own endpoint back into a store. */
import { leastTime } from "../../../../../test/doubles/least-time.ts";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { afterEach, describe, expect, it } from "vitest";
import { isError } from "../../core/errors.ts";
import type { OtlpSpan } from "../../core/otlp.ts";
import { readOtlpJsonSpans } from "../../formats/otlp-json.ts";
import { readOtlpSpans } from "../../formats/otlp-protobuf.ts";
import { writeOtlpJsonSpans, writeOtlpSpans } from "../../formats/otlp-write.ts";
import { memoryStore } from "../../store/memory-store.ts";
import { otlpSpan } from "../../otel/otlp-fixture.ts";
import { sendSpans, tracesUrl } from "../../otel/send-spans.ts";
import { storeIngest } from "../../otel/store-ingest.ts";
import { otlpOfSpan } from "../../otel/exact-span.ts";
import { otlpOfHead, otlpResource } from "../../otel/to-otlp.ts";
import { everyKind } from "../../otel/trace-fixture.ts";
import { collectHandler } from "../../server/otlp-handler.ts";
import { listen } from "../../server/listen.ts";
import { exportToCollector, openOtlpTracing } from "./otlp-export.ts";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

interface Received {
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** A collector that answers as it is told, request by request; the last answer holds for all that follow. */
async function receiver(...answers: ((response: ServerResponse) => void)[]) {
  const requests: Received[] = [];
  const server = createServer((incoming, response) => {
    const pieces: Buffer[] = [];
    incoming.on("data", (piece: Buffer) => pieces.push(piece));
    incoming.on("end", () => {
      const { url, headers } = incoming;
      requests.push({ url, headers, body: Buffer.concat(pieces) });
      (answers.length > 1 ? answers.shift() : answers[0])!(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

const status =
  (code: number, headers: Record<string, string> = {}, text = "") =>
  (response: ServerResponse): void =>
    void response.writeHead(code, headers).end(text);

const spans = [otlpSpan({ name: "run" })];
const quick = { "retry-after": "0" };

describe("a request that goes out", () => {
  it("is gzipped protobuf, or JSON, with the headers it was given", async () => {
    const { url, requests } = await receiver(status(200));
    await sendSpans(spans, { url, headers: { authorization: "Bearer k1" } });
    await sendSpans(spans, { url: `${url}/otel/v1/traces`, encoding: "json", gzip: false });
    expect(requests.map((one) => one.url)).toEqual(["/v1/traces", "/otel/v1/traces"]);
    expect(requests[0]!.headers).toMatchObject({
      authorization: "Bearer k1",
      "content-type": "application/x-protobuf",
      "content-encoding": "gzip",
    });
    expect(readOtlpSpans(gunzipSync(requests[0]!.body)).items).toEqual(spans);
    expect(readOtlpJsonSpans(requests[1]!.body).items).toEqual(spans);
  });

  it("is sent again after 503, 429 and broken connections, as Retry-After says", async () => {
    const cut = (response: ServerResponse): void => void response.destroy();
    const { url, requests } = await receiver(
      status(503, quick),
      status(429, quick),
      cut,
      status(200),
    );
    await sendSpans(spans, { url });
    expect(requests).toHaveLength(4);
  });

  it("is given up at the deadline, also when nobody answers or Retry-After is beyond it", async () => {
    const giveUp = async (): Promise<void> => {
      const silent = await receiver(() => undefined);
      await expect(sendSpans(spans, { url: silent.url, timeoutMs: 200 })).rejects.toMatchObject({
        code: "OTLP_NOT_SENT",
      });
      const later = await receiver(status(503, { "retry-after": "3600" }));
      await expect(sendSpans(spans, { url: later.url, timeoutMs: 500 })).rejects.toMatchObject({
        code: "OTLP_NOT_SENT",
        facts: { reason: "HTTP 503" },
      });
      expect(later.requests).toHaveLength(1);
    };
    expect(await leastTime(2000, giveUp)).toBeLessThan(2000);
  });

  it("is refused for good by any other answer, and no password is in the message", async () => {
    const { url, requests } = await receiver(status(401, {}, "who are you?"));
    const withUser = url.replace("//", "//ada:secret@");
    const error = await sendSpans(spans, { url: withUser }).catch((thrown: unknown) => thrown);
    expect(isError(error, "OTLP_REFUSED")).toBe(true);
    expect(JSON.stringify(error) + String(error)).not.toContain("secret");
    const basic = Buffer.from("ada:secret").toString("base64");
    expect(requests[0]!.headers.authorization).toBe(`Basic ${basic}`);
    await expect(sendSpans(spans, { url, timeoutMs: 500 })).rejects.toMatchObject({
      code: "OTLP_REFUSED",
      facts: { reason: "HTTP 401 who are you?" },
    });
    expect(requests).toHaveLength(2);
  });

  it("ends with the signal", async () => {
    const { url } = await receiver(() => undefined);
    const stopping = new AbortController();
    const sent = sendSpans(spans, { url }, stopping.signal);
    stopping.abort();
    await expect(sent).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("needs an address of http", () => {
    expect(() => tracesUrl("grpc://x:4317")).toThrow(/OPTION_INVALID/);
    expect(tracesUrl("http://x:4318/")).toBe("http://x:4318/v1/traces");
  });
});

const sdkResource = resourceFromAttributes({ "service.name": "hone" });
const sdkScope = { name: "hone" };

/** The same span as the SDK holds it, so that the SDK's own serialiser can be asked. */
function asSdkSpan(span: OtlpSpan): ReadableSpan {
  const time = (nanoseconds: bigint): [number, number] => [
    Number(nanoseconds / 1_000_000_000n),
    Number(nanoseconds % 1_000_000_000n),
  ];
  const contextOf = (spanId: string) => ({ traceId: span.traceId, spanId, traceFlags: 1 });
  return {
    name: span.name,
    // The API counts kinds from internal, the protocol from unspecified.
    kind: span.kind - 1,
    spanContext: () => contextOf(span.spanId),
    ...(span.parentSpanId === "" ? {} : { parentSpanContext: contextOf(span.parentSpanId) }),
    startTime: time(span.start),
    endTime: time(span.end),
    duration: time(span.end - span.start),
    status: span.status.message === "" ? { code: span.status.code } : span.status,
    attributes: span.attributes,
    events: span.events.map((event) => ({ ...event, time: time(event.time) })),
    links: [],
    ended: true,
    resource: sdkResource,
    instrumentationScope: sdkScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  } as Partial<ReadableSpan> as ReadableSpan;
}

describe("what is written", () => {
  const trace = everyKind("4bf92f3577b34da6a3ce929d0e0e4736", (i) => `${i}`.padStart(16, "a"));
  const { spans: own, ...head } = trace;
  const resource = otlpResource("hone");
  const written = [otlpOfHead(head, resource)!, ...own.map((span) => otlpOfSpan(span, resource))];

  it("reads as what the OpenTelemetry SDK writes of the same spans, in protobuf", () => {
    const theirs = ProtobufTraceSerializer.serializeRequest(written.map(asSdkSpan))!;
    expect(readOtlpSpans(writeOtlpSpans(written))).toEqual(readOtlpSpans(theirs));
    expect(readOtlpSpans(theirs).items).toEqual(written);
  });

  it("and in JSON, field by field", () => {
    interface Json {
      resourceSpans: { scopeSpans: { spans: Record<string, unknown>[] }[] }[];
    }
    const theirs = JSON.parse(
      Buffer.from(JsonTraceSerializer.serializeRequest(written.map(asSdkSpan))!).toString(),
    ) as Json;
    const ours = JSON.parse(writeOtlpJsonSpans(written)) as Json;
    expect(theirs.resourceSpans[0]).toMatchObject(ours.resourceSpans[0]!);
  });

  it("has rewards as evaluations", () => {
    const [ofTrace] = written;
    expect(
      ofTrace!.events.map(({ name, attributes }) => [
        name,
        attributes["gen_ai.evaluation.name"],
        attributes["gen_ai.evaluation.score.value"],
      ]),
    ).toEqual([
      ["gen_ai.evaluation.result", "reward", 0.5],
      ["gen_ai.evaluation.result", "a", 0.25],
      ["gen_ai.evaluation.result", "b", 0.25],
    ]);
    expect(written.find(({ name }) => name === "evaluate tool")).toMatchObject({
      attributes: {
        "gen_ai.evaluation.name": "tool",
        "gen_ai.evaluation.score.value": -0.25,
        "gen_ai.evaluation.explanation": "late",
      },
      events: [{ name: "gen_ai.evaluation.result" }],
    });
  });
});

/** A store behind hone's own endpoint. */
async function ownCollector() {
  const store = memoryStore();
  const limits = { bodyBytes: 10_000_000, totalBytes: 40_000_000 };
  const server = await listen(collectHandler({ ingest: storeIngest(store), limits }), {
    host: "127.0.0.1",
    port: 0,
  });
  open.push(() => server.close({ timeoutMs: 1000 }));
  return { store, url: server.url };
}

describe("a store", () => {
  it("sent to a collector of hone's is the same there", async () => {
    const source = memoryStore();
    const traces = Array.from({ length: 120 }, (_, i) => everyKind(`trace ${i}`, (k) => `s${k}`));
    await source.put(traces);
    const { endedAt: _, ...begun } = { ...traces[0]!, id: "begun", status: "running" as const };
    await source.put([{ ...begun, spans: [] }]);
    const { store, url } = await ownCollector();
    expect(await exportToCollector(source, { url, encoding: "json" })).toEqual({
      traces: 121,
      spans: 960,
      refused: 0,
    });
    expect(await store.get("begun")).toEqual({ ...begun, spans: [] });
    expect((await store.query({ limit: 200 })).traces).toHaveLength(121);
    for (const trace of traces) expect(await store.get(trace.id)).toEqual(trace);
  });
});

describe("a tracer", () => {
  it("whose spans go to a collector", async () => {
    const { store, url } = await ownCollector();
    const tracing = openOtlpTracing({ url });
    const trace = tracing.tracer.trace({ agent: "clerk", task: "Refund it" });
    trace.span({ kind: "tool", toolName: "pay", arguments: { sum: 5 } }).end({ result: "done" });
    trace.end();
    expect(await tracing.close()).toMatchObject({ written: 1, dropped: 0, waiting: 0 });
    expect(await store.get(trace.id)).toMatchObject({
      agent: "clerk",
      task: "Refund it",
      status: "completed",
      spans: [{ kind: "tool", arguments: { sum: 5 }, result: "done" }],
    });
  });

  it("keeps them while the collector is away, and drops what it refuses", async () => {
    const { url, requests } = await receiver(status(503), status(500), status(400, {}, "bad"));
    const tracing = openOtlpTracing({ url, timeoutMs: 150, intervalMs: 5 });
    const trace = tracing.tracer.trace({ agent: "clerk", task: "Refund it" });
    trace.span({ kind: "content", content: "Hello" }).end();
    const report = await tracing.flush({ timeoutMs: 3000 });
    expect(requests.length).toBeGreaterThan(2);
    expect(report).toMatchObject({ written: 0, dropped: 1, waiting: 0 });
    await tracing.close({ timeoutMs: 100 });
  });
});

it("codes of failures are known to programs", async () => {
  const error = await sendSpans(spans, { url: "http://127.0.0.1:1", timeoutMs: 300 }).catch(
    (e: unknown) => e,
  );
  expect(isError(error, "OTLP_NOT_SENT")).toBe(true);
});
