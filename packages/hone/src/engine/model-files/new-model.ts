/** Models as files: made from a seed, described. Needs no native code. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { HoneError, messageOf } from "../../core/errors.ts";
import { adapterConfig } from "../lora/adapter-files.ts";
import { type Architecture, parameterCount, parameterShapes } from "../models/architecture.ts";
import { readArchitecture } from "../models/models.ts";
import { initialWeights, tinyConfig, type TinyOptions } from "../models/tiny.ts";
import { openModelFolder } from "../weights/model-folder.ts";
import { readAdapter } from "../weights/peft.ts";
import { saveModelFolder } from "../weights/save-model.ts";
import { type TokenizerText, tinyTokenizerFiles } from "../../text/tiny-tokenizer.ts";
import type { FoundModel } from "../../app/models/find-model.ts";

export interface NewModelOptions extends Omit<TinyOptions, "vocabularySize"> {
  /** A new or empty folder. */
  readonly folder: string;
  /** What the tokenizer is trained on. */
  readonly texts: readonly TokenizerText[];
  /** At most; fewer where the texts have no more pairs to join. Default 512. */
  readonly vocabularySize?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Put it in the place of a folder that holds files. */
  readonly replace?: boolean;
}

export interface NewModel {
  readonly folder: string;
  readonly parameterCount: number;
  readonly vocabularySize: number;
}

/**
 * Makes a small model of the qwen2 family as an ordinary Hugging Face folder; the same options give the same bytes.
 * @throws OPTION_INVALID, MODEL_CONFIG_INVALID, DATA_EMPTY, MODEL_FOLDER_EXISTS, DISK_FULL, WRITE_FAILED
 * @example await newModel({ folder: "models/tiny", texts: ["3x + 7 = 16"], seed: 1 });
 */
export async function newModel(options: NewModelOptions): Promise<NewModel> {
  const {
    folder,
    texts,
    seed = 0,
    replace = false,
    vocabularySize: wanted = 512,
    ...sizes
  } = options;
  const { "generation_config.json": generation, ...files } = tinyTokenizerFiles({
    texts,
    vocabularySize: wanted,
  });
  const vocabularySize = tokenCount(files["tokenizer.json"]);
  const { eos_token_id: ends, pad_token_id: padding } = JSON.parse(generation) as GenerationConfig;
  const config = tinyConfig({ ...sizes, vocabularySize }, ends[0]!, padding);
  const architecture = readArchitecture(config, "the new model");
  const weights = initialWeights(architecture, seed);
  const tensors = [...parameterShapes(architecture)].map(([name, shape]) => ({
    name,
    shape,
    data: weights.get(name)!,
  }));
  const contents = { config, tensors, files: { ...files, "generation_config.json": generation } };
  await saveModelFolder(folder, contents, { replace });
  return { folder, parameterCount: parameterCount(architecture), vocabularySize };
}

interface GenerationConfig {
  readonly eos_token_id: readonly number[];
  readonly pad_token_id: number;
}

/** Ids are dense, so the highest one says how many rows the embedding needs. */
function tokenCount(tokenizer: string): number {
  const { model, added_tokens: added } = JSON.parse(tokenizer) as {
    readonly model: { readonly vocab: Readonly<Record<string, number>> };
    readonly added_tokens: readonly { readonly id: number }[];
  };
  const ids = [...Object.values(model.vocab), ...added.map(({ id }) => id)];
  return ids.reduce((most, id) => Math.max(most, id), 0) + 1;
}

/** Texts of files, for a tokenizer. @throws OPTION_INVALID naming the file that cannot be read */
export async function readTexts(paths: readonly string[]): Promise<string[]> {
  return Promise.all(
    paths.map((path) =>
      readFile(path, "utf8").catch((cause: unknown) => {
        const got = `${path} (${messageOf(cause)})`;
        const facts = {
          where: "model new",
          option: "--text",
          got,
          expected: "a readable text file",
        };
        throw new HoneError("OPTION_INVALID", facts, { cause });
      }),
    ),
  );
}

export interface ModelDescription {
  readonly name: string;
  readonly folder: string;
  readonly architecture: Architecture;
  readonly parameterCount: number;
  /** How the weights are stored: dtype → tensors. */
  readonly dtypes: Readonly<Record<string, number>>;
  readonly fileBytes: number;
  /** Bytes that the weights take in memory, as f32. */
  readonly memoryBytes: number;
  readonly hasChatTemplate: boolean;
  readonly adapter?: AdapterDescription;
}

export interface AdapterDescription {
  readonly folder: string;
  readonly rank: number;
  readonly alpha: number;
  readonly rankStabilized: boolean;
  readonly targetModules: readonly string[];
  readonly parameterCount: number;
  readonly baseModel?: string;
}

/**
 * What a model is, from its headers; every tensor that its family needs is looked up, no weight is read.
 * @throws MODEL_TYPE_UNSUPPORTED, MODEL_CONFIG_INVALID, TENSOR_MISSING, TENSOR_SHAPE, SAFETENSORS_*, ADAPTER_INVALID
 */
export async function describeModel({
  name,
  folder: path,
  adapter,
}: FoundModel): Promise<ModelDescription> {
  const folder = await openModelFolder(path);
  const architecture = readArchitecture(folder.config, join(path, "config.json"));
  const dtypes: Record<string, number> = {};
  let fileBytes = 0;
  for (const [tensor, shape] of parameterShapes(architecture)) folder.entry(tensor, shape);
  for (const { dtype, byteLength } of folder.tensors.values()) {
    dtypes[dtype] = (dtypes[dtype] ?? 0) + 1;
    fileBytes += byteLength;
  }
  const count = parameterCount(architecture);
  return {
    name,
    folder: path,
    architecture,
    parameterCount: count,
    dtypes,
    fileBytes,
    memoryBytes: 4 * count,
    hasChatTemplate: await hasChatTemplate((name) => folder.file(name)),
    ...(adapter === undefined ? {} : { adapter: await describeAdapter(architecture, adapter) }),
  };
}

async function describeAdapter(
  architecture: Architecture,
  folder: string,
): Promise<AdapterDescription> {
  const files = await readAdapter(folder);
  const { rank, alpha, rankStabilized, targetModules } = adapterConfig(architecture, files, folder);
  const pairs = [...files.tensors.values()];
  return {
    folder,
    rank,
    alpha,
    rankStabilized,
    targetModules,
    parameterCount: pairs.reduce((sum, { a, b }) => sum + a.length + b.length, 0),
    ...(files.baseModel === undefined ? {} : { baseModel: files.baseModel }),
  };
}

async function hasChatTemplate(file: (name: string) => string | undefined): Promise<boolean> {
  if (file("chat_template.jinja") ?? file("chat_template.json")) return true;
  const config = file("tokenizer_config.json");
  return config !== undefined && /"chat_template"\s*:/.test(await readFile(config, "utf8"));
}
