/** The end of a run: writes the trained model as a folder that other tools read, result.json and the report. */
import { relative } from "node:path";
import type { ReplayCoverage } from "../../core/tool-replay.ts";
import type { Evaluation, Measured } from "../../evaluation/evaluate.ts";
import { type Interval, sum } from "../../evaluation/intervals.ts";
import type { MetricsRow } from "../../formats/metrics-format.ts";
import type {
  IntervalRecord,
  LevelMeasurement,
  Measurement,
  ResultRecord,
} from "../../formats/result-format.ts";
import { readRunData } from "../../runs/report-data.ts";
import { writeReport } from "../../runs/report.ts";
import { type RunFolder, runFiles } from "../../runs/run-folder.ts";
import { type BeforeAndAfter, unknown } from "../../evaluation/before-and-after.ts";
import { keepLearned } from "../models/learned-file.ts";
import type { RunCost } from "./session-cost.ts";
import type { RunWarning } from "./run-warnings.ts";
import type { Baseline } from "./pipeline-options.ts";
import type { TrainResult } from "./pipeline-events.ts";
import type { TrainedPolicy } from "./trained-policy.ts";

/** What `publishResult` writes. */
export interface ResultParts extends BeforeAndAfter {
  readonly run: RunFolder;
  readonly training: TrainedPolicy;
  /** Parameters of the model without an adapter. */
  readonly parameterCount: number;
  /** Wall time of the run, in seconds. */
  readonly seconds: number;
  readonly cost: RunCost;
  /** What the run warned of. */
  readonly warnings: readonly RunWarning[];
  /** What the held-out tasks give without a model. */
  readonly baselines: readonly Baseline[];
  /** How calls of the agent's tools were answered. Default: they ran. */
  readonly replay?: ReplayCoverage | undefined;
  /** Evaluations by their names: "start", "after sft". */
  readonly stages: ReadonlyMap<string, Evaluation>;
}

/** Writes the files of a finished run; returns their paths and the measurements. */
export async function publishResult(parts: ResultParts): Promise<TrainResult> {
  const { run, training, before, after, difference, seconds, stages, warnings, baselines } = parts;
  const { metrics } = await readRunData(run.path);
  const checkpoint = await training.saveTrained(run.path);
  await keepLearned(checkpoint, run.record.config);
  const parameters = parametersOf(training, parts.parameterCount);
  await run.saveResult(
    resultRecord({
      ...{ before, after, difference, parameters, seconds, stages, warnings, baselines },
      cost: { ...parts.cost, ...tokenCounts(metrics) },
      replay: parts.replay,
      checkpoint: relative(run.path, checkpoint),
      training: lastSteps(metrics),
    }),
  );
  const report = await writeReport(run.path);
  const isValues = training.head === "value" && { isRewardModel: true as const };
  const measured = { before, after, difference, warnings, baselines, ...isValues };
  return { ...measured, parameters, seconds, checkpoint, report, folder: run.path };
}

/** What result.json says of a run. */
export interface RecordedParts extends BeforeAndAfter {
  readonly parameters: ResultRecord["parameters"];
  readonly seconds: number;
  readonly cost: ResultRecord["cost"];
  /** Relative to the run folder. */
  readonly checkpoint: string;
  /** Evaluations by their names, in their order. */
  readonly stages: Iterable<readonly [string, Evaluation]>;
  readonly baselines: readonly Baseline[];
  readonly replay?: ReplayCoverage | undefined;
  /** The last numbers of each phase. */
  readonly training: NonNullable<ResultRecord["training"]>;
  readonly warnings: readonly RunWarning[];
}

/** The content of result.json. */
export function resultRecord(parts: RecordedParts): ResultRecord {
  const { before, after, difference, parameters, seconds, cost, checkpoint, training } = parts;
  return {
    before: measurement(before),
    after: measurement(after),
    difference: {
      success: interval(difference.success),
      reward: interval(difference.reward ?? unknown),
    },
    ...(parameters && { parameters }),
    seconds,
    ...(cost && { cost }),
    checkpoint,
    report: runFiles.report,
    stages: [...parts.stages].map(([name, evaluation]) => ({
      name,
      measurement: measurement(evaluation),
    })),
    ...(parts.replay && { replay: parts.replay }),
    ...(parts.baselines.length > 0 && { baselines: parts.baselines.map(baselineRecord) }),
    training,
    warnings: parts.warnings.map(({ texts, ...warning }) => ({ ...warning, texts: [...texts] })),
  };
}

/** A baseline as result.json has it. */
export const baselineRecord = ({ name, success, reward }: Baseline) => ({
  name,
  success: interval(success),
  ...(reward && { reward: interval(reward) }),
});

/** As PEFT counts them: an adapter belongs to the total. */
function parametersOf(
  { addedCount, trainedCount }: TrainedPolicy,
  parameterCount: number,
): { readonly total: number; readonly trained: number } {
  return { total: parameterCount + addedCount, trained: trainedCount };
}

/** An interval as result.json has it. */
export const interval = ({ value, low, high }: Interval): IntervalRecord => ({ value, low, high });

/** An evaluation as result.json has it. */
export function measurement(evaluation: Evaluation): Measurement {
  const { rolloutCount, taskCount, mode, levels, outcomes } = evaluation;
  const byLevel = Object.entries(levels).map(([level, some]) => [level, measured(some)] as const);
  return {
    samplesPerTask: Math.round(rolloutCount / Math.max(1, taskCount)),
    mode,
    ...measured(evaluation),
    ...(Object.keys(outcomes).length === 0 ? {} : { outcomes: { ...outcomes } }),
    ...(byLevel.length === 0 ? {} : { levels: Object.fromEntries(byLevel) }),
  };
}

function measured({
  taskCount,
  success,
  reward = unknown,
  components,
  metrics,
}: Measured): LevelMeasurement {
  return {
    tasks: taskCount,
    success: interval(success),
    reward: interval(reward),
    ...(Object.keys(components).length === 0 ? {} : { components: intervals(components) }),
    ...(Object.keys(metrics).length === 0 ? {} : { metrics: intervals(metrics) }),
  };
}

const intervals = (some: Readonly<Record<string, Interval>>): Record<string, IntervalRecord> =>
  Object.fromEntries(Object.entries(some).map(([name, part]) => [name, interval(part)]));

/** The tokens of all steps. */
function tokenCounts(rows: readonly MetricsRow[]): {
  readonly tokensSampled: number;
  readonly tokensTrained: number;
} {
  const total = (name: string): number => sum(rows.map(({ values }) => values?.[name] ?? 0));
  return { tokensSampled: total("tokens_sampled"), tokensTrained: total("tokens") };
}

/** The last row of metrics of each phase; the evaluations are in the result already. */
function lastSteps(metrics: readonly MetricsRow[]): NonNullable<ResultRecord["training"]> {
  const rows = metrics.flatMap(({ section, step, values }) =>
    values === undefined || section === "evaluation" ? [] : [{ phase: section, step, values }],
  );
  return [...new Map(rows.map((row) => [row.phase, row])).values()];
}
