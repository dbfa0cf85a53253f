/** What the sides of `npm run results:real` print. */
import type { Evaluation } from "../../../packages/hone/src/evaluation/evaluate.ts";

/** A step, as either side tells it. */
export interface StepLine {
  readonly step: number;
  readonly seconds: number;
  /** Seconds of the processor, over all threads. */
  readonly processorSeconds: number;
  /** Largest resident size of the process so far. */
  readonly peakMemoryMb: number;
  /** Mean reward of the rollouts of (b), loss of (a). */
  readonly value: number;
}

/** Held-out tasks, measured: 0 or 1 each by the task's id, and the means of the reward's components. */
export interface Score {
  readonly success: Readonly<Record<string, number>>;
  readonly components: Readonly<Record<string, number>>;
}

export const scoreOf = ({ tasks, components }: Evaluation): Score => ({
  success: Object.fromEntries(tasks.map(({ taskId, success }) => [taskId, success])),
  components: Object.fromEntries(
    Object.entries(components).map(([name, { value }]) => [name, value]),
  ),
});

/** Seconds of the processor that this process has taken. */
export function processorNow(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Largest resident size of this process so far. */
export const peakMemoryMb = (): number => Math.round(process.resourceUsage().maxRSS / 1024);
