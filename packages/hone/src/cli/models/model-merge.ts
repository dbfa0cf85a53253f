/** `hone model merge`: saves a model and its adapter as one model. */
import { shortPath } from "../../app/training/run-figures.ts";
import { defineCommand } from "../command.ts";
import { adapterOption, checkpointOption, replaceOption, runsOption } from "../options.ts";

interface Flags {
  readonly out: string;
  readonly adapter?: string;
  readonly checkpoint?: string;
  readonly runs: string;
  readonly replace?: boolean;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone model merge 7f3a --out models/solver",
    "npx hone model merge Qwen/Qwen3-0.6B --adapter 91c0 --out models/solver",
  ],
  notes: ["The result is an ordinary model folder with weights in F32."],
  define: (command) =>
    void command
      .argument("<model>", "an adapter or a run; or the base, with --adapter")
      .requiredOption("--out <folder>", "where the merged model is written")
      .addOption(adapterOption())
      .addOption(checkpointOption())
      .addOption(replaceOption())
      .addOption(runsOption()),
  run: async ({ values, flags, terminal, signal }) => {
    const { findModel } = await import("../../app/models/find-model.ts");
    const { mergeModel } = await import("../../app/models/merge-model.ts");
    const { out, replace = false, ...rest } = flags;
    const onProgress = terminal.progress;
    const found = await findModel(values[0]!, { ...rest, signal, onProgress });
    for (const notice of found.notices) terminal.warn(notice);
    const adapter = found.adapter ?? found.checkpoint?.name;
    await mergeModel(found, out, { replace, signal, onProgress });
    terminal.tell(
      { folder: out, base: found.folder, adapter, checkpoint: found.checkpoint?.name },
      [
        `${shortPath(out)}: ${adapter === undefined ? "" : shortPath(adapter)} merged into ${shortPath(found.folder)}`,
        `  → npx hone chat ${shortPath(out)}`,
      ].join("\n"),
    );
  },
});
