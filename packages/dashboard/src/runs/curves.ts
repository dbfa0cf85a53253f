/** Rows of metrics → curves: of one run, of several, and of seeds together. */
import type { RunRows } from "../api/run-metrics.ts";
import type { Curve } from "../parts/chart.tsx";

/** A metric of a section. */
export interface MetricName {
  readonly section: string;
  readonly name: string;
}

/** Those that are shown first, where a run has them; all others can be asked for. */
const first = [
  "reward",
  "success",
  "loss",
  "accuracy",
  "margin",
  "entropy",
  "response_length",
  "kl_reference_k3",
  "kl_old_k1",
  "gradient_norm",
  "learning_rate",
];

/** The metrics that some of the runs have: by section in the order in which runs came to them, the usual ones first. */
export function metricNames(runs: Iterable<RunRows>): readonly MetricName[] {
  const sections = new Map<string, Set<string>>();
  for (const rows of runs)
    for (const [section, steps] of rows) {
      const names = sections.get(section) ?? new Set();
      sections.set(section, names);
      for (const { values = {} } of steps.values())
        for (const name of Object.keys(values)) names.add(name);
    }
  return [...sections].flatMap(([section, names]) =>
    [...names]
      // The ends of an interval belong to its metric.
      .filter((name) => !(/_(low|high)$/.test(name) && names.has(name.replace(/_(low|high)$/, ""))))
      .toSorted((a, b) => rank(a) - rank(b) || a.localeCompare(b))
      .map((name) => ({ section, name })),
  );
}

const rank = (name: string): number => {
  const place = first.indexOf(name);
  return place < 0 ? first.length : place;
};

/** Whether a metric is among those that are shown first. */
export const isUsual = ({ name }: MetricName): boolean => first.includes(name);

/** Runs that are drawn as one curve. */
export interface CurveGroup {
  readonly name: string;
  readonly runs: readonly RunRows[];
}

/** The curves of a metric on steps that all groups share. A group of several runs is their mean in a band from the least to the greatest. */
export function curvesOf(
  groups: readonly CurveGroup[],
  { section, name }: MetricName,
): { readonly steps: readonly number[]; readonly curves: readonly Curve[] } {
  const steps = [
    ...new Set(
      groups.flatMap(({ runs }) => runs.flatMap((rows) => stepsWith(rows, section, name))),
    ),
  ].toSorted((a, b) => a - b);
  const curves = groups.flatMap(({ name: group, runs }): Curve[] => {
    const having = runs.filter((rows) => stepsWith(rows, section, name).length > 0);
    if (having.length === 0) return [];
    const [only] = having;
    return [{ name: group, ...(having.length > 1 ? together(having) : alone(only!)) }];
  });
  return { steps, curves };

  function alone(rows: RunRows): Omit<Curve, "name"> {
    const at = (key: string) => steps.map((step) => valueAt(rows, section, step, key));
    const low = at(`${name}_low`);
    const hasBand = low.some((value) => value !== null);
    return { values: at(name), ...(hasBand && { low, high: at(`${name}_high`) }) };
  }

  function together(some: readonly RunRows[]): Omit<Curve, "name"> {
    const all = steps.map((step) =>
      some.flatMap((rows) => valueAt(rows, section, step, name) ?? []),
    );
    const of = (reduce: (values: readonly number[]) => number) =>
      all.map((values) => (values.length === 0 ? null : reduce(values)));
    return {
      values: of((values) => values.reduce((a, b) => a + b, 0) / values.length),
      low: of((values) => Math.min(...values)),
      high: of((values) => Math.max(...values)),
    };
  }
}

const stepsWith = (rows: RunRows, section: string, name: string): readonly number[] =>
  [...(rows.get(section) ?? [])].flatMap(([step, { values }]) =>
    values?.[name] === undefined ? [] : [step],
  );

const valueAt = (rows: RunRows, section: string, step: number, name: string): number | null =>
  rows.get(section)?.get(step)?.values?.[name] ?? null;
