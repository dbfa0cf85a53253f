import { afterAll, beforeAll } from "vitest";
import { traceStoreContract } from "../../testing/trace-store-contract.ts";
import { rolloutQueueContract } from "../../testing/rollout-queue-contract.ts";
import { startPostgres, type TestPostgres } from "../fixtures/postgres-fixture.ts";
import { openPostgresQueue, openPostgresStore } from "./postgres-store.ts";

let server: TestPostgres;
let url = "";
beforeAll(async () => {
  server = await startPostgres(["fsync=off"]);
  url = await server.freshUrl();
  // Its tables are made once, and emptied for each test.
  await (await openPostgresStore(url)).close();
});
afterAll(() => server.stop());

traceStoreContract("postgres", {
  open: async () => {
    await server.empty(url);
    return openPostgresStore(url);
  },
  reopen: () => openPostgresStore(url),
});

rolloutQueueContract("postgres", {
  open: async (clock) => {
    await server.empty(url);
    return openPostgresQueue(url, { clock });
  },
  join: (clock) => openPostgresQueue(url, { clock }),
});
