/**
 * Splits rows of any length into microbatches of bounded size: rows of similar length together, padded at the end.
 *
 * Padding costs only its products: causal attention never lets a token see what comes after it, and the head is computed
 * at positions that count. Legend: B rows, T longest row, N = B·T tokens flat, M positions that count.
 */
import { HoneError } from "../../core/errors.ts";
import type { Datum, LossConfig, LossName } from "../../ports/training-client.ts";
import { type Column, columnValue, countsAt } from "./losses.ts";

/** One row's place in a batch. */
export interface Row {
  /** Index of the datum in the caller's list. */
  readonly index: number;
  readonly datum: Datum;
  /** Entries of `targets` that count. */
  readonly entries: readonly number[];
}

export interface Microbatch {
  readonly rows: readonly Row[];
  /** T. */
  readonly length: number;
  /** M. */
  readonly entryCount: number;
}

export interface Budget {
  /** N, tokens with padding, a microbatch may have; a longer row gets one of its own. */
  readonly tokens: number;
  /** M, positions that count, a microbatch may have. */
  readonly entries: number;
}

/** Rows with at least one position that counts, checked against the model. */
export function countingRows(
  data: readonly Datum[],
  loss: LossName,
  vocabularySize: number,
  contextLength: number,
): Row[] {
  if (data.length === 0) throw new HoneError("DATA_EMPTY", { where: "forwardBackward" });
  return data.map((datum, index) => {
    const name = datum.id ?? `#${index}`;
    checkDatum(datum, name, vocabularySize, contextLength);
    const perToken = datum.targetsPerToken ?? 1;
    const entries: number[] = [];
    for (let entry = 0; entry < datum.targets.length; entry++) {
      // Cross entropy weighs every target; the policy losses speak about positions.
      if (countsAt(datum, loss, loss === "cross_entropy" ? entry : Math.floor(entry / perToken)))
        entries.push(entry);
    }
    return { index, datum, entries };
  });
}

function checkDatum(
  datum: Datum,
  name: string,
  vocabularySize: number,
  contextLength: number,
): void {
  const { tokens, targets, targetsPerToken = 1 } = datum;
  if (tokens.length === 0) throw new HoneError("DATA_EMPTY", { where: `datum ${name}` });
  if (tokens.length > contextLength) {
    throw new HoneError("ROW_TOO_LONG", { row: name, length: tokens.length, contextLength });
  }
  const expected = tokens.length * targetsPerToken;
  const fields: readonly (readonly [string, { readonly length: number } | undefined, number])[] = [
    ["targets", targets, expected],
    ["weights", datum.weights, expected],
    ["mask", datum.mask, tokens.length],
    ["logProbs", datum.logProbs, tokens.length],
    ["advantages", datum.advantages, tokens.length],
    ["referenceLogProbs", datum.referenceLogProbs, tokens.length],
    ["clipLow", datum.clipLow, tokens.length],
    ["clipHigh", datum.clipHigh, tokens.length],
    ["returns", datum.returns, tokens.length],
    ["oldValues", datum.oldValues, tokens.length],
  ];
  for (const [field, values, length] of fields) {
    if (values !== undefined && values.length !== length) {
      const where = `datum ${name}`;
      throw new HoneError("SHAPE_MISMATCH", {
        where,
        expected: `${field} [${length}]`,
        got: `[${values.length}]`,
      });
    }
  }
  checkIds(tokens, name, vocabularySize);
  checkIds(targets, name, vocabularySize);
}

/** @throws TOKEN_OUT_OF_RANGE naming the first id that the model does not have */
export function checkIds(ids: readonly number[], where: string, vocabularySize: number): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (!(Number.isInteger(id) && id >= 0 && id < vocabularySize)) {
      throw new HoneError("TOKEN_OUT_OF_RANGE", { where, position: i, id, vocabularySize });
    }
  }
}

