/** Where trajectories come from: files, patterns of files, stores. */
import { glob } from "node:fs/promises";
import { HoneError } from "../../core/errors.ts";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import type { LeftOutTrajectories } from "../../data/trajectories/left-out.ts";
import { readTrajectories } from "../../data/trajectories/read-trajectories.ts";
import { trajectoriesOfTrace } from "../../data/trajectories/trajectories-of-trace.ts";
import { isStoreAddress, openStore } from "../open-store.ts";

/** Sources of trajectories. */
export interface TrajectorySource {
  /** Files, patterns such as `data/raw/*.json`, or addresses of stores. */
  readonly sources: readonly string[];
  /** The domain of what says none. */
  readonly domain: string;
}

/**
 * The trajectories of all sources, in their order.
 * @param leftOut  is told of conversations that are none
 * @throws as `readTrajectories` and `openStore`; DATA_EMPTY for a pattern without a file
 */
export async function* trajectoriesOf(
  { sources, domain }: TrajectorySource,
  leftOut: LeftOutTrajectories,
): AsyncGenerator<UnifiedTrajectory, void> {
  for (const source of sources) {
    if (isStoreAddress(source)) yield* storedTrajectories(source, domain, leftOut);
    else
      for (const file of await filesOf(source)) yield* readTrajectories(file, { domain, leftOut });
  }
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

/** The files of a pattern, in the order of their names; a name without `*`, `?` or `{` is itself. @throws DATA_EMPTY where there are none */
export async function filesOf(source: string): Promise<readonly string[]> {
  if (!/[*?{]/.test(source)) return [source];
  const found: string[] = [];
  for await (const file of glob(source)) found.push(file);
  if (found.length === 0) throw new HoneError("DATA_EMPTY", { where: source, item: "file" });
  return found.toSorted();
}
