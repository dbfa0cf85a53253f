/**
 * Makes the library's decoder for byte tokens (`<0x0A>`) agree with Python's tokenizers in two places where it does not:
 * a byte order mark inside a text stays, and bytes that are no UTF-8 become one U+FFFD each.
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

/** Walks a decoder and its parts and replaces how byte tokens become text. */
export function decodeBytesAsInPython(
  decoder: object | null,
  byteFallback: new () => ByteFallback,
): void {
  if (decoder instanceof byteFallback) decoder.text_decoder = new BytesAsInPython();
  if (decoder !== null && "decoders" in decoder && Array.isArray(decoder.decoders)) {
    for (const part of decoder.decoders as object[]) decodeBytesAsInPython(part, byteFallback);
  }
}
