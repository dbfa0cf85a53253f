/** `hone convert`: trajectories out of files and stores, into files of another form. */
import { HoneError } from "../../core/errors.ts";
import type { OnProgress } from "../../core/progress.ts";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { LeftOutTrajectories } from "../../data/trajectories/left-out.ts";
import type { TrajectoryTarget } from "../../data/trajectories/trajectory-forms.ts";
import {
  type WrittenTrajectories,
  writeTrajectories,
} from "../../data/trajectories/write-trajectories.ts";
import { type TrajectorySource, trajectoriesOf } from "./trajectory-sources.ts";

/** What is converted, and into what. */
export interface ConvertOptions extends TrajectorySource {
  readonly to: TrajectoryTarget;
  /** A file of lines, a file of one trajectory, or a folder. */
  readonly out: string;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** What came of it. */
export interface ConvertReport {
  readonly trajectories: number;
  readonly steps: number;
  /** Lines, rows of a Parquet file, or files of a folder. */
  readonly rows: number;
  /** What is no trajectory, or has no place in the form that was written, by the reason, each with the place of the first. */
  readonly leftOut: LeftOutTrajectories["reasons"];
  /** Parts that the form has no place for, with the number of trajectories that had them. */
  readonly dropped: WrittenTrajectories["dropped"];
  readonly out: string;
}

/** @throws DATA_EMPTY where nothing is found; as `readTrajectories`, `writeTrajectories` and `openStore`; CANCELLED after the signal */
export async function convertTrajectories(options: ConvertOptions): Promise<ConvertReport> {
  const { to, out, sources, signal, onProgress } = options;
  const leftOut = new LeftOutTrajectories();
  let [read, steps] = [0, 0];
  const counted = async function* (): AsyncGenerator<UnifiedTrajectory, void> {
    for await (const one of trajectoriesOf(options, leftOut)) {
      if (signal.aborted) throw new HoneError("CANCELLED", { what: "The conversion" });
      steps += one.steps.length;
      onProgress({ what: `converted ${++read} trajectories` });
      yield one;
    }
    if (read > 0) return;
    const why = leftOut.reasons.map(
      ({ reason, count, first }) => `${count} left out: ${reason} (${first})`,
    );
    const where = [sources.join(", "), ...why].join("; ");
    throw new HoneError("DATA_EMPTY", { where, item: "trajectory" });
  };
  const { count, rows, dropped } = await writeTrajectories(counted(), to, out, leftOut);
  return { trajectories: count, steps, rows, leftOut: leftOut.reasons, dropped, out };
}
