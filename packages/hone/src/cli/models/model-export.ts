/** `hone model export`: writes a model, a run or an adapter as a GGUF file. */
import { Option } from "commander";
import type { ExportType } from "../../app/models/export-gguf.ts";
import { shortPath } from "../../app/training/run-figures.ts";
import { defineCommand } from "../command.ts";
import {
  adapterOption,
  checkpointOption,
  modelArgument,
  replaceOption,
  runsOption,
} from "../options.ts";
import { bytesText } from "../terminal/figures.ts";

interface Flags {
  readonly gguf: ExportType;
  readonly out: string;
  readonly adapterOnly?: boolean;
  readonly adapter?: string;
  readonly checkpoint?: string;
  readonly runs: string;
  readonly replace?: boolean;
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
    "solver.Modelfile is written beside solver.gguf, for ollama create -f.",
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
      .addOption(runsOption())
      .addOption(replaceOption("files of these names")),
  run: async ({ values, flags, terminal, signal }) => {
    const { findModel } = await import("../../app/models/find-model.ts");
    const { exportModel } = await import("../../app/models/export-gguf.ts");
    const { gguf: type, out, adapterOnly = false, replace = false, ...rest } = flags;
    const onProgress = terminal.progress;
    const found = await findModel(values[0]!, { ...rest, signal, onProgress });
    for (const notice of found.notices) terminal.warn(notice);
    const made = await exportModel(found, { type, out, adapterOnly, replace, signal, onProgress });
    for (const warning of made.warnings) terminal.warn(warning.message);
    const { file, modelfile, bytes } = made;
    terminal.tell(
      { file, modelfile, bytes },
      [
        `${file}: ${bytesText(bytes)}`,
        ...(adapterOnly ? onItsBase(file, found.folder) : [`llama-cli -m ${file}`]),
        `ollama create my-model -f ${modelfile}`,
      ].join("\n  → "),
    );
  },
});

/** How llama.cpp runs an adapter: on its base model, which must be a GGUF file, too. */
const onItsBase = (file: string, base: string): readonly string[] => [
  `npx hone model export ${shortPath(base)} --gguf f16 --out base.gguf`,
  `llama-cli -m base.gguf --lora ${file}`,
];
