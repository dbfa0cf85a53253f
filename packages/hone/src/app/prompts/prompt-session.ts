/** One session of a search for prompts, from its first step to its end. */
import type { Prompts } from "../../core/prompts.ts";
import { evaluate, type Evaluation } from "../../evaluation/evaluate.ts";
import { FEW_TASKS, widestHalf } from "../../evaluation/before-and-after.ts";
import type { PromptEnd, PromptStep } from "../../ports/prompt-method.ts";
import type { RolloutRunner } from "../../ports/rollout-runner.ts";
import { RolloutProgress } from "../../rollouts/rollout-progress.ts";
import type { RunFolder } from "../../runs/run-folder.ts";
import { FailedRollouts } from "../training/failed-rollouts.ts";
import type { PipelineEvent } from "../training/pipeline-events.ts";
import { recordEvaluation, recordStep } from "../training/record-progress.ts";
import type { RunWarnings } from "../training/run-warnings.ts";
import type { RolloutRecorder } from "../training/stored/rollout-recorder.ts";
import { whileRunning } from "../training/while-running.ts";
import { paidCritic } from "./critics.ts";
import { paidRunner, paidTrials, PromptReads } from "./paid-rollouts.ts";
import type { PaidWork } from "./paid-work.ts";
import type { PromptEvent } from "./prompt-events.ts";
import { publishPrompts, savePrompts } from "./publish-prompts.ts";
import type { OpenedPromptModel, PromptRunOptions, PromptTasks } from "./run-prompts.ts";

/** The parts of a session. */
export interface PromptSessionParts {
  readonly run: RunFolder;
  readonly options: PromptRunOptions;
  readonly warnings: RunWarnings;
  readonly paid: PaidWork;
  readonly model: OpenedPromptModel;
  /** Keeps rollouts with their tokens in a store. */
  readonly recorder: RolloutRecorder;
  readonly isFinished: boolean;
}

/** Events that training has, too; those of `whileRunning` are rollouts only. */
type Shared = AsyncGenerator<PromptEvent, void>;

/** Measures, searches, measures. */
export class PromptSession {
  readonly #parts: PromptSessionParts;
  readonly #reads = new PromptReads();
  readonly #progress = new RolloutProgress();
  readonly #failures = new FailedRollouts();
  readonly #evaluations = new Map<string, Evaluation>();
  #last: PromptStep | undefined;
  #end: PromptEnd | undefined;

  constructor(parts: PromptSessionParts) {
    this.#parts = parts;
  }

