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
  /** Optimizer steps so far. */
  step = 0;
  /** An optimizer step failed on its way: some parameters have taken it, others have not. */
  isHalfStepped = false;

  constructor(shapes: ReadonlyMap<string, readonly number[]>) {
    const size = [...shapes.values()].reduce((sum, shape) => sum + elementCount(shape), 0);
    this.values = new Float32Array(size);
    this.gradients = new Float32Array(size);
    this.firstMoments = new Float32Array(size);
    this.secondMoments = new Float32Array(size);
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

  /** @throws STEP_INCOMPLETE after a step that failed on its way, until a state is loaded */
  checkWhole(where: string): void {
    if (this.isHalfStepped) throw new HoneError("STEP_INCOMPLETE", { where, step: this.step + 1 });
  }

  zeroGradients(): void {
    this.gradients.fill(0);
  }
}
