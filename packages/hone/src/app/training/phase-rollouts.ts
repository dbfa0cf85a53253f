/** The rollouts of a phase and of an evaluation, once the model is open. */
import { policyChatModels } from "../../agents/policy-chat-model.ts";
import { randomBits } from "../../core/random.ts";
import type { Engine } from "../../engine/engine.ts";
import type { RolloutRunner } from "../../ports/rollout-runner.ts";
import type { RolloutSource } from "../../ports/rollout-source.ts";
import type { TrainingClient } from "../../ports/training-client.ts";
import { onScoredOf, type RunnableTasks } from "../../rollouts/agent-tasks.ts";
import { noRollouts } from "../../rollouts/no-rollouts.ts";
import type { RolloutProgress } from "../../rollouts/rollout-progress.ts";
import { rolloutSource } from "../../rollouts/rollout-source.ts";
import { storedThenFresh } from "../../rollouts/stored-then-fresh.ts";
import { DEFAULT_DEADLINE } from "./deadline.ts";
import type { Phase, PipelineOptions } from "./pipeline-options.ts";
import type { QueuedPart, QueuedRollouts } from "../workers/queued-rollouts.ts";
import type { RolloutRecorder } from "./stored/rollout-recorder.ts";
import { learnedSampling } from "./sampling-filters.ts";

/** The options of a run, what counts its rollouts, and what keeps them. */
interface RunnerOptions extends PipelineOptions {
  readonly progress: RolloutProgress;
  /** The queue whose workers play the rollouts. Default: this process plays them. */
  readonly queued?: QueuedRollouts | undefined;
  /** The model that is trained, where it has a value head. */
  readonly values?: TrainingClient | undefined;
}

/** Which part of a run asks for rollouts. */
type RunPart = Pick<QueuedPart, "phase" | "split">;

/** The source of a phase's rollouts; one that refuses every request where its algorithm learns from a dataset. */
export function rolloutsOf(
  { name, algorithm, source }: Phase,
  engine: Engine,
  options: RunnerOptions & { readonly recorder: RolloutRecorder },
): RolloutSource {
  if (source.kind === "dataset") return noRollouts(algorithm);
  const seed = randomBits(options.seed, name);
  const sampling = learnedSampling(options.sampling, options.filtersInTraining ?? true);
  const part = { phase: name, split: "train" } as const;
  const runner = runnerOf(source, engine, { ...options, ...part, sampling });
  const isStoredAlone = source.stored !== undefined && source.tasks.length === 0;
  const fresh = isStoredAlone
    ? noRollouts(algorithm)
    : rolloutSource({ tasks: source.tasks, runner, seed });
  const kept = options.recorder.recorded(fresh, name);
  return source.stored === undefined
    ? kept
    : storedThenFresh({ ...source.stored, fresh: kept, seed, renderer: engine.renderer });
}

/** The runner of these tasks' rollouts with the model. */
export function runnerOf(
  tasks: RunnableTasks,
  { renderer, architecture }: Engine,
  options: RunnerOptions & RunPart,
): RolloutRunner {
  const {
    sampling,
    adapters,
    concurrency,
    deadline = DEFAULT_DEADLINE,
    progress,
    values,
  } = options;
  const { queued, phase, split } = options;
  // A value head is measured by the trainer's own weights.
  if (queued !== undefined && values === undefined) {
    const runner = queued.runner({ phase, split, sampling, deadline, progress });
    return tasks.wrapRunner?.(runner, renderer, onScoredOf(progress)) ?? runner;
  }
  const { contextLength } = architecture;
  const chatModel = policyChatModels({
    ...{ renderer, sampling, contextLength },
    ...(adapters && { adapters }),
  });
  return tasks.openRunner({
    chatModel,
    renderer,
    concurrency,
    deadlineMs: deadline * 1000,
    progress,
    ...(values && { values }),
  });
}
