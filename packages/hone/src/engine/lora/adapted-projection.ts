/** Linear layers with their bias and, where there is one, their adapter: y = x·Wᵀ + b + s · drop(x)·Aᵀ·Bᵀ */
import { linear } from "../../tensor/ops/products.ts";
import type { Tensor } from "../../tensor/call.ts";
import {
  type Architecture,
  hasBias,
  type LinearModule,
  modulePath,
} from "../models/architecture.ts";
import type { DecoderHooks } from "../models/transformer.ts";
import { type LoraConfig, loraNames, loraScale } from "./lora.ts";

/** The decoder's hook for linear layers. @param drop what an adapter reads of a layer's input; by default all of it */
export function adaptedProjection(
  architecture: Architecture,
  lora: LoraConfig | undefined,
  weight: DecoderHooks["weight"],
  drop: (x: Tensor, layer: number, module: LinearModule) => Tensor = (x) => x,
): DecoderHooks["project"] {
  return (layer, module, x, residual) => {
    const path = modulePath(layer, module);
    const bias = hasBias(architecture, module) ? weight(`${path}.bias`) : undefined;
    const y = linear(x, weight(`${path}.weight`), bias, { residual });
    if (lora === undefined || !lora.targetModules.includes(module)) return y;
    const names = loraNames(path);
    const low = linear(drop(x, layer, module), weight(names.a));
    return linear(low, weight(names.b), undefined, { residual: y, alpha: loraScale(lora) });
  };
}
