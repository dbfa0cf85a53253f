/**
 * The trained parameters of one client: values, gradients and AdamW's two moments, each one flat buffer with a view per
 * parameter. The optimizer walks the buffers in large chunks; programs read and accumulate through the views.
 */
import { assert, HoneError } from "../../core/errors.ts";
import { elementCount } from "../../tensor/shape.ts";

export interface TrainableView {
  readonly shape: readonly number[];
  readonly value: Float32Array;
  readonly gradient: Float32Array;
}

export class Trainable {
  readonly values: Float32Array;
  readonly gradients: Float32Array;
  readonly firstMoments: Float32Array;
  readonly secondMoments: Float32Array;
  readonly views: ReadonlyMap<string, TrainableView>;
  /** Gradients of the lanes after the first, which adds to `gradients`; see `gatherLanes`. */
  readonly #laneGradients: readonly Float32Array[];
  /** Views of them by lane and parameter; each is made once, so that the runtime's tensor over it is made once too. */
  readonly #laneViews = new Map<string, Float32Array>();
  /** Optimizer steps so far. */
  step = 0;
  /** An optimizer step failed halfway: some parameters have taken it, others have not. */
  isHalfStepped = false;

  constructor(shapes: ReadonlyMap<string, readonly number[]>, lanes = 1) {
    const size = [...shapes.values()].reduce((sum, shape) => sum + elementCount(shape), 0);
    this.values = new Float32Array(size);
    this.gradients = new Float32Array(size);
    this.firstMoments = new Float32Array(size);
    this.secondMoments = new Float32Array(size);
    this.#laneGradients = Array.from({ length: lanes - 1 }, () => new Float32Array(size));
    const views = new Map<string, TrainableView>();
    let offset = 0;
    for (const [name, shape] of shapes) {
      const end = offset + elementCount(shape);
      const value = this.values.subarray(offset, end);
      views.set(name, { shape, value, gradient: this.gradients.subarray(offset, end) });
      offset = end;
    }
    this.views = views;
  }

  view(name: string): TrainableView {
    const view = this.views.get(name);
    assert(view !== undefined, `no trainable parameter ${name}`);
    return view;
  }

  /** @throws STEP_INCOMPLETE after a step that failed halfway, until a state is loaded */
  checkWhole(where: string): void {
    if (this.isHalfStepped) throw new HoneError("STEP_INCOMPLETE", { where, step: this.step + 1 });
  }

  /** Where a lane adds up this parameter's gradient. */
  laneGradient(lane: number, name: string): Float32Array {
    const { gradient } = this.view(name);
    if (lane === 0) return gradient;
    const known = this.#laneViews.get(`${lane} ${name}`);
    if (known !== undefined) return known;
    const start = (gradient.byteOffset - this.gradients.byteOffset) / gradient.BYTES_PER_ELEMENT;
    const view = this.#laneGradients[lane - 1]!.subarray(start, start + gradient.length);
    this.#laneViews.set(`${lane} ${name}`, view);
    return view;
  }

  /** Adds the other lanes' gradients to `gradients`, and zeroes theirs. */
  gatherLanes(): void {
    const { gradients } = this;
    for (const lane of this.#laneGradients) {
      for (let i = 0; i < lane.length; i++) gradients[i]! += lane[i]!;
      lane.fill(0);
    }
  }

  zeroGradients(): void {
    this.gradients.fill(0);
    for (const lane of this.#laneGradients) lane.fill(0);
  }
}
