/**
 * How each domain of actions is learned by `hone run`: the defaults of its settings. What they reach is in docs/results/systems.md, and in the
 * domains' READMEs for mhqa, tau, video and multimodal. Those of swe, and of GRPO for video, are first guesses that no run has measured.
 */
import type { ActionRecipe, TunedSettings } from "./action-settings.ts";

/** Those of equations, which other domains start from. */
const tuned: TunedSettings = {
  trainTasks: 500,
  mistakeRate: 0.2,
  vocabulary: 336,
  sftSteps: 260,
  sftBatchSize: 16,
  sftLearningRate: 2e-3,
  grpoSteps: 45,
  groupSize: 8,
  groupsPerStep: 16,
  grpoLearningRate: 4e-4,
  maxActions: 6,
  maxTokens: 12,
};

/** Rates of an adapter, and fewer rollouts, since a pretrained model takes longer for each. */
const pretrained: Partial<TunedSettings> = {
  sftSteps: 60,
  sftLearningRate: 5e-4,
  grpoSteps: 20,
  groupSize: 4,
  groupsPerStep: 8,
  grpoLearningRate: 1e-4,
  maxTokens: 24,
};

export const actionRecipes = {
  math: {
    tasks: "equations",
    levels: 5,
    tuned,
    // Its expert needs 5 or 6 actions there.
    atLevel: { 3: { maxActions: 8 }, 4: { maxActions: 8 }, 5: { maxActions: 9 } },
    pretrained,
  },
  code: {
    tasks: "problems",
    levels: 3,
    tuned: { ...tuned, vocabulary: 512, sftSteps: 400, maxActions: 8, maxTokens: 24 },
    atLevel: { 3: { maxActions: 10 } },
    pretrained: { ...pretrained, maxTokens: 96 },
  },
  business: {
    tasks: "situations",
    levels: 4,
    // Decisions are learned late: most of the expert's tokens are the analysis before them.
    tuned: {
      ...tuned,
      trainTasks: 4000,
      vocabulary: 400,
      sftSteps: 800,
      grpoSteps: 40,
      maxActions: 10,
      maxTokens: 8,
    },
    atLevel: { 3: { maxActions: 12 }, 4: { maxActions: 14 } },
    pretrained,
  },
  writing: {
    tasks: "briefs",
    levels: 3,
    // Taking words from the brief is learned late: after 1000 steps one of three seeds could, after 2000 all.
    tuned: {
      ...tuned,
      trainTasks: 4000,
      vocabulary: 512,
      sftSteps: 2000,
      grpoSteps: 40,
      maxActions: 8,
      maxTokens: 48,
    },
    atLevel: { 3: { maxActions: 10 } },
    pretrained: { ...pretrained, maxTokens: 120 },
  },
  mhqa: {
    tasks: "questions",
    levels: 3,
    // The names of its worlds are most of the vocabulary.
    tuned: {
      ...tuned,
      trainTasks: 3000,
      vocabulary: 480,
      sftSteps: 800,
      grpoSteps: 40,
      maxActions: 10,
      maxTokens: 16,
    },
    atLevel: { 2: { maxActions: 16 }, 3: { maxActions: 20, maxTokens: 20 } },
    pretrained: { ...pretrained, maxTokens: 48 },
  },
  tau: {
    tasks: "customers",
    levels: 3,
    tuned: {
      ...tuned,
      trainTasks: 4000,
      vocabulary: 420,
      sftSteps: 600,
      grpoSteps: 40,
      maxActions: 10,
      maxTokens: 16,
    },
    atLevel: { 3: { maxActions: 16 } },
    pretrained: { ...pretrained, maxTokens: 48 },
  },
  video: {
    tasks: "questions",
    levels: 3,
    tuned: {
      ...tuned,
      trainTasks: 3000,
      vocabulary: 400,
      sftSteps: 500,
      grpoSteps: 40,
      maxActions: 8,
      maxTokens: 16,
    },
    atLevel: { 3: { maxActions: 12 } },
    pretrained: { ...pretrained, maxTokens: 48 },
  },
  multimodal: {
    tasks: "questions",
    levels: 1,
    tuned: {
      ...tuned,
      trainTasks: 4000,
      mistakeRate: 0.3,
      vocabulary: 1000,
      sftSteps: 1200,
      grpoSteps: 120,
      maxActions: 3,
      maxTokens: 16,
    },
    pretrained: { ...pretrained, maxTokens: 160 },
  },
  swe: {
    tasks: "repositories",
    levels: 3,
    tuned: {
      ...tuned,
      trainTasks: 600,
      mistakeRate: 0.15,
      vocabulary: 512,
      sftSteps: 400,
      grpoSteps: 30,
      maxActions: 8,
      maxTokens: 24,
    },
    atLevel: { 2: { maxActions: 10 }, 3: { maxActions: 12 } },
    pretrained: { ...pretrained, maxTokens: 96 },
  },
} as const satisfies Readonly<Record<string, ActionRecipe>>;
