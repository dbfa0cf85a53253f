/** A short name for a tokenizer, so that stored token ids are never read by another one. */
import { createHash } from "node:crypto";
import { isError, isHoneError } from "../core/errors.ts";
import type { Renderer } from "../ports/renderer.ts";

/**
 * Texts that tokenizers cut differently: common words and their pieces, code, digits, white space, marks, several scripts. Stored
 * prints are of this text, so a change of it makes every stored rollout one of an unknown tokenizer.
 */
const probe = [
  "The quick brown fox jumps over the lazy dog; she said that they would have been there with him, from which all their time",
  "solve 3x + 7 = 16 subtract divide multiply by -12.50 both sides answer question equation result because therefore however",
  "function add(first, second) { return first + second; } // const value = array.map((item) => item.id);\n\tif (x >= 10_000) {}",
  'user assistant system tool {"name": "get_weather", "arguments": {"city": "Oslo", "days": 3}} <think> </think> [INST]',
  "0 1 12 123 1234 12345 2026-01-31 3.14159 1e-5 0x1f   spaces    tabs\t\tlines\n\n\n end.",
  "Überraschung für Größe, garçon déjà vu, niño mañana, привет мир, 你好世界, こんにちは, 안녕하세요, مرحبا, नमस्ते, 🙂👩‍🚀",
];

/**
 * Names a renderer's tokenizer: 16 hex digits of the hash of the ids of a text. Tokenizers of one name give the same ids for all
 * its words, digits, marks and scripts.
 */
export async function tokenizerPrint(renderer: Pick<Renderer, "encode">): Promise<string> {
  const hash = createHash("sha256");
  for (const text of probe) hash.update(`${await idsOf(renderer, text)}\n`);
  return hash.digest("hex").slice(0, 16);
}

/** A small tokenizer may have no token for a script; that it refuses the text tells it from others, too. */
async function idsOf(renderer: Pick<Renderer, "encode">, text: string): Promise<string> {
  try {
    return (await renderer.encode(text)).join(" ");
  } catch (error) {
    if (!isHoneError(error) || isError(error, "ENGINE_CLOSED")) throw error;
    return error.code;
  }
}
