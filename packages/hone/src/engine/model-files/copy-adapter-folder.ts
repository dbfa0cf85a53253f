/** An adapter folder written again under another name of its base model. */
import { type AdapterFiles, readAdapter, writeAdapter } from "../weights/peft.ts";

/** The adapter folder that was written. */
export interface CopiedAdapter {
  readonly folder: string;
  readonly rank: number;
  readonly baseModel: string;
  readonly parameterCount: number;
}

/**
 * Writes the adapter of one folder into another, in PEFT's layout.
 * @param baseModel the base model's name in the copy. Default: as the adapter has it.
 * @throws ADAPTER_INVALID, MODEL_FOLDER_EXISTS, DISK_FULL, WRITE_FAILED
 */
export async function copyAdapterFolder(
  from: string,
  to: string,
  options: { readonly baseModel?: string | undefined; readonly replace: boolean },
): Promise<CopiedAdapter> {
  const files = await readAdapter(from);
  const baseModel = options.baseModel ?? files.baseModel ?? "";
  await writeAdapter(to, { ...files, baseModel }, { replace: options.replace });
  return { folder: to, rank: files.rank, baseModel, parameterCount: adapterParameterCount(files) };
}

/** How many numbers an adapter adds to its base model. */
export const adapterParameterCount = ({ tensors }: Pick<AdapterFiles, "tensors">): number =>
  [...tensors.values()].reduce((sum, { a, b }) => sum + a.length + b.length, 0);
