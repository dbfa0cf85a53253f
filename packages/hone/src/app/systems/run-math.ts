/**
 * `hone run math`: a model that solves equations, from nothing, in about a minute.
 *
 * A small model is made from the seed, with a tokenizer trained on the domain's text. Supervised learning on the episodes of an
 * expert that makes mistakes teaches it the moves, and GRPO in the environment teaches it to choose the right ones. Held-out
 * equations are measured before and after each phase.
 */
import { grpo } from "../../algorithms/policy-gradient/grpo.ts";
import { sft } from "../../algorithms/supervised/sft.ts";
import type { Message } from "../../core/message.ts";
import { compactMathFormat } from "../../domains/math/format.ts";
import { mathEnvironment } from "../../domains/math/environment.ts";
import { expertEpisodes } from "../../domains/math/expert.ts";
import { mathReward } from "../../domains/math/rewards.ts";
import { equationTasks, type EquationTask } from "../../domains/math/tasks.ts";
import { conversationOf } from "../../environments/chat-format.ts";
import { environmentAgent } from "../../environments/environment-agent.ts";
import { agentTasks, type RunnableTasks } from "../../rollouts/agent-tasks.ts";
import { baseModelOf } from "../training/model-from-nothing.ts";
import { type MathSettings, mathDefaults } from "./math-settings.ts";
import { runPipeline } from "../training/pipeline.ts";
import { recordedStore } from "../training/stored/recorded-store.ts";
import type { PipelineEvent } from "../training/pipeline-events.ts";
import type { Phase } from "../training/pipeline-options.ts";

/** A short memory of squared gradients, which suits runs of a few hundred steps. */
const adam = { beta2: 0.95, maxGradientNorm: 1 };

/** As many as query heads: the model learns sooner to copy a number out of the equation than with shared ones. */
const KEY_VALUE_HEADS = 4;

/** What `hone run math` is given. */
export interface RunMathOptions {
  /** Settings other than the defaults. */
  readonly settings?: Partial<MathSettings>;
  /** The run folder, new or empty. Default: a new one in runs/. */
  readonly out?: string | undefined;
  /** The folder of a stopped run to resume. Default: a new run. */
  readonly resume?: string | undefined;
  /** Threads of matrix products. Default: all cores, at most 8. */
  readonly threads?: number | undefined;
  /** Aborts when the run is to save and end. */
  readonly signal?: AbortSignal | undefined;
}

/** The run as a stream of events; see `runPipeline`. */
export async function* runMath(options: RunMathOptions = {}): AsyncGenerator<PipelineEvent, void> {
  const settings: MathSettings = { ...mathDefaults, ...options.settings };
  const { seed, mistakeRate, maxSteps } = settings;
  const train = tasksOf(settings, "train");
  const episodes = await expertEpisodes(train, { mistakeRate, seed, maxSteps });
  const conversations = episodes.map((episode) => conversationOf(episode, compactMathFormat));
  yield* runPipeline({
    name: "math",
    config: { command: "run math", ...settings, ...recordedStore(settings) },
    out: options.out,
    resume: options.resume,
    prepareModel: (folder) => smallModel(folder, conversations, settings),
    training: { lora: false },
    phases: [supervisedPhase(conversations, settings), rewardPhase(train, settings)],
    heldOut: runnable(tasksOf(settings, "test"), settings),
    sampling: { maxTokens: 12, temperature: 1 },
    evaluationMode: "sampled",
    samplesPerTask: 1,
    seed,
    threads: options.threads,
    concurrency: settings.groupSize * settings.groupsPerStep,
    checkpointEvery: settings.checkpointEvery,
    store: settings.store,
    keepRollouts: settings.keepRollouts,
    signal: options.signal,
  });
}

const tasksOf = (
  { trainTasks, testTasks, level, seed }: MathSettings,
  split: "train" | "test",
): readonly EquationTask[] => {
  const count = split === "train" ? trainTasks : testTasks;
  return equationTasks({ split, count, levels: [level], seed });
};

/** Equations that the policy solves in the environment. */
const runnable = (tasks: readonly EquationTask[], { maxSteps }: MathSettings): RunnableTasks =>
  agentTasks({
    tasks,
    agent: environmentAgent(() => mathEnvironment({ maxSteps }), {
      format: compactMathFormat,
      maxSteps,
    }),
    reward: mathReward,
  });

const smallModel = (
  runFolder: string,
  conversations: readonly (readonly Message[])[],
  { vocabulary, layers, width, seed }: MathSettings,
): Promise<string> =>
  baseModelOf(runFolder, {
    texts: conversations,
    vocabularySize: vocabulary,
    layers,
    width,
    keyValueHeads: KEY_VALUE_HEADS,
    seed,
  });

const supervisedPhase = (
  conversations: readonly (readonly Message[])[],
  { sftSteps: steps, sftBatchSize: batchSize, sftLearningRate: learningRate }: MathSettings,
): Phase => ({
  name: "sft",
  algorithm: sft({
    conversations,
    steps,
    batchSize,
    learningRate,
    schedule: "cosine",
    warmUpSteps: Math.min(10, Math.floor(steps / 5)),
    adam,
  }),
  source: { kind: "dataset" },
});

const rewardPhase = (tasks: readonly EquationTask[], settings: MathSettings): Phase => ({
  name: "grpo",
  algorithm: grpo({
    steps: settings.grpoSteps,
    groupSize: settings.groupSize,
    groupsPerStep: settings.groupsPerStep,
    learningRate: settings.grpoLearningRate,
    minibatchesPerBatch: 4,
    schedule: "linear",
    finalShare: 0.25,
    adam,
  }),
  source: { kind: "rollouts", ...runnable(tasks, settings) },
});
