/**
 * Where the files of a model folder contradict each other: seen when the folder is opened, settled as transformers does,
 * and said once as warnings. What cannot be settled is an error (TENSOR_MISSING, TENSOR_SHAPE).
 */
import { HoneError } from "../../core/errors.ts";
import type { Tokenizer } from "../../text/tokenizer.ts";
import { type Architecture, parameterShapes } from "../models/architecture.ts";
import type { ModelFolder } from "./model-folder.ts";

const EMBEDDING = "model.embed_tokens.weight";
const HEAD = "lm_head.weight";
/** How many names a warning gives as examples. */
const EXAMPLES = 3;

/** Where the embedding and the output layer of a folder come from. */
export interface SettledHead {
  /** The architecture of the weights, which may say of the output layer something else than config.json. */
  readonly architecture: Architecture;
  /** The stored name of the embedding. */
  readonly embedding: string;
  readonly warnings: readonly HoneError[];
}

/**
 * A folder whose config.json ties the output layer to the embedding may hold both. With equal numbers they are tied; with
 * different ones each is used as it is stored; where one of the two is missing, the other stands for both.
 * @source transformers 5.24, PreTrainedModel.tie_weights
 * @throws TENSOR_SHAPE, and what reading the two throws
 */
export async function settleHead(
  folder: ModelFolder,
  architecture: Architecture,
): Promise<SettledHead> {
  const stored = { architecture, embedding: EMBEDDING, warnings: [] };
  if (!architecture.hasTiedEmbeddings || !folder.tensors.has(HEAD)) return stored;
  const shape = [architecture.vocabularySize, architecture.width];
  folder.entry(HEAD, shape);
  if (!folder.tensors.has(EMBEDDING)) return { ...stored, embedding: HEAD };
  folder.entry(EMBEDDING, shape);
  const head = await folder.read(HEAD);
  const embedding = await folder.read(EMBEDDING);
  if (head.every((value, i) => value === embedding[i])) return stored;
  const warning = new HoneError("MODEL_HEAD_NOT_TIED", { folder: folder.path });
  return {
    ...stored,
    architecture: { ...architecture, hasTiedEmbeddings: false },
    warnings: [warning],
  };
}

/** The stored tensors that the architecture has no place for, as a warning; tables that older versions stored are none. */
export function unusedTensors(folder: ModelFolder, architecture: Architecture): HoneError[] {
  const known = parameterShapes(architecture);
  const unused = [...folder.tensors.keys()].filter(
    (name) =>
      !known.has(name) &&
      !name.endsWith(".rotary_emb.inv_freq") &&
      !(name === HEAD && architecture.hasTiedEmbeddings),
  );
  if (unused.length === 0) return [];
  const examples = unused.slice(0, EXAMPLES);
  const facts = { count: unused.length, examples, layers: architecture.layerCount };
  return [new HoneError("MODEL_TENSORS_UNUSED", { folder: folder.path, ...facts })];
}

/** Ids that the model has logits for and the tokenizer has no token for, such as rows that fill up an embedding. */
export function idsWithoutToken(tokenizer: Tokenizer, vocabularySize: number): number[] {
  return Array.from({ length: vocabularySize }, (_, id) => id).filter((id) => !tokenizer.has(id));
}

/** Warnings where the tokenizer's tokens are not those of the model. */
export function tokenWarnings(
  { path, generationConfig }: Pick<ModelFolder, "path" | "generationConfig">,
  tokenizer: Tokenizer,
  { vocabularySize }: Architecture,
): HoneError[] {
  const warnings: HoneError[] = [];
  const beyond: number[] = [];
  for (let id = vocabularySize; id < tokenizer.vocabularySize; id++) {
    if (tokenizer.has(id)) beyond.push(id);
  }
  if (beyond.length > 0) {
    const examples = beyond.slice(0, EXAMPLES).map((id) => JSON.stringify(tokenizer.token(id)));
    const facts = { count: beyond.length, examples, vocabularySize };
    warnings.push(new HoneError("MODEL_TOKENS_WITHOUT_ROWS", { folder: path, ...facts }));
  }
  for (const id of [generationConfig["eos_token_id"]].flat()) {
    if (typeof id !== "number") continue;
    const problem =
      id >= vocabularySize
        ? `but the model's vocab_size is ${vocabularySize}`
        : tokenizer.has(id)
          ? undefined
          : "which is no token of the tokenizer";
    if (problem === undefined) continue;
    warnings.push(new HoneError("MODEL_STOP_TOKEN_INVALID", { folder: path, id, problem }));
  }
  return warnings;
}
