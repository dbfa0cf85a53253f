/** `hone adapter export`: saves a run's adapter as PEFT files. */
import { shortPath } from "../../app/training/run-figures.ts";
import { defineCommand } from "../command.ts";
import { checkpointOption, replaceOption, runsOption } from "../options.ts";
import { countText } from "../terminal/figures.ts";

interface Flags {
  readonly out: string;
  readonly base?: string;
  readonly checkpoint?: string;
  readonly runs: string;
  readonly replace?: boolean;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone adapter export 7f3a --out solver --base Qwen/Qwen3-0.6B"],
  define: (command) =>
    void command
      .argument("<run>", "a run, a checkpoint's folder, or an adapter's folder")
      .requiredOption("--out <folder>", "where the adapter is written")
      .option("--base <name>", "the base model's name in adapter_config.json (as it is)")
      .addOption(checkpointOption())
      .addOption(replaceOption())
      .addOption(runsOption()),
  run: async ({ values, flags, terminal, signal }) => {
    const { findModel } = await import("../../app/models/find-model.ts");
    const { exportAdapter } = await import("../../app/models/export-adapter.ts");
    const { out, base, replace = false, ...rest } = flags;
    const onProgress = terminal.progress;
    const found = await findModel(values[0]!, { ...rest, signal, onProgress, withoutBase: true });
    for (const notice of found.notices) terminal.warn(notice);
    const options = { replace, ...(base === undefined ? {} : { baseModel: base }) };
    const saved = await exportAdapter(found, out, options);
    const facts = `rank ${saved.rank}, ${countText(saved.parameterCount)} parameters`;
    terminal.tell({ ...saved }, `${shortPath(out)}: ${facts}, for ${saved.baseModel}`);
  },
});
