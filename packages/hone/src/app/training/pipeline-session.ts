/**
 * A training run from its folder to its report: phases one after the other, held-out tasks before and after each,
 * checkpoints, interruption, resume.
 *
 * The state between two steps is the client's weights and optimizer, the phase, the step, and what was measured; all
 * randomness is a function of (seed, phase, step), so a resumed run goes on exactly where it was.
 */
import { join } from "node:path";
import { policyChatModels } from "../../agents/policy-chat-model.ts";
import { isError } from "../../core/errors.ts";
import { randomBits } from "../../core/random.ts";
import type { Task } from "../../core/rollout.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type {
  EngineTrainingClient,
  TrainingClientOptions,
} from "../../engine/clients/training-client.ts";
import { type Engine, openEngine } from "../../engine/engine.ts";
import { type Evaluation, evaluate } from "../../evaluation/evaluate.ts";
import type { Agent } from "../../ports/agent.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import type { Renderer } from "../../ports/renderer.ts";
import type { RewardFunction } from "../../ports/reward.ts";
import type { RolloutRunner } from "../../ports/rollout-runner.ts";
import type { RolloutSource } from "../../ports/rollout-source.ts";
import type { SamplingClient, SamplingParams } from "../../ports/sampling-client.ts";
import { rolloutRunner } from "../../rollouts/rollout-runner.ts";
import { rolloutSource } from "../../rollouts/rollout-source.ts";
import type { RunFolder } from "../../runs/run-folder.ts";
import { checkSameRun, finishedRun } from "./earlier-run.ts";
import { beforeAndAfter, stageName } from "../../evaluation/before-and-after.ts";
import { openingEvents, openRun } from "./open-pipeline.ts";
import type { PipelineEvent, TrainResult } from "./pipeline-events.ts";
import { publishResult, saveTrained } from "./publish-result.ts";
import type { RunState } from "./run-state.ts";

/** One algorithm of a run with its name, which metrics and checkpoints carry. */
export interface Phase {
  readonly name: string;
  readonly algorithm: Algorithm;
}

export interface PipelineOptions<T extends Task, Answer> {
  /** Names the run folder. */
  readonly name: string;
  /** The settings with all defaults filled in; a resume with others is refused. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly out?: string | undefined;
  /** A run folder to go on with. */
  readonly resume?: string | undefined;
  /** The model's folder; may make it inside the run folder. */
  readonly prepareModel: (runFolder: string) => Promise<string>;
  readonly training: TrainingClientOptions;
  readonly phases: readonly Phase[];
  readonly agent: Agent<T, Answer>;
  readonly reward: RewardFunction<T, Answer>;
  /** Puts something around who runs rollouts, such as a score that takes the policy itself. */
  readonly wrapRunner?: (
    runner: RolloutRunner<T, Answer>,
    renderer: Renderer,
  ) => RolloutRunner<T, Answer>;
  /** Without test tasks nothing is measured. */
  readonly tasks: { readonly train: readonly T[]; readonly test: readonly T[] };
  readonly sampling: Omit<SamplingParams, "seed" | "stopTokens">;
  readonly evaluationMode: "greedy" | "sampled";
  readonly samplesPerTask: number;
  readonly seed: number;
  readonly threads?: number | undefined;
  /** Rollouts at a time. */
  readonly concurrency: number;
  /** Told once the run folder is open. */
  readonly notes?: readonly string[];
  /** Steps between checkpoints; the end of a phase is always one. */
  readonly checkpointEvery: number;
  readonly signal?: AbortSignal | undefined;
}

/** Runs the phases; the last event is "done", "stopped" after the signal, or "finished" of a run that was so already. */
export async function* runPipeline<T extends Task, Answer>(
  options: PipelineOptions<T, Answer>,
): AsyncGenerator<PipelineEvent, void> {
  const { resume, config } = options;
  if (resume !== undefined) {
    await checkSameRun(resume, config);
    const finished = await finishedRun(resume, options);
    if (finished !== undefined) return yield finished;
  }
  const { run, state } = await openRun(options);
  try {
    yield* openingEvents(run.path, options);
    const modelFolder = await options.prepareModel(run.path);
    const { threads, signal } = options;
    const engine = await openEngine(modelFolder, {
      ...(threads === undefined ? {} : { threads }),
      ...(signal === undefined ? {} : { signal }),
    });
    try {
      yield* new Pipeline(options, run, engine, state.value, state.checkpoint).events();
    } finally {
      await engine.close();
    }
  } finally {
    await run.close();
  }
}

