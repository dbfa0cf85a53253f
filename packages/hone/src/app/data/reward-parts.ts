/** The parts of a trajectory's reward by their names, apart from what computes them, so that help loads little. */
import type { TrajectoryPart } from "../../rewards/trajectory-reward.ts";

/** See above. */
export const rewardParts = [
  "completion",
  "efficiency",
  "quality",
  "reasoning",
] as const satisfies readonly TrajectoryPart[];

/** Weights of some of them. */
export type PartWeights = Readonly<Partial<Record<(typeof rewardParts)[number], number>>>;
