/** The four parts of a trajectory's reward and their weights, apart from what computes them, so that help loads little. */

/** Weights of the four parts of a trajectory's reward; they sum to 1. */
export const trajectoryWeights = {
  completion: 0.4,
  efficiency: 0.2,
  quality: 0.3,
  reasoning: 0.1,
} as const;

/** A part of a trajectory's reward. */
export type TrajectoryPart = keyof typeof trajectoryWeights;
