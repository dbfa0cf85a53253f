/** Results of several seeds as one. */
import { type Interval, wilson } from "../../../packages/hone/src/evaluation/intervals.ts";
import type {
  DomainResult,
  IntervalRecord,
  Measurement,
  ResultRecord,
} from "../../../packages/hone/src/formats/result-format.ts";

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Wilson's 95 % interval over the held-out tasks of all seeds together, each seed with its own tasks. */
export const pooledSuccess = (
  results: readonly ResultRecord[],
  when: "before" | "after",
): Interval => pooled(results.map((result) => result[when]));

/** The same of a stage by its name. */
export const pooledStage = (results: readonly ResultRecord[], stage: string): Interval =>
  pooled(
    results.flatMap(
      ({ stages = [] }) => stages.find(({ name }) => name === stage)?.measurement ?? [],
    ),
  );

function pooled(measurements: readonly Measurement[]): Interval {
  const done = sum(measurements.map(({ success, tasks }) => success.value * tasks));
  return wilson(done, sum(measurements.map(({ tasks }) => tasks)));
}

/**
 * The mean of the seeds' paired differences of success. Its interval is that of a mean of independent estimates, whose standard
 * errors are those of the seeds' own intervals: half = √(Σ half²) / n.
 */
export const pooledDifference = (results: readonly ResultRecord[]): Interval =>
  meanOfSeeds(results.map(({ difference }) => difference.success));

/** The same of the reward, in the domain's units. */
export const pooledRewardDifference = (results: readonly ResultRecord[]): Interval =>
  meanOfSeeds(results.map(({ difference }) => difference.reward));

/**
 * The mean of a component of the reward in a stage, over seeds; its interval as of `pooledDifference`.
 * @param stage  its name, as "start"
 */
export const pooledComponent = (
  results: readonly ResultRecord[],
  stage: string,
  component: string,
): Interval =>
  meanOfSeeds(
    results.map(({ stages = [] }) => {
      const measured = stages.find(({ name }) => name === stage)?.measurement;
      return measured?.components?.[component] ?? notMeasured;
    }),
  );

const notMeasured: IntervalRecord = { value: Number.NaN, low: Number.NaN, high: Number.NaN };

/** What a component gained between two stages: their intervals as if the tasks were not the same, which is wider than paired. */
export function componentGain(
  results: readonly ResultRecord[],
  component: string,
  [from, to]: readonly [string, string],
): Interval {
  const before = pooledComponent(results, from, component);
  const after = pooledComponent(results, to, component);
  const half = Math.hypot(before.high - before.low, after.high - after.low) / 2;
  const value = after.value - before.value;
  return { value, low: value - half, high: value + half };
}

/** `pooledDifference` of one of the domains of runs that learn several. */
export const domainDifference = (results: readonly ResultRecord[], name: string): Interval =>
  meanOfSeeds(domainsOf(results, name).map(({ difference }) => difference.success));

/** `pooledSuccess` of one of these domains, after its stage of a name. */
export const domainSuccess = (
  results: readonly ResultRecord[],
  name: string,
  stage: string,
): Interval =>
  pooled(
    domainsOf(results, name).flatMap(
      ({ stages }) => stages.find((one) => one.name === stage)?.measurement ?? [],
    ),
  );

const domainsOf = (results: readonly ResultRecord[], name: string): readonly DomainResult[] =>
  results.flatMap(({ domains = [] }) => domains.filter((one) => one.name === name));

function meanOfSeeds(differences: readonly IntervalRecord[]): Interval {
  const value = sum(differences.map((one) => one.value)) / differences.length;
  const half =
    Math.sqrt(sum(differences.map(({ low, high }) => ((high - low) / 2) ** 2))) /
    differences.length;
  return { value, low: value - half, high: value + half };
}
