/** `readTrajectories`: trajectories of files and stores, in the unified form. */
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { LeftOutTrajectories } from "../../data/trajectories/left-out.ts";
import { trajectoriesOf } from "./trajectory-sources.ts";

/** How `readTrajectories` reads. */
export interface ReadTrajectoriesOptions {
  /** The domain of trajectories that say none. Default "general". */
  readonly domain?: string;
}

/** Trajectories that were read. */
export interface ReadTrajectories {
  /** The trajectories in the order of their files. */
  readonly trajectories: readonly UnifiedTrajectory[];
  /** How many conversations are no trajectory, by the reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/**
 * Reads all trajectories of files, patterns of files and stores in the unified form, such as `trajectoryReward` of hone-rl/rewards takes.
 *
 * @param paths  files of any form that `hone convert` reads, patterns such as "data/raw/math/*.traj.json", addresses of stores
 * @throws OPTION_INVALID; as `hone convert` for files that cannot be read
 * @example const { trajectories } = await readTrajectories(["data/raw/math/demo.traj.json"]);
 */
export async function readTrajectories(
  paths: readonly string[],
  options: ReadTrajectoriesOptions = {},
): Promise<ReadTrajectories> {
  const where = "readTrajectories";
  checkOptions(where, options, { domain: true });
  const { domain = "general" } = options;
  const sources = optionChecks(where).list("paths", paths);
  const others = new LeftOutTrajectories();
  const trajectories: UnifiedTrajectory[] = [];
  for await (const one of trajectoriesOf({ sources, domain }, others)) trajectories.push(one);
  const leftOut = Object.fromEntries(others.reasons.map(({ reason, count }) => [reason, count]));
  return { trajectories, leftOut };
}
