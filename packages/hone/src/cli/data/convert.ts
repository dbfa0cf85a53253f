/** `hone convert`: trajectories from one form into another. */
import { Option } from "commander";
import type { ConvertReport } from "../../app/data/convert-trajectories.ts";
import {
  trajectoryForms,
  type TrajectoryTarget,
  trajectoryTargets,
} from "../../app/data/trajectory-forms.ts";
import { defineCommand } from "../command.ts";
import { counted } from "../terminal/shown-text.ts";

interface Flags {
  readonly format: TrajectoryTarget;
  readonly domain: string;
  readonly out: string;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone convert chats.jsonl --domain support --out trajectories.jsonl",
    'npx hone convert "raw/*.traj.json" --domain mhqa --out data/unified',
    "npx hone convert sqlite:./hone.db --format chat --out chats.parquet",
  ],
  notes: [
    "Reads JSON lines and lists, CSV and Parquet files, and stores, in every form",
    "below; docs/trajectories.md says what each holds. A .jsonl, .parquet or .csv",
    "file is written whole or not at all; a .json file holds one trajectory; another",
    "name is a folder with a file for each. What is left out is counted, by reason.",
    "",
    "Forms:",
    ...trajectoryTargets.map((name) => `  ${name.padEnd(18)} ${trajectoryForms[name].summary}`),
  ],
  otherFlags: { "--trajectory-glob": "" },
  define: (command) =>
    void command
      .argument("<sources...>", 'files, patterns in quotes ("raw/*.json"), stores')
      .addOption(
        new Option("--format <format>", "of what is written")
          .choices(trajectoryTargets)
          .default("unified"),
      )
      .option("--domain <name>", "the field of what says none", "general")
      .requiredOption("--out <path>", "a .jsonl, .parquet, .csv or .json file, or a folder"),
  run: async ({ values, flags, terminal, signal }) => {
    const { convertTrajectories } = await import("../../app/data/convert-trajectories.ts");
    const { format: to, domain, out } = flags;
    const { progress: onProgress } = terminal;
    const report = await convertTrajectories({
      ...{ sources: values, to, domain, out, signal, onProgress },
    });
    const { trajectories, steps, rows, leftOut, dropped } = report;
    const asRows = rows === trajectories ? "" : ` as ${counted(rows, "row")}`;
    terminal.tell(
      { ...report },
      [
        `${trajectories === 1 ? "1 trajectory" : `${trajectories} trajectories`}, ${counted(steps, "step")}${asRows} written to ${out}`,
        ...leftOut.map(
          ({ reason, count, first }) => `  ${count} left out: ${reason}, the first is ${first}`,
        ),
        ...droppedLines(dropped, trajectories),
      ].join("\n"),
    );
  },
});

/** What the form had no place for: parts that every trajectory has in one list, others with their count. */
function droppedLines(dropped: ConvertReport["dropped"], all: number): readonly string[] {
  const parts = Object.entries(dropped);
  const named = parts.map(([name, count]) => (count === all ? name : `${name} (of ${count})`));
  return named.length === 0 ? [] : [`  no place in this form for ${named.join(", ")}`];
}
