/** `hone queues list`: the queues of traces that people judge, and how far each is. */
import { defineCommand } from "../command.ts";
import { runsOption } from "../options.ts";
import { counted, shownLine } from "../terminal/shown-text.ts";
import { type StoreFlags, storeAt, storeOption } from "../traces/store-options.ts";

interface Flags extends StoreFlags {
  readonly runs: string;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone queues list", "npx hone queues list --json"],
  notes: [
    "People judge a queue in the browser: `npx hone ui`, People. --json: the queues,",
    "and the problems of those that cannot be read, in which case the exit code is 1.",
  ],
  define: (command) => void command.addOption(runsOption()).addOption(storeOption()),
  run: async ({ flags, terminal }) => {
    const { withStore } = await import("../../app/traces/with-store.ts");
    const { queueDesk } = await import("../../app/feedback/queues/queue-desk.ts");
    const { runs } = flags;
    const { queues, problems } = await withStore(storeAt(flags, terminal), (store) =>
      queueDesk({ store, runs }).list(),
    );
    const lines = queues.map(({ name, kind, done, items, raters, openConflicts }) =>
      [
        `${name}  ${kind}  ${done} of ${items} judged`,
        ...(raters.length === 0
          ? []
          : [`by ${raters.map(({ name: who }) => shownLine(who)).join(", ")}`]),
        ...(openConflicts === 0 ? [] : [counted(openConflicts, "open conflict")]),
      ].join("  "),
    );
    const none = `no queue in ${runs}; \`npx hone queues make <name>\` makes one`;
    terminal.tell({ queues, problems }, lines.length === 0 ? none : lines.join("\n"));
    for (const problem of problems) terminal.warn(problem);
    return problems.length === 0 ? 0 : 1;
  },
});
