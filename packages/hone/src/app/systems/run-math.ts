/**
 * `hone run math`: a model that solves equations, from nothing, in about a minute.
 *
 * A small model is made from the seed with a tokenizer trained on the domain's text; supervised learning on the episodes
 * of an expert that makes mistakes teaches it the moves; GRPO in the environment teaches it to be right; held-out
 * equations measure it before and after.
 */
import { grpo } from "../../algorithms/grpo.ts";
import { sft } from "../../algorithms/sft.ts";
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
import type { PipelineEvent } from "../training/pipeline-events.ts";

/** A short memory of squared gradients suits runs of a few hundred steps. */
const adam = { beta2: 0.95, maxGradientNorm: 1 };

/** As many as query heads: copying a number out of the equation is learnt sooner than with shared ones. */
const KEY_VALUE_HEADS = 4;

export interface RunMathOptions {
  readonly settings?: Partial<MathSettings>;
  readonly out?: string | undefined;
  readonly resume?: string | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The run as a stream of events; see pipeline.ts. */
export async function* runMath(options: RunMathOptions = {}): AsyncGenerator<PipelineEvent, void> {
  const settings: MathSettings = { ...mathDefaults, ...options.settings };
  const { seed, level } = settings;
  const train = equationTasks({
    split: "train",
    count: settings.trainTasks,
    levels: [level],
    seed,
  });
  const test = equationTasks({ split: "test", count: settings.testTasks, levels: [level], seed });
  const { mistakeRate, maxSteps } = settings;
  const episodes = await expertEpisodes(train, { mistakeRate, seed, maxSteps });
  const conversations = episodes.map((episode) => conversationOf(episode, compactMathFormat));
  const runnable = (tasks: readonly EquationTask[]): RunnableTasks =>
    agentTasks({
      tasks,
      agent: environmentAgent(() => mathEnvironment({ maxSteps }), {
        format: compactMathFormat,
        maxSteps,
      }),
      reward: mathReward,
    });
  yield* runPipeline({
    name: "math",
    config: { command: "run math", ...settings },
    out: options.out,
    resume: options.resume,
    prepareModel: (folder) =>
      baseModelOf(folder, {
        texts: conversations,
        vocabularySize: settings.vocabulary,
        layers: settings.layers,
        width: settings.width,
        keyValueHeads: KEY_VALUE_HEADS,
        seed,
      }),
    training: { lora: false },
    phases: [
      {
        name: "sft",
        algorithm: sft({
          conversations,
          steps: settings.sftSteps,
          batchSize: settings.sftBatchSize,
          learningRate: settings.sftLearningRate,
          schedule: "cosine",
          warmUpSteps: Math.min(10, Math.floor(settings.sftSteps / 5)),
          adam,
        }),
        source: { kind: "dataset" },
      },
      {
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
        source: { kind: "rollouts", ...runnable(train) },
      },
    ],
    heldOut: runnable(test),
    sampling: { maxTokens: 12, temperature: 1 },
    evaluationMode: "sampled",
    samplesPerTask: 1,
    seed,
    threads: options.threads,
    concurrency: settings.groupSize * settings.groupsPerStep,
    checkpointEvery: settings.checkpointEvery,
    signal: options.signal,
  });
}
