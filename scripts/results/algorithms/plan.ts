/** What is learned from what, and how long: the settings of the page. Results of other settings are not mixed with these. */
import { createHash } from "node:crypto";
import type { ProblemName } from "./problem.ts";

/** Everything that decides a result, beside the code. */
export const plan = {
  model: { layers: 2, width: 64, heads: 4, keyValueHeads: 4, vocabularySize: 336 },
  adam: { beta2: 0.95, maxGradientNorm: 1 },
  /** The start: a new model after SFT on an expert that makes mistakes. */
  start: {
    mistakeRate: 0.2,
    /** Share of the expert's episodes that are told their solution, and are then without a mistake. */
    told: 0.25,
    batchSize: 16,
    learningRate: 4e-3,
    warmUpSteps: 10,
    steps: { equations: 500, prices: 400 },
  },
  /** Rollouts of the start on each training task, which offline methods learn from. */
  samplesPerTask: 4,
  /** Methods that learn from given data. */
  offline: { batchSize: 8, steps: { equations: 60, prices: 60 } },
  /** Methods that sample while they learn. */
  online: {
    groupSize: 8,
    groupsPerStep: 4,
    minibatchesPerBatch: 2,
    steps: { equations: 30, prices: 24 },
  },
  rates: {
    equations: {
      ...{ supervised: 1e-3, preferences: 3e-5, distillation: 5e-5 },
      ...{ policy: 3e-4, ppo: 3e-4 },
    },
    prices: {
      ...{ supervised: 1e-3, preferences: 1e-4, distillation: 3e-4 },
      ...{ policy: 1e-3, ppo: 3e-4 },
    },
  },
} as const;

/** Names the settings of a problem in file names. */
export function digestOf(problem: ProblemName): string {
  const { offline, online, rates } = plan;
  const steps = [offline, online].map(({ steps: of, ...other }) => [of[problem], other]);
  return digest([startDigestOf(problem), rates[problem], steps]);
}

/** Names those of its start. */
export function startDigestOf(problem: ProblemName): string {
  const { start, model, adam, samplesPerTask } = plan;
  const { steps, ...other } = start;
  return digest([model, adam, samplesPerTask, steps[problem], other]);
}

const digest = (settings: unknown): string =>
  createHash("sha256").update(JSON.stringify(settings)).digest("hex").slice(0, 8);
