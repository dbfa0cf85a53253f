/** A problem that every method is given: tasks, an agent, a reward, and an expert whose episodes the start has learned. */
import { evaluate } from "../../../packages/hone/src/app/training/evaluate-agent.ts";
import type { PipelineEvent } from "../../../packages/hone/src/app/training/pipeline-events.ts";
import { trainEvents } from "../../../packages/hone/src/app/training/train.ts";
import type { TrainOptions } from "../../../packages/hone/src/app/training/train-options.ts";
import type { Message } from "../../../packages/hone/src/core/message.ts";
import { randomBits } from "../../../packages/hone/src/core/random.ts";
import type { Rollout, Task } from "../../../packages/hone/src/core/rollout.ts";

/** The names of the problems. */
export type ProblemName = "equations" | "prices";

/** What is said of a problem, and its limits. */
interface ProblemFacts {
  readonly name: ProblemName;
  readonly title: string;
  /** What is to be done and what is rewarded, as sentences of the page. */
  readonly text: string;
  /** The most tokens of a whole answer. */
  readonly tokensPerAnswer: number;
}

/** A problem, with the types of its tasks and answers. */
export interface ProblemDefinition<T extends Task, Answer>
  extends ProblemFacts, Pick<TrainOptions<T, Answer>, "agent" | "tasks" | "reward"> {
  /** The most tokens of one reply. */
  readonly maxTokens: number;
  /** An episode of the expert with this share of wrong actions, which the seed decides. */
  readonly expert: (
    task: T,
    mistakeRate: number,
    seed: number,
  ) => Promise<readonly Message[]> | readonly Message[];
  /** The solution, as a teacher that knows it is told. */
  readonly hint: (task: T) => string;
}

/** What a run on a problem is given. */
export type RunOptions = Required<
  Pick<TrainOptions<Task, unknown>, "model" | "algorithm" | "seed" | "out" | "threads">
>;

/** A task of a problem with an episode of its expert. */
export interface ExpertEpisode {
  readonly messages: readonly Message[];
  /** The solution of its task. */
  readonly hint: string;
}

/** A problem whose tasks and answers are hidden. */
export interface Problem extends ProblemFacts {
  readonly counts: { readonly train: number; readonly test: number };
  /** Trains all weights as `trainEvents` of hone-rl does, and measures the held-out tasks before and after. */
  train(options: RunOptions): AsyncGenerator<PipelineEvent, void>;
  /** Rollouts of a model on the training tasks, those of a task behind each other. */
  rollouts(
    options: Omit<RunOptions, "algorithm" | "out">,
    samples: number,
  ): Promise<readonly Rollout[]>;
  /** The held-out success of a model, as a run measures it. */
  heldOut(options: Omit<RunOptions, "algorithm" | "out">): Promise<number>;
  /** An episode of the expert for each training task. */
  experts(mistakeRate: number, seed: number): Promise<readonly ExpertEpisode[]>;
  /** The solution of the rollout's task. */
  hintOf(rollout: Rollout): string;
}

/** Tries at each held-out task. */
export const SAMPLES_PER_TASK = 1;

/** Rollouts at a time. */
const CONCURRENCY = 256;

/** Makes a problem of its definition. */
export function problem<T extends Task, Answer>(given: ProblemDefinition<T, Answer>): Problem {
  const { agent, tasks, reward, expert, hint, maxTokens } = given;
  const { name, title, text, tokensPerAnswer } = given;
  const byId = new Map([...tasks.train, ...tasks.test].map((task) => [task.id, task]));
  const sampling = { maxTokens, temperature: 1 };
  const shared = { agent, reward, sampling, concurrency: CONCURRENCY };
  const measuring = { ...shared, mode: "sampled" } as const;
  return {
    ...{ name, title, text, tokensPerAnswer },
    counts: { train: tasks.train.length, test: tasks.test.length },
    train: (options) =>
      trainEvents({
        ...options,
        ...shared,
        ...{ tasks, lora: false, keepRollouts: "none" },
        evaluation: { mode: "sampled", samplesPerTask: SAMPLES_PER_TASK },
        checkpointEvery: 10_000,
      }),
    async rollouts(options, samplesPerTask) {
      const all = { ...options, ...measuring, tasks: tasks.train, samplesPerTask };
      return (await evaluate(all)).rollouts;
    },
    async heldOut(options) {
      const all = { ...options, ...measuring, tasks: tasks.test, samplesPerTask: SAMPLES_PER_TASK };
      return (await evaluate(all)).success.value;
    },
    experts: (mistakeRate, seed) =>
      Promise.all(
        tasks.train.map(async (task) => ({
          messages: await expert(task, mistakeRate, randomBits(seed, task.id)),
          hint: hint(task),
        })),
      ),
    hintOf: ({ task }) => hint(byId.get(task.id)!),
  };
}
