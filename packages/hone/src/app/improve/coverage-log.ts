/** Counts how calls of tools were answered in a run, over all of its sessions. */
import { join } from "node:path";
import { z } from "zod";
import {
  type ReplayAnswer,
  replayAnswers,
  type ReplayCoverage,
  type ReplayedCall,
} from "../../core/tool-replay.ts";
import { readText, writeWhole } from "../../runs/run-files.ts";

/** The file in the run folder. */
const coverageFile = "replay.json";

const coverage = z.record(z.string(), z.partialRecord(z.enum(replayAnswers), z.int()));

/** The counts of a run. */
export class CoverageLog {
  readonly #counts = new Map<string, Map<ReplayAnswer, number>>();
  #folder: string | undefined;

  readonly add = (calls: readonly ReplayedCall[]): void => {
    for (const { tool, answer } of calls) this.#count(tool, answer, 1);
  };

  /** Goes on with the counts of earlier sessions. */
  async open(folder: string): Promise<void> {
    this.#folder = folder;
    const text = await readText(join(folder, coverageFile));
    if (text === undefined) return;
    for (const [tool, answers] of Object.entries(coverage.parse(JSON.parse(text))))
      for (const answer of replayAnswers) this.#count(tool, answer, answers[answer] ?? 0);
  }

  /** The counts of each tool so far, by its name. */
  get coverage(): ReplayCoverage {
    const tools = [...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      tools.map(([tool, answers]) => [tool, Object.fromEntries(answers)] as const),
    );
  }

  /** Keeps the counts for the next session. */
  async save(): Promise<void> {
    if (this.#folder !== undefined)
      await writeWhole(join(this.#folder, coverageFile), `${JSON.stringify(this.coverage)}\n`);
  }

  #count(tool: string, answer: ReplayAnswer, more: number): void {
    if (more === 0) return;
    const answers = this.#counts.get(tool) ?? new Map<ReplayAnswer, number>();
    this.#counts.set(tool, answers.set(answer, (answers.get(answer) ?? 0) + more));
  }
}

/** @example coverageText({ refund: { exact: 3, unmatched: 1 } }); // ["refund: 4 calls, 3 exact, 1 unmatched"] */
export const coverageText = (counts: ReplayCoverage): readonly string[] =>
  Object.entries(counts).map(([tool, answers]) => {
    const known = replayAnswers.flatMap((answer) =>
      answers[answer] === undefined ? [] : [`${answers[answer]} ${answer}`],
    );
    const total = Object.values(answers).reduce((sum, count) => sum + count, 0);
    return `${tool}: ${total} ${total === 1 ? "call" : "calls"}, ${known.join(", ")}`;
  });
