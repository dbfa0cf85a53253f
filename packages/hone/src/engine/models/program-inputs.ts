/** What a program reads of a model: its weights and its rope tables, as inputs. */
import { input } from "../../tensor/ops/sources.ts";
import type { Tensor } from "../../tensor/call.ts";
import type { Dim } from "../../tensor/shape.ts";
import type { Architecture, AttentionKind } from "./architecture.ts";

export interface WeightInputs {
  /** The input of this name, the same tensor every time. */
  readonly weight: (name: string) => Tensor;
  /** Names asked for so far. */
  readonly names: () => readonly string[];
}

/** Inputs of the names and shapes of weights, made when first asked for. */
export function weightInputs(shapes: ReadonlyMap<string, readonly number[]>): WeightInputs {
  const inputs = new Map<string, Tensor>();
  const weight = (name: string): Tensor => {
    const tensor = inputs.get(name) ?? input(name, "f32", shapes.get(name)!);
    inputs.set(name, tensor);
    return tensor;
  };
  return { weight, names: () => [...inputs.keys()] };
}

/** Rope tables of one kind of layer, [positions, d/2] each. */
export const ropeInputs = (a: Architecture, kind: AttentionKind, positions: Dim) => ({
  cosines: input(`cosines_${kind}`, "f32", [positions, a.headSize / 2]),
  sines: input(`sines_${kind}`, "f32", [positions, a.headSize / 2]),
});
