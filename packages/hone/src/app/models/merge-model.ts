/** A model and its adapter, or a run's checkpoint, as one ordinary model folder. */
import { join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { openEngine } from "../../engine/engine.ts";
import { adapterConfig, checkAdapterBase } from "../../engine/lora/adapter-files.ts";
import { loraScale } from "../../engine/lora/lora.ts";
import { mergedWeight } from "../../engine/lora/merge.ts";
import { parameterShapes } from "../../engine/models/architecture.ts";
import { readArchitecture } from "../../engine/models/models.ts";
import { folderFingerprint } from "../../engine/weights/fingerprint.ts";
import { openModelFolder } from "../../engine/weights/model-folder.ts";
import { readAdapter } from "../../engine/weights/peft.ts";
import { saveModelFolder } from "../../engine/weights/save-model.ts";
import type { FoundModel } from "./find-model.ts";
import { openCheckpoint } from "./open-policy.ts";
import { type OnProgress, progressMeter } from "../../core/progress.ts";

export interface MergeOptions {
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/**
 * Saves the weights with the adapter folded in, W + s·B·A, as f32. A checkpoint is read by the engine; an adapter on
 * files needs no native code, and one tensor at a time is in memory.
 *
 * @throws ADAPTER_ABSENT; ADAPTER_INVALID for one of other shapes; ADAPTER_BASE_MISMATCH; MODEL_FOLDER_EXISTS,
 *         DISK_FULL, CANCELLED
 * @example await mergeModel(await findModel("runs/math-7f3a"), "models/solver");
 */
export async function mergeModel(
  found: FoundModel,
  out: string,
  options: MergeOptions = {},
): Promise<void> {
  const { folder, adapter, checkpoint } = found;
  const { replace = false } = options;
  if (adapter !== undefined) return mergeFiles(folder, adapter, out, options);
  if (checkpoint === undefined) {
    throw new HoneError("ADAPTER_ABSENT", { name: found.name, model: folder });
  }
  const engine = await openEngine(folder);
  try {
    await (await openCheckpoint(engine, checkpoint)).saveModel(out, { replace });
  } finally {
    await engine.close();
  }
}

async function mergeFiles(
  path: string,
  adapter: string,
  out: string,
  { replace = false, signal, onProgress }: MergeOptions,
): Promise<void> {
  const folder = await openModelFolder(path);
  const architecture = readArchitecture(folder.config, join(path, "config.json"));
  const files = await readAdapter(adapter);
  const scale = loraScale(adapterConfig(architecture, files, adapter));
  const shapes = parameterShapes(architecture);
  checkAdapterBase(files, adapter, { path, fingerprint: await folderFingerprint(folder, shapes) });
  for (const [name, shape] of shapes) folder.entry(name, shape);
  const report = progressMeter("merging", onProgress);
  let written = 0;
  const tensors = [...shapes].map(([name, shape]) => ({
    name,
    shape,
    data: async () => {
      if (signal?.aborted === true) throw new HoneError("CANCELLED", { what: "merging" });
      report(written++ / shapes.size);
      const weight = await folder.read(name);
      const factors = files.tensors.get(name.replace(/\.weight$/, ""));
      if (factors === undefined) return weight;
      return mergedWeight(weight, { ...factors, rank: files.rank, scale });
    },
  }));
  const { config, generationConfig } = folder;
  const contents = { config, tensors, generationConfig, tokenizerFrom: path };
  await saveModelFolder(out, contents, { replace });
}
