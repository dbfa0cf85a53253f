/** Every format of ours survives its own round trip: whatever stands in any field comes back equal. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anyTrace } from "../doubles/any-trace.ts";
import { headOf, type Trace } from "../../packages/hone/src/core/trace.ts";
import { exportToFile } from "../../packages/hone/src/data/export-traces.ts";
import { importTraces } from "../../packages/hone/src/data/import-traces.ts";
import { readOtlpJsonSpans } from "../../packages/hone/src/formats/otlp-json.ts";
import { readOtlpSpans } from "../../packages/hone/src/formats/otlp-protobuf.ts";
import { writeOtlpJsonSpans, writeOtlpSpans } from "../../packages/hone/src/formats/otlp-write.ts";
import { readTrace, writeTrace } from "../../packages/hone/src/formats/trace-format.ts";
import { writeSpool } from "../../packages/hone/src/formats/write-spool.ts";
import { storeIngest } from "../../packages/hone/src/otel/store-ingest.ts";
import { otlpOfSpan } from "../../packages/hone/src/otel/exact-span.ts";
import { otlpResource, spanOfTrace } from "../../packages/hone/src/otel/to-otlp.ts";
import type { TraceStore } from "../../packages/hone/src/ports/trace-store.ts";
import { openFilesStore } from "../../packages/hone/src/store/files/files-store.ts";
import type { TestSchemas } from "../../packages/hone/src/store/fixtures/postgres-fixture.ts";
import { sharedPostgres } from "../doubles/shared-postgres.ts";
import { memoryStore } from "../../packages/hone/src/store/memory-store.ts";
import { takeSpool } from "../../packages/hone/src/store/operations/take-spool.ts";
import { openPostgresStore } from "../../packages/hone/src/store/postgres/postgres-store.ts";
import { openSqliteStore } from "../../packages/hone/src/store/sqlite/sqlite-store.ts";

const traces = fc.uniqueArray(anyTrace, {
  // A files store keeps apart what differs in more than the case of its letters.
  selector: ({ id }) => id,
  comparator: (a, b) => a.toLowerCase() === b.toLowerCase(),
  minLength: 1,
  maxLength: 6,
});

/** Tries the property; a failure prints the smallest traces it was found with. */
const holds = (numRuns: number, check: (given: readonly Trace[]) => Promise<void>): Promise<void> =>
  fc.assert(fc.asyncProperty(traces, check), { numRuns });

async function expectSame(store: TraceStore, given: readonly Trace[]): Promise<void> {
  for (const trace of given) expect(await store.get(trace.id)).toEqual(trace);
}

let folder: string;
let count = 0;
let server: TestSchemas;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-fields-"));
  server = await sharedPostgres();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});
const place = (): string => join(folder, `place-${count++}`);

const stores: Readonly<Record<string, () => Promise<TraceStore>>> = {
  memory: async () => memoryStore(),
  files: () => openFilesStore(place()),
  sqlite: () => openSqliteStore(place()),
  postgres: async () => openPostgresStore(await server.freshUrl()),
};

describe.each(Object.entries(stores))("a store in %s", (_, open) => {
  it("gives every field back, put whole and appended in parts", async () => {
    const [whole, grown] = [await open(), await open()];
    await holds(5, async (given) => {
      await whole.put(given);
      await expectSame(whole, given);
      await grown.delete(given.map(({ id }) => id));
      await grown.append({ heads: given.map(headOf) });
      await grown.append({ spans: given.flatMap(({ spans }) => spans) });
      await expectSame(grown, given);
    });
    await whole.close();
    await grown.close();
  });
});

describe("a file", () => {
  it("of one trace", () =>
    holds(40, async (given) => {
      for (const trace of given) {
        const text = JSON.stringify(writeTrace(trace));
        expect(readTrace(JSON.parse(text), { where: "a file" })).toEqual(trace);
      }
    }));

  it("of JSON lines, gzipped or not", () =>
    holds(15, async (given) => {
      const source = memoryStore();
      await source.put(given);
      for (const ending of [".jsonl", ".jsonl.gz"]) {
        const path = place() + ending;
        await exportToFile(source, path, { format: "traces" });
        const target = memoryStore();
        await importTraces(target, path);
        await expectSame(target, given);
      }
    }));

  it("of a spool", () =>
    holds(15, async (given) => {
      const spool = place();
      writeSpool(spool, [
        [JSON.stringify({ heads: given.map(headOf), spans: given.flatMap((t) => t.spans) })],
      ]);
      const target = memoryStore();
      await takeSpool(spool, target, (problem) => expect.unreachable(problem.message));
      await expectSame(target, given);
    }));
});

const wires = {
  protobuf: (given: ReturnType<typeof otlpOf>) => readOtlpSpans(writeOtlpSpans(given)),
  JSON: (given: ReturnType<typeof otlpOf>) =>
    readOtlpJsonSpans(Buffer.from(writeOtlpJsonSpans(given))),
};
const resource = otlpResource("hone");
const otlpOf = (trace: Trace) => [
  ...trace.spans.map((span) => otlpOfSpan(span, resource)),
  spanOfTrace(headOf(trace), resource),
];

it.each(Object.entries(wires))("OTLP in %s", (_, send) =>
  holds(40, async (given) => {
    const target = memoryStore();
    const ingest = storeIngest(target, { redaction: false });
    const { items, repairedTexts } = send(given.flatMap(otlpOf));
    expect(repairedTexts).toBe(0);
    expect(await ingest.spans(items)).toEqual({ accepted: items.length, rejected: 0 });
    await expectSame(target, given);
  }),
);
