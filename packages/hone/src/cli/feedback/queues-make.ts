/** `hone queues make`: a queue of traces for people to judge. */
import { Option } from "commander";
import { type QueueKind, queueKinds } from "../../core/feedback-queue.ts";
import { defineCommand } from "../command.ts";
import { runsOption, seedOption, wholeNumber } from "../options.ts";
import { counted } from "../terminal/shown-text.ts";
import { addTraceOptions, filterOf, type TraceFlags } from "../traces/filter-options.ts";
import { storeAt } from "../traces/store-options.ts";

interface Flags extends TraceFlags {
  readonly runs: string;
  readonly kind: QueueKind;
  readonly size: number;
  readonly raters: number;
  readonly seed: number;
  readonly reasons?: string;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone queues make first --kind rate --agent planner",
    "npx hone queues make pairs --kind compare --raters 2",
  ],
  notes: [
    "rate: 1 to 5. thumbs: good or bad, with reasons. compare: the better of two",
    "answers to a task, without their names. correct: the right answer. Its items are",
    "drawn now, by --seed, and stay. People judge it in the browser: `npx hone ui`.",
  ],
  define: (command) =>
    void addTraceOptions(command.argument("<name>", "letters, digits, - and _"))
      .addOption(new Option("--kind <kind>", "what people do").choices(queueKinds).default("rate"))
      .option("--size <n>", "items at most", wholeNumber(1, 5000), 100)
      .option("--raters <n>", "people who judge each item", wholeNumber(1, 100), 1)
      .option("--reasons <list>", "reasons to offer with thumbs, with commas between")
      .addOption(seedOption("draws the items, and sides"))
      .addOption(runsOption()),
  run: async ({ values, flags, terminal }) => {
    const { withStore } = await import("../../app/traces/with-store.ts");
    const { makeQueue } = await import("../../app/feedback/queues/make-queue.ts");
    const { runs, kind, size, raters, seed, reasons } = flags;
    const queue = await withStore(storeAt(flags, terminal), (store) =>
      makeQueue(store, runs, {
        ...{ name: values[0]!, kind, filter: filterOf(flags), size, ratersPerItem: raters, seed },
        ...(reasons !== undefined && { reasons: reasons.split(",").map((one) => one.trim()) }),
      }),
    );
    const { name, items } = queue;
    terminal.tell(
      { name, kind, items: items.length },
      `${name}: ${counted(items.length, "item")} to judge; \`npx hone ui\`, People`,
    );
  },
});
