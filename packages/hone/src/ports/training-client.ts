/**
 * The seam between algorithms and whatever computes: the primitives of the Tinker API.
 *
 * All losses are **sums** over tokens; algorithms normalise through weights and advantages. Calls on a client run in the
 * order of submission. Log-probabilities are in nats.
 */
import type { TokenIds } from "../core/rollout.ts";
import type { SamplingClient } from "./sampling-client.ts";

/** One row sent to training. Arrays are per position of `tokens`, length T. */
export interface Datum {
  /** Names the row in errors and saved batches. */
  readonly id?: string;
  /** [T] what the model reads. */
  readonly tokens: TokenIds;
  /** [T] what position t must predict, usually tokens[t + 1]; [T·K] row-major when `targetsPerToken` is K (distillation). */
  readonly targets: TokenIds;
  readonly targetsPerToken?: number;
  /** [T] (or [T·K]) weight of each target in `cross_entropy`; positions of weight 0 cost no logits. */
  readonly weights?: Float32Array;
  /** [T] 1 where a policy loss counts; default: where `advantages` is not 0. */
  readonly mask?: Float32Array;
  /** [T] log-probs of the targets, in nats, under the distribution they were sampled from (temperature and filters applied). */
  readonly samplingLogProbs?: Float32Array;
  /** [T] advantages, normalisation folded in. */
  readonly advantages?: Float32Array;
  /** [T] log-probs of the targets under the reference policy, for the KL term. */
  readonly referenceLogProbs?: Float32Array;
  /** [T] per-token ratio thresholds instead of those of the loss config. */
  readonly clipLow?: Float32Array;
  readonly clipHigh?: Float32Array;
  /** [T] for loss "value": what the value head should say, and what it said when the data was collected. */
  readonly returns?: Float32Array;
  readonly oldValues?: Float32Array;
  /** The temperature the row was sampled at: ratios compare like with like. Default 1. */
  readonly temperature?: number;
  /** Seed of the row's dropout mask; depends on (step, datum), not on packing. Absent: no dropout for this row. */
  readonly dropoutSeed?: number;
  readonly weightsVersion?: string;
}

export type LossName = "cross_entropy" | "importance_sampling" | "ppo" | "cispo" | "dro" | "value";

/**
 * An estimate of KL(policy ‖ reference) from one sampled token, in nats. With d = log π(o) − log π_ref(o), o sampled from π:
 *
 *     k1 = d                     unbiased as a number; as a loss its gradient is 0 in expectation: for logging
 *     k2 = d² / 2                biased as a number; as a loss its gradient is that of the KL, on policy
 *     k3 = e^(−d) + d − 1        unbiased and never negative; what DeepSeekMath eq. 4 puts into the loss
 *
 * @source Schulman 2020, Approximating KL divergence (http://joschu.net/blog/kl-approx.html);
 *         Shao et al. 2024, DeepSeekMath (arXiv:2402.03300)
 */
export type KlEstimator = "k1" | "k2" | "k3";

export interface LossConfig {
  /** "ppo", "cispo": lower bound of the ratio. Default 0.8. */
  readonly clipLow?: number;
  /** "ppo", "cispo": upper bound of the ratio. Default 1.2. */
  readonly clipHigh?: number;
  /** "value": how far from `oldValues` a value counts, on both sides. Default: without limit. */
  readonly valueClip?: number;
  /** "dro": weight of the squared log-ratio. Default 0.05. */
  readonly beta?: number;
  /** Adds coefficient · KL(policy ‖ reference) per masked token, from `referenceLogProbs`. */
  readonly kl?: { readonly coefficient: number; readonly estimator: KlEstimator };
}

export interface ForwardOutput {
  /** Per datum [T] (or [T·K]): log-probs of the targets, 0 where the position did not count; values for a value head. */
  readonly logProbs: readonly Float32Array[];
  readonly weightsVersion: string;
}

export interface ForwardBackwardOutput extends ForwardOutput {
  /** The loss, a sum over tokens. */
  readonly loss: number;
  /** Sums and means the loss knows: "tokens", and for policy losses "ratio_mean", "clip_fraction", "kl_old", "kl". */
  readonly metrics: Readonly<Record<string, number>>;
}

/** AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101), decoupled decay. */
export interface AdamParams {
  readonly learningRate: number;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Default 0. */
  readonly weightDecay?: number;
  /** Global-norm clipping; absent or 0: none. */
  readonly maxGradientNorm?: number;
}

export interface OptimStepOutput {
  /** Global L2 norm before clipping. */
  readonly gradientNorm: number;
  /** Optimizer steps so far. */
  readonly step: number;
  readonly weightsVersion: string;
}

/** Where a checkpoint lies. */
export interface CheckpointRef {
  readonly path: string;
}

/** What only some engines can do; asking for it elsewhere is an error. */
export interface TrainingCapabilities {
  readonly losses: readonly LossName[];
  readonly kl: boolean;
}

export interface TrainingClient {
  readonly capabilities: TrainingCapabilities;
  /** Log-probs of the targets (or values), no gradient. `loss` decides which positions count as for forwardBackward. */
  forward(data: readonly Datum[], loss?: LossName): Promise<ForwardOutput>;
  /** Adds the loss's gradient to what is accumulated; whole or nothing. */
  forwardBackward(
    data: readonly Datum[],
    loss: LossName,
    config?: LossConfig,
  ): Promise<ForwardBackwardOutput>;
  /** Clips, steps AdamW, zeroes the gradients. */
  optimStep(params: AdamParams): Promise<OptimStepOutput>;
  /** Drops what was accumulated. */
  discardGradients(): Promise<void>;
  /** Weights, optimizer and step, whole or not at all, into the folder `path`. */
  saveState(path: string): Promise<CheckpointRef>;
  loadState(ref: CheckpointRef, options: { readonly optimizer: boolean }): Promise<void>;
  /** An immutable snapshot to sample from; also the reference policy. */
  saveWeightsForSampler(name?: string): Promise<SamplingClient>;
  close(): Promise<void>;
}
