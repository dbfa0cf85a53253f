/** The rows of the table of trainings that learn by policy gradient; see trainings.ts. */
import { grpoChoices } from "../algorithms/policy-gradient/grpo-choices.ts";
import {
  policyChoices,
  policyMethodChoices,
} from "../algorithms/policy-gradient/policy-choices.ts";
import {
  batchSettings,
  clipOf,
  clipSettings,
  creditOf,
  objectivesOf,
  policyOptionsOf,
  ppoOf,
  ppoSettings,
  turnSettings,
  updateSettings,
} from "./training/policy-settings.ts";
import { answerLimit } from "./training/answer-limit.ts";
import { training, type Training } from "./training/training.ts";

/** The constant length of "dr_grpo", the only rule of token weights that reads one. */
const lengthOf = (
  settings: Parameters<typeof answerLimit>[0] & { readonly normalization: string },
): { readonly tokensPerAnswer?: number } =>
  settings.normalization === "dr_grpo" ? { tokensPerAnswer: answerLimit(settings) } : {};

/** Name → training, in the order in which help lists them. */
export const policyTrainings = {
  grpo: training({
    summary: "Learn from rewards, of your agent or a domain, by GRPO",
    notes: ["GRPO: group relative policy optimization."],
    source: "rollouts",
    settings: (kinds) => ({
      ...batchSettings(kinds),
      advantageScale: kinds.choice(grpoChoices.advantageScale, "std", "divide advantages by"),
      normalization: kinds.choice(policyChoices.normalization, "dapo", "weights"),
      loss: kinds.choice(grpoChoices.loss, "ppo", "one of"),
      ...clipSettings(kinds),
      objectives: kinds.optionalWeights("parts of the reward, part=weight, each normalised"),
      ...updateSettings(kinds),
      ...turnSettings(kinds),
    }),
    algorithm: async (settings) => {
      const { grpo } = await import("../algorithms/policy-gradient/grpo.ts");
      const { advantageScale, normalization, loss } = settings;
      return grpo({
        ...policyOptionsOf(settings),
        ...creditOf(settings),
        ...clipOf(settings),
        ...objectivesOf(settings),
        advantageScale,
        normalization,
        ...lengthOf(settings),
        loss,
      });
    },
  }),

  rloo: training({
    summary: "Learn from rewards by RLOO: leave one out",
    notes: ["RLOO: REINFORCE leave-one-out."],
    source: "rollouts",
    settings: (kinds) => ({
      ...batchSettings(kinds),
      ...clipSettings(kinds),
      ...updateSettings(kinds),
    }),
    algorithm: async (settings) => {
      const { rloo } = await import("../algorithms/policy-gradient/rloo.ts");
      return rloo({ ...policyOptionsOf(settings), ...clipOf(settings) });
    },
  }),

  reinforce: training({
    summary: "Learn from rewards by REINFORCE, with baselines",
    source: "rollouts",
    settings: (kinds) => ({
      ...batchSettings(kinds, 1),
      baseline: kinds.choice(policyMethodChoices.baseline, "batch", "rewards are compared with"),
      decay: kinds.optionalNumber([0, 0.9999], "of moving-average: the share that stays", "0.9"),
      normalization: kinds.choice(policyChoices.normalization, "sum", "weights"),
      ...updateSettings(kinds),
      ...turnSettings(kinds),
    }),
    algorithm: async (settings) => {
      const { reinforce } = await import("../algorithms/policy-gradient/reinforce.ts");
      const { baseline, decay, normalization } = settings;
      const own = { baseline, normalization, ...lengthOf(settings) };
      return reinforce({
        ...policyOptionsOf(settings),
        ...creditOf(settings),
        ...own,
        ...(decay !== undefined && { decay }),
      });
    },
  }),

  "reinforce-plus-plus": training({
    summary: "Learn from rewards by REINFORCE++",
    source: "rollouts",
    settings: (kinds) => ({
      ...batchSettings(kinds, 1),
      baseline: kinds.choice(
        policyMethodChoices.plusPlusBaseline,
        "none",
        "means that are subtracted",
      ),
      ...clipSettings(kinds),
      ...updateSettings(kinds),
      ...turnSettings(kinds),
    }),
    algorithm: async (settings) => {
      const { reinforcePlusPlus } =
        await import("../algorithms/policy-gradient/reinforce-plus-plus.ts");
      const { baseline } = settings;
      return reinforcePlusPlus({
        ...policyOptionsOf(settings),
        ...creditOf(settings),
        ...clipOf(settings),
        baseline,
      });
    },
  }),

  "dr-grpo": training({
    summary: "Learn from rewards by Dr. GRPO: no divisions",
    source: "rollouts",
    settings: (kinds) => ({
      ...batchSettings(kinds),
      ...clipSettings(kinds),
      ...updateSettings(kinds),
      ...turnSettings(kinds),
    }),
    algorithm: async (settings) => {
      const { drGrpo } = await import("../algorithms/policy-gradient/dr-grpo.ts");
      const tokensPerAnswer = answerLimit(settings);
      return drGrpo({
        ...policyOptionsOf(settings),
        ...creditOf(settings),
        ...clipOf(settings),
        tokensPerAnswer,
      });
    },
  }),

  dapo: training({
    summary: "Learn from rewards by DAPO: redraws dull groups",
    notes: ["DAPO: decoupled clip and dynamic sampling policy optimization."],
    source: "rollouts",
    settings: (kinds) => ({
      ...batchSettings(kinds),
      maxDraws: kinds.whole(1, 4, "draws until all groups have signal"),
      overlongBuffer: kinds.optionalNumber([1, 1e9], "tokens before the limit that cost", "none"),
      ...clipSettings(kinds, [0.8, 1.28]),
      ...updateSettings(kinds),
      ...turnSettings(kinds),
    }),
    algorithm: async (settings) => {
      const { dapo } = await import("../algorithms/policy-gradient/dapo.ts");
      const { maxDraws, overlongBuffer: buffer } = settings;
      const limit = answerLimit(settings);
      return dapo({
        ...policyOptionsOf(settings),
        ...creditOf(settings),
        ...clipOf(settings),
        maxDraws,
        ...(buffer !== undefined && { overlong: { limit, buffer } }),
      });
    },
  }),

  gspo: training({
    summary: "Learn from rewards by GSPO: one ratio per answer",
    source: "rollouts",
    settings: (kinds) => ({
      ...batchSettings(kinds),
      importanceSampling: kinds.optionalChoice(
        policyMethodChoices.importanceSampling,
        "ratio's gradient",
        "sequence",
      ),
      ...clipSettings(kinds, [0.9997, 1.0004]),
      ...updateSettings(kinds),
      ...turnSettings(kinds),
    }),
    algorithm: async (settings) => {
      const { gspo } = await import("../algorithms/policy-gradient/gspo.ts");
      const { importanceSampling } = settings;
      return gspo({
        ...policyOptionsOf(settings),
        ...creditOf(settings),
        ...clipOf(settings),
        ...(importanceSampling !== undefined && { importanceSampling }),
      });
    },
  }),

  cispo: training({
    summary: "Learn from rewards by CISPO: clipped ratios as weights",
    source: "rollouts",
    settings: (kinds) => {
      const { dualClip: _none, ...bounds } = clipSettings(kinds, [0, 5]);
      return {
        ...batchSettings(kinds),
        ...bounds,
        ...updateSettings(kinds),
        ...turnSettings(kinds),
      };
    },
    algorithm: async (settings) => {
      const { cispo } = await import("../algorithms/policy-gradient/cispo.ts");
      const { clipLow, clipHigh } = settings;
      return cispo({ ...policyOptionsOf(settings), ...creditOf(settings), clipLow, clipHigh });
    },
  }),

  gmpo: training({
    summary: "Learn from rewards by GMPO: geometric mean of ratios",
    source: "rollouts",
    settings: (kinds) => {
      const { dualClip: _none, ...bounds } = clipSettings(kinds, [0.6703, 1.4918]);
      return { ...batchSettings(kinds), ...bounds, ...updateSettings(kinds) };
    },
    algorithm: async (settings) => {
      const { gmpo } = await import("../algorithms/policy-gradient/gmpo.ts");
      const { clipLow, clipHigh } = settings;
      return gmpo({ ...policyOptionsOf(settings), clipLow, clipHigh });
    },
  }),

  ppo: training({
    summary: "Learn from rewards by PPO, with a critic",
    notes: [
      "PPO: proximal policy optimization. The critic is a second network on the",
      "same model, with an optimizer of its own.",
    ],
    source: "rollouts",
    settings: (kinds) => ({
      ...batchSettings(kinds, 1),
      ...ppoSettings(kinds),
      normalization: kinds.choice(policyChoices.normalization, "dapo", "weights"),
      ...clipSettings(kinds),
      ...updateSettings(kinds),
      epochsPerBatch: kinds.whole(1, 4, "passes over a rollout batch"),
    }),
    algorithm: async (settings) => {
      const { ppo } = await import("../algorithms/policy-gradient/ppo.ts");
      const { normalization } = settings;
      return ppo({
        ...policyOptionsOf(settings),
        ...clipOf(settings),
        ...ppoOf(settings),
        normalization,
        ...lengthOf(settings),
      });
    },
  }),
} as const satisfies Readonly<Record<string, Training>>;
