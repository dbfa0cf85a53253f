/**
 * The table of losses of a preference pair: value and derivative of each in closed form.
 *
 * c and r are how much better the policy knows the chosen and the rejected answer than the reference does, in nats:
 *
 *     c = log π(chosen) − log π_ref(chosen)        r likewise        Δ = f(c) − f(r) − m
 *
 * with f of ratio-scores.ts (f(x) = x unless another divergence is asked for) and m a margin (0 but for SimPO). A loss of the
 * "difference" reads Δ only; one of the "sides" reads c and r. β scales them, σ is the logistic function, ε the label smoothing.
 *
 * Names and variants are those of TRL 1.16's DPOTrainer; label smoothing of "sigmoid" is that of its CPOTrainer.
 */
import { logistic } from "../../core/logistic.ts";

/** The numbers that some losses read beside the log-ratios. */
export interface PairLossSettings {
  /** How strongly the policy is held to the reference: larger holds it closer. Above 0. */
  readonly beta: number;
  /** Share of pairs that are taken to be labelled the wrong way round, 0 to 0.5. */
  readonly labelSmoothing: number;
  /** DiscoPOP's temperature of mixing, above 0. */
  readonly discopopTau: number;
}

/** A loss of Δ and its derivative. */
export interface DifferencePoint {
  readonly value: number;
  readonly slope: number;
}

/** A loss of c and r and its derivatives. */
export interface SidesPoint {
  readonly value: number;
  /** d value / dc. */
  readonly chosen: number;
  /** d value / dr. */
  readonly rejected: number;
}

/** One loss. */
export type PairLossRow = {
  /** Whether scores are divided by the tokens of their answers. Only for losses of the difference. Default false. */
  readonly perToken?: boolean;
  /** Whether the loss reads ε. Default false. */
  readonly smooths?: boolean;
} & (
  | { readonly of: "difference"; at(delta: number, settings: PairLossSettings): DifferencePoint }
  | { readonly of: "sides"; at(c: number, r: number, settings: PairLossSettings): SidesPoint }
);

/** log σ(x), without overflow. */
export const logSigmoid = (x: number): number =>
  x >= 0 ? -Math.log1p(Math.exp(-x)) : x - Math.log1p(Math.exp(x));

/** −(1 − ε)·log σ(βΔ) − ε·log σ(−βΔ) */
function smoothed(
  delta: number,
  { beta, labelSmoothing: e }: Pick<PairLossSettings, "beta" | "labelSmoothing">,
): DifferencePoint {
  const x = beta * delta;
  // A product of 0 and an infinite logarithm would be no number.
  const flipped = e === 0 ? 0 : e * logSigmoid(-x);
  return {
    value: -(1 - e) * logSigmoid(x) - flipped,
    slope: beta * (e * logistic(x) - (1 - e) * logistic(-x)),
  };
}

