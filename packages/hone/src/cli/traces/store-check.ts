/** `hone store check`: reports what is wrong with a store. */
import { HoneError } from "../../core/errors.ts";
import { shownAddress } from "../../core/shown-address.ts";
import { defineCommand } from "../command.ts";
import { counted } from "../terminal/shown-text.ts";
import { addStoreArgument, storeArgument, type StoreFlags } from "./store-options.ts";

export const command = defineCommand<StoreFlags>({
  examples: ["npx hone store check sqlite:./hone.db", "npx hone store check files:./rl_data"],
  notes: ["Nothing is changed."],
  exitCode: "1 when something is wrong",
  define: (command) => void addStoreArgument(command),
  run: async ({ values, flags, terminal }) => {
    const { checkStore } = await import("../../app/traces/store-work.ts");
    const { store, traces, problems } = await checkStore(
      storeArgument("store check", values, flags),
    );
    for (const { code, facts, message } of problems) {
      terminal.tell({ event: "problem", code, facts }, message);
    }
    if (problems.length > 0) {
      const problem = `${problems.length} of its parts are not as they should be; it lists ${counted(traces, "trace")}`;
      throw new HoneError("STORE_DAMAGED", { store, problem });
    }
    const what = `${shownAddress(store)}: ${counted(traces, "trace")}, nothing is wrong`;
    terminal.tell({ store: shownAddress(store), traces, problems: 0 }, what);
  },
});
