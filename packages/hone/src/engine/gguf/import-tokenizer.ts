/** The tokenizer in a GGUF file as the files of a Hugging Face folder: tokenizer.json, its settings, the chat template. */
import { HoneError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Metadata } from "./metadata.ts";
import { pieceTokenizer } from "./piece-tokenizer.ts";
import { type PreTokenizer, preTokenizers } from "./pre-tokenizers.ts";
import {
  type ListedToken,
  listedTokens,
  postProcessor,
  tokenKinds,
  vocabularyOf,
} from "./token-list.ts";

/** Files of a model folder by name, and what could not be kept. */
export interface ImportedTokenizer {
  readonly files: Readonly<Record<string, string>>;
  /** Ids that end a reply, the main one first. */
  readonly endOfText: readonly number[];
  /** Chat templates of the file beside the main one. */
  readonly leftOut: readonly string[];
}

/** Roles of tokens: llama.cpp's name → that of tokenizer_config.json. */
const roles = {
  bos: "bos_token",
  eos: "eos_token",
  unknown: "unk_token",
  padding: "pad_token",
} as const;

/**
 * Makes the tokenizer's files.
 * @throws GGUF_UNSUPPORTED for a kind of tokenizer, or a way to cut words, that is not known; GGUF_INVALID
 */
export function importTokenizer(metadata: Metadata): ImportedTokenizer {
  const tokens = listedTokens(metadata);
  const config = tokenizerConfig(metadata, tokens);
  const template = metadata.optionalText("tokenizer.chat_template");
  const leftOut = [...metadata.values.keys()].filter((key) =>
    key.startsWith("tokenizer.chat_template."),
  );
  const files = {
    "tokenizer.json": JSON.stringify(tokenizerJson(metadata, tokens)),
    "tokenizer_config.json": `${JSON.stringify(config, undefined, 2)}\n`,
    ...(template === undefined ? {} : { "chat_template.jinja": template }),
  };
  return { files, endOfText: endOfText(metadata, tokens), leftOut };
}

/** Ends of text and of a turn: different tokens in Llama 3, and in files that were converted from a base model. */
function endOfText(metadata: Metadata, tokens: readonly ListedToken[]): readonly number[] {
  const ids = ["eos", "eot", "eom"].map((name) =>
    metadata.optionalCount(`tokenizer.ggml.${name}_token_id`),
  );
  return [...new Set(ids.filter((id) => id !== undefined && id < tokens.length))] as number[];
}

function tokenizerConfig(metadata: Metadata, tokens: readonly ListedToken[]): JsonObject {
  const named = Object.entries(roles).flatMap(([role, name]) => {
    const id = metadata.optionalCount(`tokenizer.ggml.${role}_token_id`);
    const text = id === undefined ? undefined : tokens[id]?.text;
    return text === undefined ? [] : [[name, text] as const];
  });
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    clean_up_tokenization_spaces: false,
    ...Object.fromEntries(named),
  };
}

function tokenizerJson(metadata: Metadata, tokens: readonly ListedToken[]): JsonObject {
  const kind = metadata.text("tokenizer.ggml.model");
  const common = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: tokens.filter(isAdded).map(({ id, text: content, kind: type }) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: type !== tokenKinds.added,
    })),
  };
  if (kind === "gpt2") return { ...common, ...byteLevelTokenizer(metadata, tokens) };
  if (kind === "llama") return { ...common, ...pieceTokenizer(metadata, tokens) };
  const facts = { file: metadata.file, what: "kind of tokenizer", got: kind };
  throw new HoneError("GGUF_UNSUPPORTED", { ...facts, supported: ["gpt2", "llama"] });
}

const isAdded = ({ kind }: ListedToken): boolean =>
  kind === tokenKinds.control || kind === tokenKinds.added || kind === tokenKinds.unknown;

function byteLevelTokenizer(metadata: Metadata, tokens: readonly ListedToken[]): JsonObject {
  const cut = preTokenizerOf(metadata);
  const merges = metadata.texts("tokenizer.ggml.merges").map((merge) => {
    // A byte-level token holds no space, which separates the two halves.
    const halves = merge.split(" ");
    if (halves.length === 2 && halves[0] !== "" && halves[1] !== "") return halves;
    const problem = `its merges hold ${JSON.stringify(merge)}, which is no pair`;
    throw new HoneError("GGUF_INVALID", { file: metadata.file, problem });
  });
  const vocab = vocabularyOf(tokens);
  return {
    normalizer: cut.normalizer,
    pre_tokenizer: cut.preTokenizer,
    post_processor: postProcessor(metadata, tokens),
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: cut.ignoreMerges,
      vocab,
      merges,
    },
  };
}

function preTokenizerOf(metadata: Metadata): PreTokenizer {
  const name = metadata.optionalText("tokenizer.ggml.pre");
  const found = preTokenizers.find(({ names }) => name !== undefined && names.includes(name));
  if (found !== undefined) return found;
  const facts = {
    file: metadata.file,
    what: "way to cut words (tokenizer.ggml.pre)",
    got: name ?? "none",
  };
  throw new HoneError("GGUF_UNSUPPORTED", {
    ...facts,
    supported: preTokenizers.flatMap(({ names }) => names),
  });
}
