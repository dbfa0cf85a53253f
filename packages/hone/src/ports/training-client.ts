/**
 * The contract between algorithms and what computes for them, in the primitives of the Tinker API.
 *
 * All losses are **sums** over tokens; algorithms normalise through weights and advantages. Calls on a client run in the
 * order of submission. Log-probabilities are in nats.
 */
import type { KeptSet } from "../core/kept-tokens.ts";
import type { BoundPart, TokenIds } from "../core/rollout.ts";
import type { SamplingClient } from "./sampling-client.ts";

/** One row sent to training. Arrays are per position of `tokens`, length T; which are read depends on the loss. */
export interface Datum {
  /** Names the row in errors and saved batches. */
  readonly id?: string;
  /** [T] what the model reads. */
  readonly tokens: TokenIds;
  /** [T] what position t must predict, usually tokens[t + 1]; [T·K] row-major when `targetsPerToken` is K. */
  readonly targets: TokenIds;
  /** K, targets of each position, for distillation. Default 1. */
  readonly targetsPerToken?: number;
  /** [T] (or [T·K]) for "cross_entropy": weight of each target. Positions of weight 0 cost no logits. */
  readonly weights?: Float32Array;
  /**
   * [T] for policy losses and "value": 1 where a position counts; for "value" any weight that is not negative. Default: where
   * `advantages` is not 0.
   */
  readonly mask?: Float32Array;
  /** [T] for policy losses: log-probs of the targets under the distribution they were sampled from; nats. */
  readonly samplingLogProbs?: Float32Array;
  /** [T] for policy losses: advantages, normalisation folded in. */
  readonly advantages?: Float32Array;
  /** [T] for the KL term: log-probs of the targets under the reference policy; nats. */
  readonly referenceLogProbs?: Float32Array;
  /** [T] lower bounds of the ratio, instead of the loss config's. */
  readonly clipLow?: Float32Array;
  /** [T] upper bounds of the ratio, instead of the loss config's. */
  readonly clipHigh?: Float32Array;
  /** [T] for "value": what the value head should say. */
  readonly returns?: Float32Array;
  /** [T] for "value": what the value head said when the data was collected. Default: `returns`. */
  readonly oldValues?: Float32Array;
  /** The temperature that the row was sampled at; logits are divided by it, so that ratios compare like with like. Default 1. */
  readonly temperature?: number;
  /**
   * Positions whose targets were sampled under a response format. Their log-probs are those among the tokens that it allowed, as they
   * were drawn. Default: all tokens could be drawn everywhere.
   */
  readonly bound?: readonly BoundPart[];
  /**
   * [T] which tokens top-k, top-p and min-p left at the positions whose targets they cut, "" at others. The log-probs there are
   * those among the tokens of the set (the format's, too, which are among them), as they were drawn. Default: nothing was cut.
   */
  readonly kept?: readonly KeptSet[];
  /**
   * Which of the client's adapters learns the row, where it has several (`TrainingCapabilities.adapters`), which then must be named. A
   * client that trains one policy has no use for it. Default: the client has one.
   */
  readonly adapter?: string;
  /** Seed of the row's dropout mask, made of step and row, so that packing does not matter. Default: no dropout for this row. */
  readonly dropoutSeed?: number;
  /** The weights it was sampled from; nothing is computed with it. */
  readonly weightsVersion?: string;
}

/** The losses there are. A client computes some of them (`TrainingCapabilities`); the formulas are in `engine/training/losses.ts`. */
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

/** Settings of a loss. One that the loss does not read is an error where it would change the loss elsewhere. */
export interface LossConfig {
  /** Policy losses: lower bound of the ratio, in the loss ("ppo", "cispo") and in the metric clip_fraction. Default 0.8. */
  readonly clipLow?: number;
  /** Policy losses: upper bound of the ratio, likewise. Default 1.2. */
  readonly clipHigh?: number;
  /** "value": how far from `oldValues` a value counts, on both sides. Default: without limit. */
  readonly valueClip?: number;
  /** "dro": weight of the squared log-ratio. Default 0.05. */
  readonly beta?: number;
  /** Adds coefficient · KL(policy ‖ reference) per masked token, from `referenceLogProbs`. Default: no such term. */
  readonly kl?: { readonly coefficient: number; readonly estimator: KlEstimator };
}

/** What a forward pass gives. */
export interface ForwardOutput {
  /** Per datum [T] (or [T·K]): log-probs of the targets in nats, 0 where a position did not count. Values for a value head. */
  readonly logProbs: readonly Float32Array[];
  /** The weights that computed it. */
  readonly weightsVersion: string;
}

