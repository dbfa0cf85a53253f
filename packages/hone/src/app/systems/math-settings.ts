/** The settings of `hone run math`. Plain data: flags and help are read from it without loading what runs it. */
import type { MathLevel } from "../../domains/math/tasks.ts";

/** Every setting of the run; the names are those of the flags and of a config file. */
export interface MathSettings {
  readonly seed: number;
  readonly level: MathLevel;
  /** Equations the expert solves and GRPO practises on. */
  readonly trainTasks: number;
  /** Held-out equations. */
  readonly testTasks: number;
  /** Share of the expert's actions that are wrong. */
  readonly mistakeRate: number;
  readonly layers: number;
  readonly width: number;
  readonly vocabulary: number;
  readonly sftSteps: number;
  readonly sftBatchSize: number;
  readonly sftLearningRate: number;
  readonly grpoSteps: number;
  readonly groupSize: number;
  readonly groupsPerStep: number;
  readonly grpoLearningRate: number;
  /** Actions until an episode is cut off. */
  readonly maxSteps: number;
  readonly checkpointEvery: number;
}

export const mathDefaults: MathSettings = {
  seed: 0,
  level: 1,
  trainTasks: 500,
  testTasks: 100,
  mistakeRate: 0.2,
  layers: 4,
  width: 128,
  vocabulary: 336,
  sftSteps: 260,
  sftBatchSize: 16,
  sftLearningRate: 2e-3,
  grpoSteps: 45,
  groupSize: 8,
  groupsPerStep: 16,
  grpoLearningRate: 4e-4,
  maxSteps: 6,
  checkpointEvery: 50,
};
