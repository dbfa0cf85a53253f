/** One session of a run, from where it starts or is resumed until it ends or is stopped. */
import { join } from "node:path";
import { namedWeights } from "../../agents/named-policy.ts";
import { isError } from "../../core/errors.ts";
import { randomBits } from "../../core/random.ts";
import { levelsOf } from "../../core/reward-parts.ts";
import type { Rollout } from "../../core/rollout.ts";
import type { EngineTrainingClient } from "../../engine/clients/training-client.ts";
import type { Engine } from "../../engine/engine.ts";
import { beforeAndAfter, stageName } from "../../evaluation/before-and-after.ts";
import { compare } from "../../evaluation/compare.ts";
import { type Evaluation, evaluate } from "../../evaluation/evaluate.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { RolloutProgress } from "../../rollouts/rollout-progress.ts";
import { readSteps } from "../../runs/report-data.ts";
import type { SavedCheckpoint } from "../../runs/checkpoints.ts";
import type { RunFolder } from "../../runs/run-folder.ts";
import { alarmLimits } from "./alarms/alarm-limits.ts";
import type { StepNumbers } from "./alarms/alarms.ts";
import { RunAlarms } from "./alarms/run-alarms.ts";
import type { OpenedRun } from "./open-pipeline.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import type { Phase, PipelineOptions } from "./pipeline-options.ts";
import { DEFAULT_DEADLINE } from "./deadline.ts";
import { FailedRollouts } from "./failed-rollouts.ts";
import { rolloutsOf, runnerOf } from "./phase-rollouts.ts";
import { PhaseReference } from "./phase-reference.ts";
import { publishResult } from "./publish-result.ts";
import { recordEvaluation, recordStep } from "./record-progress.ts";
import { type RunCost, sessionCost } from "./session-cost.ts";
import { SamplingClock } from "./sampling-clock.ts";
import type { RunWarnings } from "./run-warnings.ts";
import type { RunState } from "./run-state.ts";
import type { QueuedRollouts } from "../workers/queued-rollouts.ts";
import type { RolloutRecorder } from "./stored/rollout-recorder.ts";
import { openTrainedPolicy, type TrainedPolicy } from "./trained-policy.ts";
import { whileRunning } from "./while-running.ts";

/** The parts of a session. */
export interface SessionParts extends Omit<OpenedRun, "warnings"> {
  readonly options: PipelineOptions;
  readonly engine: Engine;
  /** Keeps the rollouts. */
  readonly recorder: RolloutRecorder;
  /** The queue whose workers play the rollouts. Undefined: this process plays them. */
  readonly queued: QueuedRollouts | undefined;
  /** The run's warnings so far. The loop that passes on the session's events adds those among them. */
  readonly runWarnings: RunWarnings;
}

/** One session of a training run, from its start or resume until it stops; `runPipeline` runs it. */
export class PipelineSession {
  readonly #options: PipelineOptions;
  readonly #run: RunFolder;
  readonly #engine: Engine;
  readonly #recorder: RolloutRecorder;
  readonly #queued: QueuedRollouts | undefined;
  readonly #warnings: RunWarnings;
  readonly #alarms: RunAlarms;
  readonly #checkpoint: string | undefined;
  readonly #startedAt = performance.now();
  readonly #evaluations = new Map<string, Evaluation>();
  readonly #failures = new FailedRollouts();
  /** Counts the rollouts of the evaluation or the step that runs now. */
  readonly #progress = new RolloutProgress();
  /** Wall time of the sessions before this one, in seconds. */
  readonly #earlierSeconds: number;
  /** What all sessions have cost so far. */
  readonly #cost: () => RunCost;
  /** The index of the phase that runs now; the number of phases once all are done. */
  #phase: number;
  /** Its steps that are done. */
  #step: number;
  /** The critic of the phase that runs now, where its algorithm needs one. */
  #critic: EngineTrainingClient | undefined;
  /** What its algorithm needs to go on after them, beside the weights. */
  #algorithmState: RunState["algorithm"];

