/** The file tokenizer.json of a byte-level BPE tokenizer, in the format of Hugging Face's tokenizers library. */

/** Two neighbouring tokens that become one. */
export type Join = readonly [left: string, right: string];

/** tokenizer.json as data. */
export interface TokenizerJson {
  readonly version: "1.0";
  readonly truncation: null;
  readonly padding: null;
  readonly added_tokens: readonly AddedToken[];
  readonly normalizer: { readonly type: "NFC" };
  readonly pre_tokenizer: unknown;
  readonly post_processor: null;
  readonly decoder: unknown;
  readonly model: BpeModel;
  readonly [key: string]: unknown;
}

interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: false;
  readonly lstrip: false;
  readonly rstrip: false;
  readonly normalized: false;
  readonly special: true;
}

interface BpeModel {
  readonly type: "BPE";
  readonly vocab: Readonly<Record<string, number>>;
  readonly merges: readonly Join[];
  readonly [key: string]: unknown;
}

/**
 * The pattern by which texts are cut into pieces, in the syntax of the tokenizers library, whose `\s` is Unicode's
 * White_Space. It is Qwen2's pattern: `transformers` uses that for every folder whose model_type is qwen2.
 */
export const CUT =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/**
 * The file of a tokenizer.
 * @param names    the spelling of every token, special tokens first; a token's index is its id
 * @param merges   the pairs that are joined, in the order in which they apply
 * @param specials the special tokens, which are the first of `names`
 */
export function tokenizerJson(
  names: readonly string[],
  merges: readonly Join[],
  specials: readonly string[],
): TokenizerJson {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specials.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: { type: "NFC" },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: CUT }, behavior: "Isolated", invert: false },
        { ...byteLevel, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { ...byteLevel, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(names.map((name, id) => [name, id])),
      merges,
    },
  };
}
