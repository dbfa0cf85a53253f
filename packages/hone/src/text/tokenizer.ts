/**
 * Text ⇄ token ids, by the tokenizer.json of a Hugging Face folder.
 *
 * `@huggingface/tokenizers` does the work; it is loaded when the first tokenizer is opened. Its option to "clean up" spaces
 * stays off: it changes text (" ," becomes ","), so that decoding and encoding again would give other ids.
 */
import { join } from "node:path";
import { HoneError, messageOf } from "../core/errors.ts";
import { byteToCharacter, characterToByte } from "./byte-alphabet.ts";
import { decodeBytesAsInPython } from "./byte-fallback.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import { readOptionalJson } from "./folder-files.ts";
import { loadLibrary, type Library } from "./library.ts";
import { RecentTexts } from "./recent-texts.ts";
import { splittingMetaspace } from "./split-metaspace.ts";
import { TextStream } from "./text-stream.ts";

/** A model's tokenizer. */
export interface Tokenizer {
  /** One more than the largest id. A model's embedding may have more rows than this. */
  readonly vocabularySize: number;
  /** The ids of special tokens by their text. */
  readonly specials: ReadonlyMap<string, number>;
  /** The id of the token that begins a text; undefined when the tokenizer has none. */
  readonly beginOfText: number | undefined;
  /** The ids that end a text: the tokenizer's own first, then those of generation_config.json that are tokens. */
  readonly endOfText: readonly number[];
  readonly padding: number | undefined;
  /**
   * The ids of a text. A special token that is written in the text becomes its id.
   * `special` adds the tokens that the tokenizer puts around every text, such as begin-of-text. Default false, since chat
   * templates write these themselves.
   * @throws TEXT_NOT_ENCODABLE
   */
  encode(text: string, options?: { readonly special?: boolean }): number[];
  /**
   * The text of ids. `special: false` leaves special tokens out; default true.
   * @throws TOKEN_UNKNOWN for an id without a token, such as a padded row of the weights. transformers leaves such an id out of
   *         the text in silence; hone never samples one, so that one here means ids of another model
   */
  decode(ids: readonly number[], options?: { readonly special?: boolean }): string;
  /** Whether there is a token of this id. */
  has(id: number): boolean;
  /** One token as the vocabulary spells it. @throws TOKEN_UNKNOWN */
  token(id: number): string;
  /** The tokens of one character inside a word: the character's own token, or those of its bytes. @throws TEXT_NOT_ENCODABLE */
  spell(character: string): number[];
  /**
   * The bytes of text that a token stands for; undefined for special tokens, and for ids without a token.
   * @throws FORMAT_TOKENIZER_UNSUPPORTED for WordPiece, whose tokens are joined in ways that they do not say themselves
   */
  bytesOf(id: number): Uint8Array | undefined;
  /** How many bytes of the text, as the tokenizer changes it before it cuts it, a token stands for. @throws TOKEN_UNKNOWN */
  sizeOf(id: number): number;
  /** The id of a token as the vocabulary spells it. */
  idOf(token: string): number | undefined;
  /** A decoder of tokens that arrive one at a time; it never returns half a character. */
  stream(options?: { readonly special?: boolean }): TextStream;
}

/** The parsed files that a tokenizer is made from. */
export interface TokenizerFiles {
  /** The path of tokenizer.json, for error messages. */
  readonly file: string;
  readonly tokenizer: JsonObject;
  /** tokenizer_config.json */
  readonly config?: JsonObject | undefined;
  /** generation_config.json */
  readonly generation?: JsonObject | undefined;
}

/**
 * Opens the tokenizer of a Hugging Face folder.
 *
 * @param folder holds tokenizer.json; tokenizer_config.json and generation_config.json are read where present
 * @throws       TOKENIZER_MISSING without tokenizer.json; TOKENIZER_INVALID when a file is malformed or names what the
 *               library does not know
 * @example
 * const tokenizer = await openTokenizer("models/tiny");
 * tokenizer.decode(tokenizer.encode("3x + 7 = 16")); // "3x + 7 = 16"
 */
