/** The pictures of a report; which ones depends on what was measured. */
import type { MetricsRow } from "../formats/metrics-format.ts";
import type { IntervalRecord, Measurement } from "../formats/result-format.ts";
import { barChart, histogramChart, lineChart } from "./charts.ts";
import type { RunData } from "./report-data.ts";
import { curveOf, sectionsOf } from "./report-data.ts";

/** One picture of a report. */
export interface Picture {
  readonly file: string;
  readonly caption: string;
  readonly svg: string;
}

/** What the numbers below a section's curves count. */
function stepAxis(
  { metrics, result }: Pick<RunData, "metrics" | "result">,
  section: string,
): { readonly label: string; readonly format: "integer" } {
  if (section === "evaluation") {
    const names = result?.stages?.map(({ name }, i) => `${i + 1} ${name}`).join(", ");
    return {
      label: names === undefined ? "evaluation" : `evaluation (${names})`,
      format: "integer",
    };
  }
  const isRollouts = curveOf(metrics, section, "reward").length > 0;
  return { label: isRollouts ? "step (a batch of rollouts)" : "optimizer step", format: "integer" };
}

const lossUnits: Readonly<Record<string, string>> = { sft: "loss (nats per token)" };

/** All pictures, the most important first. */
export function reportPictures(data: RunData): Picture[] {
  const sections = sectionsOf(data.metrics);
  return [
    ...resultPictures(data),
    ...sections.flatMap((section) => curvePictures(data, section)),
    ...sections.flatMap((section) => histogramPictures(data.metrics, section)),
  ];
}

/** Every measurement of a run with its name, in their order. */
export function stagesOf(data: RunData): { name: string; measurement: Measurement }[] {
  const { result } = data;
  if (result === undefined) return [];
  return (
    result.stages ?? [
      { name: "before", measurement: result.before },
      { name: "after", measurement: result.after },
    ]
  );
}

function resultPictures(data: RunData): Picture[] {
  const stages = stagesOf(data);
  const first = stages[0];
  if (first === undefined) return [];
  const bars = (of: (measurement: Measurement) => IntervalRecord) =>
    stages.map(({ name, measurement }) => ({ name, ...of(measurement) }));
  const tasks = `${first.measurement.tasks} held-out tasks`;
  const x = { label: "policy (whiskers: 95 % interval)" };
  return [
    {
      file: "success.svg",
      caption: `Success on ${tasks}`,
      svg: barChart({
        title: `Success on ${tasks}`,
        x,
        y: { label: "tasks done (share)", format: "percent" },
        bars: bars((measurement) => measurement.success),
        show: (value) => `${(value * 100).toFixed(1)} %`,
        include: [1],
      }),
    },
    {
      file: "held-out-reward.svg",
      caption: `Reward on ${tasks}`,
      svg: barChart({
        title: `Mean reward on ${tasks}`,
        x,
        y: { label: "reward per task (points)" },
        bars: bars((measurement) => measurement.reward),
        show: (value) => value.toFixed(2).replace("-", "−"),
      }),
    },
  ];
}

/** The metrics that get a picture, with the label of their axis. */
function curvePictures(data: RunData, section: string): Picture[] {
  const curves = [
    { name: "loss", y: { label: lossUnits[section] ?? "loss (surrogate, no unit)" }, include: [] },
    { name: "reward", y: { label: "mean reward per rollout (points)" }, include: [] },
    { name: "reward_margin", y: { label: "chosen minus rejected reward" }, include: [0] },
    {
      name: "reward_accuracy",
      y: { label: "pairs whose chosen answer has the larger reward (share)", format: "percent" },
      include: [0, 1],
    },
    {
      name: "success",
      y: { label: "rollouts that did their task (share)", format: "percent" },
      include: [0, 1],
    },
  ] as const;
  return curves.flatMap(({ name, y, include }) => {
    const points = curveOf(data.metrics, section, name);
    if (points.length < 2) return [];
    const title = `${section}: ${name}`;
    const series = [
      { name: points.some((p) => "low" in p) ? `${name}, 95 % interval` : name, points },
    ];
    const svg = lineChart({ title, x: stepAxis(data, section), y, series, include });
    return [{ file: `${safe(section)}-${name}.svg`, caption: title, svg }];
  });
}

/** Compares the first fifth of the steps with the last fifth. */
function histogramPictures(metrics: readonly MetricsRow[], section: string): Picture[] {
  const rows = metrics.flatMap((row) => {
    const values = row.section === section ? row.histograms?.["reward"] : undefined;
    return values === undefined ? [] : [{ step: row.step, values }];
  });
  if (rows.length === 0) return [];
  const fifth = Math.max(1, Math.floor(rows.length / 5));
  const part = (some: typeof rows) => ({
    name:
      some.length === 1
        ? `step ${some[0]!.step}`
        : `steps ${some[0]!.step} to ${some.at(-1)!.step}`,
    values: some.flatMap((row) => row.values),
  });
  const series =
    rows.length === 1 ? [part(rows)] : [part(rows.slice(0, fifth)), part(rows.slice(-fifth))];
  const caption = `${section}: rewards of the rollouts, first and last steps`;
  const x = { label: "reward of a rollout (points)" };
  const svg = histogramChart({ title: caption, x, series });
  return [{ file: `${safe(section)}-reward-histogram.svg`, caption, svg }];
}

const safe = (section: string): string => section.replaceAll(/[^A-Za-z0-9._-]+/g, "-");
