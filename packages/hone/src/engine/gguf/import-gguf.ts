/** A GGUF file as an ordinary Hugging Face folder, which the engine and transformers open. */
import { HoneError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { type OnProgress, progressMeter } from "../../core/progress.ts";
import { type Architecture, parameterShapes } from "../models/architecture.ts";
import { readArchitecture } from "../models/models.ts";
import type { TensorSource } from "../weights/safetensors-writer.ts";
import { saveModelFolder } from "../weights/save-model.ts";
import { type GgufFile, type GgufTensor, openGguf } from "./gguf-file.ts";
import { importConfig } from "./import-config.ts";
import { importTokenizer } from "./import-tokenizer.ts";
import { readGgufTensor } from "./read-tensor.ts";
import { ropeFactorsName } from "./rope-factors.ts";
import { ggufName, interleavedHeads, splitHeads } from "./tensor-names.ts";

/** How an import runs. */
export interface ImportGgufOptions {
  /** Replace a folder that holds files. Default false: such a folder is an error. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** The folder that an import wrote. */
export interface ImportedModel {
  readonly folder: string;
  /** `general.architecture` of the file. */
  readonly architecture: string;
  readonly parameterCount: number;
  /** How the weights were stored: numbers of parameters by type, the most frequent first. */
  readonly storedTypes: Readonly<Record<string, number>>;
  /** Whether the file has a chat template. */
  readonly hasChatTemplate: boolean;
  /** What of the file is not in the folder (GGUF_PARTS_LEFT_OUT). */
  readonly warnings: readonly HoneError[];
}

/**
 * Writes the model of a GGUF file as a Hugging Face folder: weights in F32, config.json, generation_config.json, the tokenizer
 * and the chat template. One tensor at a time is in memory.
 *
 * @param folder takes 4 bytes for each parameter, whatever the file takes
 * @throws GGUF_TRUNCATED, GGUF_INVALID, GGUF_IS_ADAPTER, GGUF_UNSUPPORTED, TENSOR_MISSING, TENSOR_SHAPE, WEIGHTS_NOT_FINITE,
 *         MODEL_CONFIG_INVALID, MODEL_FOLDER_EXISTS, DISK_FULL, WRITE_FAILED, CANCELLED; then there is no folder
 * @example await importGguf("SmolLM2-135M-Instruct.Q4_1.gguf", "models/smollm2");
 */
export async function importGguf(
  path: string,
  folder: string,
  options: ImportGgufOptions = {},
): Promise<ImportedModel> {
  const file = openGguf(path);
  if (file.metadata.optionalText("general.type") === "adapter")
    throw new HoneError("GGUF_IS_ADAPTER", { file: path });
  const factors = file.tensors.get(ropeFactorsName);
  const config = importConfig(file, factors && (await readGgufTensor(factors)));
  const architecture = readArchitecture(config, path);
  const tokenizer = importTokenizer(file.metadata);
  const found = findTensors(file, architecture);
  const report = progressMeter(`importing ${path}`, options.onProgress);
  let read = 0;
  const tensors = found.map(({ name, tensor, shape }): TensorSource => ({
    name,
    shape,
    data: async () => {
      if (options.signal?.aborted === true) throw new HoneError("CANCELLED", { what: "importing" });
      report(read++ / found.length);
      const values = await readGgufTensor(tensor);
      const heads = interleavedHeads(architecture, name);
      const rows = heads === undefined ? values : splitHeads(values, shape[0]!, heads);
      // Norm weights of files for llama.cpp are what the norm multiplies with; Gemma's own are that minus 1.
      return architecture.normOffset === 1 && name.endsWith("norm.weight")
        ? rows.map((value) => value - 1)
        : rows;
    },
  }));
  const generationConfig = generation(config, tokenizer.endOfText);
  const contents = { config, tensors, generationConfig, files: tokenizer.files };
  await saveModelFolder(folder, contents, { replace: options.replace === true });
  return {
    folder,
    architecture: file.metadata.text("general.architecture"),
    parameterCount: found.reduce((sum, { shape }) => sum + product(shape), 0),
    storedTypes: countTypes(found.map(({ tensor }) => tensor)),
    hasChatTemplate: "chat_template.jinja" in tokenizer.files,
    warnings: leftOut(file, found, tokenizer.leftOut),
  };
}

const product = (shape: readonly number[]): number => shape.reduce((x, y) => x * y, 1);

interface FoundTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly tensor: GgufTensor;
}

/** The tensor of every parameter. @throws TENSOR_MISSING, TENSOR_SHAPE */
function findTensors(file: GgufFile, architecture: Architecture): readonly FoundTensor[] {
  return [...parameterShapes(architecture)].map(([name, shape]) => {
    const stored = ggufName(architecture, name);
    const tensor = file.tensors.get(stored);
    if (tensor === undefined)
      throw new HoneError("TENSOR_MISSING", { folder: file.path, tensor: stored });
    if (shape.join() === tensor.shape.join()) return { name, shape, tensor };
    const facts = { file: file.path, tensor: stored, expected: shape, got: tensor.shape };
    throw new HoneError("TENSOR_SHAPE", facts);
  });
}

function countTypes(tensors: readonly GgufTensor[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { type, shape } of tensors)
    counts.set(type.name, (counts.get(type.name) ?? 0) + product(shape));
  return Object.fromEntries([...counts].toSorted((a, b) => b[1] - a[1]));
}

function generation(config: JsonObject, endOfText: readonly number[]): JsonObject {
  return {
    bos_token_id: config["bos_token_id"],
    eos_token_id: endOfText.length === 1 ? endOfText[0] : endOfText,
    pad_token_id: config["pad_token_id"],
  };
}

function leftOut(
  file: GgufFile,
  found: readonly FoundTensor[],
  templates: readonly string[],
): readonly HoneError[] {
  const used = new Set([ropeFactorsName, ...found.map(({ tensor }) => tensor.name)]);
  const parts = [...templates, ...[...file.tensors.keys()].filter((name) => !used.has(name))];
  if (parts.length === 0) return [];
  const facts = { file: file.path, count: parts.length, examples: parts.slice(0, 3) };
  return [new HoneError("GGUF_PARTS_LEFT_OUT", facts)];
}
