/** `hone traces list`: lists the traces of a store, a page at a time. */
import { hasConditions } from "../../core/trace-query.ts";
import { shownAddress } from "../../core/shown-address.ts";
import { defineCommand } from "../command.ts";
import { addTraceOptions, filterOf } from "./filter-options.ts";
import { addPage, nextLine, type PageFlags, pageQuery } from "./page-options.ts";
import { storeAt, storeOf } from "./store-options.ts";
import { traceTable } from "./trace-table.ts";

export const command = defineCommand<PageFlags>({
  examples: [
    "npx hone traces list",
    "npx hone traces list --agent planner --from 7d --order reward",
  ],
  notes: [
    "Ids may be shortened, here and in all commands, as long as they fit one trace.",
    "A trace that runs and was silent for a minute says when it was last seen: its",
    "process may be gone. Rewards of people and judges say so: they are on scales of",
    "their own. --json: a line for each trace, then {traces, next}.",
  ],
  define: (command) => void addPage(addTraceOptions(command)),
  run: async ({ flags, terminal }) => {
    const { listPage } = await import("../../app/traces/read-traces.ts");
    const at = storeAt(flags, terminal);
    const { traces, next, quiet, sources } = await listPage(at, pageQuery(flags));
    for (const trace of traces) {
      const lastSeen = quiet.get(trace.id);
      const rewardSource = sources.get(trace.id);
      terminal.emit({
        ...{ event: "trace", ...trace },
        ...(rewardSource !== undefined && { rewardSource }),
        ...(lastSeen !== undefined && { lastSeen }),
      });
    }
    terminal.emit({ traces: traces.length, ...(next === undefined ? {} : { next }) });
    if (traces.length === 0) {
      const isAll = !hasConditions(filterOf(flags));
      return terminal.say(
        isAll
          ? `no traces in ${shownAddress(storeOf(flags))}\n  → npx hone record -- node app.js`
          : "no trace is like that",
      );
    }
    for (const line of traceTable(traces, terminal, { quiet, sources })) terminal.say(line);
    if (next !== undefined) terminal.say(`next: ${nextLine("traces list", [], flags, next)}`);
  },
});
