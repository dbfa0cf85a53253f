/**
 * The table of trainings: a row for each `hone train <name>`. Its command with flags, help and docs, the settings a run
 * records, comparing and resuming runs, and the command that trains a run's model further are derived from it.
 *
 * A new algorithm is its file in algorithms/ and its row here. This file loads types and lists of words only: an algorithm is
 * loaded when it runs, zod and the domains when settings are read.
 */
import { grpoChoices } from "../algorithms/policy-gradient/grpo-choices.ts";
import { policyChoices } from "../algorithms/policy-gradient/policy-choices.ts";
import { supervisedTrainings } from "./supervised-trainings.ts";
import { optimizerOf } from "./training/optimizer-settings.ts";
import { training, type Training } from "./training/training.ts";

/** Name, as `hone train <name>` takes it → training; in the order in which help lists them. */
export const trainings = {
  ...supervisedTrainings,

  grpo: training({
    summary: "Learn from rewards, of your agent or a domain, by GRPO",
    notes: ["GRPO: group relative policy optimization."],
    source: "rollouts",
    settings: ({ whole, number, choice }) => ({
      steps: whole(1, 50, "rollout batches"),
      groupSize: whole(2, 8, "answers per task"),
      groupsPerStep: whole(1, 8, "tasks per step"),
      learningRate: number([0, 10], 1e-4, "highest learning rate of AdamW"),
      advantageScale: choice(grpoChoices.advantageScale, "std", "divide advantages by"),
      normalization: choice(policyChoices.normalization, "dapo", "weights"),
      loss: choice(grpoChoices.loss, "ppo", "one of"),
      clipLow: number([0, 1], 0.8, "lower bound of the ratio"),
      clipHigh: number([1, 100], 1.2, "upper bound of the ratio"),
      klCoefficient: number([0, 1e6], 0, "price of drifting, per nat"),
      minibatchesPerBatch: whole(1, 1, "updates per rollout batch"),
      epochsPerBatch: whole(1, 1, "passes over a rollout batch"),
    }),
    algorithm: async (settings) => {
      const { grpo } = await import("../algorithms/policy-gradient/grpo.ts");
      const { groupSize, groupsPerStep, advantageScale, normalization, loss } = settings;
      const { clipLow, clipHigh, minibatchesPerBatch, epochsPerBatch } = settings;
      return grpo({
        ...optimizerOf(settings),
        groupSize,
        groupsPerStep,
        advantageScale,
        normalization,
        tokensPerAnswer: settings.maxTokens * settings.maxSteps,
        loss,
        clipLow,
        clipHigh,
        kl: { coefficient: settings.klCoefficient },
        minibatchesPerBatch,
        epochsPerBatch,
      });
    },
  }),
} as const satisfies Readonly<Record<string, Training>>;

export type TrainingName = keyof typeof trainings;

export const trainingNames = Object.keys(trainings) as readonly TrainingName[];

/** The training of a name, its own settings known only to itself. */
export const trainingOf = (name: TrainingName): Training => trainings[name];
