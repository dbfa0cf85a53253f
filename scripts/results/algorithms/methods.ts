/** Every method of `hone train` that trains a policy, as it is used on both problems. */
import * as algorithms from "../../../packages/hone/src/algorithms.ts";
import { findModel } from "../../../packages/hone/src/app/models/find-model.ts";
import { openFound } from "../../../packages/hone/src/app/models/open-found.ts";
import type { Algorithm } from "../../../packages/hone/src/ports/algorithm.ts";
import { plan } from "./plan.ts";
import type { ExpertEpisode, Problem } from "./problem.ts";
import type { StartData } from "./start.ts";

/** What a method may learn from. */
export interface MethodParts {
  readonly problem: Problem;
  /** Episodes of an expert that makes no mistakes. */
  readonly experts: readonly ExpertEpisode[];
  /** The start's own rollouts. */
  readonly data: StartData;
  /** The folder of the model that SFT made, as a teacher. */
  readonly teacher: string;
  readonly threads: number;
}

/** A method on both problems. */
export interface Method {
  readonly family: "supervised" | "preferences" | "policy";
  /** What it learns from, for the page. */
  readonly source: string;
  /** Whether it learns from the start's rollouts, whose tokens then count as sampled. */
  readonly usesRollouts?: boolean;
  /** Whether it needs what SFT made. */
  readonly needsTeacher?: boolean;
  readonly algorithm: (parts: MethodParts) => Algorithm;
}

const { adam } = plan;
const ratesOf = ({ problem: { name } }: MethodParts) => plan.rates[name];

const onlineOf = (parts: MethodParts) => {
  const { steps, minibatchesPerBatch: _, ...sizes } = plan.online;
  return {
    ...sizes,
    steps: steps[parts.problem.name],
    learningRate: ratesOf(parts).policy,
    adam,
  };
};
const policyOf = (parts: MethodParts) => ({
  ...onlineOf(parts),
  minibatchesPerBatch: plan.online.minibatchesPerBatch,
});
const distillOf = (parts: MethodParts) => ({
  ...policyOf(parts),
  learningRate: ratesOf(parts).distillation,
});
const offlineOf = ({ problem: { name } }: MethodParts, learningRate: number) => {
  const { steps, batchSize } = plan.offline;
  return { batchSize, steps: steps[name], learningRate, adam };
};
const pairsOf = (parts: MethodParts) => ({
  ...offlineOf(parts, ratesOf(parts).preferences),
  rows: parts.data.pairs,
});

/** hone's own teachers take all threads; this one takes those of the run. */
const teacherOf = ({ teacher: model, threads }: MethodParts): algorithms.Teacher => ({
  name: "sft",
  async open() {
    const { engine, policy } = await openFound(await findModel(model), { threads });
    return {
      policy,
      async close() {
        await policy.close();
        await engine.close();
      },
    };
  },
});

const ROLLOUTS = "the start's rollouts";
const PAIRS = "pairs of the start's rollouts";
const OWN = "its own rollouts";

const supervised = {
  sft: {
    source: "episodes of a faultless expert",
    algorithm: (parts) =>
      algorithms.sft({
        ...offlineOf(parts, ratesOf(parts).supervised),
        conversations: parts.experts.map(({ messages }) => messages),
      }),
  },
  weighted: {
    source: ROLLOUTS,
    usesRollouts: true,
    algorithm: (parts) =>
      algorithms.rewardWeighted({
        ...offlineOf(parts, ratesOf(parts).supervised),
        rows: parts.data.rated.map(({ tokens, mask }) => ({ tokens, mask })),
        rewards: parts.data.rated.map(({ reward }) => reward),
        tasks: parts.data.rated.map(({ task }) => task),
        successes: parts.data.rated.map(({ isDesirable }) => isDesirable),
      }),
  },
  "expert-iteration": {
    source: OWN,
    algorithm: (parts) =>
      algorithms.expertIteration({ ...policyOf(parts), learningRate: ratesOf(parts).supervised }),
  },
  distill: {
    source: `${OWN}, read by the model that SFT made`,
    needsTeacher: true,
    algorithm: (parts) => algorithms.distill({ ...distillOf(parts), teacher: teacherOf(parts) }),
  },
  "self-distill": {
    source: `${OWN}, read by itself with the solution`,
    algorithm: (parts) =>
      algorithms.distill({
        ...distillOf(parts),
        context: (rollout) => parts.problem.hintOf(rollout),
        self: "start",
      }),
  },
} satisfies Readonly<Record<string, Omit<Method, "family">>>;

