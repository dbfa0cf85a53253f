/** The rows of the table of trainings that learn from preferences: pairs of a better and a worse answer, or rated answers. */
import {
  cpoLossNames,
  divergenceNames,
  dpoLossNames,
  ktoLossNames,
  onlineLossNames,
} from "../algorithms/preferences/preference-choices.ts";
import { mixtureOf } from "./training/mixture.ts";
import { optimizerOf, passesOf } from "./training/optimizer-settings.ts";
import { training, type Training } from "./training/training.ts";

/** Optimizer steps where neither steps nor epochs are given. */
const defaultSteps = 100;

/** See `trainings`. */
export const preferenceTrainings = {
  dpo: training({
    summary: "Learn which answers are preferred, by DPO and its kin",
    notes: [
      "DPO: direct preference optimization, beside the model as it was at the start.",
      "exo_pair, robust and aot read --label-smoothing (docs/preferences.md).",
    ],
    source: "preferences",
    settings: ({ passes, whole, number, choice, mixture, optionalNumber, optionalChoice }) => ({
      ...passes(defaultSteps),
      batchSize: whole(1, 16, "pairs per step"),
      learningRate: number([0, 10], 5e-6, "highest learning rate of AdamW"),
      beta: number([1e-6, 1e6], 0.1, "how strongly it is held to the start"),
      loss: mixture(dpoLossNames, "sigmoid", "one, or several as a=1,b=0.5"),
      labelSmoothing: optionalNumber([0, 0.499], "share of wrong labels", "0; exo_pair: 0.001"),
      lengthNormalized: optionalChoice(["yes", "no"], "compare means per token", "no"),
      sftWeight: number([0, 1e6], 0, "weight of the chosen answers' likelihood"),
      divergence: choice(divergenceNames, "reverse_kl", "from the start"),
      divergenceAlpha: optionalNumber([-100, 100], "of alpha_divergence", "0.5"),
      tailDiscount: number([0, 1], 1, "of tokens beyond the shorter answer"),
      discopopTau: optionalNumber([1e-6, 1e6], "temperature of discopop", "0.05"),
    }),
    algorithm: async (settings, { pairs }) => {
      const { dpo } = await import("../algorithms/preferences/dpo.ts");
      const { batchSize, beta, loss, labelSmoothing, lengthNormalized } = settings;
      const { sftWeight, divergence, divergenceAlpha, tailDiscount, discopopTau } = settings;
      return dpo({
        ...passesOf(settings, defaultSteps),
        ...pairs,
        batchSize,
        beta,
        loss: mixtureOf(loss),
        ...(labelSmoothing !== undefined && { labelSmoothing }),
        lengthNormalized: lengthNormalized === "yes",
        sftWeight,
        divergence,
        ...(divergenceAlpha !== undefined && { divergenceAlpha }),
        tailDiscount,
        ...(discopopTau !== undefined && { discopopTau }),
      });
    },
  }),

  "online-dpo": training({
    summary: "Learn from rewards by DPO, of the best and worst answers",
    notes: ["Online DPO: each task's best answer against its worst, on fresh rollouts."],
    source: "rollouts",
    settings: ({ whole, number, choice }) => ({
      steps: whole(1, 50, "rollout batches"),
      groupSize: whole(2, 2, "answers per task"),
      groupsPerStep: whole(1, 8, "tasks per step"),
      learningRate: number([0, 10], 1e-5, "highest learning rate of AdamW"),
      beta: number([1e-6, 1e6], 0.1, "how strongly it is held to the start"),
      loss: choice(onlineLossNames, "sigmoid", "one of"),
      minMargin: number([0, 1e9], 0, "least difference of two rewards"),
      pairsPerGroup: whole(1, 1, "most pairs of a task's answers"),
    }),
    algorithm: async (settings) => {
      const { onlineDpo } = await import("../algorithms/preferences/online-dpo.ts");
      const { groupSize, groupsPerStep, beta, loss, minMargin, pairsPerGroup } = settings;
      const which = { groupSize, groupsPerStep, minMargin, pairsPerGroup };
      return onlineDpo({ ...optimizerOf(settings), ...which, beta, loss });
    },
  }),

  kto: training({
    summary: "Learn from answers rated good or bad, by KTO",
    notes: [
      "KTO: Kahneman-Tversky optimization, beside the model as it was at the start.",
      'A line: {"prompt":[…],"completion":[…],"label":true}. A pair gives two.',
    ],
    source: "preferences",
    takesRatedAnswers: true,
    settings: ({ passes, whole, number, choice }) => ({
      ...passes(defaultSteps),
      batchSize: whole(2, 16, "answers per step"),
      learningRate: number([0, 10], 5e-6, "highest learning rate of AdamW"),
      beta: number([1e-6, 1e6], 0.1, "how strongly it is held to the start"),
      loss: choice(ktoLossNames, "kto", "one of"),
      desirableWeight: number([0, 1e6], 1, "how much desirable answers count"),
      undesirableWeight: number([0, 1e6], 1, "how much undesirable ones count"),
    }),
    algorithm: async (settings, { answers }) => {
      const { kto } = await import("../algorithms/preferences/kto.ts");
      const { batchSize, beta, loss, desirableWeight, undesirableWeight } = settings;
      const weights = { desirableWeight, undesirableWeight };
      return kto({
        ...passesOf(settings, defaultSteps),
        ...answers,
        batchSize,
        beta,
        loss,
        ...weights,
      });
    },
  }),

  orpo: training({
    summary: "Learn answers and preferences at once, by ORPO",
    notes: ["ORPO: odds ratio preference optimization, without a reference."],
    source: "preferences",
    settings: ({ passes, whole, number }) => ({
      ...passes(defaultSteps),
      batchSize: whole(1, 16, "pairs per step"),
      learningRate: number([0, 10], 8e-6, "highest learning rate of AdamW"),
      beta: number([1e-6, 1e6], 0.1, "weight of the odds ratio"),
    }),
    algorithm: async (settings, { pairs }) => {
      const { orpo } = await import("../algorithms/preferences/orpo.ts");
      const { batchSize, beta } = settings;
      return orpo({ ...passesOf(settings, defaultSteps), ...pairs, batchSize, beta });
    },
  }),

  simpo: training({
    summary: "Learn which answers are preferred, by SimPO",
    notes: ["SimPO: simple preference optimization, by means per token."],
    source: "preferences",
    settings: ({ passes, whole, number }) => ({
      ...passes(defaultSteps),
      batchSize: whole(1, 16, "pairs per step"),
      learningRate: number([0, 10], 1e-6, "highest learning rate of AdamW"),
      beta: number([1e-6, 1e6], 2, "scale of the rewards"),
      gamma: number([0, 1e6], 1, "by how much the chosen one is to win"),
      labelSmoothing: number([0, 0.499], 0, "share of wrong labels"),
      sftWeight: number([0, 1e6], 0, "weight of the chosen answers' likelihood"),
      alphaReward: number([-100, 100], 0, "AlphaPO's alpha"),
    }),
    algorithm: async (settings, { pairs }) => {
      const { simpo } = await import("../algorithms/preferences/simpo.ts");
      const { batchSize, beta, gamma, labelSmoothing, sftWeight, alphaReward: alpha } = settings;
      const loss = { beta, gamma, labelSmoothing, sftWeight, alpha };
      return simpo({ ...passesOf(settings, defaultSteps), ...pairs, batchSize, ...loss });
    },
  }),

  cpo: training({
    summary: "Learn which answers are preferred, by CPO",
    notes: ["CPO: contrastive preference optimization, without a reference."],
    source: "preferences",
    settings: ({ passes, whole, number, choice }) => ({
      ...passes(defaultSteps),
      batchSize: whole(1, 16, "pairs per step"),
      learningRate: number([0, 10], 1e-6, "highest learning rate of AdamW"),
      beta: number([1e-6, 1e6], 0.1, "scale of the log-probabilities"),
      loss: choice(cpoLossNames, "sigmoid", "one of"),
      labelSmoothing: number([0, 0.499], 0, "share of wrong labels"),
      sftWeight: number([0, 1e6], 1, "weight of the chosen answers' likelihood"),
    }),
    algorithm: async (settings, { pairs }) => {
      const { cpo } = await import("../algorithms/preferences/cpo.ts");
      const { batchSize, beta, loss, labelSmoothing, sftWeight } = settings;
      const kind = { beta, loss, labelSmoothing, sftWeight };
      return cpo({ ...passesOf(settings, defaultSteps), ...pairs, batchSize, ...kind });
    },
  }),

  "reward-model": training({
    summary: "Train a model that scores answers, from pairs",
    notes: [
      "Bradley-Terry: a value head learns to score the chosen answer higher. Held-out",
      "  pairs measure its accuracy and its calibration. --reward-model <run> of the",
      "  trainings on rollouts learns from its scores (docs/preferences.md).",
      'A line may have a margin of its own: {"prompt":…,"chosen":…,"margin":0.5}.',
    ],
    source: "preferences",
    trainsValues: true,
    settings: ({ passes, whole, number }) => ({
      ...passes(defaultSteps),
      batchSize: whole(1, 16, "pairs per step"),
      learningRate: number([0, 10], 1e-4, "highest learning rate of AdamW"),
      margin: number([0, 1e6], 0, "by how much the chosen one is to win"),
      centering: number([0, 1e6], 0, "how strongly scores are held near 0, as 0.01"),
    }),
    algorithm: async (settings, { pairs }) => {
      const { rewardModel } = await import("../algorithms/preferences/reward-model.ts");
      const { batchSize, margin, centering } = settings;
      const loss = { margin, centering };
      return rewardModel({ ...passesOf(settings, defaultSteps), ...pairs, batchSize, ...loss });
    },
  }),
} as const satisfies Readonly<Record<string, Training>>;
