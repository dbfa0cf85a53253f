/** The optimizer and the length of a training, from its settings. */
import type { OptimizerOptions } from "../../algorithms/blocks/optimizer.ts";
import type { SharedSettings } from "./shared-settings.ts";

/** Steps, learning rate and AdamW, as algorithms that learn from rollouts take them. */
export const optimizerOf = (
  settings: SharedSettings & { readonly steps: number },
): OptimizerOptions & { readonly steps: number } => ({
  steps: settings.steps,
  ...adamOf(settings),
});

/** The settings of `passes`. */
interface Passes {
  readonly steps?: number | undefined;
  readonly epochs?: number | undefined;
}

/**
 * Steps and epochs, learning rate and AdamW, as algorithms that learn from a dataset take them.
 * @param steps  where neither steps nor epochs are given
 */
export function passesOf(
  settings: SharedSettings & Passes,
  steps: number,
): OptimizerOptions & { readonly steps?: number; readonly epochs?: number } {
  const { epochs, steps: given = epochs === undefined ? steps : undefined } = settings;
  return {
    ...(given !== undefined && { steps: given }),
    ...(epochs !== undefined && { epochs }),
    ...adamOf(settings),
  };
}

function adamOf(settings: SharedSettings): OptimizerOptions {
  const { learningRate, schedule, warmUpSteps, weightDecay, maxGradientNorm } = settings;
  const adam = { weightDecay, maxGradientNorm };
  return { learningRate, schedule, warmUpSteps, adam };
}
