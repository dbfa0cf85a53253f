/** A model and its adapter, or a run's checkpoint, as one ordinary model folder. */
import { HoneError } from "../../core/errors.ts";
import type { OnProgress } from "../../core/progress.ts";
import { openEngine } from "../../engine/engine.ts";
import { mergeAdapter } from "../../engine/model-files/merge-adapter.ts";
import type { FoundModel } from "./find-model.ts";
import { keepLearned } from "./learned-file.ts";
import { openCheckpoint } from "./open-found.ts";

/** How a merge runs. */
export interface MergeOptions {
  /** Replace a folder that holds files. Default false: such a folder is an error. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/**
 * Writes the weights with the adapter folded in, as f32. A checkpoint is read by the engine; an adapter's files are merged
 * without native code.
 *
 * @throws ADAPTER_ABSENT when what was found has no adapter; as `mergeAdapter`
 * @example await mergeModel(await findModel("runs/math-7f3a"), "models/solver");
 */
export async function mergeModel(
  found: FoundModel,
  out: string,
  options: MergeOptions = {},
): Promise<void> {
  await mergeFiles(found, out, options);
  if (found.run !== undefined) await keepLearned(out, found.run);
}

async function mergeFiles(found: FoundModel, out: string, options: MergeOptions): Promise<void> {
  const { folder: model, adapter, checkpoint } = found;
  if (adapter !== undefined) return mergeAdapter({ model, adapter, out, ...options });
  if (checkpoint === undefined) {
    throw new HoneError("ADAPTER_ABSENT", { name: found.name, model });
  }
  const engine = await openEngine(model);
  try {
    const { replace = false } = options;
    await (await openCheckpoint(engine, checkpoint)).saveModel(out, { replace });
  } finally {
    await engine.close();
  }
}
