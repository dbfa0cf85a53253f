/**
 * Preloaded into examples: what they import as hone-rl is hone-rl, but trains for few steps and cuts answers short, where the
 * question is whether a program runs, and not what it learns.
 */
import { registerHooks } from "node:module";
import * as hone from "hone-rl";

export * from "hone-rl";

const sftSteps = 20;
const grpoSteps = 2;
/** A model that has learned nothing does not end its answers: it writes on to the limit. */
const maxTokens = 24;

export const sft: typeof hone.sft = (options) =>
  hone.sft({ ...options, steps: Math.min(options.steps ?? sftSteps, sftSteps) });

export const grpo: typeof hone.grpo = (options) =>
  hone.grpo({ ...options, steps: Math.min(options.steps, grpoSteps) });

export const train: typeof hone.train = (options) =>
  hone.train({
    ...options,
    sampling: {
      ...options.sampling,
      maxTokens: Math.min(options.sampling?.maxTokens ?? maxTokens, maxTokens),
    },
  });

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "hone-rl" && context.parentURL?.includes("/examples/") === true
      ? { url: import.meta.url, shortCircuit: true }
      : next(specifier, context),
});
