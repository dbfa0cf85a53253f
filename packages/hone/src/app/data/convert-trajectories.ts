/** `hone convert`: trajectories out of files and stores, into files of another form. */
import { glob } from "node:fs/promises";
import { HoneError } from "../../core/errors.ts";
import type { OnProgress } from "../../core/progress.ts";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import {
  LeftOutTrajectories,
  readTrajectories,
} from "../../data/trajectories/read-trajectories.ts";
import { trajectoriesOfTrace } from "../../data/trajectories/trajectories-of-trace.ts";
import {
  droppedBy,
  type TrajectoryTarget,
  writeTrajectories,
} from "../../data/trajectories/write-trajectories.ts";
import { isStoreAddress, openStore } from "../open-store.ts";

export type { TrajectoryTarget } from "../../data/trajectories/write-trajectories.ts";

/** What is converted, and into what. */
export interface ConvertOptions {
  /** Files, patterns such as `data/raw/*.json`, or addresses of stores. */
  readonly sources: readonly string[];
  readonly to: TrajectoryTarget;
  /** A file of lines, a file of one trajectory, or a folder. */
  readonly out: string;
  /** The domain of what says none. */
  readonly domain: string;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** What came of it. */
export interface ConvertReport {
  readonly trajectories: number;
  readonly steps: number;
  /** Conversations that are no trajectory, by the reason, each with the place of the first. */
  readonly leftOut: LeftOutTrajectories["reasons"];
  /** What the form that was written has no place for, in words; empty where it holds everything. */
  readonly dropped: string;
  readonly out: string;
}

/** @throws DATA_EMPTY where nothing is found; as `readTrajectories`, `writeTrajectories` and `openStore`; CANCELLED after the signal */
export async function convertTrajectories(options: ConvertOptions): Promise<ConvertReport> {
  const { to, out, sources, signal, onProgress } = options;
  const leftOut = new LeftOutTrajectories();
  let [read, steps] = [0, 0];
  const counted = async function* (): AsyncGenerator<UnifiedTrajectory, void> {
    for (const source of sources)
      for await (const one of trajectoriesOf(source, options, leftOut)) {
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
  const trajectories = await writeTrajectories(counted(), to, out);
  return { trajectories, steps, leftOut: leftOut.reasons, dropped: droppedBy[to], out };
}

async function* trajectoriesOf(
  source: string,
  { domain }: ConvertOptions,
  leftOut: LeftOutTrajectories,
): AsyncGenerator<UnifiedTrajectory, void> {
  if (isStoreAddress(source)) return yield* storedTrajectories(source, domain, leftOut);
  for (const file of await filesOf(source)) yield* readTrajectories(file, { domain, leftOut });
}

async function* storedTrajectories(
  address: string,
  domain: string,
  leftOut: LeftOutTrajectories,
): AsyncGenerator<UnifiedTrajectory, void> {
  const store = await openStore(address, { mustExist: true });
  try {
    for await (const trace of store.traces())
      for (const one of trajectoriesOfTrace(trace, domain))
        if (typeof one === "string") leftOut.add(one, `trace ${trace.id}`);
        else yield one;
  } finally {
    await store.close();
  }
}

/** The files of a pattern, in the order of their names; a name without `*`, `?` or `{` is itself. */
async function filesOf(source: string): Promise<readonly string[]> {
  if (!/[*?{]/.test(source)) return [source];
  const found: string[] = [];
  for await (const file of glob(source)) found.push(file);
  if (found.length === 0) throw new HoneError("DATA_EMPTY", { where: source, item: "file" });
  return found.toSorted();
}
