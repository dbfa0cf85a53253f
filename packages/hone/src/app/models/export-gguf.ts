/** A model, a run or an adapter as a GGUF file for llama.cpp and Ollama. */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { makeFolders } from "../../formats/make-folders.ts";
import { exportAdapterGguf } from "../../engine/gguf/export-adapter-gguf.ts";
import { type ExportedGguf, exportGguf, type ExportType } from "../../engine/gguf/export-gguf.ts";
import { modelfilePath } from "../../engine/gguf/modelfile.ts";
import type { OnProgress } from "../../core/progress.ts";
import { adapterFiles, type FoundModel, wholeModel } from "./find-model.ts";

export type { ExportType } from "../../engine/gguf/export-gguf.ts";

/** How a model is exported. */
export interface ExportModelOptions {
  /** How matrices are stored. */
  readonly type: ExportType;
  /** The path of the .gguf file. */
  readonly out: string;
  /** Write the adapter alone, for llama.cpp's `--lora`. Default false: it is folded into the weights. */
  readonly adapterOnly?: boolean;
  /** Replace files that are there. Default false: they are an error. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/**
 * Writes what was found as a GGUF file, with a Modelfile beside it.
 * @throws MODEL_FILE_EXISTS; GGUF_NOT_EXPRESSIBLE; ADAPTER_ABSENT with `adapterOnly` where there is none; DISK_FULL, WRITE_FAILED, CANCELLED
 * @example await exportModel(await findModel("runs/math-7f3a"), { type: "q8_0", out: "solver.gguf" });
 */
export async function exportModel(
  found: FoundModel,
  { adapterOnly = false, replace = false, ...options }: ExportModelOptions,
): Promise<ExportedGguf> {
  if (adapterOnly && options.type !== "f32") {
    const facts = { where: "exportModel", option: "gguf", got: options.type };
    throw new HoneError("OPTION_INVALID", { ...facts, expected: "f32 for an adapter alone" });
  }
  const existing = [options.out, modelfilePath(options.out)].find((file) => existsSync(file));
  if (existing !== undefined && !replace)
    throw new HoneError("MODEL_FILE_EXISTS", { file: existing });
  await makeFolders(dirname(resolve(options.out)));
  const adapter = adapterFiles(found);
  // With an adapter the weights are those of its base; a checkpoint without one holds the whole model.
  const model = adapter === undefined ? wholeModel(found) : found.folder;
  if (!adapterOnly) return exportGguf({ ...options, model, adapter });
  if (adapter === undefined) throw new HoneError("ADAPTER_ABSENT", { name: found.name, model });
  // Ollama reads a relative path from the Modelfile's folder, while the model's is relative to the working folder.
  const base = resolve(model);
  const made = await exportAdapterGguf({ model, adapter, out: options.out, base });
  return { ...made, warnings: [] };
}
