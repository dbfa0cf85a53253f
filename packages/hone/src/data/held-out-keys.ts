import { randomBits } from "../core/random.ts";
import type { HeldOutOptions } from "./held-out.ts";

/**
 * Splits examples into those that are learned and those that are measured, so that all examples of one key (a prompt, a task) are on
 * one side. `share` and `max` count keys; which ones are held out is drawn by the seed and the key. One key at least is learned.
 */
export function holdOutKeys<Example>(
  examples: readonly Example[],
  keyOf: (example: Example) => string,
  { share, max, seed }: HeldOutOptions,
): { readonly train: readonly Example[]; readonly test: readonly Example[] } {
  const keys = [...new Set(examples.map(keyOf))];
  // Slightly less, since 0.1 · 30 is a little more than 3 in floating point.
  const count = Math.min(max, Math.ceil(share * keys.length - 1e-9), keys.length - 1);
  const held = new Set(
    keys
      .map((key) => ({ key, draw: randomBits("held out", seed, key) }))
      .toSorted((a, b) => a.draw - b.draw)
      .slice(0, count)
      .map(({ key }) => key),
  );
  return {
    train: examples.filter((example) => !held.has(keyOf(example))),
    test: examples.filter((example) => held.has(keyOf(example))),
  };
}
