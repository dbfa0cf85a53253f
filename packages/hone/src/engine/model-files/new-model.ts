/** A small model made from a seed, as an ordinary Hugging Face folder. Needs no native code. */
import { optionChecks } from "../../core/option-checks.ts";
import { type TokenizerText, tinyTokenizerFiles } from "../../text/tiny-tokenizer.ts";
import { parameterCount, parameterShapes } from "../models/architecture.ts";
import { readArchitecture } from "../models/models.ts";
import { initialWeights, tinyConfig, type TinyOptions } from "../models/tiny.ts";
import { contextForTexts } from "./context-for-texts.ts";
import { saveModelFolder } from "../weights/save-model.ts";

/** How a new model is made. */
export interface NewModelOptions extends Omit<TinyOptions, "vocabularySize"> {
  /** Where the model is written: a new or an empty folder. */
  readonly folder: string;
  /** The texts that the tokenizer is trained on. */
  readonly texts: readonly TokenizerText[];
  /** Maximum number of tokens; few texts give fewer. Default 512. */
  readonly vocabularySize?: number;
  /** Texts that the context is made long enough for, in steps of 512 tokens up to 4,096; it is no shorter than `contextLength`. Default: `contextLength` decides. */
  readonly holds?: readonly TokenizerText[];
  /** Decides every weight. Default 0. */
  readonly seed?: number;
  /** Replace a folder that holds files. Default false: such a folder is an error. */
  readonly replace?: boolean;
}

/** The model folder that was made. */
export interface NewModel {
  readonly folder: string;
  readonly parameterCount: number;
  /** Tokens that the tokenizer has. */
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
    holds,
    vocabularySize: wanted = 512,
    ...sizes
  } = options;
  checkSizes(sizes);
  const { "generation_config.json": generation, ...files } = tinyTokenizerFiles({
    texts,
    vocabularySize: wanted,
  });
  const vocabularySize = tokenCount(files["tokenizer.json"]);
  const { eos_token_id: ends, pad_token_id: padding } = JSON.parse(generation) as GenerationConfig;
  const { contextLength: least = 0 } = sizes;
  const fitted = holds && { contextLength: Math.max(least, await contextForTexts(files, holds)) };
  const config = tinyConfig({ ...sizes, ...fitted, vocabularySize }, ends[0]!, padding);
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

/**
 * Checks the sizes of a new model before its config.json is made of them, so that an error names the option that was given and
 * not a field of a file that the user never wrote.
 * @throws OPTION_INVALID
 */
function checkSizes({
  width = 128,
  heads = 4,
  keyValueHeads = 2,
}: Pick<TinyOptions, "width" | "heads" | "keyValueHeads">): void {
  const check = optionChecks("newModel");
  for (const [option, value] of Object.entries({ width, heads, keyValueHeads }))
    check.whole(option, value, { min: 1 });
  if (width % (2 * heads) !== 0) {
    const expected = `a multiple of ${2 * heads}: each of the ${heads} heads has the same, even, share of it`;
    throw check.invalid("width", width, expected);
  }
  if (heads % keyValueHeads !== 0) {
    const expected = `a divisor of ${heads}, the number of heads, which share them`;
    throw check.invalid("keyValueHeads", keyValueHeads, expected);
  }
}

interface GenerationConfig {
  readonly eos_token_id: readonly number[];
  readonly pad_token_id: number;
}

/** How many rows the embedding needs: ids have no gaps, so one more than the highest. */
function tokenCount(tokenizer: string): number {
  const { model, added_tokens: added } = JSON.parse(tokenizer) as {
    readonly model: { readonly vocab: Readonly<Record<string, number>> };
    readonly added_tokens: readonly { readonly id: number }[];
  };
  const ids = [...Object.values(model.vocab), ...added.map(({ id }) => id)];
  return ids.reduce((highest, id) => Math.max(highest, id), 0) + 1;
}
