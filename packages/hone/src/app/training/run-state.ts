/** What a checkpoint keeps besides weights: where the phases stand and what was measured so far. */
import { HoneError } from "../../core/errors.ts";
import type { Evaluation } from "../../evaluation/evaluate.ts";
import type { LoadedCheckpoint } from "../../runs/load-checkpoint.ts";

export interface RunState {
  /** Phases before this index are done. */
  readonly phase: number;
  /** Steps of that phase that are done. */
  readonly step: number;
  readonly seconds: number;
  readonly evaluations: readonly { readonly name: string; readonly evaluation: Evaluation }[];
}

export const freshState: RunState = { phase: 0, step: 0, seconds: 0, evaluations: [] };

/** The state that a checkpoint carries. @throws CHECKPOINT_DAMAGED when it is not one of a training run */
export function stateOf(checkpoint: LoadedCheckpoint): RunState {
  const state = checkpoint.manifest.state as Partial<RunState>;
  const isState =
    Number.isInteger(state.phase) &&
    Number.isInteger(state.step) &&
    typeof state.seconds === "number" &&
    Array.isArray(state.evaluations);
  if (!isState) {
    const problem = "its manifest does not say where the run stood";
    throw new HoneError("CHECKPOINT_DAMAGED", { checkpoint: checkpoint.path, problem });
  }
  return state as RunState;
}
