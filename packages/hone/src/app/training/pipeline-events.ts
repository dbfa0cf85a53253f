/** What a training run reports while it runs. The command line, tests and servers read the same events. */
import type { TrainStep } from "../../core/train-step.ts";
import type { Comparison } from "../../evaluation/compare.ts";
import type { Evaluation } from "../../evaluation/evaluate.ts";
import type { QueueCounts } from "../../rollouts/queued-runner.ts";
import type { RolloutCounts } from "../../rollouts/rollout-progress.ts";
import type { Baseline } from "./pipeline-options.ts";
import type { RunWarning } from "./run-warnings.ts";

export { FEW_TASKS } from "../../evaluation/before-and-after.ts";

/** One event of a training run, told apart by `kind`. The last one is "done", "stopped" or "finished". */
export type PipelineEvent =
  /** A fact about the run: where it writes, which model it trains. */
  | {
      readonly kind: "note";
      /** The fact, in a sentence. */
      readonly text: string;
      /** The run folder, in the note that says where the run writes. */
      readonly folder?: string;
    }
  /** Something that makes the result say less than it seems to, such as too few held-out tasks (HELD_OUT_FEW) or failed rollouts. */
  | {
      readonly kind: "warning";
      /** Names the warning for programs. */
      readonly code: string;
      /** The warning, in a sentence. */
      readonly text: string;
    }
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
  /** How far the rollouts of an evaluation or of a step are; about once a second while they run. */
  | ({
      readonly kind: "rollouts";
      /** The name of the phase or of the evaluation. */
      readonly name: string;
      /** Seconds that a rollout may take. */
      readonly deadline: number;
    } & RolloutCounts)
  /** How long a step or an evaluation takes so far, where no rollouts are reported; about once a second. */
  | {
      readonly kind: "computing";
      /** The name of the phase or of the evaluation. */
      readonly name: string;
      /** Seconds since the step or the evaluation began. */
      readonly seconds: number;
    }
  /** What workers on the run's queue did in this session; at its end. */
  | ({
      readonly kind: "workers";
      /** The address of the queue, without a password. */
      readonly queue: string;
    } & Readonly<QueueCounts>)
  /** A step of a phase is done. */
  | {
      readonly kind: "step";
      /** The name of the phase. */
      readonly phase: string;
      /** Steps of the phase in total. */
      readonly steps: number;
      /** The algorithm's report: the step's number, metrics, warnings and rollouts. */
      readonly step: TrainStep;
      /** Wall time of this step, in seconds. */
      readonly seconds: number;
    }
  /** The measurement of the held-out tasks begins. */
  | {
      readonly kind: "evaluating";
      /** "start", or "after" and the name of a phase. */
      readonly name: string;
      /** Number of held-out tasks. */
      readonly tasks: number;
    }
  /** The held-out tasks were measured. */
  | {
      readonly kind: "evaluated";
      /** "start", or "after" and the name of a phase. */
      readonly name: string;
      /** Success and reward on the held-out tasks. */
      readonly evaluation: Evaluation;
    }
  /** A checkpoint was saved. */
  | {
      readonly kind: "checkpoint";
      /** The folder of the checkpoint. */
      readonly path: string;
      /** The name of the phase. */
      readonly phase: string;
      /** The last step that the checkpoint holds. */
      readonly step: number;
    }
  /** The signal stopped the run. Its state was saved, so that the run can be resumed. */
  | {
      readonly kind: "stopped";
      /** The run folder, to resume from. */
      readonly folder: string;
      /** The name of the phase in which the run stopped. */
      readonly phase: string;
      /** The last step that was done and saved. */
      readonly step: number;
      /** How much of its work is done and saved, of a phase that has no steps. */
      readonly work?: {
        /** What is counted, in the plural: "tries". */
        readonly unit: string;
        readonly done: number;
        readonly total: number;
      };
    }
  /** The run is finished. */
  | {
      readonly kind: "done";
      /** The result of the run. */
      readonly result: TrainResult;
    }
  /** The run to resume was finished before. Nothing was written. */
  | {
      readonly kind: "finished";
      /** The phases of the run with their number of steps. */
      readonly phases: readonly { readonly name: string; readonly steps: number }[];
      /** The result of the finished run. */
      readonly result: TrainResult;
      /** The command (or call) of a new run that trains its model further. */
      readonly further: string;
    };

/** The result of a training run. */
export interface TrainResult {
  /** Success and reward on the held-out tasks before the last phase; NaN when no tasks were held out. */
  readonly before: Evaluation;
  /** Success and reward on the held-out tasks after the last phase; NaN when no tasks were held out. */
  readonly after: Evaluation;
  /** After minus before, task by task, with 95 % intervals. */
  readonly difference: Comparison;
  /**
   * Parameters of the model together with its adapter, and how many of them were trained; undefined for a run that an
   * earlier version finished.
   */
  readonly parameters: { readonly total: number; readonly trained: number } | undefined;
  /** The warnings of the run, counted by code, all sessions together; also in result.json and in the report. */
  readonly warnings: readonly RunWarning[];
  /** What the held-out tasks give without a model; empty where nothing measures that. */
  readonly baselines: readonly Baseline[];
  /** Wall time of all sessions of the run together, in seconds. */
  readonly seconds: number;
  /** True where a reward model was trained: its value head lies beside what `checkpoint` names. Absent for a policy. */
  readonly isRewardModel?: true;
  /** True where each of several parts trained a model of its own, so that none is the run's. Absent for one model. */
  readonly hasSeveralModels?: true;
  /** The folder of the trained model in Hugging Face's layout, or of the trained adapter in PEFT's. */
  readonly checkpoint: string;
  /** The path of the report, a Markdown file. */
  readonly report: string;
  /** The run folder. */
  readonly folder: string;
}
