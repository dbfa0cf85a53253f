/** The vocabulary of a GGUF file: tokens with their kinds, and the parts of tokenizer.json that follow from them alone. */
import { HoneError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Metadata } from "./metadata.ts";

/** The kinds of tokens, by llama.cpp's numbers. */
export const tokenKinds = {
  normal: 1,
  unknown: 2,
  control: 3,
  added: 4,
  unused: 5,
  byte: 6,
} as const;

/** One token of a GGUF file's vocabulary. */
export interface ListedToken {
  readonly id: number;
  readonly text: string;
  readonly kind: number;
}

/** The tokens of a file, whose ids are their places. @throws GGUF_INVALID */
export function listedTokens(metadata: Metadata): readonly ListedToken[] {
  const texts = metadata.texts("tokenizer.ggml.tokens");
  const key = "tokenizer.ggml.token_type";
  const kinds = metadata.raw(key) === undefined ? [] : metadata.numbers(key);
  const invalid = (problem: string) =>
    new HoneError("GGUF_INVALID", { file: metadata.file, problem });
  if (texts.length === 0) throw invalid("its vocabulary is empty");
  if (kinds.length !== 0 && kinds.length !== texts.length)
    throw invalid(`it has ${texts.length} tokens and ${kinds.length} token types`);
  const seen = new Map<string, number>();
  return texts.map((text, id) => {
    const before = seen.get(text);
    if (before !== undefined)
      throw invalid(`its tokens ${before} and ${id} have the same text, ${JSON.stringify(text)}`);
    seen.set(text, id);
    return { id, text, kind: kinds[id] ?? tokenKinds.normal };
  });
}

/** The vocabulary without ids that only fill up the embedding. */
export const vocabularyOf = (tokens: readonly ListedToken[]): Record<string, number> =>
  Object.fromEntries(
    tokens.filter(({ kind }) => kind !== tokenKinds.unused).map(({ text, id }) => [text, id]),
  );

/** Begin-of-text and end-of-text around a text, where the file asks for them. */
export function postProcessor(metadata: Metadata, tokens: readonly ListedToken[]): JsonObject {
  const around = (role: "bos" | "eos") => {
    const id = metadata.optionalCount(`tokenizer.ggml.${role}_token_id`);
    const isAsked = metadata.boolean(`tokenizer.ggml.add_${role}_token`, false);
    const token = id === undefined ? undefined : tokens[id];
    return isAsked && token !== undefined ? [token] : [];
  };
  const [before, after] = [around("bos"), around("eos")];
  const piece = ({ text: id }: ListedToken, type: number) => ({
    SpecialToken: { id, type_id: type },
  });
  const one = (id: string, type: number) => [
    ...before.map((token) => piece(token, type)),
    { Sequence: { id, type_id: type } },
    ...after.map((token) => piece(token, type)),
  ];
  const specials = [...before, ...after].map(({ text: id, id: number }) => [
    id,
    { id, ids: [number], tokens: [id] },
  ]);
  return {
    type: "TemplateProcessing",
    single: one("A", 0),
    pair: [...one("A", 0), ...one("B", 1)],
    special_tokens: Object.fromEntries(specials),
  };
}
