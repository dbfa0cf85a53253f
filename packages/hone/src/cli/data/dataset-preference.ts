/** `hone dataset preference`: pairs of trajectories of one task. */
import { defineCommand } from "../command.ts";
import { numberBetween } from "../options.ts";
import { addSetOptions, type SetFlags, setOptionsOf, tellSets } from "./dataset-options.ts";

interface Flags extends SetFlags {
  readonly minMargin: number;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone dataset preference sqlite:./hone.db --out pairs"],
  notes: [
    "Of the trajectories of a task the best is paired with the worst, the second",
    "best with the second worst, and so on, while their rewards differ enough.",
    "Writes train.jsonl, validation.jsonl, test.jsonl (TRL's form) and README.md;",
    "npx hone train dpo --data pairs/train.jsonl learns them.",
  ],
  define: (command) =>
    void addSetOptions(command).option(
      "--min-margin <n>",
      "least difference of two rewards",
      numberBetween(1e-9, 1e9),
      1e-9,
    ),
  run: async ({ values, flags, terminal, signal }) => {
    const { makePreferenceSet } = await import("../../app/data/make-sets.ts");
    const common = setOptionsOf(values, flags, { terminal, signal });
    tellSets(await makePreferenceSet({ ...common, minMargin: flags.minMargin }), terminal);
  },
});
