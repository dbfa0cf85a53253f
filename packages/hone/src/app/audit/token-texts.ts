/** What each token of a row adds to its text. */
import type { TokenIds } from "../../core/rollout.ts";
import type { Renderer } from "../../ports/renderer.ts";

/**
 * A text for each token; together they are the row's text. A token that only begins a character has none: the character is the text of
 * the token that ends it. Special tokens are their names, such as "<|im_end|>". Without a renderer a token is its id: "#42".
 */
export async function tokenTexts(
  tokens: TokenIds,
  renderer: Renderer | undefined,
): Promise<readonly string[]> {
  if (renderer === undefined) return tokens.map((id) => `#${id}`);
  const bytes = await renderer.tokenBytes?.(tokens).catch(() => undefined);
  const whole = new Map<number, string>();
  const textOf = async (id: number): Promise<string> => {
    const known = whole.get(id) ?? (await renderer.decode([id]).catch(() => `#${id}`));
    whole.set(id, known);
    return known;
  };
  let decoder = new TextDecoder();
  const texts: string[] = [];
  for (const [t, id] of tokens.entries()) {
    const own = bytes?.[t];
    if (own) {
      texts.push(decoder.decode(Uint8Array.from(own), { stream: true }));
      continue;
    }
    // A special token ends whatever character was begun.
    const rest = decoder.decode();
    decoder = new TextDecoder();
    texts.push(rest + (await textOf(id)));
  }
  return texts;
}
