/**
 * The part of `@huggingface/tokenizers` that hone uses; the package is loaded when it is first needed.
 *
 * The package's own declarations name files without extensions, which TypeScript does not find under `nodenext`, so that
 * it takes everything for `any`; the types here replace them.
 */
import type { JsonObject } from "../core/json.ts";

/** A tokenizer of the package. */
export interface Library {
  readonly model: { readonly vocab: readonly (string | undefined)[] } | null;
  readonly decoder: object | null;
  encode(
    text: string,
    options: { add_special_tokens: boolean },
  ): { ids: (number | undefined)[]; tokens: string[] };
  decode(
    ids: number[],
    options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean },
  ): string;
  tokenize(text: string): string[];
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
  get_added_tokens_decoder(): Map<number, { id: number; content: string; special: boolean }>;
}

/** The decoder of byte tokens such as `<0x0A>`. */
export interface ByteFallback {
  text_decoder: { decode(bytes: Uint8Array): string };
}

interface LibraryModule {
  readonly Tokenizer: new (tokenizer: JsonObject, config: JsonObject) => Library;
  readonly ByteFallbackDecoder: new () => ByteFallback;
}

/** Loads the package. */
export async function loadLibrary(): Promise<LibraryModule> {
  const module: unknown = await import("@huggingface/tokenizers");
  return module as LibraryModule;
}
