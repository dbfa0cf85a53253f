/** `hone queues show`: how far a queue is, how much its raters agree, and how it is learned. */
import type { UiQueueDetails } from "../../app/feedback/queues/queue-desk.ts";
import { defineCommand } from "../command.ts";
import { runsOption } from "../options.ts";
import { factsText } from "../terminal/figures.ts";
import { counted, shownLine } from "../terminal/shown-text.ts";
import { type StoreFlags, storeAt, storeOption } from "../traces/store-options.ts";

interface Flags extends StoreFlags {
  readonly runs: string;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone queues show first", "npx hone queues show first --json"],
  notes: [
    "Agreement: Krippendorff's alpha of all raters (ordinal for rate, else nominal),",
    "and Cohen's kappa of each two (with quadratic weights for rate). 1 is perfect, 0",
    "what chance gives, – where it is not defined.",
  ],
  define: (command) =>
    void command.argument("<name>", "its name").addOption(runsOption()).addOption(storeOption()),
  run: async ({ values, flags, terminal }) => {
    const { withStore } = await import("../../app/traces/with-store.ts");
    const { queueDesk } = await import("../../app/feedback/queues/queue-desk.ts");
    const queue = await withStore(storeAt(flags, terminal), (store) =>
      queueDesk({ store, runs: flags.runs }).show(values[0]!),
    );
    terminal.tell({ ...queue }, textOf(queue));
  },
});

function textOf(queue: UiQueueDetails): string {
  const { name, kind, items, done, raters, openConflicts, agreement, trainings } = queue;
  return [
    `${name}  ${kind}  ${done} of ${items} judged`,
    factsText([
      ...raters.map(
        ({ name: who, judged }) => [shownLine(who), counted(judged, "judgement")] as const,
      ),
      ...(agreement === undefined ? [] : agreementFacts(agreement)),
      ["conflicts", `${openConflicts} open of ${queue.conflicts.length}`],
    ]),
    "train on it:",
    ...trainings.flatMap(({ commands }) => commands.map((line) => `  ${line}`)),
  ].join("\n");
}

const agreementFacts = ({
  alpha,
  scale,
  judgedTwice,
  pairs,
}: NonNullable<UiQueueDetails["agreement"]>): (readonly [string, string])[] => [
  ["alpha", `${coefficient(alpha)}  (${scale}, ${judgedTwice} judged by two or more)`],
  ...pairs.map(
    ({ raters, items, kappa }) =>
      [
        `kappa of ${raters.map(shownLine).join(", ")}`,
        `${coefficient(kappa)}  (${counted(items, "item")})`,
      ] as const,
  ),
];

const coefficient = (value: number | undefined): string =>
  value === undefined ? "–" : value.toFixed(3);