/** All losses of pairs, by name. */
export const pairLosses = {
  /**
   * −(1 − ε)·log σ(βΔ) − ε·log σ(−βΔ). Rafailov et al. 2023, DPO, eq. 7 (arXiv:2305.18290); with ε the conservative DPO of
   * Mitchell 2023 (https://ericmitchell.ai/cdpo.pdf).
   */
  sigmoid: { of: "difference", smooths: true, at: smoothed },

  /** "sigmoid" of means over the tokens of an answer, so that long answers weigh as much as short ones. */
  sigmoid_norm: { of: "difference", perToken: true, smooths: true, at: smoothed },

  /** max(0, 1 − βΔ). Zhao et al. 2023, SLiC-HF (arXiv:2305.10425), on log-ratios as in Liu et al. 2023, RSO (arXiv:2309.06657). */
  hinge: {
    of: "difference",
    at(delta, { beta }) {
      const value = Math.max(0, 1 - beta * delta);
      return { value, slope: value > 0 ? -beta : 0 };
    },
  },

  /** (Δ − 1 / 2β)², Δ of means over tokens. Azar et al. 2023, IPO, eq. 17 (arXiv:2310.12036). */
  ipo: {
    of: "difference",
    perToken: true,
    at(delta, { beta }) {
      const error = delta - 1 / (2 * beta);
      return { value: error * error, slope: 2 * error };
    },
  },

  /**
   * q·log(q / (1 − ε)) + (1 − q)·log((1 − q) / ε), q = σ(βΔ): the KL from the policy's preference to the labels'.
   * Ji et al. 2024, EXO, eq. 16 (arXiv:2402.00856). ε must be above 0.
   */
  exo_pair: {
    of: "difference",
    smooths: true,
    at(delta, { beta, labelSmoothing: e }) {
      const x = beta * delta;
      const q = logistic(x);
      const value =
        q * (logSigmoid(x) - Math.log1p(-e)) + logistic(-x) * (logSigmoid(-x) - Math.log(e));
      return { value, slope: beta * q * logistic(-x) * (x - Math.log1p(-e) + Math.log(e)) };
    },
  },

  /**
   * (−(1 − ε)·log σ(βΔ) + ε·log σ(−βΔ)) / (1 − 2ε): unbiased where a share ε of the labels is wrong.
   * Chowdhury et al. 2024, Provably Robust DPO (arXiv:2403.00409).
   */
  robust: {
    of: "difference",
    smooths: true,
    at(delta, { beta, labelSmoothing: e }) {
      const x = beta * delta;
      const scale = 1 / (1 - 2 * e);
      return {
        value: scale * (e * logSigmoid(-x) - (1 - e) * logSigmoid(x)),
        slope: -scale * beta * ((1 - e) * logistic(-x) + e * logistic(x)),
      };
    },
  },

  /**
   * (1 − s)·(−log σ(x)) + s·e^(−x), x = βΔ, s = σ(x / τ). Lu et al. 2024, DiscoPOP, eq. 5 (arXiv:2406.08414), which finds τ = 0.05.
   */
  discopop: {
    of: "difference",
    at(delta, { beta, discopopTau: tau }) {
      const x = beta * delta;
      const [s, ds] = [logistic(x / tau), (logistic(x / tau) * logistic(-x / tau)) / tau];
      const [loss, exponential] = [-logSigmoid(x), Math.exp(-x)];
      return {
        value: (1 - s) * loss + s * exponential,
        slope: beta * (ds * (exponential - loss) - (1 - s) * logistic(-x) - s * exponential),
      };
    },
  },

  /** −log σ(βc) − ½·log σ(−βc) − ½·log σ(−βr). Chen et al. 2024, NCA, for two answers (arXiv:2402.05369). */
  nca_pair: {
    of: "sides",
    at(c, r, { beta }) {
      const [x, y] = [beta * c, beta * r];
      return {
        value: -logSigmoid(x) - 0.5 * logSigmoid(-x) - 0.5 * logSigmoid(-y),
        chosen: beta * (0.5 * logistic(x) - logistic(-x)),
        rejected: 0.5 * beta * logistic(y),
      };
    },
  },

  /** −log σ(βc) − log σ(−βr). Jung et al. 2024, BCO, without its reward shift (arXiv:2404.04656). */
  bco_pair: {
    of: "sides",
    at(c, r, { beta }) {
      const [x, y] = [beta * c, beta * r];
      return {
        value: -logSigmoid(x) - logSigmoid(-y),
        chosen: -beta * logistic(-x),
        rejected: beta * logistic(y),
      };
    },
  },

  /** (c − 1 / 2β)² + (r + 1 / 2β)². Wu et al. 2024, SPPO, eq. 4.7 with probabilities 1 and 0 (arXiv:2405.00675). */
  sppo_hard: {
    of: "sides",
    at(c, r, { beta }) {
      const [above, below] = [c - 0.5 / beta, r + 0.5 / beta];
      return { value: above * above + below * below, chosen: 2 * above, rejected: 2 * below };
    },
  },

  /**
   * 1 − σ(βc) + σ(βr): for answers better than the policy's own. D'Oosterlinck et al. 2024, APO, eq. 7 (arXiv:2408.06266).
   */
  apo_zero: {
    of: "sides",
    at(c, r, { beta }) {
      const [x, y] = [beta * c, beta * r];
      return {
        value: logistic(-x) + logistic(y),
        chosen: -beta * logistic(x) * logistic(-x),
        rejected: beta * logistic(y) * logistic(-y),
      };
    },
  },

  /** σ(βc) + 1 − σ(β(c − r)): for answers worse than the policy's own. The same paper, eq. 8. */
  apo_down: {
    of: "sides",
    at(c, r, { beta }) {
      const [x, d] = [beta * c, beta * (c - r)];
      const apart = beta * logistic(d) * logistic(-d);
      return {
        value: logistic(x) + logistic(-d),
        chosen: beta * logistic(x) * logistic(-x) - apart,
        rejected: apart,
      };
    },
  },
} as const satisfies Readonly<Record<string, PairLossRow>>;

/** The name of a loss of `pairLosses`. */
export type PairLossName = keyof typeof pairLosses;

/** The names of all losses of pairs. */
export const pairLossNames = Object.keys(pairLosses) as readonly PairLossName[];

/** A loss by its name, its row's type known only as far as all rows agree. */
export const pairLossOf = (name: PairLossName): PairLossRow => pairLosses[name];
