/** What each phase of `hone run trajectories` is given. */
import type { ResolvedTrajectories } from "./resolved-settings.ts";
import type { TrajectoryPaths } from "./trajectories-folder.ts";

/** The settings and recipes of a run, where it writes, and what ends it. */
export interface PhaseOptions extends ResolvedTrajectories {
  readonly paths: TrajectoryPaths;
  /** Aborts when the run is to save and end. */
  readonly signal: AbortSignal;
}
