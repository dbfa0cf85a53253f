/** A model folder and an adapter folder as one model folder. Needs no native code. */
import { join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { type OnProgress, progressMeter } from "../../core/progress.ts";
import { adaptedWeights } from "../lora/adapted-weights.ts";
import { parameterShapes } from "../models/architecture.ts";
import { readArchitecture } from "../models/models.ts";
import { openModelFolder } from "../weights/model-folder.ts";
import { saveModelFolder } from "../weights/save-model.ts";

/** The parts and the result of a merge, and how it runs. */
export interface MergeAdapterOptions {
  /** The base model's folder. */
  readonly model: string;
  /** The adapter's folder, in PEFT's layout. */
  readonly adapter: string;
  /** Where the merged model is written. */
  readonly out: string;
  /** Replace `out` where it holds files. Default false: that is an error. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Writes the weights with the adapter folded in, W + s·B·A, as f32. One tensor at a time is in memory.
 *
 * @throws ADAPTER_INVALID for an adapter of other shapes; ADAPTER_BASE_MISMATCH; MODEL_FOLDER_EXISTS, DISK_FULL, CANCELLED
 */
export async function mergeAdapter({
  model,
  adapter,
  out,
  replace = false,
  signal,
  onProgress,
}: MergeAdapterOptions): Promise<void> {
  const folder = await openModelFolder(model);
  const architecture = readArchitecture(folder.config, join(model, "config.json"));
  const read = await adaptedWeights(folder, architecture, adapter);
  const shapes = parameterShapes(architecture);
  const report = progressMeter("merging", onProgress);
  let written = 0;
  const tensors = [...shapes].map(([name, shape]) => ({
    name,
    shape,
    data: async () => {
      if (signal?.aborted === true) throw new HoneError("CANCELLED", { what: "merging" });
      report(written++ / shapes.size);
      return read(name);
    },
  }));
  const { config, generationConfig } = folder;
  const contents = { config, tensors, generationConfig, tokenizerFrom: model };
  await saveModelFolder(out, contents, { replace });
}
