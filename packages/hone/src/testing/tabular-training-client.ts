/** A TrainingClient over a table with gradients in closed form: algorithms are tested on it without an engine. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HoneError } from "../core/errors.ts";
import { checkOptions } from "../core/known-options.ts";
import { optionChecks } from "../core/option-checks.ts";
import { shownValue } from "../core/shown-value.ts";
import type {
  AdamParams,
  CheckpointRef,
  Datum,
  ForwardBackwardOutput,
  ForwardOutput,
  LossConfig,
  LossName,
  OptimStepOutput,
  TrainingClient,
} from "../ports/training-client.ts";
import { keptLogProbs } from "./kept-log-probs.ts";
import { TabularAdam, type TabularAdamState } from "./tabular-adam.ts";
import { policyTokenLoss, type TokenFacts } from "./tabular-losses.ts";
import { type TabularOptions, tabularOptionNames, TabularPolicy } from "./tabular-policy.ts";
import { TabularSamplingClient } from "./tabular-sampling-client.ts";

/** Options of `tabularTrainingClient`. */
export interface TabularTrainingOptions extends TabularOptions {
  /** Whether LossConfig.kl is understood. Default true. */
  readonly kl?: boolean;
  /** Whether Datum.kept is understood. Default true. */
  readonly kept?: boolean;
}

/** What a pass over data gives: gradients only where `gradient` was handed in. */
interface Pass {
  loss: number;
  tokens: number;
  ratio: number;
  ratioMax: number;
  low: number;
  high: number;
  /** By the estimators k3 and k1, towards the policy that sampled and towards the reference. */
  readonly klOld: { k3: number; k1: number };
  readonly kl: { k3: number; k1: number };
  readonly logProbs: Float32Array[];
}

/**
 * A training client over a softmax table with gradients in closed form: algorithms are tested on it without an engine.
 * @example
 * const training = tabularTrainingClient({ vocabulary: 8, order: 2 });
 */
export function tabularTrainingClient(options: TabularTrainingOptions): TabularTrainingClient {
  return new TabularTrainingClient(options);
}

/** The client that `tabularTrainingClient` makes. */
export class TabularTrainingClient implements TrainingClient {
  /** The losses that the client computes: all except "value". */
  readonly capabilities: TrainingClient["capabilities"];
  /** Every snapshot it gave out, so that a test can see whether it was closed. */
  readonly snapshots: TabularSamplingClient[] = [];
  /** The table that is trained. */
  readonly policy: TabularPolicy;
  readonly #adam: TabularAdam;
  #version = 0;
  #isClosed = false;

  constructor(options: TabularTrainingOptions) {
    const losses = ["cross_entropy", "importance_sampling", "ppo", "cispo", "dro"] as const;
    checkOptions("tabularTrainingClient", options, {
      ...tabularOptionNames,
      kl: true,
      kept: true,
    });
    const { kl = true, kept = true, ...table } = options;
    this.capabilities = { losses, kl, kept };
    this.policy = new TabularPolicy(table);
    this.#adam = new TabularAdam(this.policy.logits.length);
  }

