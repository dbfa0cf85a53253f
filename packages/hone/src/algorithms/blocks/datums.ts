/**
 * Rows → datums: the shift by one between what the model reads and what it must predict.
 *
 * Position t reads token t and predicts token t + 1, so a row of T tokens becomes a datum of T − 1 positions, and
 * everything that belonged to token t + 1 (mask, log-prob, advantage) is at position t. A row's first token is never
 * a target.
 */
import { HoneError } from "../../core/errors.ts";
import type { TokenIds, Trajectory } from "../../core/rollout.ts";
import type { Datum } from "../../ports/training-client.ts";
import { targetMask } from "./masks.ts";

/** A row for supervised learning: tokens and how much each counts as a target. */
export interface SupervisedRow {
  /** Names the row in errors and saved batches. */
  readonly id?: string;
  /** [T] at least 2 tokens. */
  readonly tokens: TokenIds;
  /** [T] weight of each token as a target, usually 0 or 1; the first token is never a target. */
  readonly mask: readonly number[];
  /** The adapter that learns it, where the policy has several. Default: the policy is one. */
  readonly adapter?: string;
}

/**
 * A supervised row as a datum of `cross_entropy`: position t reads token t and predicts token t + 1.
 * @param scale  multiplies every weight; 1 / (sum of the batch's weights) gives the mean per token
 * @throws       SHAPE_MISMATCH when mask and tokens differ in length, or a row has fewer than 2 tokens
 * @example supervisedDatum({ tokens: [5, 6, 7], mask: [0, 0, 1] }, 1); // reads 5 6, predicts 6 7, weights 0 1
 */
export function supervisedDatum(
  row: SupervisedRow,
  scale: number,
  extra: Pick<Datum, "dropoutSeed"> = {},
): Datum {
  checkRow(row.id ?? "supervised row", row);
  return {
    ...(row.id === undefined ? {} : { id: row.id }),
    tokens: row.tokens.slice(0, -1),
    targets: row.tokens.slice(1),
    weights: targetMask(row.mask).map((w) => w * scale),
    ...(row.adapter === undefined ? {} : { adapter: row.adapter }),
    ...extra,
  };
}

/** What a datum of a policy loss has beside its trajectory. */
export interface PolicyDatumOptions {
  /** [T] log-probs of the row's tokens under the reference policy, for a KL term. Default: none. */
  readonly reference?: ArrayLike<number> | undefined;
  /** What the client is told of the tokens that could be drawn (`knownCuts`). Default: nothing, so that all could. */
  readonly tells?: KnownCuts;
}

/** Which cuts of the distribution that was sampled from training takes part in. */
export interface KnownCuts {
  /** The tokens that a response format did not allow (`Datum.bound`). */
  readonly bounds: boolean;
  /** The tokens that top-k, top-p and min-p cut off (`Datum.kept`). */
  readonly kept: boolean;
}

/**
 * A trajectory as a datum of a policy loss: position t reads token t and predicts token t + 1.
 * @param id         names the row in errors and saved batches
 * @param advantage  normalisation folded in: one number that counts at every sampled token, or [T] a number for each token of the
 *                   row, of which those of sampled tokens are read
 * @throws           SHAPE_MISMATCH when mask or advantages and tokens differ in length, or the row has fewer than 2 tokens
 */
export function policyDatum(
  id: string,
  trajectory: Trajectory,
  advantage: number | ArrayLike<number>,
  { reference, tells }: PolicyDatumOptions = {},
): Datum {
  checkRow(id, trajectory);
  if (typeof advantage !== "number") checkLength(id, "advantage", advantage, trajectory);
  const mask = targetMask(trajectory.mask);
  return {
    id,
    tokens: trajectory.tokens.slice(0, -1),
    targets: trajectory.tokens.slice(1),
    mask,
    samplingLogProbs: Float32Array.from(trajectory.samplingLogProbs.slice(1)),
    advantages: mask.map((m, t) =>
      m === 0 ? 0 : m * (typeof advantage === "number" ? advantage : advantage[t + 1]!),
    ),
    ...(reference === undefined
      ? {}
      : { referenceLogProbs: mask.map((m, t) => m * reference[t + 1]!) }),
    ...(tells?.bounds === true && trajectory.bound !== undefined
      ? { bound: trajectory.bound.map((part) => ({ ...part, start: part.start - 1 })) }
      : {}),
    ...(tells?.kept === true && trajectory.kept !== undefined
      ? { kept: trajectory.kept.slice(1) }
      : {}),
    temperature: trajectory.temperature,
    ...(trajectory.adapter === undefined ? {} : { adapter: trajectory.adapter }),
    weightsVersion: trajectory.weightsVersion,
  };
}

function checkRow(where: string, row: { tokens: TokenIds; mask: readonly number[] }): void {
  if (row.tokens.length < 2) {
    throw new HoneError("SHAPE_MISMATCH", {
      where,
      expected: "at least 2 tokens, one to read and one to predict",
      got: `${row.tokens.length}`,
    });
  }
  checkLength(where, "mask", row.mask, row);
}

function checkLength(
  where: string,
  name: string,
  { length }: ArrayLike<number>,
  { tokens }: { readonly tokens: TokenIds },
): void {
  if (tokens.length === length) return;
  throw new HoneError("SHAPE_MISMATCH", {
    where,
    expected: `${tokens.length} numbers in ${name}, one for each token`,
    got: `${length}`,
  });
}
