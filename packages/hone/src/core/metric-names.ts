/** The names of the numbers that training itself keeps of steps and evaluations. An agent's own numbers stand beside them. */
import { metricSections } from "./metrics-table.ts";

/** Every number that a step of training has without an agent's metrics, by its name in the run's files. */
const trainingMetrics: ReadonlySet<string> = new Set(
  Object.values(metricSections).flatMap((section) => Object.keys(section)),
);

/** Components of rewards, numbers of a level, and the ends of an evaluation's intervals. */
const derived = /^(?:reward\/|level_[^/]*\/|(?:reward|success)_(?:low|high)$)/;

/** Whether training keeps a number of its own by this name, or may: "reward", "loss", "reward/moves", "level_2/success". */
export const isTrainingMetric = (name: string): boolean =>
  trainingMetrics.has(name) || derived.test(name);
