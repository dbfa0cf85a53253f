/**
 * The losses of the training client as tensor expressions over the log-probs of the targets. All are sums over the M
 * positions that count; the derivative comes from the expressions themselves.
 *
 * Legend: logp [M] under the current policy, slp [M] under the distribution that was sampled from, A advantages,
 *         m mask (0 or 1), ρ = exp(logp − slp) the importance ratio.
 *
 *     cross_entropy        −Σ w · logp
 *     importance_sampling  −Σ m · ρ · A
 *     ppo                  −Σ m · min(ρ·A, clip(ρ, low, high)·A)      Schulman et al. 2017, arXiv:1707.06347, eq. 7
 *     cispo                −Σ m · sg(clip(ρ, low, high)) · A · logp   MiniMax 2025, arXiv:2506.13585, §3.1; sg stops the gradient
 *     dro                  −Σ m · (A·logp − ½·β·(logp − slp)²)        Richemond et al. 2024, arXiv:2405.19107
 *     value                 Σ m · ½·max((v − R)², (clip(v, v_old ± c) − R)²)   Schulman's PPO code, as in TRL
 */
import { HoneError } from "../../core/errors.ts";
import type { Datum, KlEstimator, LossConfig, LossName } from "../../ports/training-client.ts";
import {
  add,
  exp,
  maximum,
  minimum,
  mul,
  neg,
  stopGradient,
  sub,
} from "../../tensor/ops/elementwise.ts";
import { sum } from "../../tensor/ops/broadcasting.ts";
import { input, scalar } from "../../tensor/ops/sources.ts";
import type { Tensor } from "../../tensor/call.ts";
import type { Shape } from "../../tensor/shape.ts";

/** Per-position numbers a loss reads, each an input [M] of the program. */
export type Column =
  | "weights"
  | "mask"
  | "advantages"
  | "sampling_log_probs"
  | "clip_low"
  | "clip_high"
  | "reference_log_probs"
  | "returns"
  | "old_values";

/** Scalars a loss reads, each an input [] of the program. */
export type Setting = "beta" | "kl_coefficient" | "value_clip";

interface LossRow {
  readonly columns: readonly Column[];
  readonly settings: readonly Setting[];
  /** The loss per position, [M]. */
  readonly perPosition: (logp: Tensor, read: LossInputs) => Tensor;
}

export interface LossInputs {
  readonly column: (name: Column) => Tensor;
  readonly setting: (name: Setting) => Tensor;
}

const ratio = (logp: Tensor, read: LossInputs): Tensor =>
  exp(sub(logp, read.column("sampling_log_probs")));

const clipped = (value: Tensor, read: LossInputs): Tensor =>
  maximum(minimum(value, read.column("clip_high")), read.column("clip_low"));

const masked = (read: LossInputs, gain: Tensor): Tensor => neg(mul(read.column("mask"), gain));

const policyColumns = ["mask", "advantages", "sampling_log_probs"] as const;
const clippedColumns = [...policyColumns, "clip_low", "clip_high"] as const;

export const losses: Readonly<Record<LossName, LossRow>> = {
  cross_entropy: {
    columns: ["weights"],
    settings: [],
    perPosition: (logp, read) => neg(mul(read.column("weights"), logp)),
  },
  importance_sampling: {
    columns: policyColumns,
    settings: [],
    perPosition: (logp, read) => masked(read, mul(ratio(logp, read), read.column("advantages"))),
  },
  ppo: {
    columns: clippedColumns,
    settings: [],
    perPosition: (logp, read) => {
      const advantages = read.column("advantages");
      const rho = ratio(logp, read);
      return masked(read, minimum(mul(rho, advantages), mul(clipped(rho, read), advantages)));
    },
  },
  cispo: {
    columns: clippedColumns,
    settings: [],
    perPosition: (logp, read) => {
      const weight = stopGradient(clipped(ratio(logp, read), read));
      return masked(read, mul(mul(weight, read.column("advantages")), logp));
    },
  },
  dro: {
    columns: policyColumns,
    settings: ["beta"],
    perPosition: (logp, read) => {
      const drift = sub(logp, read.column("sampling_log_probs"));
      const penalty = mul(mul(drift, drift), mul(read.setting("beta"), scalar(0.5)));
      return masked(read, sub(mul(read.column("advantages"), logp), penalty));
    },
  },
  value: {
    columns: ["mask", "returns", "old_values"],
    settings: ["value_clip"],
    perPosition: (values, read) => {
      const [returns, old, clip] = [
        read.column("returns"),
        read.column("old_values"),
        read.setting("value_clip"),
      ];
      const near = maximum(minimum(values, add(old, clip)), sub(old, clip));
      const worst = maximum(squared(sub(values, returns)), squared(sub(near, returns)));
      return mul(read.column("mask"), mul(worst, scalar(0.5)));
    },
  },
};

