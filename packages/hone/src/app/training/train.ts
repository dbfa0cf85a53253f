/** `train`: the programming interface of a run. A model, an agent in plain code, tasks, a reward, an algorithm. */
import { defaultSampling } from "../../agents/policy-chat-model.ts";
import { assert, HoneError } from "../../core/errors.ts";
import type { Task } from "../../core/rollout.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import { agentTasks, type RunnableTasks } from "../../rollouts/agent-tasks.ts";
import { findModel, type FoundModel } from "../models/find-model.ts";
import { baseModelOf } from "./model-from-nothing.ts";
import { DEFAULT_DEADLINE } from "./deadline.ts";
import { resumeCommand } from "./further-command.ts";
import { plainTerminal, warningTerminal } from "./plain-terminal.ts";
import { RunPrinter } from "./run-printer.ts";
import { cutsSampling } from "../../core/kept-tokens.ts";
import { sharedTasksWarning } from "./shared-tasks-warning.ts";
import { queueOf } from "./queue-settings.ts";
import { runPipeline } from "./pipeline.ts";
import type { PipelineEvent, TrainResult } from "./pipeline-events.ts";
import type { Phase, PipelineOptions } from "./pipeline-options.ts";
import { recordedStore } from "./stored/recorded-store.ts";
import { algorithmsOf, checkTrainOptions, type TrainOptions } from "./train-options.ts";

/**
 * Trains a model on what an agent does with it, measures held-out tasks before and after, and writes a run folder with
 * metrics, checkpoints and a report. On a terminal it prints the run folder, its steps and its result, on stderr, elsewhere
 * only its warnings, and with `quiet: true` nothing; `onEvent` is told them in any case.
 *
 * @returns what came out: success and reward before and after, and where the trained model is
 * @throws OPTION_INVALID for an option that is missing, unknown or impossible; DATA_EMPTY without tasks or algorithms;
 *         MODEL_NOT_FOUND; RUN_CONFIG_CHANGED for a resume with other settings; ALL_ROLLOUTS_FAILED where the agent or the
 *         reward always fails, NO_LEARNING_SIGNAL; CANCELLED after the signal, with the run
 *         saved so that it can be resumed
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
export async function train<T extends Task, Answer>(
  options: TrainOptions<T, Answer>,
): Promise<TrainResult> {
  const events = trainEvents(options);
  const printer = printerOf(options);
  for await (const event of events) {
    printer?.print(event);
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

/** Prints the run on stderr where that is a terminal, else its warnings there. */
function printerOf({ quiet = false }: { readonly quiet?: boolean }): RunPrinter | undefined {
  if (quiet) return undefined;
  const { stderr } = process;
  const terminal = stderr.isTTY ? plainTerminal(stderr) : warningTerminal(stderr);
  return new RunPrinter(terminal, (folder) => resumeCommand(folder, { command: "train" }));
}

/**
 * The same run as `train`, as a stream of events: notes, phases, steps with their metrics, evaluations, checkpoints. The
 * last event is "done" with the result, "stopped" after the signal, or "finished" for a run that had ended before.
 * `onEvent` is not called.
 *
 * @throws as `train`, at once for options, but ends with "stopped" after the signal
 * @example
 * for await (const event of trainEvents(options)) {
 *   if (event.kind === "step") console.log(event.step.step, event.step.metrics);
 * }
 */
