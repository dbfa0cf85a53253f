/** Where metrics go. */
export interface Tracker {
  /** `section` names the phase: "sft", "grpo", "evaluation". */
  scalars(section: string, step: number, values: Readonly<Record<string, number>>): void;
  /** All the numbers behind a histogram, for example the reward of every rollout of a step. */
  histogram?(section: string, step: number, name: string, values: readonly number[]): void;
  close(): Promise<void>;
}