const squared = (x: Tensor): Tensor => mul(x, x);

/**
 * The estimate of KL(π ‖ π_ref) per token, by the formulas of `KlEstimator`.
 */
function klPerPosition(logp: Tensor, read: LossInputs, estimator: KlEstimator): Tensor {
  const drift = sub(logp, read.column("reference_log_probs"));
  if (estimator === "k1") return drift;
  if (estimator === "k2") return mul(squared(drift), scalar(0.5));
  return add(sub(exp(neg(drift)), scalar(1)), drift);
}

/** The loss, a scalar, and the inputs it reads. */
export function lossExpression(
  logp: Tensor,
  loss: LossName,
  kl: KlEstimator | undefined,
): {
  readonly loss: Tensor;
  readonly columns: readonly Column[];
  readonly settings: readonly Setting[];
} {
  const row = losses[loss];
  const columns = [...row.columns, ...(kl === undefined ? [] : (["reference_log_probs"] as const))];
  const settings = [...row.settings, ...(kl === undefined ? [] : (["kl_coefficient"] as const))];
  const made = new Map<string, Tensor>();
  const read = (name: string, shape: Shape): Tensor => {
    const tensor = made.get(name) ?? input(name, "f32", shape);
    made.set(name, tensor);
    return tensor;
  };
  const inputs: LossInputs = {
    column: (name) => read(name, logp.shape),
    setting: (name) => read(name, []),
  };
  let perPosition = row.perPosition(logp, inputs);
  if (kl !== undefined) {
    const penalty = mul(inputs.setting("kl_coefficient"), klPerPosition(logp, inputs, kl));
    perPosition = add(perPosition, mul(inputs.column("mask"), penalty));
  }
  return { loss: sum(perPosition), columns, settings };
}

/** Values of a loss's settings, with the defaults of the port. */
export function settingValue(setting: Setting, config: LossConfig): number {
  switch (setting) {
    case "beta":
      return config.beta ?? 0.05;
    case "kl_coefficient":
      return config.kl?.coefficient ?? 0;
    case "value_clip":
      return config.valueClip ?? Number.MAX_VALUE;
  }
}

/** Whether a position of a datum takes part in a loss; only these cost logits. */
export function countsAt(datum: Datum, loss: LossName, position: number): boolean {
  if (loss === "cross_entropy") return (datum.weights?.[position] ?? 0) !== 0;
  if (datum.mask !== undefined) return datum.mask[position] !== 0;
  if (loss === "value") return datum.returns !== undefined;
  return (datum.advantages?.[position] ?? 0) !== 0;
}

/** The number that one input of the loss, such as the weights or the advantages, has at a position of a datum. */
export function columnValue(
  column: Column,
  datum: Datum,
  position: number,
  config: LossConfig,
): number {
  const need = (array: Float32Array | undefined, name: string): number => {
    const value = array?.[position];
    if (value === undefined) {
      throw new HoneError("DATUM_INCOMPLETE", {
        datum: datum.id ?? "(without id)",
        field: name,
        loss: column,
      });
    }
    return value;
  };
  switch (column) {
    case "weights":
      return need(datum.weights, "weights");
    case "mask":
      return datum.mask?.[position] ?? 1;
    case "advantages":
      return need(datum.advantages, "advantages");
    case "sampling_log_probs":
      return need(datum.samplingLogProbs, "samplingLogProbs");
    case "clip_low":
      return datum.clipLow?.[position] ?? config.clipLow ?? 0.8;
    case "clip_high":
      return datum.clipHigh?.[position] ?? config.clipHigh ?? 1.2;
    case "reference_log_probs":
      return need(datum.referenceLogProbs, "referenceLogProbs");
    case "returns":
      return need(datum.returns, "returns");
    case "old_values":
      return datum.oldValues?.[position] ?? need(datum.returns, "returns");
  }
}
