/** A training client whose log-probs are given: losses and gradients with respect to them, for comparison with formulas. */
import { HoneError } from "../core/errors.ts";
import type {
  CheckpointRef,
  Datum,
  ForwardBackwardOutput,
  ForwardOutput,
  LossConfig,
  LossName,
  OptimStepOutput,
  TrainingClient,
} from "../ports/training-client.ts";
import type { SamplingClient } from "../ports/sampling-client.ts";
import { policyTokenLoss } from "./tabular-losses.ts";

/** Options of `FixedLogProbsClient`. */
export interface FixedLogProbsOptions {
  /** Whether LossConfig.kl is understood. Default true. */
  readonly kl?: boolean;
}

/**
 * A training client whose log-probs are given. It computes losses and their derivatives with respect to the log-probs, which
 * compares an algorithm with its formulas; it has no weights, so it cannot be sampled, saved or loaded.
 *
 * @example
 * const client = new FixedLogProbsClient(new Map([["row", [-1, -2]]]));
 * await client.forwardBackward([datum], "ppo");
 * client.gradients.get("row"); // [T] d loss / d log-prob
 */
export class FixedLogProbsClient implements TrainingClient {
  /** All losses but "value". */
  readonly capabilities: TrainingClient["capabilities"];
  /** By datum id: [T] d loss / d log-prob, added up over calls. */
  readonly gradients = new Map<string, Float64Array>();
  readonly #logProbs: ReadonlyMap<string, ArrayLike<number>>;

  /** @param logProbs  by datum id, [T] per position of the datum */
  constructor(
    logProbs: ReadonlyMap<string, ArrayLike<number>>,
    options: FixedLogProbsOptions = {},
  ) {
    const losses = ["cross_entropy", "importance_sampling", "ppo", "cispo", "dro"] as const;
    this.capabilities = { losses, kl: options.kl ?? true };
    this.#logProbs = logProbs;
  }

  async forward(data: readonly Datum[]): Promise<ForwardOutput> {
    const logProbs = data.map((datum) => Float32Array.from(this.#of(datum)));
    return { logProbs, weightsVersion: "fixed" };
  }

  async forwardBackward(
    data: readonly Datum[],
    loss: LossName,
    config: LossConfig = {},
  ): Promise<ForwardBackwardOutput> {
    let total = 0;
    let tokens = 0;
    for (const datum of data) {
      const logProbs = this.#of(datum);
      const gradient = this.gradients.get(datum.id!) ?? new Float64Array(datum.tokens.length);
      this.gradients.set(datum.id!, gradient);
      for (let t = 0; t < datum.tokens.length; t++) {
        const term = tokenTerm(datum, loss, config, t, logProbs[t]!);
        if (term === undefined) continue;
        total += term.value;
        gradient[t]! += term.derivative;
        tokens++;
      }
    }
    return { ...(await this.forward(data)), loss: total, metrics: { tokens } };
  }

  async optimStep(): Promise<OptimStepOutput> {
    return { gradientNorm: 0, step: 1, weightsVersion: "fixed" };
  }

  async discardGradients(): Promise<void> {
    this.gradients.clear();
  }

  saveState(): Promise<CheckpointRef> {
    return Promise.reject(unsupported("saveState"));
  }

  loadState(): Promise<void> {
    return Promise.reject(unsupported("loadState"));
  }

  saveWeightsForSampler(): Promise<SamplingClient> {
    return Promise.reject(unsupported("saveWeightsForSampler"));
  }

  async close(): Promise<void> {}

  #of(datum: Datum): ArrayLike<number> {
    const logProbs = this.#logProbs.get(datum.id ?? "");
    if (logProbs !== undefined) return logProbs;
    throw new HoneError("OPTION_INVALID", {
      where: "FixedLogProbsClient",
      option: "datum.id",
      got: String(datum.id),
      expected: "the id of a row with given log-probs",
    });
  }
}

function tokenTerm(
  datum: Datum,
  loss: LossName,
  config: LossConfig,
  t: number,
  logProb: number,
): { value: number; derivative: number } | undefined {
  if (loss === "cross_entropy") {
    const weight = datum.weights?.[t] ?? 1;
    return weight === 0 ? undefined : { value: -weight * logProb, derivative: -weight };
  }
  const advantage = datum.advantages?.[t] ?? 0;
  if ((datum.mask?.[t] ?? advantage) === 0) return undefined;
  const facts = {
    logProb,
    samplingLogProb: datum.samplingLogProbs?.[t] ?? 0,
    advantage,
    reference: datum.referenceLogProbs?.[t] ?? 0,
    clipLow: datum.clipLow?.[t] ?? config.clipLow ?? 0.8,
    clipHigh: datum.clipHigh?.[t] ?? config.clipHigh ?? 1.2,
  };
  return policyTokenLoss(loss, facts, config);
}

function unsupported(what: string): HoneError {
  return new HoneError("OPTION_INVALID", {
    where: "FixedLogProbsClient",
    option: "call",
    got: what,
    expected: "forward, forwardBackward or optimStep: it has no weights",
  });
}
