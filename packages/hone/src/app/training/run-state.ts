/** What a checkpoint keeps besides weights: how many steps are done, and what was measured so far. */
import { HoneError } from "../../core/errors.ts";
import type { Evaluation } from "../../evaluation/evaluate.ts";
import type { RunCost } from "./session-cost.ts";
import type { RunWarning } from "./run-warnings.ts";
import type { LoadedCheckpoint } from "../../runs/load-checkpoint.ts";

/** The progress of a run. */
export interface RunState {
  /** The index of the current phase; the phases before it are done. */
  readonly phase: number;
  /** Steps of that phase that are done. */
  readonly step: number;
  /** Wall time so far, in seconds. */
  readonly seconds: number;
  /** What the sessions so far have cost; a checkpoint of an older version does not say. */
  readonly cost?: RunCost;
  /** Warnings so far; a checkpoint of an older version has none. */
  readonly warnings?: readonly RunWarning[];
  readonly evaluations: readonly { readonly name: string; readonly evaluation: Evaluation }[];
  /** What the phase's algorithm needs to go on (`TrainStep.state`). Absent where it needs the step's number only. */
  readonly algorithm?: Readonly<Record<string, unknown>>;
}

/** The state of a new run. */
export const freshState: RunState = { phase: 0, step: 0, seconds: 0, evaluations: [] };

const withoutParts = {
  components: {},
  metrics: {},
  levels: {},
  passAtK: [],
  bestOfN: [],
  outcomes: {},
};

/** The state in a checkpoint. @throws CHECKPOINT_DAMAGED when the checkpoint is not of a training run */
export function stateOf(checkpoint: LoadedCheckpoint): RunState {
  const state = checkpoint.manifest.state as Partial<RunState>;
  const isState =
    Number.isInteger(state.phase) &&
    Number.isInteger(state.step) &&
    typeof state.seconds === "number" &&
    Array.isArray(state.evaluations) &&
    (state.warnings === undefined || Array.isArray(state.warnings));
  if (!isState) {
    const problem = "its manifest does not say which steps are done";
    throw new HoneError("CHECKPOINT_DAMAGED", { checkpoint: checkpoint.path, problem });
  }
  const { evaluations, ...rest } = state as RunState;
  return {
    ...rest,
    // Evaluations of checkpoints from before there were components, metrics, levels and outcomes have none.
    evaluations: evaluations.map(({ name, evaluation }) => ({
      name,
      evaluation: { ...withoutParts, ...evaluation },
    })),
  };
}
