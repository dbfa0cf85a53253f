/** The settings of trainings by policy gradient, and the options that their algorithms take of them. */
import {
  type PolicyChoice,
  policyChoices,
  policyMethodChoices,
} from "../../algorithms/policy-gradient/policy-choices.ts";
import type { PolicyOptions } from "../../algorithms/policy-gradient/policy-options.ts";
import { optimizerOf } from "./optimizer-settings.ts";
import type { SettingKinds, SettingsOf } from "./setting-kinds.ts";
import type { SharedSettings } from "./shared-settings.ts";

/** What is sampled in a step. @param minGroupSize the fewest answers to a task that the method can learn from */
export const batchSettings = ({ whole, number }: SettingKinds, minGroupSize: 1 | 2 = 2) => ({
  steps: whole(1, 50, "rollout batches"),
  groupSize: whole(minGroupSize, 8, "answers per task"),
  groupsPerStep: whole(1, 8, "tasks per step"),
  learningRate: number([0, 10], 1e-4, "highest learning rate of AdamW"),
});

/** What a batch is used for. Those without a default are left out of the record, so that older runs can be resumed. */
export const updateSettings = ({
  whole,
  number,
  optionalNumber,
  optionalChoice,
  optionalWhole,
  optionalYes,
}: SettingKinds) => ({
  klCoefficient: number([0, 1e6], 0, "price of drifting, per nat"),
  klEstimator: optionalChoice(policyChoices.klEstimator, "estimate of KL", "the method's"),
  klPlace: optionalChoice(policyChoices.klPlace, "KL is paid in the", "the method's"),
  correction: optionalChoice(corrections, "for a sampler that differs", "none"),
  correctionMax: {
    ...optionalNumber([1, 1e6], "highest weight of that", "3"),
    onlyWith: "correction",
  },
  curriculum: optionalNumber([0, 1], "draw tasks by success; share drawn alike", "no"),
  replay: optionalWhole(1, "groups of earlier steps learned again", "none"),
  maxStaleness: {
    ...optionalWhole(1, "steps ago that they may be of", "4"),
    onlyWith: "replay",
  },
  maskTruncated: optionalYes("truncated answers send no gradient"),
  oneStepOffPolicy: optionalYes("sample the next step's rollouts meanwhile"),
  minibatchesPerBatch: whole(1, 1, "updates per rollout batch"),
  maxTokensPerUpdate: optionalWhole(1, "cut by sampled tokens instead", "no"),
  epochsPerBatch: whole(1, 1, "passes over a rollout batch"),
});

/** Bounds of the ratio. */
export const clipSettings = (
  { number, optionalNumber }: SettingKinds,
  [low, high]: readonly [number, number] = [0.8, 1.2],
) => ({
  clipLow: number([0, 1], low, "lower bound of the ratio"),
  clipHigh: number([1, 100], high, "upper bound of the ratio"),
  dualClip: optionalNumber([1, 1e6], "bound where advantages are negative", "none"),
});

/** The words of `correction`: level and rule. */
const corrections = ["sequence-mask", "sequence-truncate", "token-mask", "token-truncate"] as const;

type Policy = SharedSettings &
  SettingsOf<ReturnType<typeof batchSettings> & ReturnType<typeof updateSettings>>;

/** The options that every policy-gradient method takes. */
export function policyOptionsOf(settings: Policy): PolicyOptions {
  const { groupSize, groupsPerStep, minibatchesPerBatch, epochsPerBatch } = settings;
  const { klCoefficient: coefficient, klEstimator: estimator, klPlace: place } = settings;
  const {
    correction,
    correctionMax: max,
    curriculum,
    replay,
    maxStaleness,
    maskTruncated,
  } = settings;
  const [level, rule] = (correction?.split("-") ?? []) as [
    PolicyChoice<"correctionLevel">,
    PolicyChoice<"correctionRule">,
  ];
  return {
    ...optimizerOf(settings),
    groupSize,
    groupsPerStep,
    kl: { coefficient, ...(estimator && { estimator }), ...(place && { place }) },
    ...(correction && { correction: { level, rule, ...(max !== undefined && { max }) } }),
    ...(curriculum !== undefined && { curriculum: { uniformShare: curriculum } }),
    ...(replay !== undefined && {
      replay: { groupsPerStep: replay, ...(maxStaleness !== undefined && { maxStaleness }) },
    }),
    ...(maskTruncated !== undefined && { maskTruncated }),
    ...(settings.oneStepOffPolicy !== undefined && {
      oneStepOffPolicy: settings.oneStepOffPolicy,
    }),
    minibatchesPerBatch,
    ...(settings.maxTokensPerUpdate !== undefined && {
      maxTokensPerUpdate: settings.maxTokensPerUpdate,
    }),
    epochsPerBatch,
  };
}

