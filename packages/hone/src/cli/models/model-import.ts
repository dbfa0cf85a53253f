/** `hone model import`: writes a GGUF file as a Hugging Face folder. */
import { basename, join } from "node:path";
import { shortPath } from "../../app/training/run-figures.ts";
import { defineCommand } from "../command.ts";
import { replaceOption } from "../options.ts";
import { countText } from "../terminal/figures.ts";

interface Flags {
  readonly out?: string;
  readonly replace?: boolean;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone model import SmolLM2-135M-Instruct.Q4_1.gguf",
    "npx hone model import qwen2.5-0.5b-q4_k_m.gguf --out models/qwen",
  ],
  notes: [
    "Weights become F32: 4 bytes for each parameter, however small the file is.",
    "A .gguf file named as a model is imported once into the cache.",
  ],
  define: (command) =>
    void command
      .argument("<file>", "a .gguf file of the families llama, qwen2, qwen3, gemma3")
      .option("--out <folder>", "where the folder is written (models/<name of the file>)")
      .addOption(replaceOption()),
  run: async ({ values, flags, terminal, signal }) => {
    const { importGguf } = await import("../../app/models/model-folders.ts");
    const file = values[0]!;
    const { out = join("models", basename(file, ".gguf")), replace = false } = flags;
    const made = await importGguf(file, out, { replace, signal, onProgress: terminal.progress });
    for (const warning of made.warnings) terminal.warn(warning.message);
    const { folder, architecture, parameterCount, storedTypes, hasChatTemplate } = made;
    const types = Object.keys(storedTypes).join(", ");
    const template = hasChatTemplate ? "" : "\n  it has no chat template";
    terminal.tell(
      { folder, architecture, parameterCount, storedTypes, hasChatTemplate },
      `${shortPath(folder)}: ${architecture}, ${countText(parameterCount)} parameters, stored as ${types}${template}\n  → npx hone chat ${shortPath(folder)}`,
    );
  },
});
