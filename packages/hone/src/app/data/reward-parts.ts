/** The parts of a trajectory's reward by their names, as files and flags weigh them. */
import { type TrajectoryPart, trajectoryWeights } from "../../rewards/trajectory-weights.ts";

/** The names of the parts. */
// Object.keys is typed for objects that may have more keys, which a constant does not.
export const rewardParts = Object.keys(trajectoryWeights) as readonly TrajectoryPart[];

/** Weights of parts; those that are not named keep their usual weight. */
export type PartWeights = Readonly<Partial<Record<TrajectoryPart, number>>>;
