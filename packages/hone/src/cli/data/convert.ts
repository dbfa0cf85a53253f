/** `hone convert`: trajectories from one form into another. */
import { Option } from "commander";
import type { TrajectoryTarget } from "../../app/data/convert-trajectories.ts";
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
    "npx hone convert sqlite:./hone.db --format chat --out chats.jsonl",
  ],
  notes: [
    "Reads chats (OpenAI, TRL, ShareGPT), traces of a file or a store, and unified",
    "trajectories; docs/trajectories.md says what each form holds. A .jsonl file is",
    "written whole or not at all; a .json file holds one trajectory; another name is",
    "a folder with a file for each. Conversations that are no trajectory are counted.",
  ],
  define: (command) =>
    void command
      .argument("<sources...>", 'files, patterns in quotes ("raw/*.json"), stores')
      .addOption(
        new Option("--format <format>", "of what is written")
          .choices(["unified", "chat", "traces"])
          .default("unified"),
      )
      .option("--domain <name>", "the field of what says none", "general")
      .requiredOption("--out <path>", "a .jsonl or .json file, or a folder"),
  run: async ({ values, flags, terminal, signal }) => {
    const { convertTrajectories } = await import("../../app/data/convert-trajectories.ts");
    const { format: to, domain, out } = flags;
    const { progress: onProgress } = terminal;
    const report = await convertTrajectories({
      ...{ sources: values, to, domain, out, signal, onProgress },
    });
    const { trajectories, steps, leftOut, dropped } = report;
    terminal.tell(
      { ...report },
      [
        `${trajectories === 1 ? "1 trajectory" : `${trajectories} trajectories`}, ${counted(steps, "step")} written to ${out}`,
        ...leftOut.map(
          ({ reason, count, first }) => `  ${count} left out: ${reason}, the first is ${first}`,
        ),
        ...(dropped === "" ? [] : [`  this form has no place for ${dropped}`]),
      ].join("\n"),
    );
  },
});
