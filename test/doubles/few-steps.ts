/**
 * Preloaded into examples: what they import as hone-rl is hone-rl, but trains for few steps, where the question is whether a
 * program runs, and not what it learns.
 */
import { registerHooks } from "node:module";
import * as hone from "hone-rl";

export * from "hone-rl";

/** Enough for a model to end its answers: one that does not writes on to the limit, which costs more than these steps. */
const sftSteps = 20;
const grpoSteps = 2;

export const sft: typeof hone.sft = (options) =>
  hone.sft({ ...options, steps: Math.min(options.steps ?? sftSteps, sftSteps) });

export const grpo: typeof hone.grpo = (options) =>
  hone.grpo({ ...options, steps: Math.min(options.steps, grpoSteps) });

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "hone-rl" && context.parentURL?.includes("/examples/") === true
      ? { url: import.meta.url, shortCircuit: true }
      : next(specifier, context),
});
