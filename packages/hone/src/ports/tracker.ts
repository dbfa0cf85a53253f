/** Where metrics go. */
export interface Tracker {
  /** `section` names the phase: "sft", "grpo", "evaluation". */
  scalars(section: string, step: number, values: Readonly<Record<string, number>>): void;
  close(): Promise<void>;
}