/**
 * Tokens and positions a microbatch has at least. ONNX Runtime computes a product with one row in another way, with other
 * roundings, and what a row gives must not depend on the rows beside it.
 */
const FEWEST = 2;

/**
 * What a microbatch costs beside its tokens, in tokens: a pass over the gradients and a run's own overhead. Measured from
 * 2 to 3 ms where a token takes 20 µs, and less for larger models.
 */
const TOKENS_OF_A_MICROBATCH = 128;

/**
 * Groups rows by length under the budget, so that padding and the number of microbatches together cost least; the same rows
 * give the same microbatches. With rows from the longest to the shortest, the best split of the first j rows ends in some
 * microbatch i … j − 1 after the best split of the first i.
 */
export function microbatches(rows: readonly Row[], budget: Budget): Microbatch[] {
  const sorted = rows
    .filter((row) => row.entries.length > 0)
    .toSorted((a, b) => b.datum.tokens.length - a.datum.tokens.length || a.index - b.index);
  const costs = [0];
  const starts = [0];
  for (let end = 1; end <= sorted.length; end++) {
    let [best, start, entryCount] = [Infinity, end - 1, 0];
    for (let i = end - 1; i >= 0; i--) {
      const padded = sorted[i]!.datum.tokens.length * (end - i);
      entryCount += sorted[i]!.entries.length;
      const fits = padded <= budget.tokens && entryCount <= budget.entries;
      if (!fits && i < end - 1) break;
      const cost = costs[i]! + padded + TOKENS_OF_A_MICROBATCH;
      if (cost < best) [best, start] = [cost, i];
    }
    costs.push(best);
    starts.push(start);
  }
  const out: Microbatch[] = [];
  for (let end = sorted.length; end > 0; end = starts[end]!) {
    const part = sorted.slice(starts[end], end);
    const entryCount = part.reduce((sum, row) => sum + row.entries.length, 0);
    out.push({ rows: part, length: Math.max(FEWEST, part[0]!.datum.tokens.length), entryCount });
  }
  return out.reverse();
}

/** The arrays of a microbatch as the programs read them. */
export interface PackedMicrobatch {
  /** [N] */
  readonly tokens: BigInt64Array;
  /** [B, T] */
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

/** @param chunks M becomes C·S; positions that are added weigh nothing */
export function pack(
  batch: Microbatch,
  columns: readonly Column[],
  config: LossConfig,
  chunks?: Chunks,
): PackedMicrobatch {
  const { rows, length } = batch;
  const entryCount =
    chunks === undefined ? Math.max(FEWEST, batch.entryCount) : chunks.count * chunks.size;
  const tokens = new BigInt64Array(rows.length * length);
  const positions = BigInt64Array.from({ length: rows.length * length }, (_, i) =>
    BigInt(i % length),
  );
  const places = new BigInt64Array(entryCount);
  const targets = new BigInt64Array(entryCount);
  const inverseTemperatures = new Float32Array(entryCount);
  const values = columns.map((column) => [column, new Float32Array(entryCount)] as const);
  let m = 0;
  rows.forEach(({ datum, entries }, b) => {
    datum.tokens.forEach((token, t) => (tokens[b * length + t] = BigInt(token)));
    const perToken = datum.targetsPerToken ?? 1;
    for (const entry of entries) {
      const position = Math.floor(entry / perToken);
      places[m] = BigInt(b * length + position);
      targets[m] = BigInt(datum.targets[entry]!);
      inverseTemperatures[m] = 1 / (datum.temperature ?? 1);
      for (const [column, array] of values) {
        array[m] = columnValue(column, datum, column === "weights" ? entry : position, config);
      }
      m++;
    }
  });
  const hasTemperature = rows.some(({ datum }) => (datum.temperature ?? 1) !== 1);
  return {
    tokens,
    positions,
    places,
    targets,
    inverseTemperatures,
    columns: Object.fromEntries(values),
    hasTemperature,
  };
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
