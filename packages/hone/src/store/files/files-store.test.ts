import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { traceStoreContract } from "../../testing/trace-store-contract.ts";
import { filesStore } from "./files-store.ts";

let folder = "";

traceStoreContract("files", {
  open: async () => {
    folder = await mkdtemp(join(tmpdir(), "hone-files-"));
    return filesStore(folder);
  },
  reopen: async () => filesStore(folder),
  clean: () => rm(folder, { recursive: true, force: true }),
});
