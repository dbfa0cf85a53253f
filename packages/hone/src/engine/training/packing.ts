/** Microbatches as the arrays that programs read, and what programs give back as the caller's rows. */
import type { LossConfig } from "../../ports/training-client.ts";
import { type Column, columnValue } from "./losses.ts";
import { MIN_SIZE, type Microbatch, type SharedPrefixes } from "./microbatches.ts";
import { PackedMasks } from "./packed-masks.ts";
import type { TrainingRow } from "./rows.ts";

/** Legend as in microbatches.ts; N = R·T tokens flat. */
export interface PackedMicrobatch {
  /** [N] */
  readonly tokens: BigInt64Array;
  /** [R, T] */
  readonly positions: BigInt64Array;
  /** [M] where in [N] each entry reads its hidden state. */
  readonly places: BigInt64Array;
  /** [M] */
  readonly targets: BigInt64Array;
  /** [M] */
  readonly inverseTemperatures: Float32Array;
  /** [M] each */
  readonly columns: Readonly<Record<string, Float32Array>>;
  readonly hasTemperature: boolean;
  /** [M,⌈V/8⌉] bits of the tokens that an entry can have (`unpackBits` of tensor/ops); undefined where all can have all. */
  readonly allowed: Uint8Array | undefined;
  /** Whether every entry reads a position of its own. */
  readonly hasDistinctPlaces: boolean;
}

/** How the positions that count are cut: C chunks of S, with M ≤ C·S. */
export interface Chunks {
  readonly count: number;
  readonly size: number;
}

/** As few equal chunks of at most `limit` positions as hold M; undefined where one would do. */
export function chunksOf(entryCount: number, limit: number): Chunks | undefined {
  if (entryCount <= limit) return undefined;
  const count = Math.ceil(entryCount / limit);
  return { count, size: Math.ceil(entryCount / count) };
}

/** What a microbatch is packed for. */
export interface PackOptions {
  readonly config: LossConfig;
  /** M becomes C·S; positions that are added weigh nothing. Default: not in chunks. */
  readonly chunks?: Chunks | undefined;
  readonly vocabularySize: number;
}

export function pack(
  batch: Microbatch,
  columns: readonly Column[],
  { config, chunks, vocabularySize }: PackOptions,
): PackedMicrobatch {
  const { rows, length, prefixes } = batch;
  const skipped = prefixes?.length ?? 0;
  const entryCount =
    chunks === undefined ? Math.max(MIN_SIZE, batch.entryCount) : chunks.count * chunks.size;
  const places = new BigInt64Array(entryCount);
  const targets = new BigInt64Array(entryCount);
  const inverseTemperatures = new Float32Array(entryCount);
  const values = columns.map((column) => [column, new Float32Array(entryCount)] as const);
  const isBound = rows.some(({ bound }) => bound !== undefined);
  const masks = isBound ? new PackedMasks(entryCount, vocabularySize) : undefined;
  let m = 0;
  rows.forEach(({ datum, entries, bound }, r) => {
    const perToken = datum.targetsPerToken ?? 1;
    for (const entry of entries) {
      const position = Math.floor(entry / perToken);
      places[m] = BigInt(r * length + position - skipped);
      targets[m] = BigInt(datum.targets[entry]!);
      inverseTemperatures[m] = 1 / (datum.temperature ?? 1);
      const limits = bound?.get(position);
      if (limits !== undefined) masks!.write(m, (into) => limits.writeAllowed(into));
      for (const [column, array] of values) {
        array[m] = columnValue(column, datum, column === "weights" ? entry : position, config);
      }
      m++;
    }
  });
  return {
    ...packTokens(rows, skipped, length),
    places,
    targets,
    inverseTemperatures,
    columns: Object.fromEntries(values),
    hasDistinctPlaces:
      entryCount === batch.entryCount &&
      rows.every(({ datum }) => (datum.targetsPerToken ?? 1) === 1),
    hasTemperature: isBound || rows.some(({ datum }) => (datum.temperature ?? 1) !== 1),
    allowed: masks?.bits,
  };
}

/** Tokens `start` to `start + length − 1` of every row, 0 where it has ended, and their positions. */
function packTokens(rows: readonly TrainingRow[], start: number, length: number) {
  const tokens = new BigInt64Array(rows.length * length);
  const positions = BigInt64Array.from(tokens, (_, i) => BigInt(start + (i % length)));
  rows.forEach(({ datum }, r) => {
    const end = Math.min(datum.tokens.length, start + length);
    for (let t = start; t < end; t++) tokens[r * length + t - start] = BigInt(datum.tokens[t]!);
  });
  return { tokens, positions };
}

/** Shared prefixes as the arrays that programs read. */
export interface PackedPrefixes {
  /** [U·P] */
  readonly tokens: BigInt64Array;
  /** [U, P] */
  readonly positions: BigInt64Array;
  /** [R, U] 1 where a row continues a prefix, else 0. */
  readonly owners: Float32Array;
}

export function packPrefixes({ rows, length, owners }: SharedPrefixes): PackedPrefixes {
  const chosen = new Float32Array(owners.length * rows.length);
  owners.forEach((owner, r) => (chosen[r * rows.length + owner] = 1));
  return { ...packTokens(rows, 0, length), owners: chosen };
}

/** [M] numbers of the entries out of each row's [T] (or [T·K]); 0 at positions that were added. */
export function packEntries(
  batch: Microbatch,
  values: readonly Float32Array[],
  count: number,
): Float32Array {
  const packed = new Float32Array(count);
  let m = 0;
  batch.rows.forEach(({ entries }, r) => {
    for (const entry of entries) packed[m++] = values[r]![entry]!;
  });
  return packed;
}

/** Puts [M] numbers of a microbatch back at their places in the caller's rows. */
export function unpack(
  batch: Microbatch,
  values: Float32Array,
  into: readonly Float32Array[],
): void {
  let m = 0;
  for (const { index, entries } of batch.rows) {
    const row = into[index]!;
    for (const entry of entries) row[entry] = values[m++]!;
  }
}
