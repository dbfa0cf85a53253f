/** The rows of the table of trainings that learn from given conversations, from the policy's own best, or from a teacher. */
import { policyChoices } from "../algorithms/policy-gradient/policy-choices.ts";
import { rewardWeightRules } from "../algorithms/supervised/reward-weight-choices.ts";
import { optimizerOf, passesOf } from "./training/optimizer-settings.ts";
import { answerLimit } from "./training/answer-limit.ts";
import { training, type Training } from "./training/training.ts";

/** Optimizer steps where neither steps nor epochs are given. */
const defaultSteps = 200;

/** Adapters on a pretrained model drop this share of their inputs in supervised learning. */
const ADAPTER_DROPOUT = 0.1;

/** See `trainings`. */
export const supervisedTrainings = {
  sft: training({
    summary: "Supervised learning on conversations or a domain's expert",
    source: "dataset",
    settings: ({ passes, whole, number, choice }) => ({
      ...passes(defaultSteps),
      batchSize: whole(1, 16, "rows per step: conversations, or their turns"),
      learningRate: number([0, 10], 1e-3, "highest learning rate of AdamW"),
      normalize: choice(["token", "row"], "token", "what the loss is the mean of"),
    }),
    pretrained: () => ({ dropout: ADAPTER_DROPOUT }),
    algorithm: async (settings, { examples }) => {
      const { sft } = await import("../algorithms/supervised/sft.ts");
      const { batchSize, normalize } = settings;
      return sft({ ...passesOf(settings, defaultSteps), ...examples, batchSize, normalize });
    },
  }),

  weighted: training({
    summary: "Supervised learning that counts episodes by their reward",
    notes: [
      'A line of --data has its reward: {"messages":[…],"reward":0.7}. Rollouts of a',
      "  store and episodes of a domain's expert have theirs (docs/supervised.md).",
      "standardized: exp((R - mean) / (temperature × deviation)), cut to 0.1 … 10.",
    ],
    source: "dataset",
    needsRewards: true,
    settings: ({ passes, whole, number, choice, optionalNumber, optionalChoice }) => ({
      ...passes(defaultSteps),
      batchSize: whole(1, 16, "rows per step: conversations, or their turns"),
      learningRate: number([0, 10], 1e-3, "highest learning rate of AdamW"),
      normalize: choice(["token", "row"], "token", "what the loss is the mean of"),
      weighting: choice(rewardWeightRules, "standardized", "how rewards count"),
      weightTemperature: optionalNumber([1e-6, 1e6], "small values count only the best", "1"),
      minWeight: optionalNumber([0, 1e9], "least weight before scaling", "0.1; awr, rwr: 0"),
      maxWeight: optionalNumber([1e-9, 1e9], "most before scaling", "10; awr: 20"),
      onlySuccesses: optionalChoice(["yes", "no"], "leave out what failed its task", "of experts"),
    }),
    pretrained: ({ steps }) => ({
      batchSize: 1,
      learningRate: 1e-4,
      ...(steps === undefined && { epochs: 3 }),
      dropout: ADAPTER_DROPOUT,
    }),
    algorithm: async (settings, { examples, scores }) => {
      const { rewardWeighted } = await import("../algorithms/supervised/reward-weighted.ts");
      const { batchSize, normalize, weighting, weightTemperature, minWeight, maxWeight } = settings;
      const { rewards, tasks, successes, episodes, isExpert = false } = scores!;
      return rewardWeighted({
        ...passesOf(settings, defaultSteps),
        ...examples,
        rewards,
        ...(tasks && { tasks }),
        ...(successes && { successes }),
        ...(episodes && { episodes }),
        batchSize,
        normalize,
        weighting,
        ...(weightTemperature !== undefined && { temperature: weightTemperature }),
        ...(minWeight !== undefined && { minWeight }),
        ...(maxWeight !== undefined && { maxWeight }),
        onlySuccesses:
          settings.onlySuccesses === undefined ? isExpert : settings.onlySuccesses === "yes",
      });
    },
  }),

  "expert-iteration": training({
    summary: "Learn the policy's own best answers, again and again",
    notes: [
      "Also called rejection sampling or best of n: of each task's answers the best are",
      "  learned as if an expert had said them.",
    ],
    source: "rollouts",
    settings: ({ whole, number, choice, optionalNumber, optionalWhole }) => ({
      steps: whole(1, 50, "rollout batches"),
      groupSize: whole(1, 8, "answers per task"),
      groupsPerStep: whole(1, 8, "tasks per step"),
      learningRate: number([0, 10], 1e-4, "highest learning rate of AdamW"),
      bestPerTask: optionalWhole(1, "most answers of a task that are learned", "1, or all"),
      minReward: optionalNumber([-1e9, 1e9], "learn answers of this reward or more"),
      normalize: choice(["token", "row"], "token", "what the loss is the mean of"),
      minibatchesPerBatch: whole(1, 1, "updates per rollout batch"),
      epochsPerBatch: whole(1, 1, "passes over a rollout batch"),
    }),
    algorithm: async (settings) => {
      const { expertIteration } = await import("../algorithms/supervised/expert-iteration.ts");
      const { groupSize, groupsPerStep, bestPerTask, minReward, normalize } = settings;
      const { minibatchesPerBatch, epochsPerBatch } = settings;
      return expertIteration({
        ...optimizerOf(settings),
        groupSize,
        groupsPerStep,
        ...(bestPerTask !== undefined && { bestPerTask }),
        ...(minReward !== undefined && { minReward }),
        normalize,
        minibatchesPerBatch,
        epochsPerBatch,
      });
    },
  }),

  distill: training({
    summary: "Learn from what a teacher thinks of the policy's tokens",
    notes: [
      "On-policy distillation: the policy answers, and each of its tokens is worth the",
      "  teacher's log-prob less its own. Without --teacher the policy teaches itself,",
      "  told --context: answer (the task's), or what a file says of a rollout:",
      "  export default (rollout) => a text, or undefined.",
    ],
    source: "rollouts",
    settings: ({ whole, number, choice, optionalText, optionalChoice }) => ({
      teacher: optionalText("a model of the same tokenizer", "the policy", "model"),
      context: optionalText("what the teacher is told: answer, or a .ts file", "nothing", "what"),
      self: optionalChoice(["current", "start"], "weights that teach themselves", "current"),
      steps: whole(1, 50, "rollout batches"),
      groupSize: whole(1, 4, "answers per task"),
      groupsPerStep: whole(1, 8, "tasks per step"),
      learningRate: number([0, 10], 1e-4, "highest learning rate of AdamW"),
      coefficient: number([1e-9, 1e6], 1, "price of a nat of difference"),
      rewardCoefficient: number([0, 1e6], 0, "how much rewards count beside it"),
      normalization: choice(policyChoices.normalization, "dapo", "weights"),
      minibatchesPerBatch: whole(1, 1, "updates per rollout batch"),
      epochsPerBatch: whole(1, 1, "passes over a rollout batch"),
    }),
    algorithm: async (settings) => {
      const { distill } = await import("../algorithms/supervised/distill.ts");
      const { foundTeacher } = await import("./models/model-teacher.ts");
      const { teacherContext } = await import("./training/teacher-context.ts");
      const { teacher, context, self, coefficient, rewardCoefficient } = settings;
      const { groupSize, groupsPerStep, normalization } = settings;
      const { minibatchesPerBatch, epochsPerBatch } = settings;
      return distill({
        ...optimizerOf(settings),
        ...(teacher !== undefined && { teacher: await foundTeacher(teacher) }),
        ...(context !== undefined && { context: await teacherContext(context) }),
        ...(self !== undefined && { self }),
        groupSize,
        groupsPerStep,
        coefficient,
        rewardCoefficient,
        normalization,
        ...(normalization === "dr_grpo" && { tokensPerAnswer: answerLimit(settings) }),
        minibatchesPerBatch,
        epochsPerBatch,
      });
    },
  }),

  "distill-off-policy": training({
    summary: "Learn a teacher's likeliest tokens on given texts",
    notes: [
      "Off-policy distillation: at each token of the texts' answers the policy learns",
      "  the teacher's likeliest tokens by their probabilities. train distill learns",
      "  from what the teacher thinks of the policy's own answers instead.",
    ],
    source: "dataset",
    settings: ({ passes, whole, number, choice, requiredText }) => ({
      teacher: requiredText("a model of the same tokenizer", "model"),
      ...passes(defaultSteps),
      batchSize: whole(1, 16, "rows per step: conversations, or their turns"),
      learningRate: number([0, 10], 1e-4, "highest learning rate of AdamW"),
      normalize: choice(["token", "row"], "token", "what the loss is the mean of"),
      targetsPerToken: whole(1, 8, "teacher's likeliest tokens that are learned"),
      teacherTemperature: number([0.01, 100], 1, "of both distributions"),
    }),
    algorithm: async (settings, { examples }) => {
      const { distillOffPolicy } = await import("../algorithms/supervised/distill-off-policy.ts");
      const { foundTeacher } = await import("./models/model-teacher.ts");
      const { batchSize, normalize, targetsPerToken, teacher } = settings;
      return distillOffPolicy({
        ...passesOf(settings, defaultSteps),
        ...examples,
        batchSize,
        normalize,
        teacher: await foundTeacher(teacher),
        targetsPerToken,
        temperature: settings.teacherTemperature,
      });
    },
  }),
} as const satisfies Readonly<Record<string, Training>>;
