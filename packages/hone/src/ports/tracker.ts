/** Takes the metrics of a run, for example into a file or for TensorBoard. */
export interface Tracker {
  /** Takes named numbers of one step. `section` names the phase: "sft", "grpo", "evaluation". */
  scalars(section: string, step: number, values: Readonly<Record<string, number>>): void;
  /** Takes all numbers of a histogram, for example the reward of every rollout of a step. */
  histogram?(section: string, step: number, name: string, values: readonly number[]): void;
  /** Resolves when everything taken is written. */
  close(): Promise<void>;
}