export function trainEvents<T extends Task, Answer>(
  options: TrainOptions<T, Answer>,
): AsyncGenerator<PipelineEvent, void> {
  checkTrainOptions(options);
  const { model, agent, reward, tasks, seed = 0, deadline = DEFAULT_DEADLINE } = options;
  const { adapters, name = "train" } = options;
  const lora = options.lora ?? (model === "tiny" && adapters === undefined ? false : {});
  const sampling = { ...defaultSampling, ...options.sampling };
  const { mode = "greedy", samplesPerTask = 1 } = options.evaluation ?? {};
  const runnable = (some: readonly T[]): RunnableTasks =>
    agentTasks({ tasks: some, agent, reward });
  const heldOutReward = typeof reward === "function" ? reward : (reward.heldOut ?? reward);
  const phases = phasesOf(algorithmsOf(options), runnable(tasks.train));
  return runPipeline({
    name,
    config: configOf(options, { seed, lora, sampling, mode, samplesPerTask, phases, deadline }),
    out: options.out,
    resume: options.resume,
    ...(model === "tiny" ? {} : { findModel: () => namedModel(options) }),
    prepareModel: (folder) => modelFolder(folder, options),
    training: { lora, seed },
    adapters,
    queue: queueOf(options, { program: name }),
    warning: sharedTasksWarning(tasks),
    phases,
    heldOut: agentTasks({ tasks: tasks.test, agent, reward: heldOutReward }),
    sampling,
    filtersInTraining: options.filtersInTraining,
    evaluationMode: mode,
    samplesPerTask,
    seed,
    threads: options.threads,
    concurrency: options.concurrency ?? 64,
    deadline,
    notes: [`a rollout that takes more than ${deadline} s counts as failed (deadline)`],
    checkpointEvery: options.checkpointEvery ?? 25,
    alarms: options.alarms,
    store: options.store,
    keepRollouts: options.keepRollouts,
    signal: options.signal,
  });
}

/** A phase for each algorithm. The second of a name is "grpo-2", since evaluations and checkpoints go by names. */
function phasesOf(algorithms: readonly Algorithm[], tasks: RunnableTasks): readonly Phase[] {
  return algorithms.map((algorithm, index) => {
    const { name, source = "rollouts" } = algorithm;
    const earlier = algorithms.slice(0, index).filter((other) => other.name === name).length;
    return {
      name: earlier === 0 ? name : `${name}-${earlier + 1}`,
      algorithm,
      source: source === "rollouts" ? { kind: "rollouts", ...tasks } : { kind: "dataset" },
    };
  });
}

interface DecidedOptions extends Pick<
  PipelineOptions,
  "seed" | "sampling" | "samplesPerTask" | "phases"
> {
  readonly lora: TrainOptions<Task, unknown>["lora"];
  readonly mode: PipelineOptions["evaluationMode"];
  readonly deadline: number;
}

/** What the run records: everything that decides its result and is plain data. */
function configOf<T extends Task, Answer>(
  {
    model,
    tasks,
    adapters,
    filtersInTraining = true,
    store,
    keepRollouts,
    alarms,
  }: TrainOptions<T, Answer>,
  { seed, lora, sampling, mode, samplesPerTask, phases, deadline }: DecidedOptions,
): Record<string, unknown> {
  return {
    command: "train",
    model,
    seed,
    lora,
    ...(adapters === undefined ? {} : { adapters }),
    sampling,
    // Recorded where filters cut something. Runs from before this was the default left them out, and go on so with false.
    ...(filtersInTraining && cutsSampling(sampling) ? { filtersInTraining } : {}),
    ...recordedStore({ store, keepRollouts }),
    ...(alarms === undefined ? {} : { alarms }),
    evaluation: { mode, samplesPerTask },
    deadline,
    phases: phases.map(({ name }) => name),
    algorithms: Object.fromEntries(
      phases.map(({ name, algorithm: { steps, settings } }) => [name, { steps, ...settings }]),
    ),
    tasks: { train: tasks.train.length, test: tasks.test.length },
  };
}

async function modelFolder<T extends Task, Answer>(
  runFolder: string,
  { model, tasks, texts, seed = 0, signal }: TrainOptions<T, Answer>,
): Promise<string> {
  if (model === "tiny") {
    const fromTasks = (): string[] => tasks.train.map((task) => JSON.stringify(task));
    return baseModelOf(runFolder, { texts: texts ?? fromTasks(), seed });
  }
  return (await namedModel({ model, signal })).folder;
}

const namedModel = ({
  model,
  signal,
}: {
  readonly model: string;
  readonly signal?: AbortSignal | undefined;
}): Promise<FoundModel> => findModel(model, signal === undefined ? {} : { signal });
