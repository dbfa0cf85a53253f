/** What we send comes back as it was: over protobuf and JSON, all kinds of spans, ids of any form. */
import { describe, expect, it } from "vitest";
import { headOf, type Trace } from "../../core/trace.ts";
import { readOtlpJsonSpans } from "../../formats/otlp-json.ts";
import { readOtlpSpans } from "../../formats/otlp-protobuf.ts";
import { writeOtlpJsonSpans, writeOtlpSpans } from "../../formats/otlp-write.ts";
import { memoryStore } from "../../store/memory-store.ts";
import { storeIngest } from "../../otel/store-ingest.ts";
import { otlpOfSpan } from "../../otel/exact-span.ts";
import { otlpOfHead, otlpResource } from "../../otel/to-otlp.ts";
import { everyKind } from "../../otel/trace-fixture.ts";

const resource = otlpResource("hone");

const forms = {
  protobuf: (trace: Trace) => readOtlpSpans(writeOtlpSpans(otlpOf(trace))),
  JSON: (trace: Trace) => readOtlpJsonSpans(Buffer.from(writeOtlpJsonSpans(otlpOf(trace)))),
};

const otlpOf = (trace: Trace) => [
  ...trace.spans.map((span) => otlpOfSpan(span, resource)),
  otlpOfHead(headOf(trace), resource)!,
];

describe.each(Object.entries(forms))("spans of ours over %s", (_, send) => {
  it.each([
    [
      "ids of W3C's sizes",
      everyKind("4bf92f3577b34da6a3ce929d0e0e4736", (i) => `${i}`.padStart(16, "a")),
    ],
    ["ids of other forms", everyKind("x'; DROP TABLE hone_spans; --", (i) => `span ${i} é`)],
  ])("come back equal, with %s", async (_name, trace) => {
    const store = memoryStore();
    const ingest = storeIngest(store);
    const { items, repairedTexts } = send(trace);
    expect(repairedTexts).toBe(0);
    const half = Math.ceil(items.length / 2);
    await ingest.spans(items.slice(half));
    await ingest.spans(items.slice(0, half));
    expect(await store.get(trace.id)).toEqual(trace);
  });
});
