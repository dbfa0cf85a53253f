/** The weights behind a sampler, bound once: base weights and, where there is one, an adapter kept apart. */
import { HoneError } from "../../core/errors.ts";
import { adaptedProjection } from "../lora/adapted-projection.ts";
import { type LoraConfig, loraShapes } from "../lora/lora.ts";
import { type Architecture, parameterShapes } from "../models/architecture.ts";
import { weightInputs } from "../models/program-inputs.ts";
import type { DecoderHooks } from "../models/transformer.ts";

export interface ModelWeights {
  readonly architecture: Architecture;
  readonly lora: LoraConfig | undefined;
  /** Read in place at every run, so a change in them is a change of the model. */
  readonly arrays: ReadonlyMap<string, Float32Array>;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Ids that are never sampled, since the tokenizer has no token for them. */
  readonly excluded: readonly number[];
}

/**
 * Checks that every parameter of the architecture (and of the adapter) is there.
 * @throws TENSOR_MISSING, SHAPE_MISMATCH
 */
export function modelWeights(
  architecture: Architecture,
  weights: ReadonlyMap<string, Float32Array>,
  { lora, excluded = [] }: Partial<Pick<ModelWeights, "lora" | "excluded">>,
): ModelWeights {
  const shapes = new Map(parameterShapes(architecture));
  if (lora !== undefined)
    for (const [name, shape] of loraShapes(architecture, lora)) shapes.set(name, shape);
  for (const [name, shape] of shapes) {
    const data = weights.get(name);
    if (data === undefined)
      throw new HoneError("TENSOR_MISSING", { folder: "the sampler's weights", tensor: name });
    const size = shape.reduce((a, b) => a * b, 1);
    if (data.length !== size) {
      throw new HoneError("SHAPE_MISMATCH", {
        where: name,
        expected: `[${shape.join(",")}]`,
        got: `${data.length} values`,
      });
    }
  }
  return { architecture, lora, arrays: weights, shapes, excluded };
}

/** The hooks of the decoder that read these weights as inputs of a program. */
export function weightHooks({
  architecture,
  lora,
  shapes,
}: ModelWeights): Pick<DecoderHooks, "weight" | "project"> {
  const { weight } = weightInputs(shapes);
  return { weight, project: adaptedProjection(architecture, lora, weight) };
}
