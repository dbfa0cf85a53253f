/**
 * A pass whose weights are known only after its forward half: part by part, each computed forward, weighed, and computed back from
 * what the forward half left in the runtime's memory (tensor/cut.ts).
 *
 * A part has as many rows as the microbatches in progress of a plain pass, so it takes about as much memory; groups that are larger
 * are held as far as memory allows. What is not held is computed forward again, by the same programs, so that its numbers are the same.
 */
import { HoneError } from "../../core/errors.ts";
import type { Datum } from "../../ports/training-client.ts";
import type { TrainingBudget } from "./estimate.ts";
import { inLanes } from "./lanes.ts";
import type { CutWork, ForwardedMicrobatch, MicrobatchRuns } from "./microbatch-runs.ts";
import type { Microbatch } from "./microbatches.ts";
import type { TrainingRow } from "./rows.ts";

/** Rows that one program fits, as lanes of microbatches. */
export interface RowsOfAKind {
  readonly hasDropout: boolean;
  readonly split: readonly (readonly Microbatch[])[];
}

/**
 * Rows in parts of whole groups, from the longest rows to the shortest, each of about one microbatch a lane.
 * @param groups  indices of data that are weighed together. Default: all rows are one group
 * @throws SHAPE_MISMATCH where an index is missing, there twice, or of no row
 */
export function partsOf(
  rows: readonly TrainingRow[],
  groups: readonly (readonly number[])[] | undefined,
  { budget, lanes }: { readonly budget: TrainingBudget; readonly lanes: number },
): TrainingRow[][] {
  if (groups === undefined) return [[...rows]];
  checkGroups(groups, rows.length);
  const lengthOf = (group: readonly TrainingRow[]): number =>
    Math.max(...group.map(({ datum }) => datum.tokens.length));
  const bySize = groups
    .filter((group) => group.length > 0)
    .map((group) => group.map((index) => rows[index]!))
    .toSorted((a, b) => lengthOf(b) - lengthOf(a) || a[0]!.index - b[0]!.index);
  const parts: TrainingRow[][] = [];
  let part: TrainingRow[] = [];
  for (const group of bySize) {
    const all = [...part, ...group];
    const longest = lengthOf(all);
    const entries = all.reduce((sum, row) => sum + row.entries.length, 0);
    const fits =
      all.length * longest <= lanes * budget.tokens(longest) && entries <= lanes * budget.entries;
    if (!fits && part.length > 0) parts.push(part);
    part = fits || part.length === 0 ? all : [...group];
  }
  return [...parts, part];
}

function checkGroups(groups: readonly (readonly number[])[], count: number): void {
  const indices = groups.flat().toSorted((a, b) => a - b);
  if (indices.length === count && indices.every((index, i) => index === i)) return;
  throw new HoneError("SHAPE_MISMATCH", {
    where: "groups of forwardBackwardWith",
    expected: `each index from 0 to ${count - 1} once`,
    got: JSON.stringify(groups),
  });
}

/** @throws SHAPE_MISMATCH where there is not one number for each target */
export function checkWeights(data: readonly Datum[], weights: readonly Float32Array[]): void {
  const fits =
    weights.length === data.length &&
    data.every(({ targets }, i) => weights[i]!.length === targets.length);
  if (fits) return;
  throw new HoneError("SHAPE_MISMATCH", {
    where: "weights that weigh of forwardBackwardWith returned",
    expected: `[${data.map(({ targets }) => targets.length).join(", ")}]`,
    got: `[${weights.map(({ length }) => length).join(", ")}]`,
  });
}

/** What a part is computed with. */
export interface PartOptions {
  readonly runs: MicrobatchRuns;
  /** Bytes that may be held beside one microbatch a lane. */
  readonly maxHeldBytes: number;
  /** Takes the log-probs of a microbatch. */
  readonly onForward: (batch: Microbatch, logProbs: Float32Array) => void;
  /** The weights of each row by its index, when all microbatches have been forward. */
  readonly weigh: () => Promise<ReadonlyMap<number, Float32Array>>;
}

/** A microbatch that waits for its weights; undefined where it is computed forward again. */
interface WaitingMicrobatch {
  readonly batch: Microbatch;
  readonly work: CutWork;
  readonly forwarded: ForwardedMicrobatch | undefined;
}

/** Computes a part; its gradients are added to the lanes'. */
export async function computePart(
  kinds: readonly RowsOfAKind[],
  { runs, maxHeldBytes, onForward, weigh }: PartOptions,
): Promise<void> {
  const open = new Set<ForwardedMicrobatch>();
  let heldBytes = 0;
  const release = (forwarded: ForwardedMicrobatch): void => {
    open.delete(forwarded);
    forwarded.release();
  };
  const forward = async (batch: Microbatch, work: CutWork, isFirst: boolean) => {
    const forwarded = await runs.forward(batch, work);
    open.add(forwarded);
    onForward(batch, forwarded.logProbs);
    if (!isFirst && heldBytes + forwarded.bytes > maxHeldBytes) {
      release(forwarded);
      return { batch, work, forwarded: undefined };
    }
    if (!isFirst) heldBytes += forwarded.bytes;
    return { batch, work, forwarded };
  };
  const backward = async (waiting: WaitingMicrobatch, weights: readonly Float32Array[]) => {
    const { batch, work } = waiting;
    const forwarded = waiting.forwarded ?? (await runs.forward(batch, work));
    open.add(forwarded);
    await forwarded.backward(weights);
    release(forwarded);
  };
  try {
    const waiting: WaitingMicrobatch[][][] = [];
    for (const [kind, { hasDropout, split }] of kinds.entries()) {
      const lanes = split.length;
      const inOrder = async (batches: readonly Microbatch[], lane: number) => {
        const made: WaitingMicrobatch[] = [];
        for (const batch of batches)
          made.push(await forward(batch, { hasDropout, lane, lanes }, kind + made.length === 0));
        return made;
      };
      waiting.push(await inLanes(split, inOrder));
    }
    const weights = await weigh();
    for (const lanes of waiting)
      await inLanes(lanes, async (batches) => {
        for (const one of batches) {
          const own = one.batch.rows.map(({ index }) => weights.get(index)!);
          if (own.some((row) => row.some((weight) => weight !== 0))) await backward(one, own);
          else if (one.forwarded !== undefined) release(one.forwarded);
        }
      });
  } finally {
    open.forEach(release);
  }
}
