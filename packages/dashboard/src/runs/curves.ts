/** Rows of metrics → curves: of one run, of several, and of seeds together. */
import type { RunRows } from "../api/run-metrics.ts";
import type { Curve, CurveValue } from "../parts/chart.tsx";

/** A metric of a section. */
export interface MetricName {
  readonly section: string;
  readonly name: string;
}

/** Metrics that are shown first, where a run has them; all others can be asked for. */
const usual = [
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

/** How the number begins that stands at a step which raised an alarm, before the code. */
const ALARM = "alarm/";

/** The alarms of runs in a section: where they were raised. */
export function alarmsOf(
  groups: readonly CurveGroup[],
  section: string,
): readonly { readonly step: number; readonly code: string; readonly run: string }[] {
  return groups.flatMap(({ name: run, runs }) =>
    runs.flatMap((rows) =>
      [...(rows.get(section) ?? [])].flatMap(([step, { values = {} }]) =>
        Object.keys(values).flatMap((name) =>
          name.startsWith(ALARM) ? [{ step, code: name.slice(ALARM.length), run }] : [],
        ),
      ),
    ),
  );
}

/** The metrics that some of the runs have: by section in the order in which runs came to them, the usual ones first. */
export function metricNames(runs: Iterable<RunRows>): readonly MetricName[] {
  const sections = new Map<string, Set<string>>();
  for (const rows of runs)
    for (const [section, steps] of rows) {
      const names = sections.get(section) ?? new Set();
      sections.set(section, names);
      for (const { values = {} } of steps.values())
        for (const name of Object.keys(values)) if (!name.startsWith(ALARM)) names.add(name);
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
  const place = usual.indexOf(name);
  return place < 0 ? usual.length : place;
};

/** Whether a metric is among those that are shown first. */
export const isUsual = ({ name }: MetricName): boolean => usual.includes(name);

/** Runs that are drawn as one curve. */
export interface CurveGroup {
  readonly name: string;
  readonly runs: readonly RunRows[];
}

/** The curves of a metric on steps that all groups share. A group of several runs is their mean, in a band from the least to the greatest, at the steps that all of them have. */
export function curvesOf(
  groups: readonly CurveGroup[],
  { section, name }: MetricName,
): { readonly steps: readonly number[]; readonly curves: readonly Curve[] } {
  const stepsOf = (rows: RunRows) => stepsWith(rows, section, name);
  const all = groups.flatMap(({ runs }) => runs.flatMap(stepsOf));
  const steps = [...new Set(all)].toSorted((a, b) => a - b);
  const curves = groups.flatMap(({ name: group, runs }, place): Curve[] => {
    const having = runs.filter((rows) => stepsOf(rows).length > 0);
    if (having.length === 0) return [];
    const columns = having.map((rows) => columnOf(rows, section, steps));
    return [
      {
        name: group,
        place,
        ...(columns.length > 1 ? together(columns, name) : alone(columns[0]!, name)),
      },
    ];
  });
  return { steps, curves };
}

type Values = Readonly<Record<string, number | null>> | undefined;

/** What a run has at each of the steps. */
const columnOf = (rows: RunRows, section: string, steps: readonly number[]): readonly Values[] =>
  steps.map((step) => rows.get(section)?.get(step)?.values);

function alone(column: readonly Values[], name: string): CurveParts {
  const low = column.map((values) => values?.[`${name}_low`]);
  const hasBand = low.some((value) => typeof value === "number");
  return {
    values: column.map((values) => values?.[name]),
    ...(hasBand && { low, high: column.map((values) => values?.[`${name}_high`]) }),
  };
}

type CurveParts = Pick<Curve, "values" | "low" | "high">;

function together(columns: readonly (readonly Values[])[], name: string): CurveParts {
  const bySteps = columns[0]!.map((_, step) => columns.map((column) => column[step]?.[name]));
  const of = (reduce: (values: readonly number[]) => number) =>
    bySteps.map((values): CurveValue => {
      if (values.includes(undefined)) return undefined;
      const finite = values.filter((value) => typeof value === "number");
      return finite.length < values.length ? null : reduce(finite);
    });
  return {
    values: of((values) => values.reduce((sum, value) => sum + value, 0) / values.length),
    low: of((values) => Math.min(...values)),
    high: of((values) => Math.max(...values)),
  };
}

const stepsWith = (rows: RunRows, section: string, name: string): readonly number[] =>
  [...(rows.get(section) ?? [])].flatMap(([step, { values }]) =>
    values?.[name] === undefined ? [] : [step],
  );
