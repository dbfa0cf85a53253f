/** One method on one problem from one seed's start. */
import type { Evaluation } from "../../../packages/hone/src/evaluation/evaluate.ts";
import type { TrainStep } from "../../../packages/hone/src/core/train-step.ts";
import { type MethodParts, methods } from "./methods.ts";
import type { Start } from "./start.ts";

/** What came out. */
export interface CellResult {
  readonly method: string;
  readonly seed: number;
  /** Held-out success by task, a share of its tries. */
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
  readonly steps: number;
  /** Tokens that the policy sampled to learn from, and tokens that were in the loss, each as often as it was. */
  readonly tokens: { readonly sampled: number; readonly trained: number };
  /** Of learning alone, without the evaluations: of the processor, and on the clock. */
  readonly seconds: { readonly processor: number; readonly clock: number };
  /** Codes of what the steps warned of, with their counts. */
  readonly warnings: Readonly<Record<string, number>>;
}

/** What a cell is made of. */
export interface CellOptions {
  readonly method: string;
  readonly seed: number;
  readonly start: Start;
  readonly parts: MethodParts;
  /** The folder of its run, new.  */
  readonly folder: string;
}

/** Trains and measures. */
export async function runCell(options: CellOptions): Promise<CellResult> {
  const { method, seed, start, parts, folder } = options;
  const { algorithm, usesRollouts } = methods[method]!;
  const made = algorithm(parts);
  const steps: TrainStep[] = [];
  const measured: Evaluation[] = [];
  let clock = 0;
  let processor = process.cpuUsage();
  let used = 0;
  const run = { model: start.model, algorithm: made, seed, threads: parts.threads, out: folder };
  for await (const event of parts.problem.train(run)) {
    if (event.kind === "phase") processor = process.cpuUsage();
    if (event.kind === "step") {
      steps.push(event.step);
      clock += event.seconds;
      const { user, system } = process.cpuUsage(processor);
      used = (user + system) / 1e6;
    }
    if (event.kind === "evaluated") measured.push(event.evaluation);
  }
  const sum = (name: string): number =>
    steps.reduce((total, { metrics }) => total + (metrics[name] ?? 0), 0);
  const warnings: Record<string, number> = {};
  for (const [code, count] of steps.flatMap((step) => Object.entries(step.warnings ?? {})))
    warnings[code] = (warnings[code] ?? 0) + count;
  return {
    ...{ method, seed, warnings, steps: steps.length },
    before: successOf(measured[0]!),
    after: successOf(measured.at(-1)!),
    tokens: {
      sampled: sampledTokens(steps) + (usesRollouts === true ? start.data.tokens : 0),
      trained: sum("tokens"),
    },
    seconds: { processor: used, clock },
  };
}

/** Of all rollouts; where a step says how many tokens, those that were replaced count, too. */
const sampledTokens = (steps: readonly TrainStep[]): number => {
  const counts = steps.map(({ metrics, rollouts = [] }) => {
    const turns = rollouts.flatMap((rollout) => rollout.turns);
    return (
      metrics["tokens_sampled"] ?? turns.reduce((total, turn) => total + turn.tokens.length, 0)
    );
  });
  return counts.reduce((total, count) => total + count, 0);
};

const successOf = ({ tasks }: Evaluation): Readonly<Record<string, number>> =>
  Object.fromEntries(tasks.map(({ taskId, success }) => [taskId, success]));
