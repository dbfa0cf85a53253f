/** What can happen to a PostgreSQL store: a server that is killed, writers that are killed, refusals, races. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killCount } from "../../../../../test/doubles/kill-count.ts";
import { type ErrorCode, isError } from "../../core/errors.ts";
import { Random } from "../../core/random.ts";
import { sampleTrace, sampleTraces } from "../../testing/sample-traces.ts";
import { startPostgres, type TestPostgres } from "../fixtures/postgres-fixture.ts";
import { fillVersion2, totalsToday } from "../fixtures/version-2-fixture.ts";
import { openPostgres } from "./postgres-engine.ts";
import { openPostgresQueue, openPostgresStore } from "./postgres-store.ts";
import { killAtRandom } from "../fixtures/process-fixture.ts";

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres(["fsync=off"]);
});
afterAll(() => server.stop());

const withCode = (code: ErrorCode) => (error: unknown) => isError(error, code);

it("a database of version 2 lists totals with the rewards of spans", async () => {
  const url = await server.freshUrl();
  const engine = await openPostgres(url);
  await fillVersion2(engine);
  await engine.close();
  const store = await openPostgresStore(url);
  try {
    const { traces } = await store.query({ limit: 100 });
    expect(Object.fromEntries(traces.map(({ id, reward = null }) => [id, reward]))).toEqual(
      totalsToday,
    );
  } finally {
    await store.close();
  }
});

describe("a PostgreSQL server that is killed", () => {
  it("is no longer waited for when the store is closed", async () => {
    const store = await openPostgresStore(await server.freshUrl());
    await server.kill();
    try {
      const asked = store.query().catch((error: unknown) => error);
      await sleep(200);
      await store.close();
      expect(await asked).toSatisfy(withCode("STORE_UNREACHABLE"));
      expect(String(await asked)).toMatch(/ECONNREFUSED|terminat/);
    } finally {
      await server.start();
    }
  }, 10_000);

  it("in the middle of batches, and back after 3 s, has lost nothing that was acknowledged and has nothing twice", async () => {
    const url = await server.freshUrl();
    const store = await openPostgresStore(url);
    const queue = await openPostgresQueue(url);
    await queue.enqueue(Array.from({ length: 20 }, (_, i) => ({ id: `r${i}`, payload: i })));
    const batches = Array.from({ length: 4 }, (_, k) => sampleTraces(120, { first: k * 120 }));
    const acknowledged: string[] = [];
    const killed = Promise.withResolvers<void>();
    const writing = batches.map(async (batch) => {
      for (let i = 0; i < batch.length; i += 20) {
        // Something is left to write when the server is gone, however fast it was.
        if (i === 100) await killed.promise;
        const part = batch.slice(i, i + 20);
        await store.append({
          heads: part.map(({ spans: _, ...head }) => head),
          spans: part.flatMap(({ spans }) => spans),
        });
        acknowledged.push(...part.map(({ id }) => id));
      }
    });
    const leasing = (async () => {
      const ids: string[] = [];
      for (let i = 0; i < 20; i++) {
        const leases = await queue.lease({ worker: "w", leaseMs: 600_000 });
        for (const lease of leases) {
          ids.push(lease.rollout.id);
          await queue.complete(lease, i);
        }
        await sleep(40);
      }
      return ids;
    })();
    while (acknowledged.length < 80) await sleep(5);
    await server.kill();
    killed.resolve();
    const before = acknowledged.length;
    expect(before).toBeLessThan(480);
    await sleep(3000);
    expect(acknowledged.length).toBe(before);
    await server.start();
    await Promise.all(writing);
    expect(await leasing).toEqual(Array.from({ length: 20 }, (_, i) => `r${i}`));
    expect(await queue.counts()).toMatchObject({ completed: 20 });
    expect(new Set(acknowledged).size).toBe(480);
    const [row] = await store.aggregate();
    expect(row).toMatchObject({ count: 480, spanCount: 2880 });
    expect(await store.check()).toEqual([]);
    for (const number of [0, 119, 120, 241, 479]) {
      expect(await store.get(`sample-${number}`)).toEqual(sampleTrace(number));
    }
    await queue.close();
    await store.close();
  }, 90_000);

  it("and does not come back is an error with a code after the time that was set", async () => {
    const store = await openPostgresStore(await server.freshUrl(), { retryMs: 300 });
    await server.kill();
    try {
      await expect(store.put([sampleTrace(0)])).rejects.toSatisfy(withCode("STORE_UNREACHABLE"));
    } finally {
      await server.start();
    }
    await store.put([sampleTrace(0)]);
    expect(await store.get("sample-0")).toEqual(sampleTrace(0));
    await store.close();
  });
});

describe("processes that write to PostgreSQL", () => {
  it("killed at random moments have lost nothing they were told is written", async () => {
    const url = await server.freshUrl();
    const text = (round: number) => `
      const store = await openPostgresStore(${JSON.stringify(url)});
      for (let i = ${round * 10_000}; ; i += 2) {
        await store.put([sampleTrace(i), sampleTrace(i + 1)]);
        process.stdout.write(i + "\\n" + (i + 1) + "\\n");
      }
    `;
    const told = await killAtRandom(killCount, new Random("kill"), text);
    expect(told.size).toBeGreaterThanOrEqual(2 * killCount);
    const store = await openPostgresStore(url);
    for (const line of told) {
      expect(await store.get(`sample-${line}`)).toEqual(sampleTrace(Number(line)));
    }
    expect(await store.check()).toEqual([]);
    await store.close();
  });

  it("begin the same trace at the same moment, open the same empty schema, and lose nothing", async () => {
    const url = await server.freshUrl();
    const stores = await Promise.all([1, 2, 3, 4].map(() => openPostgresStore(url)));
    const { spans, ...head } = sampleTrace(0);
    for (let round = 0; round < 10; round++) {
      const id = `t${round}`;
      const written = stores.map((store, k) =>
        store.append({
          heads: [{ ...head, id }],
          spans: [{ ...spans.at(-1)!, traceId: id, id: `s${k}`, sequence: k }],
          rewards: [
            {
              traceId: id,
              reward: { id: `r${k}`, total: 1, components: {}, source: "rule", at: 0 },
            },
          ],
        }),
      );
      await Promise.all(written);
      const { traces } = await stores[0]!.query({
        order: { by: "reward", direction: "descending" },
      });
      const own = traces.find((one) => one.id === id);
      const given = head.rewards.reduce((sum, { total }) => sum + total, 0);
      expect(own).toMatchObject({ spanCount: 4, reward: given + 4 });
    }
    expect(await stores[0]!.check()).toEqual([]);
    for (const store of stores) await store.close();
  });

  it("take traces away and add to them at the same time, and leave no parts behind", async () => {
    const url = await server.freshUrl();
    const store = await openPostgresStore(url, { connections: 8 });
    const traces = sampleTraces(20);
    await store.put(traces);
    const work = traces.flatMap(({ id, spans }) => [
      store.delete([id]),
      store.append({ spans: [{ ...spans[0]!, id: "late" }] }).catch((error: unknown) => {
        if (!isError(error, "TRACE_NOT_FOUND")) throw error;
      }),
    ]);
    await Promise.all(work);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const table of ["spans", "heads", "docs", "tags"]) {
      const { rows } = await client.query(
        `select 1 from hone_${table} x where not exists (select 1 from hone_traces t where t.no = x.trace_no)`,
      );
      expect(rows, table).toEqual([]);
    }
    await client.end();
    expect(await store.check()).toEqual([]);
    await store.close();
  });
});

describe("PostgreSQL refuses", () => {
  it("a wrong password, a missing one and an unknown database with a code, and no message shows a password", async () => {
    const wrong = server.url({ password: "geheim-1" });
    const none = server.url({ password: "" });
    const elsewhere = server.url({ database: "nowhere" });
    for (const url of [wrong, none, elsewhere]) {
      const error: unknown = await openPostgresStore(url).catch((thrown: unknown) => thrown);
      expect(isError(error, "STORE_REFUSED"), url).toBe(true);
      const shown = `${(error as Error).stack} ${JSON.stringify(error)} ${String((error as Error).cause)}`;
      expect(shown).toContain("tester@127.0.0.1");
      expect(shown).not.toContain("geheim-1");
      expect(shown).not.toContain(server.password);
    }
    const store = await openPostgresStore(await server.freshUrl());
    expect(store.url).not.toContain(server.password);
    await store.close();
  });

  it("an id that no index holds, as a trace that cannot be stored", async () => {
    const store = await openPostgresStore(await server.freshUrl());
    const random = new Random("long id");
    const id = Array.from({ length: 20_000 }, () => random.integer(0, 35).toString(36)).join("");
    await expect(store.put([{ ...sampleTrace(0), id, spans: [] }])).rejects.toSatisfy(
      withCode("TRACE_INVALID"),
    );
    await store.close();
  });

  it("is not what happens to an address without a server: that is unreachable", async () => {
    const url = "postgres://ada:geheim-2@127.0.0.1:1/x";
    const error: unknown = await openPostgresStore(url, { openMs: 200 }).catch(
      (thrown: unknown) => thrown,
    );
    expect(isError(error, "STORE_UNREACHABLE")).toBe(true);
    expect((error as Error).message).not.toContain("geheim-2");
  });

  it("nothing of a later version's schema: we do", async () => {
    const url = await server.freshUrl();
    await (await openPostgresStore(url)).close();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query("update hone_schema set version = 99");
    await client.end();
    await expect(openPostgresStore(url)).rejects.toSatisfy(withCode("STORE_SCHEMA_TOO_NEW"));
    await expect(openPostgresStore(await server.freshUrl(), { mustExist: true })).rejects.toSatisfy(
      withCode("STORE_NOT_FOUND"),
    );
  });
});