  constructor(parts: SessionParts) {
    const { options, run, engine, state, checkpoint, recorder, queued, runWarnings } = parts;
    this.#options = options;
    this.#run = run;
    this.#engine = engine;
    this.#recorder = recorder;
    this.#queued = queued;
    this.#warnings = runWarnings;
    const codes = (state.warnings ?? []).map(({ code }) => code);
    this.#alarms = new RunAlarms(alarmLimits(options.alarms), codes);
    this.#checkpoint = checkpoint;
    this.#phase = state.phase;
    this.#step = state.step;
    this.#algorithmState = state.algorithm;
    this.#earlierSeconds = state.seconds;
    this.#cost = sessionCost(state.cost);
    for (const { name, evaluation } of state.evaluations) this.#evaluations.set(name, evaluation);
  }

  async *events(): AsyncGenerator<PipelineEvent, void> {
    const { phases, signal } = this.#options;
    const opened = await openTrainedPolicy(this.#engine, this.#options);
    const training = this.#queued?.shared(opened) ?? opened;
    yield { kind: "note", text: this.#summary(training) };
    yield* this.#queued?.news() ?? [];
    const reference = new PhaseReference(training, this.#run.path);
    await reference.open(this.#phase, this.#step);
    if (this.#checkpoint !== undefined) {
      await training.loadState({ path: join(this.#checkpoint, "training") }, { optimizer: true });
    }
    yield* this.#measure(training);
    while (this.#phase < phases.length && this.#isMeasured) {
      const phase = phases[this.#phase]!;
      if (this.#step === 0) await reference.begin(this.#phase);
      yield* this.#runPhase(phase, training, reference.policy);
      if (signal?.aborted) break;
      this.#phase++;
      this.#step = 0;
      await this.#closeCritic();
      this.#algorithmState = undefined;
      yield* this.#measure(training);
      if (!this.#isMeasured) break;
      const { steps } = phase.algorithm;
      const score = this.#evaluations.get(this.#stage)?.success.value;
      const { path } = await this.#save(phase.name, steps, training, score);
      yield { kind: "checkpoint", path, phase: phase.name, step: steps };
    }
    const isDone = this.#phase === phases.length && this.#isMeasured;
    if (isDone) await reference.remove();
    yield* isDone ? this.#finish(training) : this.#stop(training);
  }

  #summary({ trainedCount }: TrainedPolicy): string {
    const { architecture, parameterCount, threads } = this.#engine;
    return `${architecture.family}, ${parameterCount} parameters, ${trainedCount} trained, ${threads} ${threads === 1 ? "thread" : "threads"}`;
  }

  /** The name of the evaluation that the current phase starts from. */
  get #stage(): string {
    return stageName(this.#options.phases, this.#phase);
  }

  get #isMeasured(): boolean {
    return this.#options.heldOut.tasks.length === 0 || this.#evaluations.has(this.#stage);
  }

  /** Saves where the signal stopped the run. A run that was stopped while it was measured is saved at the end of a phase. */
  async *#stop(training: TrainedPolicy): AsyncGenerator<PipelineEvent, void> {
    const { path, phase, step } = await this.#saveProgress(training);
    yield { kind: "checkpoint", path, phase, step };
    yield* this.#recorder.summary();
    yield* this.#queued?.summary() ?? [];
    yield { kind: "stopped", folder: this.#run.path, phase, step };
  }

  async #saveProgress(
    training: TrainedPolicy,
  ): Promise<{ readonly path: string; readonly phase: string; readonly step: number }> {
    const { phases } = this.#options;
    const isEnd = !this.#isMeasured && this.#phase > 0;
    const { name: phase, algorithm } = phases[isEnd ? this.#phase - 1 : this.#phase]!;
    const step = isEnd ? algorithm.steps : this.#step;
    const { path } = await this.#save(phase, step, training);
    return { path, phase, step };
  }

  /** Waits for the work and reports its rollouts meanwhile. */
  #shown<T>(name: string, work: Promise<T>): AsyncGenerator<PipelineEvent, T> {
    const { deadline = DEFAULT_DEADLINE } = this.#options;
    const news = (): readonly PipelineEvent[] => this.#queued?.news() ?? [];
    return whileRunning(work, { name, progress: this.#progress, deadline, news });
  }

  async *#runPhase(
    phase: Phase,
    training: TrainedPolicy,
    reference: SamplingClient | undefined,
  ): AsyncGenerator<PipelineEvent, void> {
    const { name, algorithm, source } = phase;
    const levels = source.kind === "rollouts" ? levelsOf(source.tasks) : [];
    const { seed, signal, checkpointEvery } = this.#options;
    const { steps } = algorithm;
    yield { kind: "phase", name, steps, startStep: this.#step };
    await this.#watch(name, this.#step);
    if (algorithm.needsCritic === true) await this.#openCritic();
    const clock = new SamplingClock();
    const running = algorithm.run({
      training,
      ...(this.#critic === undefined ? {} : { critic: this.#critic }),
      ...(reference === undefined ? {} : { reference }),
      rollouts: clock.timed(
        rolloutsOf(phase, this.#engine, {
          ...this.#options,
          progress: this.#progress,
          recorder: this.#recorder,
          queued: this.#queued,
        }),
      ),
      renderer: this.#engine.renderer,
      seed: randomBits(seed, name),
      startStep: this.#step,
      ...(this.#algorithmState === undefined ? {} : { state: this.#algorithmState }),
      saveBatch: this.#run.saveBatch,
      ...(signal === undefined ? {} : { signal }),
    });
    let startedAt = performance.now();
    try {
      for (;;) {
        const { done, value: step } = yield* this.#shown(name, running.next());
        if (done === true) break;
        this.#step = step.step;
        this.#algorithmState = step.state;
        const seconds = (performance.now() - startedAt) / 1000;
        const samplingSeconds = clock.take();
        const taken = { seconds, samplingSeconds };
        const keeps = (id: string): boolean => this.#recorder.keeps(id);
        const raise = (numbers: StepNumbers) => this.#alarms.after(numbers);
        const alarms = recordStep(this.#run, {
          ...{ phase: name, step, levels, keeps, raise },
          ...taken,
        });
        yield { kind: "step", phase: name, steps, step, seconds };
        for (const alarm of alarms) yield { kind: "warning", ...alarm };
        const where = `in step ${step.step} of ${name}`;
        yield* this.#failures.check({ where, kind: "step", rollouts: step.rollouts ?? [] });
        yield* this.#recorder.warnings();
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
      await this.#critic?.discardGradients();
    } finally {
      await running.return();
    }
  }

  /** A critic on the same base, trained like the policy: all weights or an adapter. In the middle of a phase it is the checkpoint's. */
  async #openCritic(): Promise<void> {
    this.#critic = await this.#engine.createTrainingClient({
      ...this.#options.training,
      head: "value",
    });
    if (this.#step === 0 || this.#checkpoint === undefined) return;
    await this.#critic.loadState({ path: join(this.#checkpoint, "critic") }, { optimizer: true });
  }

  async #closeCritic(): Promise<void> {
    await this.#critic?.close();
    this.#critic = undefined;
  }

  /** Evaluates the policy between two phases, unless an earlier session of this run did; nothing after the signal. */
  async *#measure(training: TrainedPolicy): AsyncGenerator<PipelineEvent, void> {
    const name = this.#stage;
    const { heldOut, evaluationMode: mode, samplesPerTask, seed, signal } = this.#options;
    if (this.#isMeasured || signal?.aborted) return;
    const { tasks } = heldOut;
    yield { kind: "evaluating", name, tasks: tasks.length };
    const values = training.head === "value" ? training : undefined;
    const policy = values
      ? namedWeights(`after step ${this.#step}`)
      : await training.saveWeightsForSampler();
    const parts = { ...this.#options, progress: this.#progress, queued: this.#queued, values };
    try {
      const work = evaluate({
        policy,
        tasks,
        runner: runnerOf(heldOut, this.#engine, { ...parts, phase: name, split: "test" }),
        mode,
        samplesPerTask,
        seed,
        ...(signal === undefined ? {} : { signal }),
      });
      const { rollouts, ...measured } = yield* this.#shown(name, work);
      const summary = heldOut.summary?.(rollouts, seed);
      const metrics = { ...measured.metrics, ...summary?.metrics };
      const evaluation: Evaluation = { ...measured, metrics };
      await this.#recorder.evaluated(name, rollouts, samplesPerTask);
      yield* this.#checkEvaluation(name, rollouts, training);
      this.#evaluations.set(name, evaluation);
      recordEvaluation(this.#run, { name, number: this.#evaluations.size, evaluation, rollouts });
      yield { kind: "evaluated", name, evaluation };
      if (summary !== undefined) yield { kind: "note", text: summary.text };
      yield* this.#compareWithBefore(evaluation);
    } catch (error) {
      if (!(signal?.aborted && isError(error, "CANCELLED"))) throw error;
    } finally {
      await policy.close();
    }
  }

  /** Lets the alarms know the phase that begins or goes on, with the steps that earlier sessions did. */
  async #watch(phase: string, done: number): Promise<void> {
    if (this.#alarms.phase === phase) return;
    const earlier = done === 0 ? [] : await readSteps(this.#run.path, phase, done);
    this.#alarms.begin(phase, earlier);
  }

  /** Raises the alarm of a phase that made held-out tasks worse. */
  async *#compareWithBefore(after: Evaluation): AsyncGenerator<PipelineEvent, void> {
    const { phases, seed } = this.#options;
    const phase = phases[this.#phase - 1];
    if (phase === undefined) return;
    const before = this.#evaluations.get(stageName(phases, this.#phase - 1));
    if (before === undefined) return;
    await this.#watch(phase.name, phase.algorithm.steps);
    for (const alarm of this.#alarms.measured(compare(before, after, { seed })))
      yield { kind: "warning", ...alarm };
  }

  /** Where every rollout failed, nothing is measured: what was trained is saved, so that a resume measures again. */
  async *#checkEvaluation(
    name: string,
    rollouts: readonly Rollout[],
    training: TrainedPolicy,
  ): AsyncGenerator<PipelineEvent, void> {
    const stage = name === "start" ? "before training" : name;
    try {
      const where = `in the evaluation ${stage}`;
      const { callsPolicy = true } = this.#options.heldOut;
      yield* this.#failures.check({ where, kind: "evaluation", rollouts, callsPolicy });
    } catch (error) {
      if (this.#phase > 0) await this.#saveProgress(training);
      throw error;
    }
  }

  /** Wall time of all sessions of the run, in seconds. */
  get #seconds(): number {
    return this.#earlierSeconds + (performance.now() - this.#startedAt) / 1000;
  }

  /**
   * Saves what a resume needs, and the model (or adapter) as other tools read it.
   * @param success on held-out tasks, which decides the run's "best" checkpoint
   */
  async #save(
    section: string,
    step: number,
    training: TrainedPolicy,
    success?: number,
  ): Promise<SavedCheckpoint> {
    // A resume computes again what came after the checkpoint, so what is before it must be stored by then.
    await this.#recorder.settle();
    const state: RunState = {
      phase: this.#phase,
      step: this.#step,
      seconds: this.#seconds,
      cost: this.#cost(),
      warnings: this.#warnings.all,
      evaluations: [...this.#evaluations].map(([name, evaluation]) => ({ name, evaluation })),
      ...(this.#algorithmState === undefined ? {} : { algorithm: this.#algorithmState }),
    };
    const score =
      success === undefined ? {} : { score: { metric: "held-out success", value: success } };
    const options = { section, step, ...score, state: { ...state } };
    return this.#run.saveCheckpoint(options, async (folder) => {
      await training.saveState(join(folder, "training"));
      await this.#critic?.saveState(join(folder, "critic"));
      await training.saveTrained(folder);
    });
  }

  async *#finish(training: TrainedPolicy): AsyncGenerator<PipelineEvent, void> {
    const { phases, seed, baselines, replay } = this.#options;
    // Before the result, which names what was not stored.
    yield* this.#recorder.summary();
    yield* this.#queued?.summary() ?? [];
    const result = await publishResult({
      run: this.#run,
      training,
      parameterCount: this.#engine.parameterCount,
      ...beforeAndAfter(this.#evaluations, phases, seed),
      seconds: this.#seconds,
      cost: this.#cost(),
      warnings: this.#warnings.all,
      baselines: (await baselines?.()) ?? [],
      replay: replay?.(),
      stages: this.#evaluations,
    });
    yield { kind: "done", result };
  }
}
