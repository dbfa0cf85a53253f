/** The alarms of one run: they watch its steps and evaluations, and each is raised once. */
import type { Comparison } from "../../../evaluation/compare.ts";
import type { CheckedLimits } from "./alarm-limits.ts";
import {
  type Alarm,
  entropyCollapsed,
  heldOutWorse,
  lengthExploded,
  mismatchHigh,
  rewardOneSided,
  type StepNumbers,
} from "./alarms.ts";

/** The alarms that watch steps, each with the name of its limit. */
const stepAlarms = {
  entropy: entropyCollapsed,
  length: lengthExploded,
  mismatch: mismatchHigh,
  component: rewardOneSided,
} as const satisfies Partial<
  Record<keyof CheckedLimits, (steps: readonly StepNumbers[], limit: number) => Alarm | undefined>
>;

/** Watches a run. */
export class RunAlarms {
  readonly #limits: CheckedLimits;
  /** Codes that were raised, also in earlier sessions of the run. */
  readonly #raised: Set<string>;
  #phase: string | undefined;
  #steps: StepNumbers[] = [];

  /** @param raised  codes of the run's warnings so far */
  constructor(limits: CheckedLimits, raised: readonly string[]) {
    this.#limits = limits;
    this.#raised = new Set(raised);
  }

  /** The phase that is watched; undefined before the first. */
  get phase(): string | undefined {
    return this.#phase;
  }

  /** A phase begins, or goes on after steps of an earlier session. */
  begin(phase: string, earlier: readonly StepNumbers[] = []): void {
    this.#phase = phase;
    this.#steps = [...earlier];
  }

  /** A step is done: the alarms that it raises. */
  after(step: StepNumbers): readonly Alarm[] {
    this.#steps.push(step);
    return Object.entries(stepAlarms).flatMap(([name, alarm]) => {
      const limit = this.#limits[name as keyof typeof stepAlarms];
      const raised = limit === false ? undefined : alarm(this.#steps, limit);
      return this.#once(raised, `step ${this.#steps.length} of ${this.#phase ?? "the run"}`);
    });
  }

  /** The phase was measured on held-out tasks: the alarm that this raises. */
  measured(difference: Comparison): readonly Alarm[] {
    const { test } = this.#limits;
    if (test === false) return [];
    return this.#once(heldOutWorse(this.#steps, difference, test), this.#phase ?? "the run");
  }

  #once(alarm: Alarm | undefined, where: string): readonly Alarm[] {
    if (alarm === undefined || this.#raised.has(alarm.code)) return [];
    this.#raised.add(alarm.code);
    return [{ code: alarm.code, text: `${where}: ${alarm.text}` }];
  }
}
