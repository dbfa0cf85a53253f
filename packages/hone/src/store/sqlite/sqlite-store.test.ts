import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { traceStoreContract } from "../../testing/trace-store-contract.ts";
import { rolloutQueueContract } from "../../testing/rollout-queue-contract.ts";
import { openSqliteQueue, openSqliteStore } from "./sqlite-store.ts";

let folder = "";
const file = () => join(folder, "hone.db");

traceStoreContract("sqlite", {
  open: async () => {
    folder = await mkdtemp(join(tmpdir(), "hone-sqlite-"));
    return openSqliteStore(file());
  },
  reopen: () => openSqliteStore(file()),
  clean: () => rm(folder, { recursive: true, force: true }),
});

rolloutQueueContract("sqlite", {
  open: async (clock) => {
    folder = await mkdtemp(join(tmpdir(), "hone-sqlite-"));
    return openSqliteQueue(file(), { clock });
  },
  join: (clock) => openSqliteQueue(file(), { clock }),
  clean: () => rm(folder, { recursive: true, force: true }),
});
