/** Inputs that depend on the model and a row length only: causal masks and rope tables, made once per length. */
import type { Architecture } from "../models/architecture.ts";
import { ropeFeeds } from "../models/rope-feeds.ts";

/** What a masked score gets added; e to this power is 0 in f32. */
const MASKED = -1e9;

/** Numbers of masks that are kept: all lengths of a short task, or the last long one. */
const KEPT_NUMBERS = 16e6;

export class StaticFeeds {
  readonly #architecture: Architecture;
  #kept = 0;
  readonly #byLength = new Map<number, Readonly<Record<string, Float32Array>>>();

  constructor(architecture: Architecture) {
    this.#architecture = architecture;
  }

  /**
   * For rows of `length` tokens behind a prefix: `cosines_*`, `sines_*` [K, d/2] and `mask_*` [T, K] for every kind of layer
   * the model has, and `prefix_mask_*` [P, P] where there is a prefix.
   */
  of(length: number, prefixLength = 0): Readonly<Record<string, Float32Array>> {
    const whole = this.#whole(prefixLength + length);
    if (prefixLength === 0) return whole;
    const feeds = { ...whole };
    const prefix = this.#whole(prefixLength);
    for (const kind of new Set(this.#architecture.attentionKinds)) {
      const mask = `mask_${kind}`;
      feeds[mask] = whole[mask]!.subarray(prefixLength * (prefixLength + length));
      feeds[`prefix_${mask}`] = prefix[mask]!;
    }
    return feeds;
  }

  /** Tables [T, d/2] and masks [T, T] of rows that begin at their first token. */
  #whole(length: number): Readonly<Record<string, Float32Array>> {
    const known = this.#byLength.get(length);
    if (known !== undefined) return known;
    const feeds: Record<string, Float32Array> = {};
    const { headSize, window } = this.#architecture;
    const rope = ropeFeeds(this.#architecture, length);
    for (const kind of new Set(this.#architecture.attentionKinds)) {
      for (const table of [`cosines_${kind}`, `sines_${kind}`])
        feeds[table] = rope.feeds[table]!.subarray(0, (length * headSize) / 2);
      feeds[`mask_${kind}`] = causalMask(length, kind === "local" ? window : length);
    }
    this.#byLength.set(length, feeds);
    this.#kept += length ** 2;
    for (const oldest of this.#byLength.keys()) {
      if (this.#kept <= KEPT_NUMBERS || this.#byLength.size === 1) break;
      this.#byLength.delete(oldest);
      this.#kept -= oldest ** 2;
    }
    return feeds;
  }
}

/** [T, T]: 0 where query i sees key j, i − window < j ≤ i. */
function causalMask(length: number, window: number): Float32Array {
  const mask = new Float32Array(length * length).fill(MASKED);
  for (let i = 0; i < length; i++) {
    mask.fill(0, i * length + Math.max(0, i - window + 1), i * length + i + 1);
  }
  return mask;
}
