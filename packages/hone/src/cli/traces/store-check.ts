/** `hone store check`: what is wrong with a store. */
import { HoneError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { storeArgument, storeOf } from "./trace-options.ts";

export const command = defineCommand({
  examples: ["npx hone store check sqlite:./hone.db", "npx hone store check files:./rl_data"],
  notes: ["Nothing is changed."],
  exitCode: "1 when something is wrong",
  define: (command) => void command.argument("[store]", storeArgument()),
  run: async ({ values, terminal }) => {
    const { checkStore } = await import("../../app/traces/store-work.ts");
    const { store, problems } = await checkStore(storeOf({ store: values[0] }));
    for (const { code, facts, message } of problems) {
      terminal.tell({ event: "problem", code, facts }, message);
    }
    if (problems.length > 0) {
      const problem = `${problems.length} of its parts are not as they should be`;
      throw new HoneError("STORE_DAMAGED", { store, problem });
    }
    terminal.tell({ problems: 0 }, "nothing is wrong");
  },
});
