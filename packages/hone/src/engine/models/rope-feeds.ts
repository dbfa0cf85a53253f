/** Rope tables as inputs of programs, one for each kind of layer; all clients of one model share them. */
import type { Architecture } from "./architecture.ts";
import { ropeTables } from "./rope.ts";

/** Positions of the smallest table, so that a growing conversation does not make a new one each turn. */
const MIN_POSITIONS = 1024;

export interface RopeFeeds {
  readonly positions: number;
  /** `cosines_<kind>` and `sines_<kind>`, [positions, d/2] each. */
  readonly feeds: Readonly<Record<string, Float32Array>>;
}

const kept = new WeakMap<Architecture, RopeFeeds>();

/** Tables of at least this many positions. */
export function ropeFeeds(architecture: Architecture, positions: number): RopeFeeds {
  const known = kept.get(architecture);
  if (known !== undefined && known.positions >= positions) return known;
  const { attentionKinds, rope, headSize } = architecture;
  const size = Math.max(MIN_POSITIONS, 2 ** Math.ceil(Math.log2(positions)));
  const feeds: Record<string, Float32Array> = {};
  for (const kind of new Set(attentionKinds)) {
    const { cosines, sines } = ropeTables(rope[kind], headSize, size);
    feeds[`cosines_${kind}`] = cosines;
    feeds[`sines_${kind}`] = sines;
  }
  const made = { positions: size, feeds };
  kept.set(architecture, made);
  return made;
}
