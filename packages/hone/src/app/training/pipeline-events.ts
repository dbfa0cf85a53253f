/** What a training run tells while it runs; the command line, tests and servers consume the same events. */
import type { TrainStep } from "../../core/train-step.ts";
import type { Comparison } from "../../evaluation/compare.ts";
import type { Evaluation } from "../../evaluation/evaluate.ts";

export { FEW_TASKS } from "../../evaluation/before-and-after.ts";

export type PipelineEvent =
  /** Something a person may want to know: where the run writes, what model it trains. */
  | { readonly kind: "note"; readonly text: string }
  /** Something that makes the result say less than it seems to. */
  | { readonly kind: "warning"; readonly code: string; readonly text: string }
  /** A phase begins (or goes on from a checkpoint). */
  | {
      readonly kind: "phase";
      readonly name: string;
      readonly steps: number;
      readonly startStep: number;
    }
  | {
      readonly kind: "step";
      readonly phase: string;
      readonly steps: number;
      readonly step: TrainStep;
      /** Wall time of this step. */
      readonly seconds: number;
    }
  | { readonly kind: "evaluating"; readonly name: string; readonly tasks: number }
  | { readonly kind: "evaluated"; readonly name: string; readonly evaluation: Evaluation }
  | {
      readonly kind: "checkpoint";
      readonly path: string;
      readonly phase: string;
      readonly step: number;
    }
  /** The run was interrupted; `folder` can be resumed. */
  | {
      readonly kind: "stopped";
      readonly folder: string;
      readonly phase: string;
      readonly step: number;
    }
  | { readonly kind: "done"; readonly result: TrainResult }
  /** The run that was to go on had ended before: all steps of its phases are done, and nothing was written. */
  | {
      readonly kind: "finished";
      readonly phases: readonly { readonly name: string; readonly steps: number }[];
      readonly result: TrainResult;
      /** The command (or call) that trains its model further, in a new run. */
      readonly further: string;
    };

/** What came out of a run. */
export interface TrainResult {
  /** On the held-out tasks, before the last phase and after it; of no tasks, with NaN, where nothing was held out. */
  readonly before: Evaluation;
  readonly after: Evaluation;
  readonly difference: Comparison;
  /** Wall time, all sessions of the run together. */
  readonly seconds: number;
  /** The trained model (or adapter) as a Hugging Face (or PEFT) folder. */
  readonly checkpoint: string;
  readonly report: string;
  /** The run folder. */
  readonly folder: string;
}
