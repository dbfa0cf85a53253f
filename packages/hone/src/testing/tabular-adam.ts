/** AdamW over a table of weights: the optimizer of the tabular training clients. */
import type { AdamParams } from "../ports/training-client.ts";

/** What a checkpoint keeps of it. */
export interface TabularAdamState {
  readonly step: number;
  readonly firstMoment: readonly number[];
  readonly secondMoment: readonly number[];
}

export class TabularAdam {
  /** What is accumulated until the next step. */
  readonly gradient: Float64Array;
  #firstMoment: Float64Array;
  #secondMoment: Float64Array;
  #step = 0;

  constructor(size: number) {
    this.gradient = new Float64Array(size);
    this.#firstMoment = new Float64Array(size);
    this.#secondMoment = new Float64Array(size);
  }

  /** Steps taken. */
  get step(): number {
    return this.#step;
  }

  /** Changes the weights by the accumulated gradient, and zeroes it. Returns the gradient's L2 norm before clipping. */
  update(weights: Float64Array, params: AdamParams): number {
    const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = params;
    const norm = Math.sqrt(this.gradient.reduce((sum, g) => sum + g * g, 0));
    const limit = params.maxGradientNorm ?? 0;
    // PyTorch's clip_grad_norm_ adds 1e-6 to the norm.
    const scale = limit > 0 ? Math.min(1, limit / (norm + 1e-6)) : 1;
    this.#step++;
    for (let i = 0; i < this.gradient.length; i++) {
      const g = this.gradient[i]! * scale;
      const m = (this.#firstMoment[i] = beta1 * this.#firstMoment[i]! + (1 - beta1) * g);
      const v = (this.#secondMoment[i] = beta2 * this.#secondMoment[i]! + (1 - beta2) * g * g);
      const denominator = Math.sqrt(v / (1 - beta2 ** this.#step)) + epsilon;
      const update = m / (1 - beta1 ** this.#step) / denominator;
      weights[i]! -= learningRate * (update + weightDecay * weights[i]!);
    }
    this.gradient.fill(0);
    return norm;
  }

  state(): TabularAdamState {
    const [firstMoment, secondMoment] = [[...this.#firstMoment], [...this.#secondMoment]];
    return { step: this.#step, firstMoment, secondMoment };
  }

  load({ step, firstMoment, secondMoment }: TabularAdamState): void {
    this.#firstMoment = Float64Array.from(firstMoment);
    this.#secondMoment = Float64Array.from(secondMoment);
    this.#step = step;
  }
}
