/** What a search for prompts reports while it runs, and its result. */
import type { Prompts } from "../../core/prompts.ts";
import type { Comparison } from "../../evaluation/compare.ts";
import type { Evaluation } from "../../evaluation/evaluate.ts";
import type {
  PromptCandidate,
  PromptEnd,
  PromptSpending,
  PromptStep,
} from "../../ports/prompt-method.ts";
import type { PipelineEvent } from "../training/pipeline-events.ts";
import type { RunWarning } from "../training/run-warnings.ts";

/** The events that it has in common with training. */
type SharedKind =
  | "note"
  | "warning"
  | "phase"
  | "rollouts"
  | "evaluating"
  | "evaluated"
  | "stopped";

/** One event of a search. The last one is "done" or "stopped". */
export type PromptEvent =
  | Extract<PipelineEvent, { readonly kind: SharedKind }>
  /** A step is done. Step 0 is the start, measured on the validation tasks. */
  | {
      readonly kind: "step";
      /** The name of the method. */
      readonly phase: string;
      /** Steps at most. */
      readonly steps: number;
      /** The method's report: metrics, warnings, all candidates. */
      readonly step: PromptStep;
      /** Wall time of the step in this session, in seconds. */
      readonly seconds: number;
    }
  /** The search is finished. */
  | {
      readonly kind: "done";
      /** What it found. */
      readonly result: PromptResult;
      /** Whether the run was finished before, so that nothing was done. */
      readonly isOld: boolean;
    };

/** The result of a search for prompts. */
export interface PromptResult {
  /** The best prompts: those with the highest mean reward on the validation tasks. */
  readonly prompts: Prompts;
  /** Success and reward of the prompts that it started from on the held-out tasks; NaN where none were held out. */
  readonly before: Evaluation;
  /** The same of the best prompts. */
  readonly after: Evaluation;
  /** After minus before, task by task, with 95 % intervals. */
  readonly difference: Comparison;
  /** Every candidate that was measured, in the order in which they were found; the first is the start. */
  readonly candidates: readonly PromptCandidate[];
  /** The id of the best one. */
  readonly best: number;
  /** Why the search ended: its steps are done, its budget does not suffice for more, or the critic gave no usable reply any more. */
  readonly end: PromptEnd;
  /** What the search used, all sessions together, without the held-out tasks. */
  readonly spent: PromptSpending;
  /** The warnings of the run, counted by code. */
  readonly warnings: readonly RunWarning[];
  /** Wall time of all sessions of the run together, in seconds. */
  readonly seconds: number;
  /** The file with the best prompt: its text, or JSON with several by their names. */
  readonly file: string;
  /** The path of the report, a Markdown file. */
  readonly report: string;
  /** The run folder. */
  readonly folder: string;
}
