/** `hone traces delete`: deletes traces of a store. */
import { HoneError } from "../../core/errors.ts";
import { hasConditions } from "../../core/trace-query.ts";
import { defineCommand } from "../command.ts";
import { isAgreed, yesNote, yesOption } from "../confirm.ts";
import { counted } from "../terminal/shown-text.ts";
import { addFilter, filterOf, type TraceFlags } from "./filter-options.ts";
import { storeAt, storeOption } from "./store-options.ts";

interface Flags extends TraceFlags {
  readonly all?: boolean;
  readonly yes?: boolean;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone traces delete 4bf92f3577 9c1d02aa41",
    "npx hone traces delete --status failed --to 30d --yes",
  ],
  notes: ["When an id fits no trace or several, all stay. --json: {deleted}.", yesNote],
  define: (command) =>
    void addFilter(
      command
        .argument("[ids...]", "or the beginnings of them")
        .addOption(storeOption())
        .option("--all", "every trace of the store")
        .addOption(yesOption()),
    ),
  run: async ({ values, flags, terminal, signal }) => {
    const filter = filterOf(flags);
    const { all = false, yes = false } = flags;
    const ways = [values.length > 0, hasConditions(filter), all].filter(Boolean).length;
    if (ways !== 1) refuse("give either ids, or conditions such as --status failed, or --all");
    const { deleteFromStore } = await import("../../app/traces/store-work.ts");
    const chosen = values.length > 0 ? { beginnings: values } : { filter };
    const deleted = await deleteFromStore(storeAt(flags, terminal), chosen, {
      isAgreed: async (count) =>
        yes ||
        isAgreed({
          command: "npx hone traces delete",
          what: counted(count, "trace"),
          terminal,
          signal,
        }),
      signal,
      onProgress: terminal.progress,
    });
    if (deleted === undefined) return terminal.tell({ deleted: 0 }, "nothing deleted");
    terminal.tell({ deleted }, `${counted(deleted, "trace")} deleted`);
  },
});

function refuse(problem: string): never {
  throw new HoneError("USAGE_INVALID", { command: "npx hone traces delete", problem });
}
