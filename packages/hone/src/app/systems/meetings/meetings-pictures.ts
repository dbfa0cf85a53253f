/** The pictures of the report: accuracy with thresholds, calibration, losses, calls of tools, rewards. */
import { barChart, histogramChart, lineChart } from "../../../runs/charts.ts";
import { percent } from "../../../runs/report-text.ts";
import { curveOf, readRunData } from "../../../runs/report-data.ts";
import type { Picture } from "../../../runs/report-pictures.ts";
import type { MeetingBaseline } from "./meeting-baselines.ts";
import { calibrationCurve, meetingScores } from "./meeting-scores.ts";
import type { MeetingTrace } from "./meeting-traces.ts";
import type { MeasuredPolicy, TrainingCurve } from "./meetings-report.ts";

/** Pictures of what was measured. */
export function measuredPictures(
  policies: readonly MeasuredPolicy[],
  baselines: readonly MeetingBaseline[],
): readonly Picture[] {
  const bars = [
    ...policies.map(({ name, scored }) => ({
      name: String(name),
      ...meetingScores(scored).accuracy,
    })),
    ...baselines.map(({ name, scores }) => ({ name: shortName(name), ...scores.accuracy })),
  ];
  const accuracy = barChart({
    title: "Accuracy on held-out meetings",
    x: { label: "policies and rules (whiskers: 95 % interval)" },
    y: { label: "right side of 0.5 (share)", format: "percent" },
    bars,
    show: percent,
    include: [1],
  });
  const diagonal = { name: "calibrated", points: [0, 1].map((x) => ({ x, y: x })) };
  const series = policies
    .filter(({ name }) => name !== "untrained")
    .map(({ name, scored }) => ({ name: String(name), points: calibrationCurve(scored) }));
  const calibration = lineChart({
    title: "Calibration: what is true where a probability is predicted",
    x: { label: "predicted probability (mean of a bin)" },
    y: { label: "mean true probability" },
    series: [diagonal, ...series],
    include: [0, 1],
  });
  return [
    { file: "accuracy.svg", caption: "Accuracy on held-out meetings", svg: accuracy },
    ...(series.length === 0
      ? []
      : [{ file: "calibration.svg", caption: "Calibration", svg: calibration }]),
  ];
}

const shortName = (name: string): string =>
  name
    .replace("logistic regression on the text's fields", "regression")
    .replace("best estimate", "best");

/** Pictures of the trajectories. */
export function tracePictures(traces: readonly MeetingTrace["trajectory"][]): readonly Picture[] {
  const rewards = traces.flatMap(({ reward }) => (reward === undefined ? [] : [reward]));
  if (rewards.length === 0) return [];
  const caption = "Rewards of the trajectories";
  const svg = histogramChart({
    title: caption,
    x: { label: "reward" },
    series: [{ name: "trajectories", values: rewards }],
  });
  return [{ file: "trajectory-rewards.svg", caption, svg }];
}

/** The curves of a training with their first and last values. */
export async function trainingCurves(
  folder: string,
  phase: "sft" | "dpo",
): Promise<{ readonly curves: readonly TrainingCurve[]; readonly pictures: readonly Picture[] }> {
  const { metrics } = await readRunData(folder);
  const names = phase === "sft" ? ["loss"] : ["loss", "reward_margin", "reward_accuracy"];
  const found = names.flatMap((metric) => {
    const pointsOf = curveOf(metrics, phase, metric);
    return pointsOf.length < 2 ? [] : [{ metric, points: pointsOf }];
  });
  const curves = found.map(({ metric, points }) => ({
    ...{ phase, metric },
    first: points[0]!.y,
    last: points.at(-1)!.y,
  }));
  const pictures = found.map(({ metric, points }) => {
    const title = `${phase}: ${metric}`;
    const axes = { x: { label: "optimizer step" }, y: { label: metric } };
    const svg = lineChart({ title, ...axes, series: [{ name: metric, points }] });
    return { file: `${phase}-${metric}.svg`, caption: title, svg };
  });
  return { curves, pictures };
}