class Pipeline<T extends Task, Answer> {
  readonly #options: PipelineOptions<T, Answer>;
  readonly #run: RunFolder;
  readonly #engine: Engine;
  readonly #runner: RolloutRunner<T, Answer>;
  readonly #resumedFrom: string | undefined;
  readonly #startedAt = performance.now();
  readonly #evaluations = new Map<string, Evaluation>();
  readonly #earlierSeconds: number;
  #phase: number;
  #step: number;

  constructor(
    options: PipelineOptions<T, Answer>,
    run: RunFolder,
    engine: Engine,
    state: RunState,
    resumedFrom: string | undefined,
  ) {
    this.#options = options;
    this.#run = run;
    this.#engine = engine;
    this.#resumedFrom = resumedFrom;
    this.#phase = state.phase;
    this.#step = state.step;
    this.#earlierSeconds = state.seconds;
    for (const { name, evaluation } of state.evaluations) this.#evaluations.set(name, evaluation);
    const chatModel = policyChatModels({
      renderer: engine.renderer,
      sampling: options.sampling,
      contextLength: engine.architecture.contextLength,
    });
    const { agent, reward, concurrency, wrapRunner } = options;
    const runner = rolloutRunner({ agent, reward, chatModel, concurrency });
    this.#runner = wrapRunner?.(runner, engine.renderer) ?? runner;
  }

