/**
 * AdamW with decoupled weight decay and global-norm clipping, computed in graphs over large chunks of flat buffers.
 *
 *     g ← g · min(1, maxNorm / (‖g‖ + 1e-6))
 *     m ← β₁m + (1 − β₁)g        v ← β₂v + (1 − β₂)g²
 *     p ← p·(1 − lr·λ) − lr/(1 − β₁ᵗ) · m / (√(v/(1 − β₂ᵗ)) + ε)
 *
 * @source Loshchilov & Hutter 2019, Decoupled Weight Decay Regularization (arXiv:1711.05101), algorithm 2; the clipping
 *         with its 1e-6 is PyTorch's clip_grad_norm_.
 */
import type { AdamParams } from "../../ports/training-client.ts";
import { sum } from "../../tensor/ops/broadcasting.ts";
import { add, div, mul, sqrt, sub } from "../../tensor/ops/elementwise.ts";
import { input } from "../../tensor/ops/sources.ts";
import { type Program, program } from "../../tensor/program.ts";
import type { PooledSession, SessionPool } from "../runtime/session-pool.ts";
import type { Trainable } from "./trainable.ts";

/** Numbers a chunk: large enough that a run's overhead vanishes, small enough that intermediates stay in the cache. */
const CHUNK = 1 << 18;

const scalars = [
  "clip",
  "beta1",
  "gain1",
  "beta2",
  "gain2",
  "rate",
  "correction2",
  "epsilon",
  "decay",
] as const;

function adamProgram(): Program {
  const vector = (name: string) => input(name, "f32", ["n"]);
  const s = Object.fromEntries(scalars.map((name) => [name, input(name, "f32", [])])) as Record<
    (typeof scalars)[number],
    ReturnType<typeof input>
  >;
  const [p, g0, m, v] = [vector("value"), vector("gradient"), vector("first"), vector("second")];
  const g = mul(g0, s.clip);
  const first = add(mul(m, s.beta1), mul(g, s.gain1));
  const second = add(mul(v, s.beta2), mul(mul(g, g), s.gain2));
  const step = div(mul(first, s.rate), add(sqrt(mul(second, s.correction2)), s.epsilon));
  return program("adamw", {
    next_value: sub(mul(p, s.decay), step),
    next_first: first,
    next_second: second,
  });
}

function squaresProgram(): Program {
  const g = input("gradient", "f32", ["n"]);
  return program("sum of squares", { sum: sum(mul(g, g)) });
}

export class AdamW {
  readonly #step: PooledSession;
  readonly #squares: PooledSession;

  private constructor(step: PooledSession, squares: PooledSession) {
    this.#step = step;
    this.#squares = squares;
  }

  /** One thread each: memory binds these programs, and waking a second takes longer than it saves. */
  static async open(sessions: SessionPool): Promise<AdamW> {
    return new AdamW(
      await sessions.open("adamw", adamProgram, { threads: 1 }),
      await sessions.open("squares", squaresProgram, { threads: 1 }),
    );
  }

  /** The L2 norm of all accumulated gradients. */
  async gradientNorm({ gradients }: Trainable): Promise<number> {
    let total = 0;
    for (let start = 0; start < gradients.length; start += CHUNK) {
      const part = gradients.subarray(start, start + CHUNK);
      const { sum: squares } = await this.#squares.run({ gradient: part }, { n: part.length });
      total += squares!.data[0] as number;
    }
    return Math.sqrt(total);
  }

  /**
   * One step over all parameters, in place. `norm` is what `gradientNorm` said.
   * @throws STEP_INCOMPLETE when an earlier step failed halfway; RUNTIME_FAILED, after which only a loaded state helps
   */
  async step(trainable: Trainable, params: Required<AdamParams>, norm: number): Promise<void> {
    trainable.checkWhole("optimStep");
    const step = trainable.step + 1;
    const { learningRate, beta1, beta2, epsilon, weightDecay, maxGradientNorm } = params;
    const values: Record<(typeof scalars)[number], number> = {
      clip: maxGradientNorm > 0 ? Math.min(1, maxGradientNorm / (norm + 1e-6)) : 1,
      beta1,
      gain1: 1 - beta1,
      beta2,
      gain2: 1 - beta2,
      rate: learningRate / (1 - beta1 ** step),
      correction2: 1 / (1 - beta2 ** step),
      epsilon,
      decay: 1 - learningRate * weightDecay,
    };
    const settings = Object.fromEntries(
      scalars.map((name) => [name, Float32Array.of(values[name])]),
    );
    trainable.isHalfStepped = true;
    for (let start = 0; start < trainable.values.length; start += CHUNK) {
      const part = (buffer: Float32Array): Float32Array => buffer.subarray(start, start + CHUNK);
      const value = part(trainable.values);
      const first = part(trainable.firstMoments);
      const second = part(trainable.secondMoments);
      const feeds = { ...settings, value, gradient: part(trainable.gradients), first, second };
      // Each output has the buffer of the input that only it consumes, so the update happens in place.
      await this.#step.run(
        feeds,
        { n: value.length },
        { next_value: value, next_first: first, next_second: second },
      );
    }
    trainable.isHalfStepped = false;
    trainable.step = step;
  }
}
