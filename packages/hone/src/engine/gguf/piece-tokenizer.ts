/**
 * Tokenizers of SentencePiece (Gemma, Llama 2, Mistral): pieces with scores, spaces written as "▁", bytes for what has no piece.
 *
 * tokenizer.json knows no scores, but a list of merges, the first of which is done first. Two pieces may be merged where their
 * whole is a piece, too, and the whole with the highest score goes first.
 * @source transformers 5.24, `generate_merges` of tokenization_utils_base.py
 */
import { HoneError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Metadata } from "./metadata.ts";
import { type ListedToken, postProcessor, tokenKinds, vocabularyOf } from "./token-list.ts";

/** The parts of tokenizer.json that a vocabulary of pieces gives. @throws GGUF_INVALID */
export function pieceTokenizer(metadata: Metadata, tokens: readonly ListedToken[]): JsonObject {
  const scores = metadata.numbers("tokenizer.ggml.scores");
  if (scores.length !== tokens.length) {
    const problem = `it has ${tokens.length} tokens and ${scores.length} scores`;
    throw new HoneError("GGUF_INVALID", { file: metadata.file, problem });
  }
  const unknown = tokens.find(({ kind }) => kind === tokenKinds.unknown);
  const hasPrefix = metadata.boolean("tokenizer.ggml.add_space_prefix", true);
  const isGemma = metadata.raw("general.architecture") === "gemma3";
  return {
    ...(isGemma && !hasPrefix ? gemmaSpaces : llamaSpaces(hasPrefix)),
    post_processor: postProcessor(metadata, tokens),
    model: {
      type: "BPE",
      dropout: null,
      unk_token: unknown?.text ?? null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: vocabularyOf(tokens),
      merges: mergesOf(tokens, scores),
    },
  };
}

const spaceAsMark: JsonObject = { type: "Replace", pattern: { String: " " }, content: "▁" };
const markAsSpace: JsonObject = { type: "Replace", pattern: { String: "▁" }, content: " " };
const bytesAsText: readonly JsonObject[] = [{ type: "ByteFallback" }, { type: "Fuse" }];

const gemmaSpaces: JsonObject = {
  normalizer: spaceAsMark,
  pre_tokenizer: {
    type: "Split",
    pattern: { String: " " },
    behavior: "MergedWithPrevious",
    invert: false,
  },
  decoder: { type: "Sequence", decoders: [markAsSpace, ...bytesAsText] },
};

function llamaSpaces(hasPrefix: boolean): JsonObject {
  const prefix: JsonObject = { type: "Prepend", prepend: "▁" };
  const strip: JsonObject = { type: "Strip", content: " ", start: 1, stop: 0 };
  return {
    normalizer: { type: "Sequence", normalizers: [...(hasPrefix ? [prefix] : []), spaceAsMark] },
    pre_tokenizer: null,
    decoder: {
      type: "Sequence",
      decoders: [markAsSpace, ...bytesAsText, ...(hasPrefix ? [strip] : [])],
    },
  };
}

interface Merge {
  readonly pair: readonly [string, string];
  readonly score: number;
  /** Lengths of the two halves in characters, as Python counts them. */
  readonly lengths: readonly [number, number];
  /** Ids of the two halves: of merges to one piece, that of earlier pieces comes first. */
  readonly ids: readonly [number, number];
}

/** Splits of all pieces into two pieces, in the order in which they are merged. */
function mergesOf(
  tokens: readonly ListedToken[],
  scores: readonly number[],
): readonly (readonly [string, string])[] {
  const isPiece = ({ kind }: ListedToken) =>
    kind === tokenKinds.normal || kind === tokenKinds.added;
  const pieces = tokens.filter(isPiece);
  const ids = new Map(pieces.map(({ text, id }) => [text, id]));
  const merges = pieces.flatMap(({ text, id }) =>
    splitsOf(text, scores[id]!, ids).toSorted((a, b) => a.ids[0] - b.ids[0] || a.ids[1] - b.ids[1]),
  );
  const sorted = merges.toSorted(
    (a, b) => b.score - a.score || b.lengths[0] - a.lengths[0] || b.lengths[1] - a.lengths[1],
  );
  return sorted.map(({ pair }) => pair);
}

function splitsOf(text: string, score: number, ids: ReadonlyMap<string, number>): Merge[] {
  const characters = Array.from(text);
  const splits: Merge[] = [];
  for (let cut = 1; cut < characters.length; cut++) {
    const pair = [characters.slice(0, cut).join(""), characters.slice(cut).join("")] as const;
    const [left, right] = [ids.get(pair[0]), ids.get(pair[1])];
    if (left === undefined || right === undefined) continue;
    splits.push({ pair, score, lengths: [cut, characters.length - cut], ids: [left, right] });
  }
  return splits;
}

/**
 * Scores that lead to these merges, the way back: the place of a piece's first merge, negative, so that earlier ones are higher.
 * Undefined where no scores do, since llama.cpp merges two pieces wherever their whole is a piece.
 */
export function pieceScores(
  tokens: readonly ListedToken[],
  merges: readonly (readonly [string, string])[],
): readonly number[] | undefined {
  const places = new Map<string, number>();
  for (const [place, pair] of merges.entries())
    if (!places.has(pair.join(""))) places.set(pair.join(""), place);
  const scores = tokens.map(({ text }) => -(places.get(text) ?? merges.length));
  const back = mergesOf(tokens, scores);
  const isSame =
    back.length === merges.length &&
    back.every((pair, i) => pair.join(" ") === merges[i]!.join(" "));
  return isSame ? scores : undefined;
}
