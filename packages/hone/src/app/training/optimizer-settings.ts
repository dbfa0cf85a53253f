/** The optimizer of a training, from its settings. */
import type { OptimizerOptions } from "../../algorithms/blocks/optimizer.ts";
import type { SharedSettings } from "./shared-settings.ts";

/** Steps, learning rate and AdamW, as every algorithm takes them. */
export function optimizerOf(
  settings: SharedSettings,
): OptimizerOptions & { readonly steps: number } {
  const { steps, learningRate, schedule, warmUpSteps, weightDecay, maxGradientNorm } = settings;
  const adam = { weightDecay, maxGradientNorm };
  return { steps, learningRate, schedule, warmUpSteps, adam };
}
