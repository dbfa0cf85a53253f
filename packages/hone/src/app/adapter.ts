/** Adapters as files: out of a run, for PEFT and for serving. */
import { HoneError } from "../core/errors.ts";
import { readAdapter, writeAdapter } from "../engine/weights/peft.ts";
import type { FoundModel } from "./find-model.ts";

export interface ExportedAdapter {
  readonly folder: string;
  readonly rank: number;
  readonly baseModel: string;
  readonly parameterCount: number;
}

/**
 * Writes an adapter as a PEFT folder.
 * @param baseModel the name that others know the base by; default: as the adapter says
 * @throws ADAPTER_INVALID when what was found has no adapter; MODEL_FOLDER_EXISTS, DISK_FULL, WRITE_FAILED
 * @example await exportAdapter(await findModel("runs/math-7f3a"), "adapters/solver", { baseModel: "Qwen/Qwen3-0.6B" });
 */
export async function exportAdapter(
  { folder, adapter }: FoundModel,
  out: string,
  options: { readonly baseModel?: string; readonly replace?: boolean } = {},
): Promise<ExportedAdapter> {
  if (adapter === undefined) {
    const problem =
      "all weights were trained there, so there is no adapter; `hone model merge` and the folder itself serve as models";
    throw new HoneError("ADAPTER_INVALID", { folder, problem });
  }
  const files = await readAdapter(adapter);
  const baseModel = options.baseModel ?? files.baseModel ?? folder;
  await writeAdapter(out, { ...files, baseModel }, { replace: options.replace ?? false });
  const pairs = [...files.tensors.values()];
  const parameterCount = pairs.reduce((sum, { a, b }) => sum + a.length + b.length, 0);
  return { folder: out, rank: files.rank, baseModel, parameterCount };
}
