/** The tokenizer of a Hugging Face folder as the metadata of a GGUF file. */
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { HoneError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { readChatTemplate } from "../../text/chat-template.ts";
import { readOptionalJson } from "../../text/folder-files.ts";
import { readSpecialTokens } from "../../text/special-tokens.ts";
import type { WrittenValue } from "./gguf-writer.ts";
import { pieceScores } from "./piece-tokenizer.ts";
import { preTokenizers } from "./pre-tokenizers.ts";
import { type ListedToken, tokenKinds } from "./token-list.ts";

/** The metadata of a tokenizer, and what else a Modelfile says. */
export interface ExportedTokenizer {
  readonly metadata: ReadonlyMap<string, WrittenValue>;
  /** The texts of the tokens that end a reply. */
  readonly stops: readonly string[];
}

/** The parts of tokenizer.json that a file for llama.cpp is made of. */
interface TokenizerJson {
  readonly file: string;
  readonly vocab: ReadonlyMap<string, number>;
  readonly merges: readonly (readonly [string, string])[];
  readonly added: readonly {
    readonly id: number;
    readonly content: string;
    readonly special: boolean;
  }[];
  readonly json: JsonObject;
  readonly model: JsonObject;
}

/**
 * Reads the tokenizer of a model folder.
 * @param size the rows of the embedding; ids that the tokenizer does not have are filled up
 * @throws TOKENIZER_MISSING; TOKENIZER_INVALID; GGUF_NOT_EXPRESSIBLE for tokenizers that llama.cpp does not have
 */
export async function exportTokenizer(folder: string, size: number): Promise<ExportedTokenizer> {
  const json = await readOptionalJson(folder, "tokenizer.json");
  if (json === undefined) throw new HoneError("TOKENIZER_MISSING", { folder });
  const read = readTokenizer(json, join(folder, "tokenizer.json"));
  const tokens = listTokens(read, size);
  const idOf = new Map(tokens.map(({ text, id }) => [text, id]));
  const specials = await readSpecialTokens(folder);
  const generation = (await readOptionalJson(folder, "generation_config.json")) ?? {};
  const eos = specials["eos_token"];
  const ends = [
    eos === undefined ? undefined : idOf.get(eos),
    ...[generation["eos_token_id"]].flat(),
  ];
  const stops = [...new Set(ends)].filter(
    (id): id is number => typeof id === "number" && id < tokens.length,
  );
  const template = await readChatTemplate(folder);
  const ids: readonly (readonly [string, number | undefined])[] = [
    ["bos", idOf.get(specials["bos_token"] ?? "")],
    ["eos", stops[0]],
    ["eot", stops[1]],
    ["eom", stops[2]],
    ["unknown", idOf.get(specials["unk_token"] ?? "")],
    ["padding", idOf.get(specials["pad_token"] ?? "")],
  ];
  const metadata = new Map<string, WrittenValue>([
    ...kindOf(read, tokens),
    ["tokenizer.ggml.tokens", { type: "texts", value: tokens.map(({ text }) => text) }],
    ["tokenizer.ggml.token_type", { type: "i32s", value: tokens.map(({ kind }) => kind) }],
    [
      "tokenizer.ggml.add_bos_token",
      { type: "bool", value: addsAround(json, specials["bos_token"]) },
    ],
    ["tokenizer.ggml.add_eos_token", { type: "bool", value: addsAround(json, eos) }],
  ]);
  for (const [role, value] of ids)
    if (value !== undefined)
      metadata.set(`tokenizer.ggml.${role}_token_id`, { type: "u32", value });
  if (template !== undefined)
    metadata.set("tokenizer.chat_template", { type: "text", value: template.source });
  return { metadata, stops: stops.map((id) => tokens[id]!.text) };
}

function refuse(file: string, what: string, got: string, supported: string): never {
  throw new HoneError("GGUF_NOT_EXPRESSIBLE", { model: file, what, got, supported });
}

function readTokenizer(json: JsonObject, file: string): TokenizerJson {
  const invalid = (problem: string) => new HoneError("TOKENIZER_INVALID", { file, problem });
  const { model, added_tokens: addedRows = [] } = json;
  if (!isObject(model) || !isObject(model["vocab"]))
    throw invalid("it has no model with a vocabulary of texts");
  if (model["type"] !== "BPE") refuse(file, "kind of tokenizer", String(model["type"]), "BPE");
  const pairs = Array.isArray(model["merges"]) ? (model["merges"] as readonly unknown[]) : [];
  const merges = pairs.map((merge) => {
    const pair = typeof merge === "string" ? merge.split(" ") : merge;
    if (!Array.isArray(pair) || pair.length !== 2)
      throw invalid(`its merges hold ${JSON.stringify(merge)}, which is no pair`);
    return [String(pair[0]), String(pair[1])] as const;
  });
  const rows = Array.isArray(addedRows) ? addedRows.filter(isObject) : [];
  const added = rows.map(({ id, content, special }) => {
    if (typeof id !== "number" || typeof content !== "string")
      throw invalid("one of its added_tokens has no id or no content");
    return { id, content, special: special === true };
  });
  const vocab = new Map(Object.entries(model["vocab"]).map(([text, id]) => [text, Number(id)]));
  return { file, vocab, merges, added, json, model };
}

/** Every id up to the size of the embedding; those that the tokenizer does not have as llama.cpp's converter names them. */
function listTokens({ file, vocab, added, model }: TokenizerJson, size: number): ListedToken[] {
  const tokens: ListedToken[] = Array.from({ length: size }, (_, id) => ({
    id,
    text: `[PAD${id}]`,
    kind: tokenKinds.unused,
  }));
  const put = (id: number, text: string, kind: number) => {
    if (id >= size || id < 0)
      refuse(
        file,
        `id of the token ${JSON.stringify(text)}`,
        String(id),
        `ids below ${size}, the rows of the embedding`,
      );
    tokens[id] = { id, text, kind };
  };
  const isByte = (text: string) =>
    model["byte_fallback"] === true && /^<0x[0-9A-F]{2}>$/.test(text);
  for (const [text, id] of vocab) put(id, text, isByte(text) ? tokenKinds.byte : tokenKinds.normal);
  for (const { id, content, special } of added) {
    const isUnknown = content === model["unk_token"];
    put(
      id,
      content,
      isUnknown ? tokenKinds.unknown : special ? tokenKinds.control : tokenKinds.added,
    );
  }
  return tokens;
}

/** Whether the tokenizer puts this token around every text by itself. */
function addsAround(json: JsonObject, token: string | undefined): boolean {
  const steps = isObject(json["post_processor"]) ? [json["post_processor"]] : [];
  const all = steps.flatMap((step) =>
    Array.isArray(step["processors"]) ? step["processors"].filter(isObject) : [step],
  );
  return all.some((step) => {
    const pieces = Array.isArray(step["single"]) ? step["single"].filter(isObject) : [];
    return pieces.some(
      ({ SpecialToken: special }) =>
        token !== undefined && isObject(special) && special["id"] === token,
    );
  });
}

/** Byte-level merges with llama.cpp's name for how words are cut, or pieces with scores. */
function kindOf(
  read: TokenizerJson,
  tokens: readonly ListedToken[],
): readonly (readonly [string, WrittenValue])[] {
  const { file, json, merges, model } = read;
  const text = (value: string): WrittenValue => ({ type: "text", value });
  if (model["byte_fallback"] === true) {
    const scores = pieceScores(tokens, merges);
    if (scores === undefined)
      refuse(
        file,
        "list of merges",
        "not that of its pieces",
        "pieces that are merged wherever their whole is a piece",
      );
    return [
      ["tokenizer.ggml.model", text("llama")],
      ["tokenizer.ggml.scores", { type: "f32s", value: scores }],
      [
        "tokenizer.ggml.add_space_prefix",
        { type: "bool", value: JSON.stringify(json["normalizer"]).includes('"Prepend"') },
      ],
    ];
  }
  const cut = json["pre_tokenizer"];
  const found = preTokenizers.find((row) =>
    isDeepStrictEqual(withoutDefaults(cut), row.preTokenizer),
  );
  if (found === undefined) {
    const known = preTokenizers.map(({ names }) => names[0]).join(", ");
    refuse(file, "pre_tokenizer", JSON.stringify(cut), `those of ${known}`);
  }
  return [
    ["tokenizer.ggml.model", text("gpt2")],
    ["tokenizer.ggml.pre", text(found.names[0]!)],
    ["tokenizer.ggml.merges", { type: "texts", value: merges.map((pair) => pair.join(" ")) }],
  ];
}

/** Steps that hold `trim_offsets`, which changes no token, in the one spelling of the table. */
function withoutDefaults(cut: unknown): unknown {
  if (!isObject(cut)) return cut;
  if (Array.isArray(cut["pretokenizers"]))
    return { ...cut, pretokenizers: cut["pretokenizers"].map(withoutDefaults) };
  return cut["type"] === "ByteLevel" ? { ...cut, trim_offsets: true } : cut;
}
