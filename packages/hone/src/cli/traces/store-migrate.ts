/** `hone store migrate`: brings a store's schema to the version of this build. */
import { listStores } from "../../app/stores.ts";
import { defineCommand } from "../command.ts";
import { addStoreArgument, storeArgument, type StoreFlags } from "./store-options.ts";

export const command = defineCommand<StoreFlags>({
  examples: ["npx hone store migrate sqlite:./hone.db"],
  notes: [
    "Opening a store does the same; this does it before the first use.",
    "A store of a newer version is left as it is. Trees of files need no migration.",
  ],
  define: (command) =>
    void addStoreArgument(
      command,
      listStores("form", ({ migrate }) => migrate !== undefined),
    ),
  run: async ({ values, flags, terminal }) => {
    const { migrateStore } = await import("../../app/open-store.ts");
    const report = await migrateStore(storeArgument("store migrate", values, flags));
    if (report === undefined) return terminal.tell({ migrated: false }, "nothing to migrate");
    const { from, to } = report;
    const text = from === to ? `version ${to} already` : `from version ${from} to ${to}`;
    terminal.tell({ migrated: from !== to, from, to }, text);
  },
});