  async *events(): AsyncGenerator<PipelineEvent, void> {
    const { phases, training: trainingOptions, signal } = this.#options;
    const training = await this.#engine.createTrainingClient(trainingOptions);
    const summary = `${this.#engine.architecture.family}, ${this.#engine.parameterCount} parameters, ${training.trainedCount} trained, ${this.#engine.threads} threads`;
    yield { kind: "note", text: summary };
    // The policy before any training, which a KL term refers to, also when the run is resumed.
    const reference = await training.saveWeightsForSampler("reference");
    if (this.#resumedFrom !== undefined) {
      await training.loadState({ path: join(this.#resumedFrom, "training") }, { optimizer: true });
    }
    yield* this.#measure(training);
    while (this.#phase < phases.length && this.#isMeasured) {
      const phase = phases[this.#phase]!;
      yield* this.#runPhase(phase, training, reference);
      if (signal?.aborted) break;
      this.#phase++;
      this.#step = 0;
      yield* this.#measure(training);
      if (!this.#isMeasured) break;
      const { steps } = phase.algorithm;
      const score = this.#evaluations.get(this.#stage)?.success.value;
      const { path } = await this.#save(phase.name, steps, training, score);
      yield { kind: "checkpoint", path, phase: phase.name, step: steps };
    }
    if (this.#phase < phases.length || !this.#isMeasured) {
      yield* this.#stop(training);
      return;
    }
    yield { kind: "done", result: await this.#finish(training) };
  }

  /** What the phase that runs now starts from: the name of its evaluation. */
  get #stage(): string {
    return stageName(this.#options.phases, this.#phase);
  }

  get #isMeasured(): boolean {
    return this.#options.tasks.test.length === 0 || this.#evaluations.has(this.#stage);
  }

  /** Saves where the signal stopped the run; while it was measured, that is the end of the phase before. */
  async *#stop(training: EngineTrainingClient): AsyncGenerator<PipelineEvent, void> {
    const { phases } = this.#options;
    const isEnd = !this.#isMeasured && this.#phase > 0;
    const { name: phase, algorithm } = phases[isEnd ? this.#phase - 1 : this.#phase]!;
    const step = isEnd ? algorithm.steps : this.#step;
    const { path } = await this.#save(phase, step, training);
    yield { kind: "checkpoint", path, phase, step };
    yield { kind: "stopped", folder: this.#run.path, phase, step };
  }

  async *#runPhase(
    { name, algorithm }: Phase,
    training: EngineTrainingClient,
    reference: SamplingClient,
  ): AsyncGenerator<PipelineEvent, void> {
    const { seed, signal, checkpointEvery } = this.#options;
    const { steps } = algorithm;
    yield { kind: "phase", name, steps, startStep: this.#step };
    const running = algorithm.run({
      training,
      reference,
      rollouts: this.#rollouts(name),
      renderer: this.#engine.renderer,
      seed: randomBits(seed, name),
      startStep: this.#step,
      saveBatch: this.#run.saveBatch,
      ...(signal === undefined ? {} : { signal }),
    });
    let startedAt = performance.now();
    try {
      for await (const step of running) {
        this.#step = step.step;
        const seconds = (performance.now() - startedAt) / 1000;
        this.#record(name, step, seconds);
        yield { kind: "step", phase: name, steps, step, seconds };
        if (step.step % checkpointEvery === 0 && step.step < steps) {
          const { path } = await this.#save(name, step.step, training);
          yield { kind: "checkpoint", path, phase: name, step: step.step };
        }
        startedAt = performance.now();
      }
    } catch (error) {
      // An abort in the middle of a step leaves the weights as the last whole step made them.
      if (!(signal?.aborted && isError(error, "CANCELLED"))) throw error;
      await training.discardGradients();
    }
  }

  #rollouts(phase: string): RolloutSource {
    const { tasks, seed } = this.#options;
    return rolloutSource({
      tasks: tasks.train,
      runner: this.#runner,
      seed: randomBits(seed, phase),
    });
  }

  #record(phase: string, step: TrainStep, seconds: number): void {
    const { tracker } = this.#run;
    tracker.scalars(phase, step.step, { ...step.metrics, seconds });
    const rewards = step.rollouts?.flatMap((rollout) => rollout.reward?.total ?? []) ?? [];
    if (rewards.length > 0) tracker.histogram?.(phase, step.step, "reward", rewards);
    for (const rollout of step.rollouts?.slice(0, 2) ?? [])
      this.#run.addSample(phase, step.step, rollout);
  }

  /** Evaluates the policy between two phases, unless an earlier session of this run did; nothing after the signal. */
  async *#measure(training: EngineTrainingClient): AsyncGenerator<PipelineEvent, void> {
    const name = this.#stage;
    if (this.#isMeasured || this.#options.signal?.aborted) return;
    const { tasks, evaluationMode: mode, samplesPerTask, seed, signal } = this.#options;
    yield { kind: "evaluating", name, tasks: tasks.test.length };
    const policy = await training.saveWeightsForSampler();
    try {
      const { rollouts, ...evaluation } = await evaluate({
        policy,
        tasks: tasks.test,
        runner: this.#runner,
        mode,
        samplesPerTask,
        seed,
        ...(signal === undefined ? {} : { signal }),
      });
      this.#evaluations.set(name, evaluation);
      for (const rollout of rollouts.slice(0, 4)) this.#run.addSample(name, 0, rollout);
      const { success, reward } = evaluation;
      const numbers = {
        success: success.value,
        success_low: success.low,
        success_high: success.high,
      };
      const rewards = reward && {
        reward: reward.value,
        reward_low: reward.low,
        reward_high: reward.high,
      };
      this.#run.tracker.scalars("evaluation", this.#evaluations.size, { ...numbers, ...rewards });
      yield { kind: "evaluated", name, evaluation };
    } catch (error) {
      if (!(signal?.aborted && isError(error, "CANCELLED"))) throw error;
    } finally {
      await policy.close();
    }
  }

  get #seconds(): number {
    return this.#earlierSeconds + (performance.now() - this.#startedAt) / 1000;
  }

  /** Saves the state to go on from, and the model (or adapter) as others read it; `success` on held-out tasks decides "best". */
  #save(section: string, step: number, training: EngineTrainingClient, success?: number) {
    const state: RunState = {
      phase: this.#phase,
      step: this.#step,
      seconds: this.#seconds,
      evaluations: [...this.#evaluations].map(([name, evaluation]) => ({ name, evaluation })),
    };
    const score =
      success === undefined ? {} : { score: { metric: "held-out success", value: success } };
    const options = { section, step, ...score, state: { ...state } };
    return this.#run.saveCheckpoint(options, async (folder) => {
      await training.saveState(join(folder, "training"));
      await saveTrained(training, folder);
    });
  }

  async #finish(training: EngineTrainingClient): Promise<TrainResult> {
    const { phases, seed } = this.#options;
    return publishResult({
      run: this.#run,
      training,
      ...beforeAndAfter(this.#evaluations, phases, seed),
      seconds: this.#seconds,
      stages: this.#evaluations,
    });
  }
}