/** Bounds of the ratio, as options. */
export const clipOf = ({
  clipLow,
  clipHigh,
  dualClip,
}: SettingsOf<ReturnType<typeof clipSettings>>) => ({
  clipLow,
  clipHigh,
  ...(dualClip !== undefined && { dualClip }),
});

/** Which turns an answer's advantage belongs to. */
export const turnSettings = ({ optionalNumber, optionalChoice, optionalText }: SettingKinds) => ({
  credit: optionalChoice(policyChoices.credit, "over turns", "identical"),
  creditDiscount: {
    ...optionalNumber([0, 1], "credit of a turn earlier", "0.95; turn-rewards: 1"),
    onlyWith: "credit",
  },
  creditCoordinator: {
    ...optionalText("the agent whose turns are choices", "none", "agent"),
    onlyWith: "credit",
  },
});

/** The same, as options. */
export const creditOf = ({
  credit: rule,
  creditDiscount: discount,
  creditCoordinator: coordinator,
}: SettingsOf<ReturnType<typeof turnSettings>>) =>
  rule === undefined
    ? {}
    : {
        credit: {
          rule,
          ...(discount !== undefined && { discount }),
          ...(coordinator !== undefined && { coordinator }),
        },
      };

/** Advantages by a critic, and how the critic learns. */
export const ppoSettings = ({ number, choice, optionalNumber }: SettingKinds) => ({
  discount: number([0, 1], 1, "what a reward is worth a step earlier"),
  lambda: number([0, 1], 0.95, "trust in rewards, not the critic"),
  gaeSteps: choice(policyMethodChoices.gaeSteps, "tokens", "what takes an advantage"),
  bootstrap: choice(["no", "yes"], "no", "the critic goes on where cut off"),
  whiten: choice(["yes", "group", "no"], "yes", "advantages of deviation 1"),
  criticLearningRate: optionalNumber([0, 10], "the critic's rate", "the policy's"),
  valueClip: number([0, 1e6], 0.2, "how far values may move; 0: anywhere"),
  klTarget: optionalNumber([1e-6, 1e6], "KL of an answer that its price keeps", "none"),
  maxKl: optionalNumber([1e-9, 1e6], "drift that ends a batch's updates", "none"),
});

/** The same, as options. */
export function ppoOf(settings: SettingsOf<ReturnType<typeof ppoSettings>>) {
  const { discount, lambda, gaeSteps, bootstrap, whiten, valueClip } = settings;
  const { criticLearningRate, klTarget, maxKl } = settings;
  return {
    discount,
    lambda,
    gaeSteps,
    bootstrap: bootstrap === "yes",
    whiten: whiten === "group" ? whiten : whiten === "yes",
    ...(criticLearningRate !== undefined && { criticLearningRate }),
    valueClip: valueClip === 0 ? (false as const) : valueClip,
    ...(klTarget !== undefined && { adaptiveKl: { target: klTarget } }),
    ...(maxKl !== undefined && { maxKl }),
  };
}

/** @example objectivesOf({ objectives: ["correct=1", "format=0.5"] }); // { objectives: { correct: 1, format: 0.5 } } */
export const objectivesOf = ({
  objectives,
}: {
  readonly objectives?: readonly string[] | undefined;
}): { readonly objectives?: Readonly<Record<string, number>> } =>
  objectives === undefined
    ? {}
    : {
        objectives: Object.fromEntries(
          objectives.map((text) => {
            const at = text.lastIndexOf("=");
            return [text.slice(0, at), Number(text.slice(at + 1))] as const;
          }),
        ),
      };
