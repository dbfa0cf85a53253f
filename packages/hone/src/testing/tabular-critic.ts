/** A critic over a table with gradients in closed form: algorithms with a critic are tested on it without an engine. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HoneError } from "../core/errors.ts";
import { checkOptions } from "../core/known-options.ts";
import type { TokenIds } from "../core/rollout.ts";
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
import type { SamplingClient } from "../ports/sampling-client.ts";
import { TabularAdam, type TabularAdamState } from "./tabular-adam.ts";

/** Options of `tabularCritic`. */
export interface TabularCriticOptions {
  /** How many tokens there are: 0 … vocabulary − 1. */
  readonly vocabulary: number;
  /** How many of the last tokens a value depends on. Default 1. */
  readonly order?: number;
}

/**
 * A critic whose value is a number in a table, one for each context of the last tokens. It starts at 0, and knows the loss "value" only:
 * ½·max((v − R)², (clip(v, old ± valueClip) − R)²), times the mask.
 * @example const critic = tabularCritic({ vocabulary: 8, order: 2 });
 */
export function tabularCritic(options: TabularCriticOptions): TabularCritic {
  return new TabularCritic(options);
}

/** The client that `tabularCritic` makes. */
export class TabularCritic implements TrainingClient {
  /** The loss "value". */
  readonly capabilities: TrainingClient["capabilities"] = { losses: ["value"], kl: false };
  /** [(vocabulary + 1)^order] the value of each context. */
  readonly values: Float64Array;
  readonly #vocabulary: number;
  readonly #order: number;
  readonly #adam: TabularAdam;
  #version = 0;

  constructor(options: TabularCriticOptions) {
    checkOptions("tabularCritic", options, { vocabulary: true, order: true });
    const { vocabulary, order = 1 } = options;
    this.#vocabulary = vocabulary;
    this.#order = order;
    this.values = new Float64Array((vocabulary + 1) ** order);
    this.#adam = new TabularAdam(this.values.length);
  }

  async forward(data: readonly Datum[], loss: LossName = "value"): Promise<ForwardOutput> {
    const { logProbs } = this.#pass(data, loss, {});
    return { logProbs, weightsVersion: this.#weightsVersion };
  }

  async forwardBackward(
    data: readonly Datum[],
    loss: LossName,
    config: LossConfig = {},
  ): Promise<ForwardBackwardOutput> {
    const { loss: total, tokens, logProbs } = this.#pass(data, loss, config, this.#adam.gradient);
    const weightsVersion = this.#weightsVersion;
    return { loss: total, metrics: { tokens }, logProbs, weightsVersion };
  }

  async optimStep(params: AdamParams): Promise<OptimStepOutput> {
    const gradientNorm = this.#adam.update(this.values, params);
    this.#version++;
    return { gradientNorm, step: this.#adam.step, weightsVersion: this.#weightsVersion };
  }

  async discardGradients(): Promise<void> {
    this.#adam.gradient.fill(0);
  }

  async saveState(path: string): Promise<CheckpointRef> {
    await mkdir(path, { recursive: true });
    const state = { values: [...this.values], adam: this.#adam.state() };
    await writeFile(join(path, "critic.json"), JSON.stringify(state));
    return { path };
  }

  async loadState(ref: CheckpointRef, options: { readonly optimizer: boolean }): Promise<void> {
    const text = await readFile(join(ref.path, "critic.json"), "utf8");
    const state = JSON.parse(text) as { values: number[]; adam: TabularAdamState };
    this.values.set(state.values);
    this.#adam.gradient.fill(0);
    this.#version++;
    if (options.optimizer) this.#adam.load(state.adam);
  }

  /** @throws OPTION_INVALID always: values cannot be sampled from */
  saveWeightsForSampler(): Promise<SamplingClient> {
    const facts = { where: "tabularCritic", option: "call", got: "saveWeightsForSampler" };
    const expected = "forward, forwardBackward or optimStep: values cannot be sampled from";
    return Promise.reject(new HoneError("OPTION_INVALID", { ...facts, expected }));
  }

  async close(): Promise<void> {}

  get #weightsVersion(): string {
    return `values-${this.#version}`;
  }

  /** The place of the value of the state that has read the first `length` tokens. */
  #placeAfter(tokens: TokenIds, length: number): number {
    let place = 0;
    for (let back = this.#order; back >= 1; back--)
      place = place * (this.#vocabulary + 1) + (tokens[length - back] ?? this.#vocabulary);
    return place;
  }

  #pass(data: readonly Datum[], loss: LossName, config: LossConfig, gradient?: Float64Array) {
    if (loss !== "value") {
      const { losses: supported } = this.capabilities;
      throw new HoneError("LOSS_UNSUPPORTED", { where: "forward", loss, supported });
    }
    let [total, tokens] = [0, 0];
    const logProbs = data.map((datum) => {
      const said = new Float32Array(datum.tokens.length);
      datum.tokens.forEach((_, t) => {
        const weight = datum.mask?.[t] ?? 1;
        if (weight === 0) return;
        const place = this.#placeAfter(datum.tokens, t + 1);
        const value = (said[t] = this.values[place]!);
        tokens++;
        if (gradient === undefined) return;
        const term = valueLoss(value, datum, t, config.valueClip ?? Infinity);
        total += weight * term.value;
        gradient[place]! += weight * term.derivative;
      });
      return said;
    });
    return { loss: total, tokens, logProbs };
  }
}

/** The clipped loss of one value, and its derivative. */
function valueLoss(
  value: number,
  { returns, oldValues }: Datum,
  t: number,
  clip: number,
): { readonly value: number; readonly derivative: number } {
  const wanted = returns![t]!;
  const old = oldValues?.[t] ?? wanted;
  const near = Math.min(Math.max(value, old - clip), old + clip);
  const [free, bound] = [(value - wanted) ** 2, (near - wanted) ** 2];
  // Where the bounded value is the worse one, it does not move with the value.
  if (bound > free && near !== value) return { value: bound / 2, derivative: 0 };
  return { value: free / 2, derivative: value - wanted };
}
