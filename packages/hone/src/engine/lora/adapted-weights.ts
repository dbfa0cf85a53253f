/** The weights of a model folder with an adapter folded in, one tensor at a time. */
import type { Architecture } from "../models/architecture.ts";
import { parameterShapes } from "../models/architecture.ts";
import { folderFingerprint } from "../weights/fingerprint.ts";
import type { ModelFolder } from "../weights/model-folder.ts";
import { readAdapter } from "../weights/peft.ts";
import { adapterConfig, checkAdapterBase } from "./adapter-files.ts";
import { loraScale } from "./lora.ts";
import { mergedWeight } from "./merge.ts";

/**
 * Opens an adapter for a model folder.
 * @param adapter a folder in PEFT's layout
 * @returns a reader of parameters by their Hugging Face names: W + s·B·A where the adapter has factors, W elsewhere
 * @throws ADAPTER_INVALID, ADAPTER_NOT_FITTING, ADAPTER_BASE_MISMATCH, TENSOR_MISSING, TENSOR_SHAPE
 */
export async function adaptedWeights(
  folder: ModelFolder,
  architecture: Architecture,
  adapter: string,
): Promise<(name: string) => Promise<Float32Array>> {
  const files = await readAdapter(adapter);
  const scale = loraScale(adapterConfig(architecture, files, adapter));
  const shapes = parameterShapes(architecture);
  const fingerprint = await folderFingerprint(folder, shapes);
  checkAdapterBase(files, adapter, { path: folder.path, fingerprint });
  for (const [name, shape] of shapes) folder.entry(name, shape);
  return async (name) => {
    const weight = await folder.read(name);
    const factors = files.tensors.get(name.replace(/\.weight$/, ""));
    if (factors === undefined) return weight;
    return mergedWeight(weight, { ...factors, rank: files.rank, scale });
  };
}