export async function openTokenizer(folder: string): Promise<Tokenizer> {
  const [tokenizer, config, generation] = await Promise.all([
    readOptionalJson(folder, "tokenizer.json"),
    readOptionalJson(folder, "tokenizer_config.json"),
    readOptionalJson(folder, "generation_config.json"),
  ]);
  if (tokenizer === undefined) throw new HoneError("TOKENIZER_MISSING", { folder });
  return makeTokenizer({ file: join(folder, "tokenizer.json"), tokenizer, config, generation });
}

/**
 * A tokenizer from parsed files, such as those of a tokenizer just trained.
 * @throws TOKENIZER_INVALID
 */
export async function makeTokenizer(files: TokenizerFiles): Promise<Tokenizer> {
  const { ByteFallbackDecoder, Tokenizer } = await loadLibrary();
  try {
    const type = isObject(files.tokenizer["model"]) ? files.tokenizer["model"]["type"] : undefined;
    // The library would read an unknown type as an old format without a type, which files from before 2020 have.
    if (type !== undefined && !MODELS.has(type))
      throw new Error(`its model type is ${JSON.stringify(type)}`);
    const config = { ...files.config, clean_up_tokenization_spaces: false };
    const library = new Tokenizer(splittingMetaspace(files.tokenizer), config);
    decodeBytesAsInPython(library.decoder, ByteFallbackDecoder);
    return new HubTokenizer(library, files);
  } catch (error) {
    throw new HoneError(
      "TOKENIZER_INVALID",
      { file: files.file, problem: messageOf(error) },
      { cause: error },
    );
  }
}

const MODELS: ReadonlySet<unknown> = new Set(["BPE", "Unigram", "WordPiece"]);

/** Maximum number of characters of texts whose ids are kept: a few dozen long prompts. */
const RECENT_CHARACTERS = 500_000;

class HubTokenizer implements Tokenizer {
  readonly vocabularySize: number;
  readonly specials: ReadonlyMap<string, number>;
  readonly beginOfText: number | undefined;
  readonly endOfText: readonly number[];
  readonly padding: number | undefined;
  readonly #library: Library;
  readonly #recent = new RecentTexts(RECENT_CHARACTERS);
  /** Characters known to be encodable. Set when the vocabulary lacks bytes: the library drops what it cannot encode. */
  readonly #writable: Set<string> | undefined;
  /** True when a character of the vocabulary's spelling stands for a byte. */
  readonly #isByteLevel: boolean;
  readonly #isWordPiece: boolean;
  readonly #added: ReadonlySet<number>;

  constructor(library: Library, files: TokenizerFiles) {
    this.#library = library;
    this.vocabularySize = library.model?.vocab.length ?? 0;
    if (this.vocabularySize === 0) throw new Error("its vocabulary is empty");
    const { pre_tokenizer: cut, normalizer } = files.tokenizer;
    const { model } = files.tokenizer;
    this.#isWordPiece = isObject(model) && model["type"] === "WordPiece";
    const isByteLevel = JSON.stringify([cut, normalizer]).includes('"ByteLevel"');
    this.#isByteLevel = isByteLevel;
    const hasAllBytes = byteToCharacter.every((c) => this.idOf(c) !== undefined);
    this.#writable = isByteLevel && !hasAllBytes ? new Set() : undefined;
    const added = [...library.get_added_tokens_decoder().values()];
    this.#added = new Set(added.map(({ id }) => id));
    this.specials = new Map(added.filter((t) => t.special).map((t) => [t.content, t.id]));
    this.beginOfText = this.#named(files.config?.["bos_token"]);
    this.padding = this.#named(files.config?.["pad_token"]);
    const own = this.#named(files.config?.["eos_token"]);
    const generation = [files.generation?.["eos_token_id"]].flat();
    const listed = generation.filter(
      (id): id is number => Number.isInteger(id) && this.has(id as number),
    );
    this.endOfText = [...new Set(own === undefined ? listed : [own, ...listed])];
  }