const preferences = {
  dpo: {
    source: PAIRS,
    usesRollouts: true,
    algorithm: (parts) => algorithms.dpo(pairsOf(parts)),
  },
  kto: {
    source: `${ROLLOUTS}, rated by success`,
    usesRollouts: true,
    algorithm: (parts) =>
      algorithms.kto({
        ...offlineOf(parts, ratesOf(parts).preferences),
        batchSize: 2 * plan.offline.batchSize,
        rows: parts.data.rated.map(({ tokens, mask, isDesirable }) => ({
          ...{ tokens, mask, isDesirable },
        })),
      }),
  },
  orpo: {
    source: PAIRS,
    usesRollouts: true,
    algorithm: (parts) => algorithms.orpo(pairsOf(parts)),
  },
  simpo: {
    source: PAIRS,
    usesRollouts: true,
    algorithm: (parts) => algorithms.simpo(pairsOf(parts)),
  },
  cpo: {
    source: PAIRS,
    usesRollouts: true,
    algorithm: (parts) => algorithms.cpo(pairsOf(parts)),
  },
  "online-dpo": {
    source: OWN,
    algorithm: (parts) =>
      algorithms.onlineDpo({
        ...onlineOf(parts),
        learningRate: ratesOf(parts).preferences,
        pairsPerGroup: plan.online.groupSize / 2,
      }),
  },
} satisfies Readonly<Record<string, Omit<Method, "family">>>;

const policy = {
  reinforce: { source: OWN, algorithm: (parts) => algorithms.reinforce(policyOf(parts)) },
  rloo: { source: OWN, algorithm: (parts) => algorithms.rloo(policyOf(parts)) },
  "reinforce-plus-plus": {
    source: OWN,
    algorithm: (parts) => algorithms.reinforcePlusPlus(policyOf(parts)),
  },
  grpo: { source: OWN, algorithm: (parts) => algorithms.grpo(policyOf(parts)) },
  "dr-grpo": {
    source: OWN,
    algorithm: (parts) =>
      algorithms.drGrpo({
        ...policyOf(parts),
        tokensPerAnswer: parts.problem.tokensPerAnswer,
      }),
  },
  dapo: { source: OWN, algorithm: (parts) => algorithms.dapo(policyOf(parts)) },
  gspo: { source: OWN, algorithm: (parts) => algorithms.gspo(policyOf(parts)) },
  cispo: { source: OWN, algorithm: (parts) => algorithms.cispo(policyOf(parts)) },
  gmpo: { source: OWN, algorithm: (parts) => algorithms.gmpo(policyOf(parts)) },
  ppo: {
    source: `${OWN}, with a critic`,
    algorithm: (parts) =>
      algorithms.ppo({
        ...policyOf(parts),
        learningRate: ratesOf(parts).ppo,
        epochsPerBatch: 2,
        // Rewards of equations are larger than such a clip.
        valueClip: false,
      }),
  },
} satisfies Readonly<Record<string, Omit<Method, "family">>>;

/** Name → method, in the order of the page. */
export const methods: Readonly<Record<string, Method>> = Object.fromEntries(
  Object.entries({ supervised, preferences, policy }).flatMap(([family, rows]) =>
    // The keys of the object are the families.
    Object.entries<Omit<Method, "family">>(rows).map(([name, row]) => [
      name,
      { ...row, family: family as Method["family"] },
    ]),
  ),
);
