/** What a model folder and an adapter folder hold, from their headers. Needs no native code. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { adapterConfig } from "../lora/adapter-files.ts";
import { type Architecture, parameterCount, parameterShapes } from "../models/architecture.ts";
import { readArchitecture } from "../models/models.ts";
import { openModelFolder } from "../weights/model-folder.ts";
import { readAdapter } from "../weights/peft.ts";
import { adapterParameterCount } from "./copy-adapter-folder.ts";

/** The model that is to be described. */
interface DescribedModel {
  /** What the user calls it. */
  readonly name: string;
  readonly folder: string;
  /** The folder of a PEFT adapter on it. */
  readonly adapter?: string;
}

/** What a model is. */
export interface ModelDescription {
  readonly name: string;
  readonly folder: string;
  readonly architecture: Architecture;
  readonly parameterCount: number;
  /** How the weights are stored: for each dtype the number of tensors. */
  readonly dtypes: Readonly<Record<string, number>>;
  /** Bytes of the stored weights. */
  readonly fileBytes: number;
  /** Bytes that the weights take in memory, where they are f32. */
  readonly memoryBytes: number;
  readonly hasChatTemplate: boolean;
  readonly adapter?: AdapterDescription;
}

/** What an adapter is. */
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
 * Says what a model is from the headers of its files. Every tensor that its family needs must be there; no weight is read.
 * @throws MODEL_TYPE_UNSUPPORTED, MODEL_CONFIG_INVALID, TENSOR_MISSING, TENSOR_SHAPE, SAFETENSORS_*, ADAPTER_INVALID
 */
export async function describeModel({
  name,
  folder: path,
  adapter,
}: DescribedModel): Promise<ModelDescription> {
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
  return {
    folder,
    rank,
    alpha,
    rankStabilized,
    targetModules,
    parameterCount: adapterParameterCount(files),
    ...(files.baseModel === undefined ? {} : { baseModel: files.baseModel }),
  };
}

async function hasChatTemplate(file: (name: string) => string | undefined): Promise<boolean> {
  if (file("chat_template.jinja") ?? file("chat_template.json")) return true;
  const config = file("tokenizer_config.json");
  return config !== undefined && /"chat_template"\s*:/.test(await readFile(config, "utf8"));
}