  async forward(data: readonly Datum[], loss: LossName = "cross_entropy"): Promise<ForwardOutput> {
    const { logProbs } = this.#pass(data, loss, {});
    return { logProbs, weightsVersion: this.#weightsVersion };
  }

  async forwardBackward(
    data: readonly Datum[],
    loss: LossName,
    config: LossConfig = {},
  ): Promise<ForwardBackwardOutput> {
    const pass = this.#pass(data, loss, config, this.#adam.gradient);
    const mean = (sum: number): number => (pass.tokens === 0 ? 0 : sum / pass.tokens);
    const metrics: Record<string, number> = { tokens: pass.tokens };
    if (loss !== "cross_entropy") {
      metrics["ratio_mean"] = mean(pass.ratio);
      metrics["ratio_max"] = pass.ratioMax;
      metrics["clip_fraction"] = mean(pass.low + pass.high);
      metrics["clip_fraction_low"] = mean(pass.low);
      metrics["clip_fraction_high"] = mean(pass.high);
      metrics["kl_old"] = mean(pass.klOld.k3);
      metrics["kl_old_k1"] = mean(pass.klOld.k1);
      if (config.kl !== undefined) {
        metrics["kl"] = mean(pass.kl.k3);
        metrics["kl_k1"] = mean(pass.kl.k1);
      }
    }
    return {
      loss: pass.loss,
      metrics,
      logProbs: pass.logProbs,
      weightsVersion: this.#weightsVersion,
    };
  }

  async optimStep(params: AdamParams): Promise<OptimStepOutput> {
    this.#checkOpen("optimStep");
    const gradientNorm = this.#adam.update(this.policy.logits, params);
    this.#version++;
    return { gradientNorm, step: this.#adam.step, weightsVersion: this.#weightsVersion };
  }

  async discardGradients(): Promise<void> {
    this.#adam.gradient.fill(0);
  }

  async saveState(path: string): Promise<CheckpointRef> {
    this.#checkOpen("saveState");
    const state = { logits: [...this.policy.logits], ...this.#adam.state() };
    await mkdir(path, { recursive: true });
    await writeFile(join(path, "table.json"), JSON.stringify(state));
    return { path };
  }

  async loadState(ref: CheckpointRef, options: { readonly optimizer: boolean }): Promise<void> {
    this.#checkOpen("loadState");
    const state = JSON.parse(
      await readFile(join(ref.path, "table.json"), "utf8"),
    ) as TabularAdamState & {
      logits: number[];
    };
    this.policy.logits.set(state.logits);
    this.#adam.gradient.fill(0);
    this.#version++;
    if (options.optimizer) this.#adam.load(state);
  }

  async saveWeightsForSampler(name?: string): Promise<TabularSamplingClient> {
    this.#checkOpen("saveWeightsForSampler");
    const snapshot = new TabularSamplingClient(this.policy, name ?? this.#weightsVersion);
    this.snapshots.push(snapshot);
    return snapshot;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  get #weightsVersion(): string {
    return `table-${this.#version}`;
  }

  #checkOpen(what: string): void {
    if (this.#isClosed) throw new HoneError("ENGINE_CLOSED", { what });
  }

  #pass(data: readonly Datum[], loss: LossName, config: LossConfig, gradient?: Float64Array): Pass {
    this.#checkOpen("forward");
    if (data.length === 0)
      throw new HoneError("DATA_EMPTY", { where: "forward: data", item: "datum" });
    if (!this.capabilities.losses.includes(loss)) {
      const supported = this.capabilities.losses;
      throw new HoneError("LOSS_UNSUPPORTED", { where: "forward", loss, supported });
    }
    // Everything is checked before anything is added: whole or nothing.
    data.forEach((datum, row) => this.#check(datum, row, loss, config));
    const sums = { loss: 0, tokens: 0, ratio: 0, ratioMax: 0, low: 0, high: 0 };
    const distances = { klOld: { k3: 0, k1: 0 }, kl: { k3: 0, k1: 0 } };
    const pass: Pass = { ...sums, ...distances, logProbs: [] };
    for (const datum of data) this.#passDatum(datum, loss, config, pass, gradient);
    return pass;
  }

  #check(datum: Datum, row: number, loss: LossName, config: LossConfig): void {
    const T = datum.tokens.length;
    const K = datum.targetsPerToken ?? 1;
    const fail = (expected: string, got: string): never => {
      throw new HoneError("SHAPE_MISMATCH", { where: datum.id ?? `row ${row}`, expected, got });
    };
    const vocabulary = this.policy.vocabulary;
    const bad = [...datum.tokens, ...datum.targets].find((t) => !(t >= 0 && t < vocabulary));
    if (bad !== undefined) fail(`token ids below ${vocabulary}`, String(bad));
    if (datum.targets.length !== T * K) fail(`targets [${T * K}]`, `[${datum.targets.length}]`);
    const needed =
      loss === "cross_entropy" ? [] : (["samplingLogProbs", "advantages"] as (keyof Datum)[]);
    if (config.kl !== undefined) {
      if (!this.capabilities.kl) {
        throw new HoneError("OPTION_INVALID", {
          where: "forwardBackward",
          option: "kl",
          got: shownValue(config.kl),
          expected:
            "undefined, since this training client computes no KL term (capabilities.kl is false)",
        });
      }
      needed.push("referenceLogProbs");
    }
    for (const name of needed) if (datum[name] === undefined) fail(`${name} [${T}]`, "none");
    if (datum.kept !== undefined && this.capabilities.kept !== true) {
      const without = "undefined, since this training client knows no kept tokens";
      throw optionChecks("forward").invalid("kept", datum.kept, without);
    }
    const lists = ["samplingLogProbs", "advantages", "mask", "referenceLogProbs", "kept"] as const;
    for (const name of lists) {
      const length = datum[name]?.length ?? T;
      if (length !== T) fail(`${name} [${T}]`, `[${length}]`);
    }
    const weights = datum.weights?.length ?? T * K;
    if (weights !== T * K) fail(`weights [${T * K}]`, `[${weights}]`);
  }

  #passDatum(
    datum: Datum,
    loss: LossName,
    config: LossConfig,
    pass: Pass,
    gradient?: Float64Array,
  ): void {
    const temperature = datum.temperature ?? 1;
    const K = datum.targetsPerToken ?? 1;
    const logProbs = new Float32Array(datum.targets.length);
    pass.logProbs.push(logProbs);
    datum.targets.forEach((target, k) => {
      const t = Math.floor(k / K);
      const weight = weightOf(datum, loss, k);
      if (weight === 0) return;
      const row = this.policy.rowAfter(datum.tokens, t + 1);
      const whole = this.policy.logProbsAt(row, temperature);
      const distribution = keptLogProbs(whole, datum.kept?.[t] ?? "");
      const logProb = distribution[target]!;
      logProbs[k] = logProb;
      pass.tokens++;
      const derivative = tokenDerivative(datum, loss, config, t, logProb, weight, pass);
      if (gradient === undefined) return;
      for (let v = 0; v < distribution.length; v++) {
        const indicator = v === target ? 1 : 0;
        gradient[row + v]! += (derivative * (indicator - Math.exp(distribution[v]!))) / temperature;
      }
    });
  }
}

/** Weight in cross-entropy, mask in a policy loss. */
function weightOf(datum: Datum, loss: LossName, k: number): number {
  if (loss === "cross_entropy") return datum.weights?.[k] ?? 1;
  return datum.mask?.[k] ?? (datum.advantages?.[k] === 0 ? 0 : 1);
}

/** Adds one token's loss to the sums; d loss / d log-prob. */
function tokenDerivative(
  datum: Datum,
  loss: LossName,
  config: LossConfig,
  t: number,
  logProb: number,
  weight: number,
  pass: Pass,
): number {
  if (loss === "cross_entropy") {
    pass.loss -= weight * logProb;
    return -weight;
  }
  const samplingLogProb = datum.samplingLogProbs?.[t] ?? 0;
  const reference = datum.referenceLogProbs?.[t] ?? 0;
  const token = {
    logProb,
    samplingLogProb,
    advantage: datum.advantages?.[t] ?? 0,
    reference,
    clipLow: datum.clipLow?.[t] ?? config.clipLow ?? 0.8,
    clipHigh: datum.clipHigh?.[t] ?? config.clipHigh ?? 1.2,
  };
  const term = policyTokenLoss(loss, token, config);
  pass.loss += term.value;
  measure(pass, loss, token);
  if (config.kl !== undefined) addDistance(pass.kl, logProb, reference);
  return term.derivative;
}

/** Adds one token's ratio, the bound that it passes, and its distance from the policy that sampled it. */
function measure(pass: Pass, loss: LossName, token: TokenFacts): void {
  const { logProb, samplingLogProb, advantage, clipLow, clipHigh } = token;
  const ratio = Math.exp(logProb - samplingLogProb);
  pass.ratio += ratio;
  pass.ratioMax = Math.max(pass.ratioMax, ratio);
  // CISPO holds the factor of the ratio whatever the advantage's sign; PPO only what the advantage pushes farther.
  const isEither = loss === "cispo" && advantage !== 0;
  if (ratio > clipHigh && (isEither || advantage > 0)) pass.high++;
  if (ratio < clipLow && (isEither || advantage < 0)) pass.low++;
  addDistance(pass.klOld, samplingLogProb, logProb);
}

function addDistance(sums: { k3: number; k1: number }, from: number, to: number): void {
  sums.k1 += from - to;
  sums.k3 += Math.exp(to - from) - 1 - (to - from);
}
