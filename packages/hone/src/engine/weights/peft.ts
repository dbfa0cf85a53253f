/**
 * LoRA adapters as PEFT stores them: `adapter_config.json` and `adapter_model.safetensors`, both ways.
 *
 * The key `base_model.model.<module>.lora_A.weight` holds A [rank, inputs], `….lora_B.weight` holds B [outputs, rank];
 * the layer computes W·x + scale · B·(A·x) with scale = alpha / rank, or alpha / √rank with rsLoRA.
 * @source Hu et al. 2021, LoRA (arXiv:2106.09685); Kalajdzievski 2023, rsLoRA (arXiv:2312.03732)
 */
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HoneError } from "../../core/errors.ts";
import { noFolder, readJsonObject } from "./model-folder.ts";
import { type AdapterSettings, formatAdapterConfig, parseAdapterConfig } from "./peft-config.ts";
import { readTensor } from "./safetensors.ts";
import { openSafetensors, type TensorEntry } from "./safetensors-header.ts";
import { writeSafetensors } from "./safetensors-writer.ts";
import { writeFolderWhole } from "../../formats/whole-write.ts";

/** The two factors of one adapted layer, row-major. */
export interface AdapterFactors {
  readonly inputs: number;
  readonly outputs: number;
  /** [rank, inputs] */
  readonly a: Float32Array;
  /** [outputs, rank] */
  readonly b: Float32Array;
}

/** An adapter as plain data. */
export interface AdapterFiles extends AdapterSettings {
  /** By full module name, such as `model.layers.0.self_attn.q_proj`. */
  readonly tensors: ReadonlyMap<string, AdapterFactors>;
}

const weightsFile = "adapter_model.safetensors";
const prefix = "base_model.model.";
/** In the weights' header, where PEFT reads nothing; an unknown key of adapter_config.json would make it warn. */
const fingerprintKey = "hone_base_fingerprint";

/**
 * Reads a PEFT adapter folder.
 *
 * @throws MODEL_NOT_FOUND              when there is no such folder
 * @throws MODEL_FILE_MISSING           when one of the two files is missing
 * @throws ADAPTER_FEATURE_UNSUPPORTED  for DoRA, biases, modules_to_save, rank patterns and the like
 * @throws ADAPTER_INVALID              when a factor is missing, misshapen or unknown
 * @throws WEIGHTS_NOT_FINITE           when a number is NaN or infinite
 * @example const adapter = await readAdapter("./runs/7f3a/adapter");
 */
export async function readAdapter(folder: string): Promise<AdapterFiles> {
  await requireFolder(folder);
  const config = await readJsonObject(folder, "adapter_config.json");
  // Settings first: with DoRA or biases on, the message about the feature helps more than one about its tensors.
  parseAdapterConfig(config, folder, []);
  const { tensors: entries, metadata } = await openSafetensors(join(folder, weightsFile));
  const pairs = pairFactors(entries, folder);
  const settings = parseAdapterConfig(config, folder, [...pairs.keys()]);
  const tensors = new Map<string, AdapterFactors>();
  for (const [module, pair] of pairs)
    tensors.set(module, await readFactors(module, pair, settings.rank, folder));
  const baseFingerprint = metadata[fingerprintKey];
  return { ...settings, ...(baseFingerprint === undefined ? {} : { baseFingerprint }), tensors };
}

/**
 * Writes a PEFT adapter folder, whole or absent.
 *
 * @param options.replace put it in the place of a folder that holds files (default: an error)
 * @throws MODEL_FOLDER_EXISTS, DISK_FULL, WRITE_FAILED
 */
export async function writeAdapter(
  folder: string,
  adapter: AdapterFiles,
  options: { readonly replace?: boolean } = {},
): Promise<void> {
  const { rank, baseFingerprint } = adapter;
  const metadata = {
    format: "pt",
    ...(baseFingerprint === undefined ? {} : { [fingerprintKey]: baseFingerprint }),
  };
  const sources = [...adapter.tensors].flatMap(([module, { a, b, inputs, outputs }]) => [
    { name: `${prefix}${module}.lora_A.weight`, shape: [rank, inputs], data: a },
    { name: `${prefix}${module}.lora_B.weight`, shape: [outputs, rank], data: b },
  ]);
  const fill = async (temporary: string) => {
    const config = `${JSON.stringify(formatAdapterConfig(adapter), null, 2)}\n`;
    await writeFile(join(temporary, "adapter_config.json"), config, { flush: true });
    await writeSafetensors(join(temporary, weightsFile), sources, metadata);
  };
  await writeFolderWhole(folder, fill, options);
}

async function requireFolder(folder: string): Promise<void> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    throw noFolder(folder, cause);
  }
  if (!names.includes(weightsFile) && names.includes("adapter_model.bin")) {
    throw new HoneError("ADAPTER_NOT_SAFETENSORS", { folder });
  }
}

interface FactorPair {
  readonly a: TensorEntry;
  readonly b: TensorEntry;
}

function pairFactors(
  entries: ReadonlyMap<string, TensorEntry>,
  folder: string,
): ReadonlyMap<string, FactorPair> {
  const halves = new Map<string, { A?: TensorEntry; B?: TensorEntry }>();
  for (const [name, entry] of entries) {
    const match = /^base_model\.model\.(.+)\.lora_([AB])\.weight$/.exec(name);
    if (!match) throw unknownTensor(name, folder);
    const module = match[1]!;
    halves.set(module, { ...halves.get(module), [match[2]!]: entry });
  }
  const pairs = new Map<string, FactorPair>();
  for (const [module, { A: a, B: b }] of halves) {
    if (!a || !b) {
      const problem = `"${module}" has lora_${a ? "A" : "B"} but no lora_${a ? "B" : "A"}`;
      throw new HoneError("ADAPTER_INVALID", { folder, problem });
    }
    pairs.set(module, { a, b });
  }
  if (pairs.size === 0)
    throw new HoneError("ADAPTER_INVALID", { folder, problem: `${weightsFile} holds no LoRA` });
  return pairs;
}

function unknownTensor(name: string, folder: string): HoneError {
  const feature = /lora_embedding_|lora_magnitude_vector|modules_to_save|\.bias$/.exec(name)?.[0];
  return feature === undefined
    ? new HoneError("ADAPTER_INVALID", {
        folder,
        problem: `the tensor "${name}" is not part of a LoRA`,
      })
    : new HoneError("ADAPTER_FEATURE_UNSUPPORTED", {
        folder,
        feature: "a tensor",
        value: `"${name}"`,
      });
}

async function readFactors(
  module: string,
  pair: FactorPair,
  rank: number,
  folder: string,
): Promise<AdapterFactors> {
  const [rankOfA, inputs] = pair.a.shape;
  const [outputs, rankOfB] = pair.b.shape;
  const flat = pair.a.shape.length === 2 && pair.b.shape.length === 2;
  if (!flat || rankOfA !== rank || rankOfB !== rank) {
    const shapes = `A [${pair.a.shape.join(", ")}] and B [${pair.b.shape.join(", ")}]`;
    const problem = `"${module}" has ${shapes}; with r = ${rank} they must be [${rank}, inputs] and [outputs, ${rank}]`;
    throw new HoneError("ADAPTER_INVALID", { folder, problem });
  }
  return {
    inputs: inputs!,
    outputs: outputs!,
    a: await readTensor(pair.a),
    b: await readTensor(pair.b),
  };
}