  encode(text: string, { special = false } = {}): number[] {
    if (special) return this.#encode(text, special);
    return this.#recent.idsOf(text, () => this.#encode(text, special));
  }

  #encode(text: string, special: boolean): number[] {
    const { ids, tokens } = this.#library.encode(text, { add_special_tokens: special });
    const unknown = ids.indexOf(undefined);
    if (unknown >= 0) throw new HoneError("TEXT_NOT_ENCODABLE", { piece: tokens[unknown] ?? "" });
    if (this.#writable !== undefined) this.#checkWritable(text, this.#writable);
    return ids as number[];
  }

  #checkWritable(text: string, writable: Set<string>): void {
    for (const character of new Set(text)) {
      if (writable.has(character)) continue;
      const bytes = new TextEncoder().encode(character);
      if (this.#library.tokenize(character).join("").length < bytes.length) {
        throw new HoneError("TEXT_NOT_ENCODABLE", { piece: character });
      }
      writable.add(character);
    }
  }

  decode(ids: readonly number[], { special = true } = {}): string {
    for (const id of ids) this.token(id);
    return ids.length === 0
      ? ""
      : this.#library.decode([...ids], {
          skip_special_tokens: !special,
          clean_up_tokenization_spaces: false,
        });
  }

  has(id: number): boolean {
    return this.#library.id_to_token(id) !== undefined;
  }

  token(id: number): string {
    const token = this.#library.id_to_token(id);
    if (token === undefined) {
      throw new HoneError("TOKEN_UNKNOWN", { id, vocabularySize: this.vocabularySize });
    }
    return token;
  }

  spell(character: string): number[] {
    const bytes = [...Buffer.from(character)];
    const own = this.idOf(character === " " ? "▁" : character);
    if (own !== undefined && !this.#isByteLevel) return [own];
    const ids = bytes.map((byte) =>
      this.idOf(
        this.#isByteLevel
          ? byteToCharacter[byte]!
          : `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
      ),
    );
    return ids.every((id) => id !== undefined) ? ids : this.encode(character);
  }

  sizeOf(id: number): number {
    const token = this.token(id);
    if (this.#added.has(id)) return Buffer.byteLength(token);
    if (this.#isByteLevel) return token.length;
    return /^<0x[0-9A-F]{2}>$/iu.test(token) ? 1 : Buffer.byteLength(token.replace(/^##/u, ""));
  }

  bytesOf(id: number): Uint8Array | undefined {
    if (this.#isWordPiece)
      throw new HoneError("FORMAT_TOKENIZER_UNSUPPORTED", { kind: "WordPiece" });
    const token = this.#library.id_to_token(id);
    if (token === undefined || this.specials.has(token)) return undefined;
    if (this.#added.has(id)) return Buffer.from(token);
    if (this.#isByteLevel) {
      const bytes = Array.from(token, (character) => characterToByte.get(character));
      return bytes.includes(undefined) ? undefined : Uint8Array.from(bytes as number[]);
    }
    const byte = /^<0x([0-9A-F]{2})>$/iu.exec(token)?.[1];
    return byte === undefined
      ? Buffer.from(token.replaceAll("▁", " "))
      : Uint8Array.of(Number.parseInt(byte, 16));
  }

  idOf(token: string): number | undefined {
    return this.#library.token_to_id(token);
  }

  stream(options: { readonly special?: boolean } = {}): TextStream {
    return new TextStream((ids) => this.decode(ids, options));
  }

  /** tokenizer_config.json names a token by its text or by an object that holds it. */
  #named(name: unknown): number | undefined {
    const text = isObject(name) ? name["content"] : name;
    return typeof text === "string" ? this.idOf(text) : undefined;
  }
}
