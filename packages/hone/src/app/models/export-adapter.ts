/** A run's adapter, or an adapter's folder, as PEFT files that Python and servers load. */
import { HoneError } from "../../core/errors.ts";
import { openEngine } from "../../engine/engine.ts";
import {
  type CopiedAdapter,
  copyAdapterFolder,
} from "../../engine/model-files/copy-adapter-folder.ts";
import { type FoundModel, wholeModel } from "./find-model.ts";
import { keepLearned } from "./learned-file.ts";
import { openCheckpoint } from "./open-found.ts";

/**
 * Writes an adapter as a PEFT folder.
 * @param options.baseModel the name that others know the base model by. Default: as the adapter says.
 * @param options.replace   replace a folder that holds files. Default false: such a folder is an error.
 * @throws ADAPTER_ABSENT when what was found has no adapter; MODEL_FOLDER_EXISTS, DISK_FULL, WRITE_FAILED
 * @example await exportAdapter(await findModel("runs/math-7f3a"), "adapters/solver", { baseModel: "Qwen/Qwen3-0.6B" });
 */
export async function exportAdapter(
  found: FoundModel,
  out: string,
  options: ExportAdapterOptions = {},
): Promise<CopiedAdapter> {
  const copied = await exportFiles(found, out, options);
  if (found.run !== undefined) await keepLearned(out, found.run);
  return copied;
}

interface ExportAdapterOptions {
  readonly baseModel?: string;
  readonly replace?: boolean;
}

async function exportFiles(
  found: FoundModel,
  out: string,
  options: ExportAdapterOptions,
): Promise<CopiedAdapter> {
  const { folder, adapter, checkpoint } = found;
  const { baseModel, replace = false } = options;
  if (adapter !== undefined) return copyAdapterFolder(adapter, out, { baseModel, replace });
  if (checkpoint === undefined || checkpoint.trained.lora === false) {
    throw new HoneError("ADAPTER_ABSENT", { name: found.name, model: wholeModel(found) });
  }
  const engine = await openEngine(folder);
  try {
    await (await openCheckpoint(engine, checkpoint)).saveAdapter(out, { replace });
  } finally {
    await engine.close();
  }
  // The engine wrote the base's own name; the copy over the same files has the name that was asked for.
  return copyAdapterFolder(out, out, { baseModel, replace: true });
}
