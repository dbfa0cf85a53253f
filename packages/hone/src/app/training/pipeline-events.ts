/** What a training run reports while it runs. The command line, tests and servers read the same events. */
import type { TrainStep } from "../../core/train-step.ts";
import type { Comparison } from "../../evaluation/compare.ts";
import type { Evaluation } from "../../evaluation/evaluate.ts";

export { FEW_TASKS } from "../../evaluation/before-and-after.ts";

/** One event of a training run, told apart by `kind`. The last one is "done", "stopped" or "finished". */
export type PipelineEvent =
  /** A fact about the run: where it writes, which model it trains. */
  | { readonly kind: "note"; readonly text: string }
  /** Something that makes the result say less than it seems to, such as too few held-out tasks (HELD_OUT_FEW). */
  | { readonly kind: "warning"; readonly code: string; readonly text: string }
  /** A phase begins, or continues from a checkpoint. */
  | {
      readonly kind: "phase";
      /** The name of its algorithm; "grpo-2" for the second of that name. */
      readonly name: string;
      /** Steps in total. */
      readonly steps: number;
      /** Steps that an earlier session of the run has done. */
      readonly startStep: number;
    }
  /** A step of a phase is done. */
  | {
      readonly kind: "step";
      readonly phase: string;
      /** Steps of the phase in total. */
      readonly steps: number;
      /** The algorithm's report: the step's number, metrics, warnings and rollouts. */
      readonly step: TrainStep;
      /** Wall time of this step, in seconds. */
      readonly seconds: number;
    }
  /** Held-out tasks are measured now. `name` is "start", or "after" and the name of a phase; `tasks` is their number. */
  | { readonly kind: "evaluating"; readonly name: string; readonly tasks: number }
  /** Held-out tasks were measured. */
  | { readonly kind: "evaluated"; readonly name: string; readonly evaluation: Evaluation }
  /** A checkpoint was saved at this path, after this step of this phase. */
  | {
      readonly kind: "checkpoint";
      readonly path: string;
      readonly phase: string;
      readonly step: number;
    }
  /** The signal stopped the run; its state after this step was saved, and `folder` can be resumed. */
  | {
      readonly kind: "stopped";
      readonly folder: string;
      readonly phase: string;
      readonly step: number;
    }
  /** The run is finished. */
  | { readonly kind: "done"; readonly result: TrainResult }
  /** The run to resume was finished before. Nothing was written. */
  | {
      readonly kind: "finished";
      readonly phases: readonly { readonly name: string; readonly steps: number }[];
      readonly result: TrainResult;
      /** The command (or call) of a new run that trains its model further. */
      readonly further: string;
    };

/** What came out of a run. */
export interface TrainResult {
  /** Success and reward on the held-out tasks before the last phase. NaN, of 0 tasks, where nothing was held out. */
  readonly before: Evaluation;
  /** The same after the last phase. */
  readonly after: Evaluation;
  /** After minus before, task by task, with 95 % intervals. */
  readonly difference: Comparison;
  /** Wall time of all sessions of the run together, in seconds. */
  readonly seconds: number;
  /** The folder of the trained model in Hugging Face's layout, or of the trained adapter in PEFT's. */
  readonly checkpoint: string;
  /** The path of the report, a Markdown file. */
  readonly report: string;
  /** The run folder. */
  readonly folder: string;
}
