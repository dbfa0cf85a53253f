/** A PEFT adapter as a GGUF file, which llama.cpp puts on its base model (`--lora`). */
import { basename, join } from "node:path";
import { writeFileWhole } from "../../formats/whole-write.ts";
import { adapterConfig } from "../lora/adapter-files.ts";
import { loraScale } from "../lora/lora.ts";
import { readArchitecture } from "../models/models.ts";
import { openModelFolder } from "../weights/model-folder.ts";
import { readAdapter } from "../weights/peft.ts";
import { writeGguf, type WrittenTensor, type WrittenValue } from "./gguf-writer.ts";
import { modelfile, modelfilePath } from "./modelfile.ts";
import { ggufName, interleavedHeads, interleaveHeads } from "./tensor-names.ts";

/**
 * Writes an adapter's factors, A and B of each module, in F32, and a Modelfile that names a base model of Ollama's.
 *
 * llama.cpp scales B·A by alpha / rank. An adapter with rsLoRA is scaled by alpha / √rank, so the file holds the alpha that gives
 * the same product.
 *
 * @param options.base what the Modelfile names as the base model: an absolute path, or a model of Ollama's
 * @throws what opening the model and the adapter throws; DISK_FULL, WRITE_FAILED
 */
export async function exportAdapterGguf({
  model,
  adapter,
  out,
  base,
}: {
  readonly model: string;
  readonly adapter: string;
  readonly out: string;
  readonly base: string;
}): Promise<{ readonly file: string; readonly modelfile: string; readonly bytes: number }> {
  const folder = await openModelFolder(model);
  const architecture = readArchitecture(folder.config, join(model, "config.json"));
  const files = await readAdapter(adapter);
  const alpha = loraScale(adapterConfig(architecture, files, adapter)) * files.rank;
  const metadata = new Map<string, WrittenValue>([
    ["general.architecture", { type: "text", value: architecture.family }],
    ["general.type", { type: "text", value: "adapter" }],
    ["general.name", { type: "text", value: basename(out, ".gguf") }],
    ["adapter.type", { type: "text", value: "lora" }],
    ["adapter.lora.alpha", { type: "f32", value: alpha }],
  ]);
  const tensors = [...files.tensors].flatMap(
    ([path, { a, b, inputs, outputs }]): WrittenTensor[] => {
      const weight = `${path}.weight`;
      const name = ggufName(architecture, weight);
      const heads = interleavedHeads(architecture, weight);
      // Rows of W are rows of B, so that B takes the order of W's rows.
      const rows = heads === undefined ? b : interleaveHeads(b, outputs, heads);
      return [
        { name: `${name}.lora_a`, shape: [files.rank, inputs], type: "F32", data: async () => a },
        {
          name: `${name}.lora_b`,
          shape: [outputs, files.rank],
          type: "F32",
          data: async () => rows,
        },
      ];
    },
  );
  const bytes = await writeGguf(out, metadata, tensors);
  await writeFileWhole(
    modelfilePath(out),
    modelfile({ from: base, adapter: `./${basename(out)}`, stops: [] }),
  );
  return { file: out, modelfile: modelfilePath(out), bytes };
}
