/**
 * One seed of one experiment, in a process of its own, so that its peak memory is its own. Argument: a `SeedCommand` as JSON.
 * Standard output: a `StepLine` for each step, then the `SeedResult`. With `isPaced` a step waits for a line on standard
 * input, so that two sides can take turns.
 */
import { createInterface } from "node:readline";
import { trainEvents } from "../../../packages/hone/src/app/training/train.ts";
import type { TrainOptions } from "../../../packages/hone/src/app/training/train-options.ts";
import type { Task } from "../../../packages/hone/src/core/rollout.ts";
import type { TrainStep } from "../../../packages/hone/src/core/train-step.ts";
import { type ExperimentName, experimentOf } from "./experiments.ts";
import { peakMemoryMb, processorNow, type Score, scoreOf, type StepLine } from "./step-line.ts";

/** What is run. */
export interface SeedCommand {
  readonly experiment: ExperimentName;
  readonly model: string;
  readonly seed: number;
  /** The run folder, new. */
  readonly out: string;
  /** Held-out tasks that are measured at most. Default: all. */
  readonly heldOut?: number;
  readonly isPaced?: boolean;
  /** Threads of matrix products; the result does not depend on them. Default 2. */
  readonly threads?: number;
}

/** One seed's result. */
export interface SeedResult {
  readonly seed: number;
  readonly before: Score;
  readonly after: Score;
  readonly steps: readonly StepLine[];
  /** Wall time of everything, with both evaluations. */
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly peakMemoryMb: number;
  readonly parameters: { readonly total: number; readonly trained: number };
}

const print = (value: object): boolean => process.stdout.write(`${JSON.stringify(value)}\n`);

const lineOf = ({ step, metrics }: TrainStep, seconds: number, processor: number): StepLine => ({
  step,
  seconds,
  processorSeconds: processorNow() - processor,
  peakMemoryMb: peakMemoryMb(),
  value: metrics["reward"] ?? metrics["loss"]!,
});

async function run<T extends Task, Answer>(
  { tasks, ...options }: TrainOptions<T, Answer>,
  { seed, out, heldOut, isPaced = false, threads = 2 }: SeedCommand,
): Promise<SeedResult> {
  const start = performance.now();
  const turns = createInterface(process.stdin)[Symbol.asyncIterator]();
  const steps: StepLine[] = [];
  let before: Score | undefined;
  let processor = 0;
  const some = { ...tasks, test: tasks.test.slice(0, heldOut) };
  for await (const event of trainEvents({ ...options, tasks: some, out, threads })) {
    if (event.kind === "warning") console.error(event.text);
    if (event.kind === "evaluated") before ??= scoreOf(event.evaluation);
    if (event.kind === "step") {
      steps.push(lineOf(event.step, event.seconds, processor));
      print(steps.at(-1)!);
    }
    if (event.kind === "done") {
      const { after, parameters } = event.result;
      return {
        seed,
        before: before!,
        after: scoreOf(after),
        steps,
        seconds: (performance.now() - start) / 1000,
        processorSeconds: processorNow(),
        peakMemoryMb: peakMemoryMb(),
        parameters: parameters!,
      };
    }
    if (event.kind === "phase" || event.kind === "step") {
      // Nothing is computed between an event and the request for the next one.
      if (isPaced) await turns.next();
      processor = processorNow();
    }
  }
  throw new Error("the run ended without a result");
}

const command = JSON.parse(process.argv[2]!) as SeedCommand;
const { name, options } = experimentOf(command.experiment, command.model, command.seed);
print(name === "a" ? await run(options, command) : await run(options, command));
process.stdin.destroy();
