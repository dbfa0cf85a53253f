import { afterAll, beforeAll } from "vitest";
import { traceStoreContract } from "../testing/trace-store-contract.ts";
import { startPostgres, type TestPostgres } from "./postgres-fixture.ts";
import { openPostgresStore } from "./postgres-store.ts";

let server: TestPostgres;
let url = "";
beforeAll(async () => {
  server = await startPostgres(["fsync=off"]);
});
afterAll(() => server.stop());

traceStoreContract("postgres", {
  open: async () => {
    url = await server.freshUrl();
    return openPostgresStore(url);
  },
  reopen: () => openPostgresStore(url),
});
