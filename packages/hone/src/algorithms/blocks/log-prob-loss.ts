/**
 * The gradient of any loss of the targets' log-probs, on any training client.
 *
 * A loss C(log π) that no client computes itself takes a forward pass, which gives the log-probs; the algorithm gives C and its
 * derivative dC/dlog π in closed form, and `cross_entropy`, which is −Σ w·log π, with w = −dC/dlog π has exactly that derivative:
 *
 *     d/dθ Σ_t −w_t·log π_t  =  Σ_t dC/dlog π_t · dlog π_t/dθ  =  dC/dθ
 *
 * A client with `forwardBackwardWith` goes on from the forward pass; any other takes a `forward`, then a `forwardBackward` that computes
 * it again. Both see the same function: a row's dropout seed goes with it into both, and a client whose weights moved between
 * two passes is an error. The derivative is computed here, so a loss may compare rows (pairs, groups) however the client splits
 * them into microbatches.
 */
import { HoneError } from "../../core/errors.ts";
import type {
  Datum,
  ForwardedRows,
  TrainingClient,
  WeighedPass,
} from "../../ports/training-client.ts";

/** What the two passes need of a client. */
type TwoPassClient = Pick<
  TrainingClient,
  "forward" | "forwardBackward" | "forwardBackwardWith" | "discardGradients"
>;

/** A loss at given log-probs. */
export interface LogProbLoss {
  /** C, whatever it is a sum or a mean of. */
  readonly value: number;
  /** Per row [T]: dC/dlog π of each target; 0 where it does not count. */
  readonly derivatives: readonly ArrayLike<number>[];
}

/** What the two passes of `addLogProbLoss` give; the gradient stays with the client. */
export interface LogProbLossOutput {
  readonly loss: number;
  /** Per row [T]: log-probs of the targets before the step, in nats; 0 where the row's weight is 0. */
  readonly logProbs: readonly Float32Array[];
  /** The weights that computed both passes. */
  readonly weightsVersion: string;
}

/** What names the passes, and what is computed of the first. */
export interface LogProbLossOptions {
  /** Names the computation in errors. */
  readonly where: string;
  /** The loss and its derivative at log-probs, per row [T]. */
  readonly loss: (logProbs: readonly Float32Array[]) => LogProbLoss;
  /**
   * Which rows' derivatives depend on each other's log-probs, as lists of indices, every index once: pairs, answers of several rows.
   * Clients that go on from the forward pass then need less memory; `loss` is called several times, with 0 for log-probs that are
   * not known yet, and the last time with all. Default: each row's derivatives depend on all rows.
   */
  readonly groups?: readonly (readonly number[])[];
}

/**
 * Adds the gradient of a loss of the targets' log-probs to what the client has accumulated.
 *
 * Where no derivative differs from 0 (every pair of a hinge loss is far enough apart), there is no second pass and nothing is added.
 *
 * @param data  rows whose `weights` are not 0 at the targets that the loss reads; their values are not read
 * @throws WEIGHTS_CHANGED when the weights moved between the passes; then nothing stays accumulated
 * @example
 * // Squared distance of one row's log-prob from −1.
 * await addLogProbLoss(training, [datum], {
 *   where: "example",
 *   loss: ([row]) => ({ value: (row[0] + 1) ** 2, derivatives: [[2 * (row[0] + 1)]] }),
 * });
 */
export async function addLogProbLoss(
  training: TwoPassClient,
  data: readonly Datum[],
  { where, loss, groups }: LogProbLossOptions,
): Promise<LogProbLossOutput> {
  if (training.forwardBackwardWith !== undefined)
    return addInOnePass(data, {
      loss,
      groups,
      pass: (weighed) => training.forwardBackwardWith!(data, weighed),
    });
  const { logProbs, weightsVersion } = await training.forward(data, "cross_entropy");
  const { value, derivatives } = loss(logProbs);
  const output = { loss: value, logProbs, weightsVersion };
  // The caller stops at a loss that is no number; its derivative would only turn the client's gradients into such.
  if (!Number.isFinite(value)) return output;
  const rows = data.map((datum, i) => ({
    datum,
    weights: weightsOf(derivatives[i]!),
  }));
  await addWeighted(training, rows, { where, weightsVersion });
  return output;
}

/** What `weigh` throws to end a pass whose loss is no number. */
class LossNotFinite extends Error {}

async function addInOnePass(
  data: readonly Datum[],
  {
    loss,
    groups,
    pass,
  }: Pick<LogProbLossOptions, "loss"> & {
    readonly groups: LogProbLossOptions["groups"] | undefined;
    readonly pass: (weighed: WeighedPass) => Promise<unknown>;
  },
): Promise<LogProbLossOutput> {
  const logProbs = data.map(({ targets }) => new Float32Array(targets.length));
  let [known, value, weightsVersion] = [0, 0, ""];
  const weigh = ({ rows, logProbs: found, ...part }: ForwardedRows): Float32Array[] => {
    ({ weightsVersion } = part);
    rows.forEach((row, i) => logProbs[row]!.set(found[i]!));
    known += rows.length;
    const result = loss(logProbs);
    value = result.value;
    // Before the last part the value is that of log-probs of which some are not known.
    if (known === data.length && !Number.isFinite(value)) throw new LossNotFinite();
    return rows.map((row) => weightsOf(result.derivatives[row]!));
  };
  const options = { weigh, ...(groups !== undefined && { groups }) };
  try {
    await pass(options);
  } catch (error) {
    if (!(error instanceof LossNotFinite)) throw error;
  }
  return { loss: value, logProbs, weightsVersion };
}

const weightsOf = (derivatives: ArrayLike<number>): Float32Array =>
  Float32Array.from(derivatives, (derivative) => -derivative);

/** A row of a second pass, and what its log-probs are weighed by. */
export interface WeightedRow {
  readonly datum: Datum;
  /** [T] −dC/dlog π of each target. */
  readonly weights: Float32Array;
}

/**
 * The second pass: adds the gradient of −Σ weights·log π. Rows whose weights are all 0 are not sent.
 * @param first  names the computation in errors; the weights that the first pass was computed with
 * @throws WEIGHTS_CHANGED when the client's weights are others by now; then nothing stays accumulated
 */
export async function addWeighted(
  training: TwoPassClient,
  rows: readonly WeightedRow[],
  first: { readonly where: string; readonly weightsVersion: string },
): Promise<void> {
  const weighted = rows.filter(({ weights }) => weights.some((weight) => weight !== 0));
  if (weighted.length === 0) return;
  const data = weighted.map(crossEntropyDatum);
  const second = await training.forwardBackward(data, "cross_entropy");
  if (second.weightsVersion === first.weightsVersion) return;
  await training.discardGradients();
  throw new HoneError("WEIGHTS_CHANGED", {
    where: first.where,
    expected: first.weightsVersion,
    got: second.weightsVersion,
  });
}

/** What cross entropy reads of a row, which decides its log-probs. */
function crossEntropyDatum({ datum, weights }: WeightedRow): Datum {
  const { id, targetsPerToken, temperature, bound, kept, adapter, dropoutSeed } = datum;
  return {
    tokens: datum.tokens,
    targets: datum.targets,
    weights,
    ...(id === undefined ? {} : { id }),
    ...(targetsPerToken === undefined ? {} : { targetsPerToken }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(bound === undefined ? {} : { bound }),
    ...(kept === undefined ? {} : { kept }),
    ...(adapter === undefined ? {} : { adapter }),
    ...(dropoutSeed === undefined ? {} : { dropoutSeed }),
  };
}
