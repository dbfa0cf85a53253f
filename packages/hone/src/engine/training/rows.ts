/** The caller's data as rows whose counting positions are known, checked against the model. */
import { HoneError } from "../../core/errors.ts";
import type { Datum, LossName } from "../../ports/training-client.ts";
import type { Architecture } from "../models/architecture.ts";
import type { Formats } from "../grammar/formats.ts";
import { checkIds } from "../models/token-ids.ts";
import { type BoundPosition, boundPositions } from "../grammar/bound-tokens.ts";
import { countsAt } from "./losses.ts";

/** A datum of a batch, with the positions that count. */
export interface TrainingRow {
  /** Index of the datum in the caller's list. */
  readonly index: number;
  readonly datum: Datum;
  /** Entries of `targets` that count. */
  readonly entries: readonly number[];
  /** The positions at which not every token could be drawn; undefined for a row without such. */
  readonly bound?: ReadonlyMap<number, BoundPosition> | undefined;
}

type ModelLimits = Pick<Architecture, "vocabularySize" | "contextLength">;

/**
 * The data as rows, each with the positions that count.
 * @param formats the formats that parts of rows may be bound to; undefined where there are none
 * @throws DATA_EMPTY for a datum without tokens, ROW_TOO_LONG, SHAPE_MISMATCH, TOKEN_OUT_OF_RANGE; FORMAT_NOT_FOLLOWED, KEPT_TOKENS_INVALID, and what a
 *         format is refused with
 */
export function countingRows(
  data: readonly Datum[],
  loss: LossName,
  { formats, ...model }: ModelLimits & { readonly formats?: Formats | undefined },
): TrainingRow[] {
  return data.map((datum, index) => {
    const name = datum.id ?? `#${index}`;
    checkDatum(datum, name, model);
    const perToken = datum.targetsPerToken ?? 1;
    const entries: number[] = [];
    for (let entry = 0; entry < datum.targets.length; entry++) {
      // Cross entropy weighs every target; the policy losses speak about positions.
      if (countsAt(datum, loss, loss === "cross_entropy" ? entry : Math.floor(entry / perToken)))
        entries.push(entry);
    }
    const context = { formats, vocabularySize: model.vocabularySize };
    return { index, datum, entries, bound: boundPositions(datum, name, context) };
  });
}

function checkDatum(
  datum: Datum,
  name: string,
  { vocabularySize, contextLength }: ModelLimits,
): void {
  const { tokens, targets, targetsPerToken = 1 } = datum;
  if (tokens.length === 0)
    throw new HoneError("DATA_EMPTY", { where: `"tokens" of datum ${name}`, item: "token" });
  if (tokens.length > contextLength) {
    throw new HoneError("ROW_TOO_LONG", { row: name, length: tokens.length, contextLength });
  }
  const expected = tokens.length * targetsPerToken;
  const fields: readonly (readonly [string, { readonly length: number } | undefined, number])[] = [
    ["targets", targets, expected],
    ["weights", datum.weights, expected],
    ["mask", datum.mask, tokens.length],
    ["samplingLogProbs", datum.samplingLogProbs, tokens.length],
    ["advantages", datum.advantages, tokens.length],
    ["referenceLogProbs", datum.referenceLogProbs, tokens.length],
    ["clipLow", datum.clipLow, tokens.length],
    ["clipHigh", datum.clipHigh, tokens.length],
    ["returns", datum.returns, tokens.length],
    ["oldValues", datum.oldValues, tokens.length],
    ["kept", datum.kept, tokens.length],
  ];
  for (const [field, values, length] of fields) {
    if (values !== undefined && values.length !== length) {
      const where = `datum ${name}`;
      throw new HoneError("SHAPE_MISMATCH", {
        where,
        expected: `${length} numbers in ${field} for its ${tokens.length} tokens`,
        got: `${values.length}`,
      });
    }
  }
  checkIds(tokens, name, vocabularySize);
  checkIds(targets, name, vocabularySize);
}
