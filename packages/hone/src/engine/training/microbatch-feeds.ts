/** What a microbatch's programs read: its tokens, masks and tables, the loss's columns and settings, and the weights. */
import { randomBits } from "../../core/random.ts";
import type { LossConfig } from "../../ports/training-client.ts";
import type { TypedArray } from "../../tensor/shape.ts";
import { type Setting, settingValue } from "./losses.ts";
import type { Microbatch } from "./microbatches.ts";
import { type PackedMicrobatch, packPrefixes } from "./packing.ts";

/** What a microbatch is run with beside its arrays. */
export interface FeedOptions {
  readonly config: LossConfig;
  readonly settings: readonly Setting[];
  readonly hasDropout: boolean;
}

/** Inputs of the microbatch's own by name; weights, masks and tables are the caller's. A program reads some of them. */
export function microbatchFeeds(
  batch: Microbatch,
  packed: PackedMicrobatch,
  { config, settings, hasDropout }: FeedOptions,
): Record<string, TypedArray> {
  const { tokens, positions, places, targets, inverseTemperatures } = packed;
  const feeds: Record<string, TypedArray> = {
    ...packed.columns,
    tokens,
    positions,
    places,
    targets,
    inverse_temperatures: inverseTemperatures,
  };
  if (packed.allowed !== undefined) feeds["allowed"] = packed.allowed;
  if (hasDropout) feeds["dropout_keys"] = dropoutKeys(batch);
  if (batch.prefixes !== undefined) {
    const prefixes = packPrefixes(batch.prefixes);
    feeds["prefix_tokens"] = prefixes.tokens;
    feeds["prefix_positions"] = prefixes.positions;
    feeds["prefix_owners"] = prefixes.owners;
  }
  for (const setting of settings) feeds[setting] = Float32Array.of(settingValue(setting, config));
  return feeds;
}

/** [N] one key per token: of the datum's seed and the position, so packing does not matter. */
function dropoutKeys({ rows, length }: Microbatch): Uint32Array {
  const keys = new Uint32Array(rows.length * length);
  rows.forEach(({ datum }, b) => {
    for (let t = 0; t < datum.tokens.length; t++)
      keys[b * length + t] = randomBits(datum.dropoutSeed!, t);
  });
  return keys;
}
