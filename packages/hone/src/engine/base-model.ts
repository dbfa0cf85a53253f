/** A base model in memory: its description and one f32 copy of its weights, which trainers and samplers share. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { HoneError } from "../core/errors.ts";
import { type Architecture, parameterCount, parameterShapes } from "./models/architecture.ts";
import { readArchitecture } from "./models/models.ts";
import { elements } from "./optimizer/trainable.ts";
import { type ModelFolder, openModelFolder } from "./weights/model-folder.ts";

export interface BaseModel {
  readonly folder: ModelFolder;
  readonly architecture: Architecture;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** By Hugging Face name, f32. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly parameterCount: number;
  /** Tells this base from others of the same shape; adapters and checkpoints carry it. */
  readonly fingerprint: string;
}

/** Numbers of each tensor that enter the fingerprint. */
const FINGERPRINT_VALUES = 256;

/**
 * What can be said against a folder before anything else is read: another kind of model, damaged headers.
 * @throws MODEL_NOT_FOUND, MODEL_TYPE_UNSUPPORTED, MODEL_CONFIG_INVALID, SAFETENSORS_*
 */
export async function checkModelFolder(path: string): Promise<void> {
  const { config } = await openModelFolder(path);
  readArchitecture(config, join(path, "config.json"));
}

/**
 * Reads a model folder whole.
 * @param onProgress share of the weights read, 0 to 1
 * @throws MODEL_TYPE_UNSUPPORTED, MODEL_CONFIG_INVALID, TENSOR_MISSING, TENSOR_SHAPE, WEIGHTS_NOT_FINITE, SAFETENSORS_*
 */
export async function loadBaseModel(
  path: string,
  onProgress?: (share: number) => void,
): Promise<BaseModel> {
  const folder = await openModelFolder(path);
  const architecture = readArchitecture(folder.config, join(path, "config.json"));
  const shapes = parameterShapes(architecture);
  // Every tensor is looked up before the first is read: a bad folder fails at once.
  for (const [name, shape] of shapes) folder.entry(name, shape);
  const total = parameterCount(architecture);
  checkMemory(path, total);
  const weights = new Map<string, Float32Array>();
  let read = 0;
  for (const [name, shape] of shapes) {
    weights.set(name, await folder.read(name));
    read += elements(shape);
    onProgress?.(read / total);
  }
  return {
    folder,
    architecture,
    shapes,
    weights,
    parameterCount: total,
    fingerprint: fingerprint(weights),
  };
}

function checkMemory(model: string, count: number): void {
  const needed = 4 * count;
  const free = process.availableMemory();
  if (needed > free)
    throw new HoneError("MEMORY_INSUFFICIENT", { what: `the weights of ${model}`, needed, free });
}

/** A hash of names and of the first numbers of every tensor. */
function fingerprint(weights: ReadonlyMap<string, Float32Array>): string {
  const hash = createHash("sha256");
  for (const [name, values] of weights) {
    const start = values.subarray(0, FINGERPRINT_VALUES);
    hash.update(`${name}:${values.length};`);
    hash.update(new Uint8Array(start.buffer, start.byteOffset, start.byteLength));
  }
  return hash.digest("hex").slice(0, 32);
}
