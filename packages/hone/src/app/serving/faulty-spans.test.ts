/** Spans that cannot be stored are refused alone, with the reason; the others of their request are stored. */
import { afterEach, expect, it } from "vitest";
import { writeOtlpSpans } from "../../formats/otlp-write.ts";
import { otlpSpan, traceId } from "../../otel/otlp-fixture.ts";
import { storeIngest } from "../../otel/store-ingest.ts";
import { collectHandler } from "../../server/otlp-handler.ts";
import { memoryStore } from "../../store/memory-store.ts";

let store = memoryStore();
afterEach(() => (store = memoryStore()));

const send = (body: string | Uint8Array, path = "traces"): Promise<Response> =>
  collectHandler({
    ingest: storeIngest(store),
    limits: { bodyBytes: 1 << 24, totalBytes: 1 << 25 },
  })(
    new Request(`http://127.0.0.1/v1/${path}`, {
      method: "POST",
      headers: {
        "content-type": typeof body === "string" ? "application/json" : "application/x-protobuf",
      },
      body: body as string,
    }),
  );

const [good, other] = ["2".repeat(32), "3".repeat(32)];
const span = (id: string, fields: object = {}): object => ({
  traceId: id,
  spanId: "b".repeat(16),
  name: "chat m",
  startTimeUnixNano: "1700000000000000000",
  endTimeUnixNano: "1700000001000000000",
  attributes: [{ key: "gen_ai.operation.name", value: { stringValue: "chat" } }],
  ...fields,
});
const request = (...spans: object[]): string =>
  JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
const attribute = (key: string, text: string): object => ({
  attributes: [{ key, value: { stringValue: text } }],
});
const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

it.each([
  ["a start in 10⁸ years", { startTimeUnixNano: 1e25 }],
  ["an end before 1970", { endTimeUnixNano: "-1" }],
  ["an end that is no time", { endTimeUnixNano: "soon" }],
  [
    "an event in 10⁸ years",
    { events: [{ name: "gen_ai.evaluation.result", timeUnixNano: "99999999999999999999" }] },
  ],
  ["a name that is a list", { name: ["x"] }],
  ["attributes nested 100,000 levels deep in place of a text", { name: "NESTED" }],
])("%s refuses its span: alone as a whole request, or beside others", async (_, fields) => {
  const nest = (text: string): string => text.replace('"NESTED"', nested(100_000));
  const alone = await send(nest(request(span(other, fields))));
  expect(alone.status).toBe(400);
  expect(await alone.text()).toContain("OTLP_INVALID");
  const mixed = await send(nest(request(span(other, fields), span(good))));
  expect(mixed.status).toBe(200);
  const { partialSuccess } = (await mixed.json()) as { partialSuccess: Record<string, string> };
  expect(partialSuccess["rejectedSpans"]).toBe("1");
  expect(partialSuccess["errorMessage"]).toContain("its field ");
  expect(await store.get(good)).toBeDefined();
  expect(await store.get(other)).toBeUndefined();
});

it.each(["gen_ai.input.messages", "gen_ai.tool.call.arguments", "input.value", "llm.input", "x"])(
  "JSON nested 20,000 levels deep in the text of %s is stored as that text, and so are other spans",
  async (key) => {
    const deep = nested(20_000);
    const answer = await send(request(span(other, attribute(key, deep)), span(good)));
    expect([answer.status, await answer.json()]).toEqual([200, {}]);
    expect(JSON.stringify(await store.get(other))).toContain(deep);
    expect(await store.get(good)).toBeDefined();
  },
);

it("an attribute's name with 50,000 dots is a name of few levels", async () => {
  const key = `llm.input_messages${".a".repeat(50_000)}`;
  const answer = await send(request(span(other, attribute(key, "x")), span(good)));
  expect([answer.status, await answer.json()]).toEqual([200, {}]);
});

it("a request whose lists are nested 100,000 levels deep is refused", async () => {
  const answer = await send(`{"resourceSpans":${nested(100_000)}}`);
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain("OTLP_INVALID");
});

it("a span in protobuf that cannot be read is refused alone", async () => {
  const bytes = Buffer.from(
    writeOtlpSpans([otlpSpan({ name: "broken" }), otlpSpan({ spanId: "c".repeat(16) })]),
  );
  // The name's field gets the wire type of a number, for which its length then stands.
  const at = bytes.indexOf("broken") - 2;
  expect(bytes[at]).toBe((5 << 3) | 2);
  bytes[at] = 5 << 3;
  const answer = await send(new Uint8Array(bytes));
  expect(answer.status).toBe(200);
  expect((await store.get(traceId))!.spans.map(({ id }) => id)).toEqual(["c".repeat(16)]);
});

it("a receiver that is called directly refuses times that no date can name", async () => {
  const ingest = storeIngest(store);
  const far = otlpSpan({});
  const report = await ingest.spans([
    { ...far, start: 10n ** 25n },
    { ...far, spanId: "c".repeat(16) },
  ]);
  expect(report).toMatchObject({ accepted: 1, rejected: 1 });
  expect(report.problem).toContain("startedAt is 10000000000000000000");
  const logs = await ingest.logs([
    { ...far, eventName: "gen_ai.x", time: 10n ** 25n, severity: "", body: "b" },
  ]);
  expect(logs.rejected).toBe(1);
  expect((await store.get(traceId))!.startedAt).toBeLessThan(1e13);
});

it("refused log records are counted in the field of logs", async () => {
  const record = { traceId: good, timeUnixNano: "1", body: { stringValue: "x" } };
  const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] });
  const { partialSuccess } = (await (await send(body, "logs")).json()) as {
    partialSuccess: object;
  };
  expect(partialSuccess).toMatchObject({ rejectedLogRecords: "1" });
  expect(partialSuccess).not.toHaveProperty("rejectedSpans");
});

it("a request of long texts that look like secrets leaves others their turn", async () => {
  const text = "eyJ".repeat(41_000);
  const spans = Array.from({ length: 120 }, (_, i) =>
    span(i.toString(16).padStart(32, "a"), attribute("x", `${i}${text}`)),
  );
  const handler = {
    ingest: storeIngest(store),
    limits: { bodyBytes: 1 << 24, totalBytes: 1 << 25 },
  };
  let turns = 0;
  const others = setInterval(() => turns++, 1);
  const start = process.cpuUsage();
  const answer = await collectHandler(handler)(
    new Request("http://127.0.0.1/v1/traces", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: request(...spans),
    }),
  );
  const { user } = process.cpuUsage(start);
  clearInterval(others);
  expect([answer.status, await answer.json()]).toEqual([200, {}]);
  expect(user / 1000).toBeLessThan(6000);
  expect(turns).toBeGreaterThan(3);
});
