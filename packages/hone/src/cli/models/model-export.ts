/** `hone model export`: writes a model, a run or an adapter as a GGUF file. */
import { Option } from "commander";
import type { ExportType } from "../../app/models/export-gguf.ts";
import { defineCommand } from "../command.ts";
import { adapterOption, checkpointOption, modelArgument, runsOption } from "../options.ts";
import { bytesText } from "../terminal/figures.ts";

interface Flags {
  readonly gguf: ExportType;
  readonly out: string;
  readonly adapterOnly?: boolean;
  readonly adapter?: string;
  readonly checkpoint?: string;
  readonly runs: string;
}

/** As `exportTypes` of the engine, which help does not load; the types must agree. */
const types: readonly ExportType[] = ["f32", "f16", "bf16", "q8_0"];

export const command = defineCommand<Flags>({
  examples: [
    "npx hone model export 7f3a --gguf q8_0 --out solver.gguf",
    "npx hone model export 7f3a --gguf f32 --adapter-only --out lora.gguf",
  ],
  notes: [
    "An adapter is folded into the weights.",
    "--adapter-only writes it alone, for llama.cpp's --lora.",
    "A Modelfile is written beside the file, for ollama create -f Modelfile.",
  ],
  define: (command) =>
    void command
      .addArgument(modelArgument())
      .addOption(
        new Option("--gguf <type>", "how matrices are stored; an adapter alone is always f32")
          .choices(types)
          .makeOptionMandatory(),
      )
      .requiredOption("--out <file>", "where the .gguf file is written")
      .option("--adapter-only", "write the adapter alone")
      .addOption(adapterOption())
      .addOption(checkpointOption())
      .addOption(runsOption()),
  run: async ({ values, flags, terminal, signal }) => {
    const { findModel } = await import("../../app/models/find-model.ts");
    const { exportModel } = await import("../../app/models/export-gguf.ts");
    const { gguf: type, out, adapterOnly = false, ...rest } = flags;
    const onProgress = terminal.progress;
    const found = await findModel(values[0]!, { ...rest, signal, onProgress });
    for (const notice of found.notices) terminal.warn(notice);
    const made = await exportModel(found, { type, out, adapterOnly, signal, onProgress });
    for (const warning of made.warnings) terminal.warn(warning.message);
    const { file, modelfile, bytes } = made;
    terminal.tell(
      { file, modelfile, bytes },
      `${file}: ${bytesText(bytes)}\n  → llama-cli -m ${file}\n  → ollama create my-model -f ${modelfile}`,
    );
  },
});
