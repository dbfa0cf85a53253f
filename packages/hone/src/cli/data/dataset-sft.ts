/** `hone dataset sft`: sets to learn from, one for each tool of trajectories. */
import { Option } from "commander";
import { type SetWeightRule, setWeightRules } from "../../app/data/set-weight-rules.ts";
import { defineCommand } from "../command.ts";
import { addSetOptions, type SetFlags, setOptionsOf, tellSets } from "./dataset-options.ts";

interface Flags extends SetFlags {
  readonly templates?: string;
  readonly tool?: string;
  readonly weighting?: SetWeightRule;
}

export const command = defineCommand<Flags>({
  examples: ['npx hone dataset sft "data/unified/*/*.json" --out data/sft'],
  notes: [
    "Writes <out>/<tool>/train.jsonl, validation.jsonl, test.jsonl and README.md.",
    'Templates: a YAML file of tool: { system, prompt, completion }; "*" is for other',
    "tools. Placeholders: {question} {context} {history} {thought} {arguments}",
    "{reply} {observation} {answer} (docs/trajectories.md). Rules of --weighting are",
    "those of npx hone train weighted; train sft reads the weights.",
  ],
  otherFlags: { "--unified-glob": "", "--unified": "", "--out-dir": "--out" },
  define: (command) =>
    void addSetOptions(command)
      .option("--templates <file>", "what is prompt, what is learned")
      .option("--tool <name>", "the steps of this tool alone")
      .addOption(
        new Option("--weighting <text>", "gives rows weights by rewards").choices(setWeightRules),
      ),
  run: async ({ values, flags, terminal, signal }) => {
    const { makeSftSets } = await import("../../app/data/make-sets.ts");
    const { templates, tool, weighting: weights } = flags;
    const common = setOptionsOf(values, flags, { terminal, signal });
    tellSets(await makeSftSets({ ...common, templates, tool, weights }), terminal);
  },
});
