/** The warnings of a run, counted by code: what was said while it ran is kept in result.json and in the report. */
import type { PipelineEvent } from "./pipeline-events.ts";
import { warningText } from "./step-news.ts";

/** All warnings of one code in a run, those of its earlier sessions included. */
export interface RunWarning {
  /** Names the warning for programs, such as HELD_OUT_FEW or GROUPS_WITHOUT_SIGNAL. */
  readonly code: string;
  /** How often it occurred: of groups, rows or rollouts how many there were, of other warnings how many different ones. */
  readonly count: number;
  /** What was said, each sentence once; of a warning that steps repeat, the sentence of the first step. */
  readonly texts: readonly string[];
}

/** The warnings of several trainings as those of one run. */
export const joinedWarnings = (all: readonly RunWarning[]): readonly RunWarning[] =>
  [...Map.groupBy(all, ({ code }) => code)].map(([code, some]) => ({
    code,
    count: some.reduce((total, { count }) => total + count, 0),
    texts: [...new Set(some.flatMap(({ texts }) => texts))],
  }));

/** The code of failed rollouts: they are counted where they occur, and said when the failure is a new one. */
const FAILED = "ROLLOUTS_FAILED";

/** Collects the warnings of a run from its events. */
export class RunWarnings {
  readonly #byCode: Map<string, RunWarning>;

  /** @param earlier  the warnings up to the checkpoint that the run goes on from */
  constructor(earlier: readonly RunWarning[] = []) {
    this.#byCode = new Map(earlier.map((warning) => [warning.code, warning]));
  }

  /** The warnings so far, in the order in which they first occurred. */
  get all(): readonly RunWarning[] {
    return [...this.#byCode.values()];
  }

  /** Adds the warnings of an event. A text that an earlier session said is the same warning, so it is not counted again. */
  add(event: PipelineEvent): void {
    if (event.kind === "warning") {
      const { code, text } = event;
      const isNew = this.#byCode.get(code)?.texts.includes(text) !== true;
      this.#add(code, isNew && code !== FAILED ? 1 : 0, isNew ? [text] : []);
    } else if (event.kind === "step") {
      for (const [code, count] of Object.entries(event.step.warnings ?? {})) {
        if (count === 0) continue;
        const text = warningText(code, count, event.step);
        const isFirst = (this.#byCode.get(code)?.texts.length ?? 0) === 0;
        this.#add(code, count, text !== undefined && isFirst ? [text] : []);
      }
    } else if (event.kind === "evaluated") {
      this.#add(FAILED, event.evaluation.failedCount, []);
    }
  }

  #add(code: string, count: number, texts: readonly string[]): void {
    if (count === 0 && texts.length === 0) return;
    const earlier = this.#byCode.get(code) ?? { code, count: 0, texts: [] };
    this.#byCode.set(code, {
      code,
      count: earlier.count + count,
      texts: [...earlier.texts, ...texts],
    });
  }
}