/** What a forward and a backward pass give; the gradient stays with the client. */
export interface ForwardBackwardOutput extends ForwardOutput {
  /** The loss, a sum over tokens. */
  readonly loss: number;
  /**
   * "tokens" that counted; for policy losses also "ratio_mean", "ratio_max", "clip_fraction", "clip_fraction_low",
   * "clip_fraction_high", "kl_old", "kl_old_k1" and, with a KL term, "kl", "kl_k1" (docs/metrics.md).
   */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Rows whose forward pass is done, in the middle of `forwardBackwardWith`. */
export interface ForwardedRows {
  /** Their indices in the data. */
  readonly rows: readonly number[];
  /** For each of these rows [T] (or [T·K]): log-probs of the targets in nats, 0 where the row's weight is 0. */
  readonly logProbs: readonly Float32Array[];
  /** The weights of the model that computed it, and that the backward pass reads. */
  readonly weightsVersion: string;
}

/** What `forwardBackwardWith` is given beside the data. */
export interface WeighedPass {
  /**
   * Which rows must be weighed together: one list of indices for each group of rows whose weights depend on each other's log-probs;
   * every index once. Fewer rows together take less memory. Default: all rows are one group.
   */
  readonly groups?: readonly (readonly number[])[];
  /**
   * The weights w = −dC/dlog π of some rows, [T] (or [T·K]) each, from their log-probs. It is called once for each part of the data,
   * which holds whole groups. What it throws ends the pass, and nothing is added.
   */
  readonly weigh: (part: ForwardedRows) => readonly Float32Array[];
}

/** Settings of a step of AdamW with decoupled decay. @source Loshchilov & Hutter 2019 (arXiv:1711.05101) */
export interface AdamParams {
  /** At least 0. */
  readonly learningRate: number;
  /** Decay of the gradient's running mean, 0 to 1. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the squared gradient's running mean, 0 to 1. Default 0.999. */
  readonly beta2?: number;
  /** Added to the root of that mean. Default 1e-8. */
  readonly epsilon?: number;
  /** Share of a weight that a step at learning rate 1 takes away. Default 0. */
  readonly weightDecay?: number;
  /** Gradients of a larger global L2 norm are scaled down to it; 0 never scales. Default 0. */
  readonly maxGradientNorm?: number;
}

/** What an optimizer step gives. */
export interface OptimStepOutput {
  /** Global L2 norm of the gradient before clipping. */
  readonly gradientNorm: number;
  /** Optimizer steps so far. */
  readonly step: number;
  /** The weights after it. */
  readonly weightsVersion: string;
}

/** A saved training state. */
export interface CheckpointRef {
  /** The folder of the checkpoint. */
  readonly path: string;
}

/** What a client can do; asking for anything else is an error. */
export interface TrainingCapabilities {
  /** The losses that it computes. */
  readonly losses: readonly LossName[];
  /** Whether it computes `LossConfig.kl`. */
  readonly kl: boolean;
  /** Whether it knows of `Datum.bound`; one that does not must not be given it. Default false. */
  readonly bounds?: boolean;
  /** Whether it knows of `Datum.kept`; one that does not must not be given it. Default false. */
  readonly kept?: boolean;
  /** The most tokens that a datum may have. Default: not known. */
  readonly contextLength?: number;
  /** The names of its adapters, where it trains several policies on one base: `Datum.adapter` must be one of them. Default: it is one. */
  readonly adapters?: readonly string[];
}

/**
 * Trains one policy. Calls run in the order of submission, so several may be submitted without waiting; data is read when a
 * call is made. Losses are sums over tokens: normalise through weights and advantages.
 */
export interface TrainingClient {
  /** What the client can compute: its losses, and whether a loss may have a KL term. */
  readonly capabilities: TrainingCapabilities;
  /**
   * Log-probs of the targets (or values), without a gradient.
   * @param loss  decides which positions count, as for `forwardBackward`. Default "cross_entropy", or "value" for a value head
   * @throws DATA_EMPTY, SHAPE_MISMATCH, ROW_TOO_LONG, TOKEN_OUT_OF_RANGE, BATCH_ALL_MASKED, LOSS_UNSUPPORTED,
   *         LOGITS_NOT_FINITE
   */
  forward(data: readonly Datum[], loss?: LossName): Promise<ForwardOutput>;
  /**
   * Computes the loss and adds its gradient to what is accumulated; a call that fails adds nothing.
   * @throws as `forward`; DATUM_INCOMPLETE where a datum lacks what the loss reads; OPTION_INVALID for the config
   */
  forwardBackward(
    data: readonly Datum[],
    loss: LossName,
    config?: LossConfig,
  ): Promise<ForwardBackwardOutput>;
  /**
   * Adds the gradient of −Σ w·log π, with weights w that are a function of the log-probs: a part of the rows is computed forward,
   * weighed, and the backward pass goes on from there, so that nothing is computed twice. The datum's own `weights` say which
   * targets count; their values are not read. A call that fails adds nothing. Optional: without it take `forward`, then
   * `forwardBackward` with "cross_entropy".
   * @throws as `forward`; SHAPE_MISMATCH for weights or groups that do not fit the data; what `weigh` throws
   */
  forwardBackwardWith?(data: readonly Datum[], pass: WeighedPass): Promise<ForwardOutput>;
  /** Clips the accumulated gradient, steps AdamW, and zeroes it. @throws OPTION_INVALID, GRADIENT_NOT_FINITE */
  optimStep(params: AdamParams): Promise<OptimStepOutput>;
  /** Drops the accumulated gradient. */
  discardGradients(): Promise<void>;
  /** Saves weights, optimizer and step into the folder `path`, whole or not at all. @throws DISK_FULL, WRITE_FAILED */
  saveState(path: string): Promise<CheckpointRef>;
  /**
   * Loads a saved state and drops the accumulated gradient.
   * @param options.optimizer  false takes the weights only: the optimizer starts anew, at step 0
   * @throws CHECKPOINT_DAMAGED, CHECKPOINT_MISMATCH
   */
  loadState(ref: CheckpointRef, options: { readonly optimizer: boolean }): Promise<void>;
  /**
   * An immutable snapshot of the weights to sample from; also the reference policy of a KL term. The caller closes it.
   * @param name  its `weightsVersion`. Default: one that tells this step's weights from others
   */
  saveWeightsForSampler(name?: string): Promise<SamplingClient>;
  /** Frees the client; later calls throw ENGINE_CLOSED. */
  close(): Promise<void>;
}
