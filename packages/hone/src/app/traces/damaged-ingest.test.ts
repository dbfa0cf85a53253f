/** A stored trace that is damaged costs a collector's request its own items only. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { otlpSpan } from "../../otel/otlp-fixture.ts";
import { storeIngest } from "../../otel/store-ingest.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { collectHandler } from "../../server/otlp-handler.ts";
import { openStore } from "../open-store.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-damaged-ingest-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const traceIds = [1, 2, 3].map((n) => String(n).repeat(32));
const bad = traceIds[1]!;
const spanOf = (traceId: string, n: number) =>
  otlpSpan({ traceId, spanId: String(n).repeat(16), name: `work ${n}`, at: n });

interface Damaged {
  readonly url: () => string;
  /** Damages the second trace of the store. */
  readonly damage: () => Promise<void>;
}

const stores: Readonly<Record<string, Damaged>> = {
  "files, found by the checksum": {
    url: () => `files:${join(folder, "tree")}`,
    damage: async () => {
      const names = await readdir(folder, { recursive: true });
      const file = join(
        folder,
        names.find((name) => name.endsWith(`trace_${bad}.json`))!,
      );
      await writeFile(file, (await readFile(file, "utf8")).replace("work 1", "wurk 1"));
    },
  },
  "SQLite, in the head": {
    url: () => `sqlite:${join(folder, "a.db")}`,
    damage: async () => {
      const database = new DatabaseSync(join(folder, "a.db"));
      const no = `(select no from hone_traces where id = '${bad}')`;
      database.exec(`update hone_heads set body = '{' where trace_no = ${no}`);
      database.close();
    },
  },
};

const second = traceIds.map((id) => spanOf(id, 2));
const partly = {
  accepted: 2,
  rejected: 1,
  problem: expect.stringMatching(new RegExp(`^STORE_DAMAGED: .*${bad}`)),
};

for (const [name, { url, damage }] of Object.entries(stores)) {
  describe(`a damaged trace of ${name}`, () => {
    let store: TraceStore;
    beforeEach(async () => {
      store = await openStore(url(), { onProblem: () => undefined });
      await storeIngest(store).spans(traceIds.map((id) => spanOf(id, 1)));
    });
    afterEach(() => store.close());
    const stored = async (id: string) => (await store.get(id))?.spans.length;

    it("is refused with its reason, and the others of the request are stored", async () => {
      await damage();
      const ingest = storeIngest(store);
      const report = await ingest.spans(second);
      expect(report).toEqual(partly);
      expect(await stored(traceIds[0]!)).toBe(2);
      expect(await stored(traceIds[2]!)).toBe(2);
      await ingest.drain();
      expect(ingest.totals()).toMatchObject({ spans: 2, rejected: 1, problem: report.problem });
    });

    it("is refused, too, when the collector knows it from before the damage", async () => {
      const ingest = storeIngest(store);
      await ingest.spans(traceIds.map((id) => spanOf(id, 3)));
      await damage();
      expect(await ingest.spans(second)).toEqual(partly);
      expect(await stored(traceIds[2]!)).toBe(3);
      expect(await ingest.spans(second)).toEqual(partly);
    });

    it("is a partial success to its sender, which does not send the request again", async () => {
      await damage();
      const handler = collectHandler({
        ingest: storeIngest(store),
        limits: { bodyBytes: 1e6, totalBytes: 1e6 },
      });
      const spans = traceIds.map((traceId) => ({ traceId, spanId: "2".repeat(16), name: "work" }));
      const answer = await handler(
        new Request("http://127.0.0.1/v1/traces", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
        }),
      );
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({
        partialSuccess: { rejectedSpans: "1", errorMessage: partly.problem },
      });
    });
  });
}
