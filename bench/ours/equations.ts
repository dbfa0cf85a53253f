/** The text both sides' tokenizers are learnt from and their prompts are made of. */
import { Random } from "../../packages/hone/src/core/random.ts";

export function equations(count: number): string[] {
  const random = new Random("equations");
  const one = (): string =>
    `Solve ${random.integer(2, 9)}x + ${random.integer(1, 20)} = ${random.integer(21, 99)} for x.`;
  return Array.from({ length: count }, one);
}

/** Made-up words, so that a tokenizer finds as many pairs as it wants. */
export function words(count: number): string[] {
  const random = new Random("words");
  const letter = (): string => String.fromCharCode(97 + random.integer(0, 25));
  return Array.from({ length: count }, () => Array.from({ length: 6 }, letter).join(""));
}
