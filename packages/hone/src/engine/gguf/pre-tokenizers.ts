/**
 * How byte-level tokenizers cut a text into words before they merge bytes: llama.cpp's names (`tokenizer.ggml.pre`) and what
 * tokenizer.json says for the same. A name that is not here is refused, since a text cut elsewhere has other tokens.
 * @source llama.cpp, llama-vocab.cpp; the tokenizer.json of the models named there
 */
import type { JsonObject } from "../../core/json.ts";

/** What tokenizer.json holds for one of llama.cpp's names. */
export interface PreTokenizer {
  /** llama.cpp's names; the first is written, all are read. */
  readonly names: readonly string[];
  readonly preTokenizer: JsonObject;
  readonly normalizer: JsonObject | null;
  /** A word that is a token is taken as it is, whether merges lead to it or not. */
  readonly ignoreMerges: boolean;
}

const byteLevel = (useRegex: boolean): JsonObject => ({
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: useRegex,
});

const sequence = (...pretokenizers: readonly JsonObject[]): JsonObject => ({
  type: "Sequence",
  pretokenizers,
});

const split = (digits: string): JsonObject => ({
  type: "Split",
  pattern: {
    Regex: String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  },
  behavior: "Isolated",
  invert: false,
});

export const preTokenizers: readonly PreTokenizer[] = [
  {
    names: ["llama-bpe", "llama3", "llama-v3", "smaug-bpe"],
    preTokenizer: sequence(split(String.raw`\p{N}{1,3}`), byteLevel(false)),
    normalizer: null,
    ignoreMerges: true,
  },
  {
    names: ["qwen2", "deepseek-r1-qwen"],
    preTokenizer: sequence(split(String.raw`\p{N}`), byteLevel(false)),
    normalizer: { type: "NFC" },
    ignoreMerges: false,
  },
  {
    names: ["smollm", "starcoder", "refact", "command-r"],
    preTokenizer: sequence({ type: "Digits", individual_digits: true }, byteLevel(true)),
    normalizer: null,
    ignoreMerges: false,
  },
  {
    names: ["gpt-2"],
    preTokenizer: byteLevel(true),
    normalizer: null,
    ignoreMerges: false,
  },
];
