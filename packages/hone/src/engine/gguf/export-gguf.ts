/** A model folder, with an adapter folded in or beside it, as files for llama.cpp and Ollama. */
import { basename, join } from "node:path";
import { writeFileWhole } from "../../formats/whole-write.ts";
import { HoneError } from "../../core/errors.ts";
import { type OnProgress, progressMeter } from "../../core/progress.ts";
import { adaptedWeights } from "../lora/adapted-weights.ts";
import { type Architecture, parameterShapes } from "../models/architecture.ts";
import { readArchitecture } from "../models/models.ts";
import { settleHead } from "../weights/contradictions.ts";
import { type ModelFolder, openModelFolder } from "../weights/model-folder.ts";
import { exportMetadata } from "./export-metadata.ts";
import { exportTokenizer } from "./export-tokenizer.ts";
import { blockSizeOf, writeGguf, type WrittenTensor, type WrittenType } from "./gguf-writer.ts";
import { modelfile, modelfilePath } from "./modelfile.ts";
import { ropeFactors, ropeFactorsName } from "./rope-factors.ts";
import { ggufName, interleavedHeads, interleaveHeads } from "./tensor-names.ts";

/** Types that the matrices of an exported model may have, in the spelling of llama.cpp's converter. */
export const exportTypes = ["f32", "f16", "bf16", "q8_0"] as const;

export type ExportType = (typeof exportTypes)[number];

/** What is exported, and how. */
export interface ExportGgufOptions {
  /** The model's folder, in Hugging Face's layout. */
  readonly model: string;
  /** The folder of a PEFT adapter that is folded into the weights. Default: none. */
  readonly adapter?: string | undefined;
  /** How matrices are stored; norms and biases are F32, as in llama.cpp's own files. */
  readonly type: ExportType;
  /** The path of the .gguf file. `<name>.Modelfile` is written beside it. Existing files are replaced. */
  readonly out: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** The files that were written. */
export interface ExportedGguf {
  readonly file: string;
  readonly modelfile: string;
  readonly bytes: number;
  /** GGUF_STORED_WIDER, what the weights contradict in config.json. */
  readonly warnings: readonly HoneError[];
}

const writtenTypes = { f32: "F32", f16: "F16", bf16: "BF16", q8_0: "Q8_0" } as const;

/**
 * Writes a model as a GGUF file for llama.cpp, and a Modelfile for Ollama beside it.
 * @throws GGUF_NOT_EXPRESSIBLE for what llama.cpp does not have; what opening the model and the adapter throws; DISK_FULL,
 *         WRITE_FAILED, CANCELLED; then existing files are as they were
 * @example await exportGguf({ model: "models/solver", type: "q8_0", out: "solver.gguf" });
 */
export async function exportGguf(options: ExportGgufOptions): Promise<ExportedGguf> {
  const { model, adapter, out } = options;
  const folder = await openModelFolder(model);
  const described = readArchitecture(folder.config, join(model, "config.json"));
  const { architecture, embedding, warnings } = await settleHead(folder, described);
  const type = writtenTypes[options.type];
  const tokenizer = await exportTokenizer(model, architecture.vocabularySize);
  const metadata = new Map([
    ...exportMetadata(architecture, { model, type }),
    ...tokenizer.metadata,
  ]);
  const stored = (name: string) => (name === "model.embed_tokens.weight" ? embedding : name);
  const read =
    adapter === undefined
      ? plainWeights(folder, architecture, stored)
      : await adaptedWeights(folder, architecture, adapter);
  const tensors = writtenTensors(
    architecture,
    type,
    reading(read, options, parameterShapes(architecture).size),
  );
  const bytes = await writeGguf(out, metadata, tensors);
  const text = modelfile({ from: `./${basename(out)}`, stops: tokenizer.stops });
  await writeFileWhole(modelfilePath(out), text);
  const wider = storedWider(out, type, tensors);
  return { file: out, modelfile: modelfilePath(out), bytes, warnings: [...warnings, ...wider] };
}

type ReadWeight = (name: string) => Promise<Float32Array>;

function plainWeights(
  folder: ModelFolder,
  architecture: Architecture,
  stored: (name: string) => string,
): ReadWeight {
  for (const [name, shape] of parameterShapes(architecture)) folder.entry(stored(name), shape);
  return async (name) => folder.read(stored(name));
}

/** The reader that reports how far it is and ends when the work is cancelled. */
function reading(
  read: ReadWeight,
  { signal, onProgress, out }: ExportGgufOptions,
  total: number,
): ReadWeight {
  const report = progressMeter(`writing ${out}`, onProgress);
  let done = 0;
  return async (name) => {
    if (signal?.aborted === true) throw new HoneError("CANCELLED", { what: "exporting" });
    report(done++ / total);
    return read(name);
  };
}

function writtenTensors(
  a: Architecture,
  wanted: WrittenType,
  read: ReadWeight,
): readonly WrittenTensor[] {
  const tensors = [...parameterShapes(a)].map(([name, shape]): WrittenTensor => ({
    name: ggufName(a, name),
    shape,
    type: typeFor(wanted, shape),
    data: async () => {
      const values = await read(name);
      const heads = interleavedHeads(a, name);
      if (heads !== undefined) return interleaveHeads(values, shape[0]!, heads);
      const isShifted = a.normOffset === 1 && name.endsWith("norm.weight");
      return isShifted ? values.map((value) => value + 1) : values;
    },
  }));
  const { scaling, base } = a.rope.global;
  if (scaling.kind !== "llama3") return tensors;
  const factors = ropeFactors(scaling, base, a.headSize);
  const data = async () => factors;
  return [...tensors, { name: ropeFactorsName, shape: [factors.length], type: "F32", data }];
}

/** Vectors stay F32; rows that are no whole blocks become F16, as llama.cpp's converter stores them. */
function typeFor(wanted: WrittenType, shape: readonly number[]): WrittenType {
  if (shape.length < 2) return "F32";
  return shape.at(-1)! % blockSizeOf(wanted) === 0 ? wanted : "F16";
}

function storedWider(
  file: string,
  type: WrittenType,
  tensors: readonly WrittenTensor[],
): readonly HoneError[] {
  const wider = tensors.filter((tensor) => tensor.shape.length > 1 && tensor.type !== type);
  if (wider.length === 0) return [];
  const facts = { file, count: wider.length, type, block: blockSizeOf(type) };
  return [new HoneError("GGUF_STORED_WIDER", facts)];
}
