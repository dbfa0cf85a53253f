/** The weights behind a sampler, bound once: base weights and, where there is one, an adapter kept apart. */
import { HoneError } from "../../core/errors.ts";
import { input } from "../../tensor/ops/sources.ts";
import { linear } from "../../tensor/ops/products.ts";
import type { Tensor } from "../../tensor/program.ts";
import { type LoraConfig, loraNames, loraScale, loraShapes } from "../lora/lora.ts";
import {
  type Architecture,
  hasBias,
  type LinearModule,
  modulePath,
  parameterShapes,
} from "../models/architecture.ts";
import type { DecoderHooks } from "../models/transformer.ts";

export interface ModelWeights {
  readonly architecture: Architecture;
  readonly lora: LoraConfig | undefined;
  /** Read in place at every run, so a change in them is a change of the model. */
  readonly arrays: ReadonlyMap<string, Float32Array>;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/**
 * Checks that every parameter of the architecture (and of the adapter) is there.
 * @throws TENSOR_MISSING, SHAPE_MISMATCH
 */
export function modelWeights(
  architecture: Architecture,
  weights: ReadonlyMap<string, Float32Array>,
  lora: LoraConfig | undefined,
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
  return { architecture, lora, arrays: weights, shapes };
}

/** The hooks of the decoder that read these weights as inputs of a program. */
export function weightHooks({
  architecture,
  lora,
  shapes,
}: ModelWeights): Pick<DecoderHooks, "weight" | "project"> {
  const inputs = new Map<string, Tensor>();
  const weight = (name: string): Tensor => {
    const tensor = inputs.get(name) ?? input(name, "f32", shapes.get(name)!);
    inputs.set(name, tensor);
    return tensor;
  };
  const project = (layer: number, module: LinearModule, x: Tensor, residual?: Tensor): Tensor => {
    const path = modulePath(layer, module);
    const bias = hasBias(architecture, module) ? weight(`${path}.bias`) : undefined;
    const y = linear(x, weight(`${path}.weight`), bias, { residual });
    if (lora === undefined || !lora.targetModules.includes(module)) return y;
    const names = loraNames(path);
    return linear(linear(x, weight(names.a)), weight(names.b), undefined, {
      residual: y,
      alpha: loraScale(lora),
    });
  };
  return { weight, project };
}

/** The matrix that hidden states are multiplied with to give logits. */
export const headName = (architecture: Architecture): string =>
  architecture.hasTiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";
