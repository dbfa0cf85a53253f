/**
 * `train`: the programming interface of a run. A model, an agent in plain code, tasks, a reward, an algorithm.
 *
 * @example
 * const result = await train({
 *   model: "./models/tiny",
 *   agent: async (task, { model }) => (await model.chat([{ role: "user", content: task.question }])).content,
 *   tasks: { train: trainTasks, test: heldOutTasks },
 *   reward: ({ answer, task }) => (answer === task.answer ? 1 : 0),
 *   algorithm: grpo({ steps: 50, groupSize: 8, learningRate: 1e-4 }),
 * });
 * console.log(result.before.success.value, "→", result.after.success.value, result.checkpoint);
 */
import { assert, HoneError } from "../../core/errors.ts";
import type { Task } from "../../core/rollout.ts";
import type { LoraOptions } from "../../engine/lora/lora.ts";
import type { Agent } from "../../ports/agent.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import type { RewardFunction } from "../../ports/reward.ts";
import type { SamplingParams } from "../../ports/sampling-client.ts";
import { baseModelOf } from "./model-from-nothing.ts";
import { findModel } from "../models/find-model.ts";
import { runPipeline } from "./pipeline-session.ts";
import type { PipelineEvent, TrainResult } from "./pipeline-events.ts";

export interface TrainOptions<T extends Task, Answer> {
  /** A Hugging Face id, a model folder, a run, or "tiny": a small model made from the seed, its tokenizer from the tasks' texts. */
  readonly model: string;
  readonly agent: Agent<T, Answer>;
  /** `test` is never trained on; it says whether the agent got better. */
  readonly tasks: { readonly train: readonly T[]; readonly test: readonly T[] };
  readonly reward: RewardFunction<T, Answer>;
  /** One algorithm, or several phases one after the other. */
  readonly algorithm: Algorithm | readonly Algorithm[];
  /** The adapter to train; false trains all weights. Default: rank 8 on q_proj and v_proj; for "tiny" all weights. */
  readonly lora?: LoraOptions | false;
  /** How the policy is sampled in rollouts. Default: at most 256 tokens at temperature 1. */
  readonly sampling?: Partial<Omit<SamplingParams, "seed" | "stopTokens">>;
  /** How held-out tasks are measured. Default "greedy", one rollout each. */
  readonly evaluation?: { readonly mode?: "greedy" | "sampled"; readonly samplesPerTask?: number };
  /** Texts that a "tiny" model's tokenizer is trained on. Default: the training tasks as JSON. */
  readonly texts?: readonly string[];
  /** Names the run folder. Default "train". */
  readonly name?: string;
  /** The run folder, new or empty. Default: a new one under runs/. */
  readonly out?: string;
  /** A run folder to go on with, with the same settings; of a finished run the result is given again. */
  readonly resume?: string;
  /** Default 0. */
  readonly seed?: number;
  readonly threads?: number;
  /** Rollouts at a time. Default 64. */
  readonly concurrency?: number;
  /** Steps between checkpoints. Default 25. */
  readonly checkpointEvery?: number;
  readonly signal?: AbortSignal;
  /** Called with everything that happens. */
  readonly onEvent?: (event: PipelineEvent) => void;
}

/**
 * Trains, and measures held-out tasks before and after.
 * @throws CANCELLED after the signal, with the run saved to be resumed; whatever a setting, a model or the training raises
 */
export async function train<T extends Task, Answer>(
  options: TrainOptions<T, Answer>,
): Promise<TrainResult> {
  for await (const event of trainEvents(options)) {
    options.onEvent?.(event);
    if (event.kind === "done" || event.kind === "finished") return event.result;
    if (event.kind === "stopped") {
      throw new HoneError("CANCELLED", {
        what: `The run in ${event.folder} (saved; pass it as resume)`,
      });
    }
  }
  assert(false, "a pipeline ended without a result");
}

/** The same as a stream of events. */
export function trainEvents<T extends Task, Answer>(
  options: TrainOptions<T, Answer>,
): AsyncGenerator<PipelineEvent, void> {
  const {
    model,
    tasks,
    seed = 0,
    name = "train",
    concurrency = 64,
    checkpointEvery = 25,
  } = options;
  const algorithms = "run" in options.algorithm ? [options.algorithm] : options.algorithm;
  if (algorithms.length === 0) throw new HoneError("DATA_EMPTY", { where: "train: algorithm" });
  for (const split of ["train", "test"] as const) {
    if (tasks[split].length === 0)
      throw new HoneError("DATA_EMPTY", { where: `train: tasks.${split}` });
  }
  const lora = options.lora ?? (model === "tiny" ? false : {});
  const sampling = { maxTokens: 256, temperature: 1, ...options.sampling };
  const { mode = "greedy", samplesPerTask = 1 } = options.evaluation ?? {};
  const phases = algorithms.map((algorithm, index) => ({
    name: phaseName(algorithms, index),
    algorithm,
  }));
  const config = {
    command: "train",
    model,
    seed,
    lora,
    sampling,
    evaluation: { mode, samplesPerTask },
    phases: phases.map((phase) => phase.name),
    algorithms: Object.fromEntries(
      phases.map(({ name: phase, algorithm }) => [
        phase,
        { steps: algorithm.steps, ...algorithm.settings },
      ]),
    ),
    tasks: { train: tasks.train.length, test: tasks.test.length },
  };
  return runPipeline({
    name,
    config,
    out: options.out,
    resume: options.resume,
    prepareModel: (folder) => modelFolder(folder, options),
    training: { lora, seed },
    phases,
    agent: options.agent,
    reward: options.reward,
    tasks,
    sampling,
    evaluationMode: mode,
    samplesPerTask,
    seed,
    threads: options.threads,
    concurrency,
    checkpointEvery,
    signal: options.signal,
  });
}

/** The algorithm's name; "grpo-2" for the second of that name, since evaluations and checkpoints go by it. */
function phaseName(algorithms: readonly Algorithm[], index: number): string {
  const { name } = algorithms[index]!;
  const earlier = algorithms.slice(0, index).filter((other) => other.name === name).length;
  return earlier === 0 ? name : `${name}-${earlier + 1}`;
}

async function modelFolder<T extends Task, Answer>(
  runFolder: string,
  { model, tasks, texts, seed = 0, signal }: TrainOptions<T, Answer>,
): Promise<string> {
  if (model === "tiny") {
    const fromTasks = (): string[] => tasks.train.map((task) => JSON.stringify(task));
    return baseModelOf(runFolder, { texts: texts ?? fromTasks(), seed });
  }
  const found = await findModel(model, signal === undefined ? {} : { signal });
  return found.folder;
}
