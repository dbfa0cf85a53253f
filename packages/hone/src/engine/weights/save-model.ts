/** Saves a model as an ordinary Hugging Face folder that `transformers` loads, whole or absent. */
import { copyFile, open, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "../../core/json.ts";
import { elementCount } from "../../tensor/shape.ts";
import { type TensorSource, writeSafetensors } from "./safetensors-writer.ts";
import { writeFolderWhole } from "../../formats/whole-write.ts";

/** Files that belong to a tokenizer and are copied as they are. */
const tokenizerFiles = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
  "tokenizer.model",
  "chat_template.jinja",
  "chat_template.json",
] as const;

/** What a saved model consists of. */
export interface ModelContents {
  /** Its `dtype` becomes float32. */
  readonly config: JsonObject;
  /** Tied weights are listed once. */
  readonly tensors: readonly TensorSource[];
  readonly generationConfig?: JsonObject;
  /** A model folder whose tokenizer files are copied. */
  readonly tokenizerFrom?: string;
  /** Further files by name, such as a new `tokenizer.json`; they win over copied ones. */
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * Writes `config.json`, weights (F32 safetensors, in shards above 5 GB with their index), tokenizer files and
 * `generation_config.json` into a new folder.
 *
 * @param options.replace       put it in the place of a folder that holds files (default: an error)
 * @param options.maxShardBytes the largest weight file (5e9, as transformers')
 * @throws MODEL_FOLDER_EXISTS, DISK_FULL, WRITE_FAILED; then nothing has changed
 * @example await saveModelFolder("./tiny", { config, tensors, files: { "tokenizer.json": json } });
 */
export async function saveModelFolder(
  path: string,
  contents: ModelContents,
  options: { readonly replace?: boolean; readonly maxShardBytes?: number } = {},
): Promise<void> {
  const { maxShardBytes = 5e9, ...folderOptions } = options;
  const fill = async (folder: string) => {
    await writeJson(folder, "config.json", asSingles(contents.config));
    if (contents.generationConfig)
      await writeJson(folder, "generation_config.json", contents.generationConfig);
    if (contents.tokenizerFrom !== undefined) await copyTokenizer(contents.tokenizerFrom, folder);
    for (const [name, text] of Object.entries(contents.files ?? {}))
      await writeText(folder, name, text);
    await writeWeights(folder, contents.tensors, maxShardBytes);
  };
  await writeFolderWhole(path, fill, folderOptions);
}

/** The config with the type of the weights as they are saved, in the spelling it has: `dtype`, or the older `torch_dtype`. */
function asSingles(config: JsonObject): JsonObject {
  const { dtype, torch_dtype: _older, ...rest } = config;
  return { ...rest, [dtype === undefined ? "torch_dtype" : "dtype"]: "float32" };
}

/** Tensors in their order, cut into groups of at most `limit` bytes; a larger tensor is a group of its own. */
export function groupIntoShards(tensors: readonly TensorSource[], limit: number): TensorSource[][] {
  const groups: TensorSource[][] = [];
  let used = Infinity;
  for (const tensor of tensors) {
    const bytes = elementCount(tensor.shape) * 4;
    if (used + bytes > limit) {
      groups.push([]);
      used = 0;
    }
    groups.at(-1)!.push(tensor);
    used += bytes;
  }
  return groups.length === 0 ? [[]] : groups;
}

async function writeWeights(
  folder: string,
  tensors: readonly TensorSource[],
  limit: number,
): Promise<void> {
  const groups = groupIntoShards(tensors, limit);
  if (groups.length === 1) return writeSafetensors(join(folder, "model.safetensors"), tensors);
  const places: Record<string, string> = {};
  const numeral = (n: number) => String(n).padStart(5, "0");
  for (const [i, group] of groups.entries()) {
    const file = `model-${numeral(i + 1)}-of-${numeral(groups.length)}.safetensors`;
    for (const { name } of group) places[name] = file;
    await writeSafetensors(join(folder, file), group);
  }
  const total = tensors.reduce((sum, { shape }) => sum + elementCount(shape) * 4, 0);
  await writeJson(folder, "model.safetensors.index.json", {
    metadata: { total_size: total },
    weight_map: places,
  });
}

async function copyTokenizer(from: string, folder: string): Promise<void> {
  const present = new Set(await readdir(from));
  for (const file of tokenizerFiles) {
    if (present.has(file)) await copyFile(join(from, file), join(folder, file));
  }
}

async function writeJson(folder: string, name: string, value: JsonObject): Promise<void> {
  await writeText(folder, name, `${JSON.stringify(value, null, 2)}\n`);
}

async function writeText(folder: string, name: string, text: string): Promise<void> {
  const handle = await open(join(folder, name), "w");
  try {
    await writeFile(handle, text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
