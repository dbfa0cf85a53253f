/** A base model in memory: its description and one f32 copy of its weights, which trainers and samplers share. */
import { join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { elementCount } from "../../tensor/shape.ts";
import { type Architecture, parameterCount, parameterShapes } from "../models/architecture.ts";
import { readArchitecture } from "../models/models.ts";
import { settleHead, unusedTensors } from "./contradictions.ts";
import { weightsFingerprint } from "./fingerprint.ts";
import { type ModelFolder, openModelFolder } from "./model-folder.ts";

/** A model's description and weights. */
export interface BaseModel {
  readonly folder: ModelFolder;
  readonly architecture: Architecture;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Every parameter by its Hugging Face name, f32. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly parameterCount: number;
  /** Tells this base from others of the same shape; adapters and checkpoints carry it. */
  readonly fingerprint: string;
  /** Where the folder's files contradict each other, and what was done about it. */
  readonly warnings: readonly HoneError[];
}

/**
 * Checks a folder by its config and headers, before anything else is read: an unknown kind of model, damaged headers.
 * @throws MODEL_NOT_FOUND, MODEL_TYPE_UNSUPPORTED, MODEL_CONFIG_INVALID, SAFETENSORS_*
 */
export async function checkModelFolder(path: string): Promise<void> {
  const { config } = await openModelFolder(path);
  readArchitecture(config, join(path, "config.json"));
}

/**
 * Reads a model folder, all weights included.
 * @param onProgress  called with the share of the weights read, 0 to 1
 * @throws MODEL_TYPE_UNSUPPORTED, MODEL_CONFIG_INVALID, TENSOR_MISSING, TENSOR_SHAPE, WEIGHTS_NOT_FINITE, SAFETENSORS_*
 */
export async function loadBaseModel(
  path: string,
  onProgress?: (share: number) => void,
): Promise<BaseModel> {
  const folder = await openModelFolder(path);
  const described = readArchitecture(folder.config, join(path, "config.json"));
  const isEmbeddingElsewhere = described.hasTiedEmbeddings && folder.tensors.has("lm_head.weight");
  // Every tensor is looked up before the first is read: a bad folder fails at once.
  for (const [name, shape] of parameterShapes(described)) {
    if (!isEmbeddingElsewhere || name !== "model.embed_tokens.weight") folder.entry(name, shape);
  }
  checkMemory(path, parameterCount(described));
  const { architecture, embedding, warnings } = await settleHead(folder, described);
  const shapes = parameterShapes(architecture);
  const total = parameterCount(architecture);
  const weights = new Map<string, Float32Array>();
  let read = 0;
  for (const [name, shape] of shapes) {
    weights.set(name, await folder.read(name === "model.embed_tokens.weight" ? embedding : name));
    read += elementCount(shape);
    onProgress?.(read / total);
  }
  return {
    // A model that is saved must say of its output layer what its weights say.
    folder: { ...folder, config: withHead(folder.config, { described, architecture }) },
    architecture,
    shapes,
    weights,
    parameterCount: total,
    fingerprint: weightsFingerprint(weights),
    warnings: [...warnings, ...unusedTensors(folder, architecture)],
  };
}

function withHead(
  config: JsonObject,
  {
    described,
    architecture,
  }: { readonly described: Architecture; readonly architecture: Architecture },
): JsonObject {
  const { hasTiedEmbeddings } = architecture;
  return hasTiedEmbeddings === described.hasTiedEmbeddings
    ? config
    : { ...config, tie_word_embeddings: hasTiedEmbeddings };
}

function checkMemory(model: string, count: number): void {
  const needed = 4 * count;
  const free = process.availableMemory();
  if (needed > free)
    throw new HoneError("MEMORY_INSUFFICIENT", { what: `the weights of ${model}`, needed, free });
}
