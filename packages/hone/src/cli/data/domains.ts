/** `hone domains`: the domains that there are, and their data as files. */
import { Option } from "commander";
import { HoneError } from "../../core/errors.ts";
import type { DomainData } from "../../app/domains/domain-data.ts";
import { defineCommand } from "../command.ts";
import { levelList, numberBetween, seedOption, wholeNumber } from "../options.ts";
import { tableText } from "../terminal/figures.ts";
import type { Terminal } from "../terminal/terminal.ts";

interface Flags {
  readonly out?: string;
  readonly rows: number;
  readonly split: "train" | "validation" | "test";
  readonly levels?: readonly number[];
  readonly mistakeRate?: number;
  readonly seed: number;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone domains",
    "npx hone domains business",
    "npx hone domains meetings data --out data/sft_training_data.csv",
    "npx hone domains math data --mistake-rate 0.2 --out math.jsonl",
  ],
  notes: [
    "Without arguments: a line for each domain. <name>: its levels, and problems as",
    "npx hone serve <model> --domain <name> takes them (POST /solve).",
    "<name> data: meetings as a table (input_text, target_probability, target_reason,",
    "ground_truth_prob); of any other domain its expert's episodes as conversations,",
    "which npx hone train sft --data reads. A .ts or .js file may be the domain.",
  ],
  define: (command) =>
    void command
      .argument("[domain]", "a domain's name, or your file")
      .argument("[what]", "data")
      .option("--out <file>", "where the data is written")
      .option("--rows <n>", "how many rows at most", wholeNumber(1), 1000)
      .addOption(
        new Option("--split <name>", "of the tasks; validation: meetings only")
          .choices(["train", "validation", "test"])
          .default("train"),
      )
      .option("--levels <list>", "difficulties of the expert's tasks, as 1,2; else 1", levelList)
      .option("--mistake-rate <n>", "share of its wrong actions; else 0", numberBetween(0, 1))
      .addOption(seedOption("decides what is drawn")),
  run: async ({ values, flags, terminal }) => {
    const [domain, what] = values;
    if (domain === undefined) return listDomains(terminal);
    if (what === undefined) return showDomain(domain, terminal);
    const { out, ...options } = flags;
    if (what !== "data" || out === undefined) {
      const problem =
        what === "data" ? "--out is needed" : `there is no ${what} of a domain; ${domain} data is`;
      throw new HoneError("USAGE_INVALID", { command: "npx hone domains", problem });
    }
    const { writeDomainData } = await import("../../app/domains/domain-data.ts");
    const written = await writeDomainData({ domain, out, ...options });
    const { rows, ceilings } = written;
    const lines = [`${rows} ${written.what} written to ${out}`, ...ceilingLines(ceilings)];
    terminal.tell({ ...written }, lines.join("\n"));
  },
});

const ceilingLines = (of: DomainData["ceilings"]): readonly string[] =>
  of === undefined
    ? []
    : [`at best right: ${shareText(of.text)} from the text, ${shareText(of.tools)} with all tools`];

const shareText = ({ accuracy }: { readonly accuracy: number }): string =>
  `${(100 * accuracy).toFixed(1)} %`;

async function listDomains(terminal: Terminal): Promise<void> {
  const { allDomainFacts } = await import("../../app/domains/domain-facts.ts");
  const domains = await allDomainFacts();
  const rows = domains.map(({ name, levels, examples }) => [
    name,
    String(levels),
    onOneLine(examples[0]!).slice(0, 76),
  ]);
  terminal.tell({ domains }, tableText([["domain", "levels", "a task"], ...rows]));
}

async function showDomain(name: string, terminal: Terminal): Promise<void> {
  const { domainFacts } = await import("../../app/domains/domain-facts.ts");
  const facts = await domainFacts(name);
  const { hasExpert, hasProblems, maxActions, examples } = facts;
  const rows = examples.map((text, place) => [String(place + 1), onOneLine(text)]);
  const lines = [
    `${name}: ${hasExpert ? "an expert" : "no expert"}, ${maxActions} actions at most`,
    tableText([["level", hasProblems ? "a problem" : "a task"], ...rows]),
    hasProblems
      ? `A problem in these words is answered by: npx hone serve <model> --domain ${name} (POST /solve)`
      : "It takes no problems of yours, so that npx hone serve has no /solve for it.",
  ];
  terminal.tell({ ...facts }, lines.join("\n"));
}

const onOneLine = (text: string): string => text.replaceAll(/\s+/g, " ");
