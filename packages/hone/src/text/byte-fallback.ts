/**
 * Makes the library's decoder of byte tokens (`<0x0A>`) decode as Python's tokenizers do, from which it differs in two
 * cases: a byte order mark inside a text is kept, and each byte that is not UTF-8 becomes one U+FFFD.
 */
import type { ByteFallback } from "./library.ts";

class BytesAsInPython {
  readonly #strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  decode(bytes: Uint8Array): string {
    try {
      return this.#strict.decode(bytes);
    } catch {
      return "\uFFFD".repeat(bytes.length);
    }
  }
}

/** Replaces the decoding of byte tokens in a decoder and in all its parts. */
export function decodeBytesAsInPython(
  decoder: object | null,
  byteFallback: new () => ByteFallback,
): void {
  if (decoder instanceof byteFallback) decoder.text_decoder = new BytesAsInPython();
  if (decoder !== null && "decoders" in decoder && Array.isArray(decoder.decoders)) {
    for (const part of decoder.decoders as object[]) decodeBytesAsInPython(part, byteFallback);
  }
}