  async *events(): AsyncGenerator<PromptEvent, void> {
    const { options, run, isFinished } = this.#parts;
    const { method, prompts, signal, heldOut } = options;
    yield* fewHeldOut(heldOut.tasks.length);
    try {
      yield* this.#measure("start", prompts);
      yield* this.#search();
      const best = this.#last!.candidates[this.#last!.best]!;
      yield* this.#measure(`after ${method.name}`, best.prompts);
    } catch (error) {
      if (signal?.aborted !== true) throw error;
      const step = this.#last?.step ?? 0;
      await this.#parts.recorder.settle();
      yield* shared(this.#parts.recorder.summary());
      return yield { kind: "stopped", folder: run.path, phase: method.name, step };
    }
    const { warnings, paid, recorder } = this.#parts;
    await recorder.settle();
    yield* shared(recorder.summary());
    const result = await publishPrompts({
      run,
      method: method.name,
      step: this.#last!,
      end: this.#end!,
      evaluations: this.#evaluations,
      seed: options.seed,
      seconds: paid.seconds,
      warnings: warnings.all,
      replay: options.replay?.(),
    });
    yield { kind: "done", result, isOld: isFinished };
  }

  async *#search(): Shared {
    const { options, paid, model, run, recorder } = this.#parts;
    const { method, prompts, learning, seed, mode, signal, deadline } = options;
    const { name, steps } = method;
    yield { kind: "phase", name, steps, startStep: 0 };
    const { policy } = model;
    const runner = this.#runner(learning);
    const running = method.run({
      prompts,
      tasks: learning.tasks,
      trials: paidTrials({
        ...{ runner, paid, reads: this.#reads, split: "train", policy, mode, seed },
        onNew: (tried) =>
          recorder.tried({ phase: name, split: "train", step: this.#last?.step ?? 0 }, tried),
      }),
      critic: paidCritic(model.critic, paid),
      seed,
      ...(signal && { signal }),
    });
    for (;;) {
      const startedAt = performance.now();
      const { done, value } = yield* this.#shown(name, running.next(), deadline);
      if (done === true) {
        this.#end = value;
        return;
      }
      this.#last = value;
      const seconds = (performance.now() - startedAt) / 1000;
      recordStep(run, { phase: name, step: value, seconds, levels: [] });
      await savePrompts(run.path, { method: name, step: value });
      yield { kind: "step", phase: name, steps, step: value, seconds };
      yield* shared(recorder.warnings());
    }
  }

  async *#measure(name: string, prompts: Prompts): Shared {
    const { options, paid, model, run, recorder } = this.#parts;
    const { heldOut, mode, samplesPerTask, seed, signal, deadline } = options;
    const { tasks } = heldOut;
    if (tasks.length === 0) return;
    yield { kind: "evaluating", name, tasks: tasks.length };
    const runner = paidRunner({
      runner: this.#runner(heldOut),
      paid,
      reads: this.#reads,
      split: "test",
      onNew: (tried) => recorder.tried({ phase: name, split: "test" }, tried),
    });
    const work = evaluate({
      policy: model.policy,
      ...{ tasks, runner, mode, samplesPerTask, seed, prompts },
      ...(signal && { signal }),
    });
    const { rollouts, ...evaluation } = yield* this.#shown(name, work, deadline);
    const where = `in the evaluation ${name === "start" ? "of the first prompt" : name}`;
    for (const event of this.#failures.check({ where, kind: "evaluation", rollouts }))
      if (event.kind === "warning") yield event;
    this.#evaluations.set(name, evaluation);
    recordEvaluation(run, { name, number: this.#evaluations.size, evaluation, rollouts });
    yield { kind: "evaluated", name, evaluation };
  }

  #runner(tasks: PromptTasks): RolloutRunner {
    const { options, model } = this.#parts;
    const { concurrency, deadline } = options;
    const progress = this.#progress;
    const { chatModel } = model;
    return tasks.openRunner({ chatModel, concurrency, deadlineMs: deadline * 1000, progress });
  }

  /** Waits for the work and reports its rollouts meanwhile. */
  async *#shown<T>(
    name: string,
    work: Promise<T>,
    deadline: number,
  ): AsyncGenerator<PromptEvent, T> {
    const events = whileRunning(work, { name, progress: this.#progress, deadline });
    for (;;) {
      const next = await events.next();
      if (next.done === true) return next.value;
      if (isShared(next.value)) yield next.value;
    }
  }
}

const isShared = (event: PipelineEvent): event is Extract<PipelineEvent, { kind: "rollouts" }> =>
  event.kind === "rollouts";

/** Notes and warnings of the recorder, which has no other events. */
function* shared(events: readonly PipelineEvent[]): Generator<PromptEvent> {
  for (const event of events) if (event.kind === "note" || event.kind === "warning") yield event;
}

function* fewHeldOut(count: number): Generator<PromptEvent> {
  if (count === 0 || count >= FEW_TASKS) return;
  const noun = count === 1 ? "held-out task is" : "held-out tasks are";
  const text = `${count} ${noun} too few to say whether it gets better: success on them is known to ±${widestHalf(count).toFixed(2)}. Hold out ${FEW_TASKS} or more.`;
  yield { kind: "warning", code: "HELD_OUT_FEW", text };
}
