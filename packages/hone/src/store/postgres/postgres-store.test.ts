import { beforeAll } from "vitest";
import { traceStoreContract } from "../../testing/trace-store-contract.ts";
import { rolloutQueueContract } from "../../testing/rollout-queue-contract.ts";
import type { TestSchemas } from "../fixtures/postgres-fixture.ts";
import { sharedPostgres } from "../../../../../test/doubles/shared-postgres.ts";
import { openPostgresQueue, openPostgresStore } from "./postgres-store.ts";

let server: TestSchemas;
let url = "";
beforeAll(async () => {
  server = await sharedPostgres();
  url = await server.freshUrl();
  // Its tables are made once, and emptied for each test.
  await (await openPostgresStore(url)).close();
});

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
