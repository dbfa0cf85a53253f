/** The trainings of `npm run results:real`: what is learned, from what, how it is measured. */
import { createHash } from "node:crypto";
import { grpo } from "../../../packages/hone/src/algorithms/policy-gradient/grpo.ts";
import { ppo } from "../../../packages/hone/src/algorithms/policy-gradient/ppo.ts";
import { dpo } from "../../../packages/hone/src/algorithms/preferences/dpo.ts";
import { sft } from "../../../packages/hone/src/algorithms/supervised/sft.ts";
import { toolSettings } from "../../../packages/hone/src/agents.ts";
import type { TrainOptions } from "../../../packages/hone/src/app/training/train-options.ts";
import type { Message } from "../../../packages/hone/src/core/message.ts";
import type { AgentContext } from "../../../packages/hone/src/ports/agent.ts";
import {
  askedCalculation,
  type Calculation,
  calculationPairs,
  calculations,
  scoreCalculation,
} from "./calculations.ts";
import {
  expertCall,
  scoreCall,
  type ToolQuestion,
  toolQuestions,
  tools,
} from "./tool-questions.ts";

/** `a` learns a form of tool calls from examples; a task is learned from rewards by `b`, from pairs by `c`, with a critic by `d`. */
export type ExperimentName = (typeof experimentNames)[number];

/** Those that TRL is measured beside. */
export const peerNames = ["a", "b"] as const;
export type PeerName = (typeof peerNames)[number];

/** In the order of the page. */
export const experimentNames = ["a", "b", "c", "d"] as const;

/** Everything that decides a result, as plain data: hone's side and TRL's are made from it. */
export const plans = {
  a: {
    examples: 200,
    heldOut: 30,
    batchSize: 8,
    epochs: 1,
    learningRate: 5e-4,
    maxTokens: 64,
  },
  b: {
    questions: 400,
    heldOut: 64,
    steps: 16,
    groupSize: 8,
    groupsPerStep: 4,
    learningRate: 2e-4,
    maxTokens: 10,
  },
  c: {
    pairs: 128,
    heldOut: 64,
    batchSize: 8,
    epochs: 1,
    learningRate: 1e-4,
    beta: 0.1,
    maxTokens: 10,
  },
  d: {
    questions: 400,
    heldOut: 64,
    steps: 12,
    answersPerStep: 32,
    epochsPerBatch: 2,
    minibatchesPerBatch: 2,
    learningRate: 1e-4,
    criticLearningRate: 1e-4,
    maxTokens: 10,
  },
  lora: {
    rank: 16,
    alpha: 32,
    targetModules: [
      "q_proj",
      "k_proj",
      "v_proj",
      "o_proj",
      "gate_proj",
      "up_proj",
      "down_proj",
    ] as const,
  },
  adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradientNorm: 1 },
} as const;

/** Changes with everything that decides a result, so that results of other plans are not taken for these. */
export const digestOf = (experiment: ExperimentName): string =>
  createHash("sha256")
    .update(JSON.stringify([plans[experiment], plans.lora, plans.adam]))
    .digest("hex")
    .slice(0, 8);

/** The options of `train` for one seed. Held-out tasks are the same for all seeds. */
export type Experiment =
  | { readonly name: "a"; readonly options: TrainOptions<ToolQuestion, Message> }
  | { readonly name: "b" | "c" | "d"; readonly options: TrainOptions<Calculation, string> };

const shared = (model: string, seed: number) => ({
  model,
  seed,
  lora: plans.lora,
  // Other programs on the machine are no reason to fail a rollout.
  deadline: 3600,
  keepRollouts: "none" as const,
  checkpointEvery: 1000,
  quiet: true,
});

/** (a): the form of calls, by supervised learning. */
function toolForm(model: string, seed: number): TrainOptions<ToolQuestion, Message> {
  const { examples, heldOut, batchSize, epochs, learningRate, maxTokens } = plans.a;
  const conversations = toolQuestions("train", examples, seed).map(expertCall);
  return {
    ...shared(model, seed),
    agent: ({ question }, { model: policy, signal }) =>
      policy.chat([{ role: "user", content: question }], { tools, maxTokens, signal }),
    tasks: { train: [], test: toolQuestions("heldOut", heldOut, 0) },
    reward: ({ answer, task }) => scoreCall(answer, task),
    algorithm: sft({
      conversations,
      settings: conversations.map(() => toolSettings(tools)),
      batchSize,
      epochs,
      learningRate,
      adam: plans.adam,
    }),
  };
}

/** The calculator's agent and reward, and the held-out questions, which are the same for all trainings of it. */
const calculator = (model: string, seed: number, { heldOut, maxTokens }: Asked) => ({
  ...shared(model, seed),
  agent: async (task: Calculation, { model: policy, signal }: AgentContext) =>
    (await policy.chat(askedCalculation(task), { maxTokens, signal })).content,
  reward: ({ answer, task }: { readonly answer: string; readonly task: Calculation }) =>
    scoreCalculation(answer, task),
  tasks: { train: [], test: calculations("heldOut", heldOut, 0) },
});

interface Asked {
  readonly heldOut: number;
  readonly maxTokens: number;
}

/** (b): what to calculate, by rewards. */
function byRewards(model: string, seed: number): TrainOptions<Calculation, string> {
  const { questions, steps, groupSize, groupsPerStep, learningRate } = plans.b;
  const { tasks, ...rest } = calculator(model, seed, plans.b);
  return {
    ...rest,
    tasks: { ...tasks, train: calculations("train", questions, seed) },
    algorithm: grpo({ steps, groupSize, groupsPerStep, learningRate, adam: plans.adam }),
  };
}

/** (c): the same, by pairs of a better and a worse answer. */
function byPairs(model: string, seed: number): TrainOptions<Calculation, string> {
  const { pairs, batchSize, epochs, learningRate, beta } = plans.c;
  return {
    ...calculator(model, seed, plans.c),
    algorithm: dpo({
      pairs: calculationPairs(calculations("train", pairs, seed)),
      ...{ batchSize, epochs, learningRate, beta },
      adam: plans.adam,
    }),
  };
}

/** (d): the same, by rewards with a critic. */
function withCritic(model: string, seed: number): TrainOptions<Calculation, string> {
  const { questions, answersPerStep, heldOut: _, maxTokens: __, ...settings } = plans.d;
  const { tasks, ...rest } = calculator(model, seed, plans.d);
  return {
    ...rest,
    tasks: { ...tasks, train: calculations("train", questions, seed) },
    algorithm: ppo({ ...settings, groupSize: 1, groupsPerStep: answersPerStep, adam: plans.adam }),
  };
}

const trainings = { b: byRewards, c: byPairs, d: withCritic };

/** An experiment, ready to be trained. */
export const experimentOf = (name: ExperimentName, model: string, seed: number): Experiment =>
  name === "a"
    ? { name, options: toolForm(model, seed) }
    : { name, options: trainings[name](model, seed) };
