/**
 * What a model with a value head says of whole rows: its value at the last token of the answer, which has read all of it.
 *
 * The gradient of any loss C of these values is closed-form dC/dv, handed to the loss "value" of the training port,
 *
 *     m · ½·(v − R)²    with    R = v − sign(dC/dv),    m = |dC/dv|    ⇒    d/dv = m·(v − R) = dC/dv
 *
 * so that it may compare rows however the client splits them into microbatches. R lies a distance of 1 from v, as v − R of a
 * small derivative would lose most of its digits in float32.
 */
import { HoneError } from "../../core/errors.ts";
import type { Datum, TrainingClient } from "../../ports/training-client.ts";
import type { SupervisedRow } from "./datums.ts";

/** What the passes need of a client with a value head. */
type ValueClient = Pick<TrainingClient, "forward" | "forwardBackward" | "discardGradients">;

/** A row up to the last token of its answer, which alone counts. @param row  at least one token with a mask that is not 0 */
export function lastValueDatum(row: SupervisedRow, extra: Pick<Datum, "dropoutSeed"> = {}): Datum {
  const last = row.mask.findLastIndex((m) => m !== 0);
  const tokens = row.tokens.slice(0, last + 1);
  return {
    ...(row.id === undefined ? {} : { id: row.id }),
    tokens,
    targets: tokens,
    mask: atLast(tokens.length, 1),
    ...extra,
  };
}

const atLast = (length: number, value: number): Float32Array =>
  new Float32Array(length).fill(value, length - 1);

/** Values of rows as `lastValueDatum` makes them, with the weights that computed them. */
export async function lastValues(
  client: Pick<TrainingClient, "forward">,
  data: readonly Datum[],
): Promise<{ readonly values: readonly number[]; readonly weightsVersion: string }> {
  const { logProbs: values, weightsVersion } = await client.forward(data, "value");
  return { values: values.map((row) => row.at(-1)!), weightsVersion };
}

/** A loss at given values. */
export interface ValueLoss {
  readonly value: number;
  /** Per row: dC/dv. */
  readonly derivatives: readonly number[];
}

/**
 * Adds the gradient of a loss of rows' last values to what the client has accumulated.
 *
 * @param data  rows as `lastValueDatum` makes them
 * @returns the loss; where it is no number, or no derivative differs from 0, nothing was added
 * @throws WEIGHTS_CHANGED when the weights moved between the passes; then nothing stays accumulated
 */
export async function addValueLoss(
  client: ValueClient,
  data: readonly Datum[],
  {
    where,
    loss,
  }: { readonly where: string; readonly loss: (values: readonly number[]) => ValueLoss },
): Promise<{ readonly loss: number }> {
  const { values, weightsVersion: expected } = await lastValues(client, data);
  const { value, derivatives } = loss(values);
  const sent = data.flatMap((datum, i) => {
    const slope = derivatives[i]!;
    if (slope === 0 || !Number.isFinite(value)) return [];
    const { length } = datum.tokens;
    const mask = atLast(length, Math.abs(slope));
    return [{ ...datum, mask, returns: atLast(length, values[i]! - Math.sign(slope)) }];
  });
  if (sent.length === 0) return { loss: value };
  const { weightsVersion: got } = await client.forwardBackward(sent, "value");
  if (got === expected) return { loss: value };
  await client.discardGradients();
  throw new HoneError("WEIGHTS_CHANGED", { where, expected, got });
}
