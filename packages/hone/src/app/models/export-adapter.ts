/** Adapters as files: out of a run, for PEFT and for serving. */
import { HoneError } from "../../core/errors.ts";
import { openEngine } from "../../engine/engine.ts";
import { readAdapter, writeAdapter } from "../../engine/weights/peft.ts";
import { type FoundModel, wholeModel } from "./find-model.ts";
import { openCheckpoint } from "./open-policy.ts";

export interface ExportedAdapter {
  readonly folder: string;
  readonly rank: number;
  readonly baseModel: string;
  readonly parameterCount: number;
}

/**
 * Writes an adapter as a PEFT folder.
 * @param baseModel the name that others know the base by; default: as the adapter says
 * @throws ADAPTER_ABSENT when what was found has no adapter; MODEL_FOLDER_EXISTS, DISK_FULL, WRITE_FAILED
 * @example await exportAdapter(await findModel("runs/math-7f3a"), "adapters/solver", { baseModel: "Qwen/Qwen3-0.6B" });
 */
export async function exportAdapter(
  found: FoundModel,
  out: string,
  options: { readonly baseModel?: string; readonly replace?: boolean } = {},
): Promise<ExportedAdapter> {
  const { folder, adapter, checkpoint } = found;
  const { replace = false } = options;
  if (adapter !== undefined) return copyFiles(adapter, out, { ...options, replace });
  if (checkpoint === undefined || checkpoint.trained.lora === false) {
    throw new HoneError("ADAPTER_ABSENT", { name: found.name, model: wholeModel(found) });
  }
  const engine = await openEngine(folder);
  try {
    await (await openCheckpoint(engine, checkpoint)).saveAdapter(out, { replace });
  } finally {
    await engine.close();
  }
  // Once more over the files: the base's name may be another.
  return copyFiles(out, out, { ...options, replace: true });
}

async function copyFiles(
  adapter: string,
  out: string,
  { baseModel, replace }: { readonly baseModel?: string; readonly replace: boolean },
): Promise<ExportedAdapter> {
  const files = await readAdapter(adapter);
  const named = baseModel ?? files.baseModel ?? "";
  await writeAdapter(out, { ...files, baseModel: named }, { replace });
  const pairs = [...files.tensors.values()];
  const parameterCount = pairs.reduce((sum, { a, b }) => sum + a.length + b.length, 0);
  return { folder: out, rank: files.rank, baseModel: named, parameterCount };
}
