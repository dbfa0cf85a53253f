/** Rows of SQL stores that cannot be read: they are named, and keep nobody from reading the others. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type HoneError, isError } from "../../core/errors.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { sampleTrace, sampleTraces } from "../../testing/sample-traces.ts";
import type { TestSchemas } from "../fixtures/postgres-fixture.ts";
import { sharedPostgres } from "../../../../../test/doubles/shared-postgres.ts";
import { openPostgresStore } from "../postgres/postgres-store.ts";
import { openSqliteStore } from "../sqlite/sqlite-store.ts";

let server: TestSchemas;
let folder = "";
let store: TraceStore;
let problems: string[] = [];
const onProblem = ({ message }: HoneError): void => void problems.push(message.split("\n")[0]!);
beforeAll(async () => {
  server = await sharedPostgres();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-damage-"));
  problems = [];
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

async function listed<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}

/** Damages what the statements name, each by the number of its trace. */
const openers = {
  SQLite: async (statements: string) => {
    const file = join(folder, "hone.db");
    store = await openSqliteStore(file, { onProblem });
    await store.put(sampleTraces(5));
    const database = new DatabaseSync(file);
    database.exec(statements);
    database.close();
  },
  PostgreSQL: async (statements: string) => {
    const url = await server.freshUrl();
    store = await openPostgresStore(url, { onProblem });
    await store.put(sampleTraces(5));
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(statements);
    await client.end();
  },
};

const traceNo = (id: string): string => `(select no from hone_traces where id = '${id}')`;
const damage = `
  update hone_spans set body = '{' where trace_no = ${traceNo("sample-1")} and sequence = 2;
  update hone_heads set body = '{"trace_id":7}' where trace_no = ${traceNo("sample-2")};
  delete from hone_heads where trace_no = ${traceNo("sample-3")};
`;

for (const [name, open] of Object.entries(openers)) {
  describe(`rows of ${name} that cannot be read`, () => {
    it("are left out of the traces, and told once each, naming trace and span", async () => {
      await open(damage);
      const readable = [sampleTrace(0), sampleTrace(4)];
      expect(await listed(store.traces())).toEqual(readable);
      expect(await listed(store.traces())).toEqual(readable);
      const spanId = sampleTrace(1).spans[2]!.id;
      expect(problems).toHaveLength(3);
      expect(problems[0]).toContain(
        `span ${spanId} of trace sample-1 cannot be read: it is not JSON`,
      );
      expect(problems[1]).toContain("the head of trace sample-2 cannot be read");
      expect(problems[2]).toContain("trace sample-3 has no head");
      for (const problem of problems) expect(problem).toMatch(/^STORE_DAMAGED: /);
      expect(await listed(store.summaries())).toHaveLength(5);
      const found = (await store.check()).map(({ message }) => message.split("\n")[0]);
      expect(found).toEqual(problems);
    });

    it("leave the other spans to be read", async () => {
      await open(damage);
      const spans = sampleTraces(5).flatMap((trace) => trace.spans);
      const damaged = sampleTrace(1).spans[2]!;
      expect(await listed(store.spans())).toEqual(
        spans.filter(({ traceId, id }) => traceId !== "sample-1" || id !== damaged.id),
      );
      expect(problems).toHaveLength(1);
    });

    it("are an error of whoever asks for that trace, and gone when it is written anew", async () => {
      await open(damage);
      for (const id of ["sample-1", "sample-2", "sample-3"]) {
        await expect(store.get(id)).rejects.toSatisfy(
          (error) => isError(error, "STORE_DAMAGED") && error.message.includes(id),
        );
      }
      expect(problems).toEqual([]);
      await store.put([1, 2, 3].map((number) => sampleTrace(number)));
      expect(await listed(store.traces())).toEqual(sampleTraces(5));
      expect(await store.check()).toEqual([]);
    });

    it("take no more than the tags from a list", async () => {
      await open("update hone_traces set tags = '[7]' where id = 'sample-1'");
      const { traces } = await store.query();
      expect(traces.map(({ id }) => id).toSorted()).toEqual(sampleTraces(5).map(({ id }) => id));
      expect(traces.find(({ id }) => id === "sample-1")!.tags).toEqual([]);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain("the tags of trace sample-1 cannot be read");
      expect(await store.get("sample-1")).toEqual(sampleTrace(1));
      expect(await store.check()).toHaveLength(1);
    });

    it("keep no other span from being written", async () => {
      await open(damage);
      const [first] = sampleTrace(1).spans;
      await store.append({ spans: [{ ...first!, error: { message: "late" } }] });
      await expect(store.get("sample-1")).rejects.toSatisfy((error) =>
        isError(error, "STORE_DAMAGED"),
      );
      const kept = (await listed(store.spans())).find(
        ({ traceId, id }) => traceId === "sample-1" && id === first!.id,
      );
      expect(kept?.error?.message).toBe("late");
    });
  });
}
