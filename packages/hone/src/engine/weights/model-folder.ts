/**
 * A model folder as Hugging Face lays it out, read as it is: `config.json`, `model.safetensors` or shards with
 * `model.safetensors.index.json`, and beside them tokenizer and generation files. Nothing is written into it.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { readTensor } from "./safetensors.ts";
import { openSafetensors, type TensorEntry } from "./safetensors-header.ts";

export type { TensorEntry } from "./safetensors-header.ts";

/** An opened model folder: headers are read and checked, weights are read on demand. */
export interface ModelFolder {
  readonly path: string;
  /** `config.json`, unchanged. */
  readonly config: JsonObject;
  /** `generation_config.json`, unchanged; `{}` when there is none. */
  readonly generationConfig: JsonObject;
  /** Every stored tensor by its Hugging Face name. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /**
   * The entry of a tensor that must be there with this shape.
   * @throws TENSOR_MISSING, TENSOR_SHAPE
   */
  entry(name: string, shape: readonly number[]): TensorEntry;
  /**
   * The tensor's numbers in row-major order, into `into` when given (its length must be the element count).
   * @throws TENSOR_MISSING, TENSOR_DTYPE_UNSUPPORTED, WEIGHTS_NOT_FINITE, SHAPE_MISMATCH
   */
  read(name: string, into?: Float32Array): Promise<Float32Array>;
  /** The path of a file beside the weights (such as `tokenizer.json`), or undefined when there is none. */
  file(name: string): string | undefined;
}

/**
 * Opens a model folder: reads its JSON files and the headers of its weight files.
 *
 * @param path a folder; it may be read-only
 * @throws MODEL_NOT_FOUND        when there is no such folder
 * @throws MODEL_FILE_MISSING     when config.json or a shard the index names is missing
 * @throws MODEL_FILE_INVALID     when the folder may not be read, or a JSON file does not hold what it should
 * @throws MODEL_WEIGHTS_MISSING  when there are no safetensors weights
 * @throws SAFETENSORS_*          when a weight file is damaged
 * @example
 * const folder = await openModelFolder("./models/qwen");
 * folder.entry("model.norm.weight", [896]);
 * const norm = await folder.read("model.norm.weight");
 */
export async function openModelFolder(path: string): Promise<ModelFolder> {
  const names = await fileNames(path);
  const config = await readJsonObject(path, "config.json");
  const generationConfig = names.has("generation_config.json")
    ? await readJsonObject(path, "generation_config.json")
    : {};
  const tensors = await readTensorEntries(path, names);
  const find = (name: string): TensorEntry => {
    const entry = tensors.get(name);
    if (!entry) throw new HoneError("TENSOR_MISSING", { folder: path, tensor: name });
    return entry;
  };
  return {
    path,
    config,
    generationConfig,
    tensors,
    entry: (name, shape) => withShape(find(name), shape),
    read: async (name, into) => readTensor(find(name), into),
    file: (name) => (names.has(name) ? join(path, name) : undefined),
  };
}

/**
 * Reads a file of a model folder that must hold a JSON object.
 * @throws MODEL_FILE_MISSING, MODEL_FILE_INVALID
 */
export async function readJsonObject(folder: string, file: string): Promise<JsonObject> {
  const path = join(folder, file);
  const invalid = (problem: string, cause?: unknown) =>
    new HoneError("MODEL_FILE_INVALID", { file: path, problem }, { cause });
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT") throw new HoneError("MODEL_FILE_MISSING", { folder, file }, { cause });
    throw invalid(`it cannot be read (${code})`, cause);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
  if (!isObject(value)) throw invalid("it is not a JSON object");
  return value;
}

/** The error of a model's folder that cannot be listed: it is not there, is a file, or may not be read. */
export function noFolder(path: string, cause: unknown): HoneError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code !== "ENOENT" && code !== "ENOTDIR") {
    const problem = `the folder cannot be listed (${code})`;
    return new HoneError("MODEL_FILE_INVALID", { file: path, problem }, { cause });
  }
  const looked = `${resolve(path)}${code === "ENOENT" ? "" : ", which is no folder"}`;
  return new HoneError("MODEL_NOT_FOUND", { model: path, looked }, { cause });
}

async function fileNames(path: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await readdir(path));
  } catch (cause) {
    throw noFolder(path, cause);
  }
}

function withShape(entry: TensorEntry, shape: readonly number[]): TensorEntry {
  if (entry.shape.length === shape.length && shape.every((size, i) => size === entry.shape[i]))
    return entry;
  throw new HoneError("TENSOR_SHAPE", {
    file: entry.file,
    tensor: entry.name,
    expected: shape,
    got: entry.shape,
  });
}

async function readTensorEntries(
  path: string,
  names: ReadonlySet<string>,
): Promise<ReadonlyMap<string, TensorEntry>> {
  if (names.has("model.safetensors"))
    return (await openSafetensors(join(path, "model.safetensors"))).tensors;
  if (names.has("model.safetensors.index.json")) return readShards(path);
  const found = [...names].filter((name) =>
    /\.(bin|pt|pth|gguf|ckpt|h5|msgpack|safetensors)$/.test(name),
  );
  throw new HoneError("MODEL_WEIGHTS_MISSING", { folder: path, found: found.sort() });
}

async function readShards(path: string): Promise<ReadonlyMap<string, TensorEntry>> {
  const indexFile = "model.safetensors.index.json";
  const places = weightMap(await readJsonObject(path, indexFile), join(path, indexFile));
  const shards = new Map<string, ReadonlyMap<string, TensorEntry>>();
  for (const shard of new Set(places.values())) {
    const file = join(path, shard);
    await requireFile(path, shard);
    shards.set(shard, (await openSafetensors(file)).tensors);
  }
  const tensors = new Map<string, TensorEntry>();
  for (const [name, shard] of places) {
    const entry = shards.get(shard)!.get(name);
    if (!entry) throw new HoneError("TENSOR_MISSING", { folder: join(path, shard), tensor: name });
    tensors.set(name, entry);
  }
  return tensors;
}

async function requireFile(folder: string, file: string): Promise<void> {
  const found = await stat(join(folder, file)).catch(() => undefined);
  if (!found) throw new HoneError("MODEL_FILE_MISSING", { folder, file });
}

/** tensor name → shard file, from the index of a sharded model. */
export function weightMap(index: JsonObject, file: string): ReadonlyMap<string, string> {
  const map = index["weight_map"];
  const invalid = (problem: string) => new HoneError("MODEL_FILE_INVALID", { file, problem });
  if (typeof map !== "object" || map === null) throw invalid("it has no weight_map");
  const places = Object.entries(map).map(([name, shard]): [string, string] => {
    // A shard is a file of this folder; a path out of it would read what the user did not point at.
    if (typeof shard !== "string" || !/^[^/\\]+\.safetensors$/.test(shard)) {
      throw invalid(
        `weight_map places "${name}" in ${JSON.stringify(shard)}, which is no safetensors file of this folder`,
      );
    }
    return [name, shard];
  });
  if (places.length === 0) throw invalid("its weight_map is empty");
  return new Map(places);
}
