/** Reads the contents of a run folder, for a report or a list. Only reads, so it needs no lock. */
import { join } from "node:path";
import type { Format } from "../formats/format.ts";
import { readFormat } from "../formats/format.ts";
import { metricsFormat } from "../formats/metrics-format.ts";
import type { MetricsRow } from "../formats/metrics-format.ts";
import { resultFormat } from "../formats/result-format.ts";
import type { ResultRecord } from "../formats/result-format.ts";
import { environmentFormat, failureFormat } from "../formats/run-format.ts";
import type { Environment, FailureRecord, RunRecord } from "../formats/run-format.ts";
import { samplesFormat } from "../formats/samples-format.ts";
import type { SampleRow } from "../formats/samples-format.ts";
import { readJsonl } from "./jsonl-log.ts";
import { readRunRecord } from "./open-run.ts";
import { runFiles } from "./run-folder.ts";
import { promptsFormat, type PromptsRecord } from "../formats/prompts-format.ts";
import { readText } from "./run-files.ts";

/** The contents of a run folder. */
export interface RunData {
  readonly run: RunRecord;
  readonly sessions: readonly Environment[];
  readonly metrics: readonly MetricsRow[];
  readonly samples: readonly SampleRow[];
  /** Undefined while the run is not finished. */
  readonly result: ResultRecord | undefined;
  /** The candidates of a search for prompts; undefined for every other run. */
  readonly prompts: PromptsRecord | undefined;
}

/** @throws RUN_NOT_FOUND, FILE_DAMAGED, FORMAT_UNKNOWN_VERSION */
export async function readRunData(folder: string): Promise<RunData> {
  const environment = await readOptional(join(folder, runFiles.environment), environmentFormat);
  return {
    run: await readRunRecord(folder),
    sessions: environment?.sessions ?? [],
    metrics: await readJsonl(join(folder, runFiles.metrics), metricsFormat),
    samples: await readJsonl(join(folder, runFiles.samples), samplesFormat),
    result: await readResult(folder),
    prompts: await readOptional(join(folder, runFiles.prompts), promptsFormat),
  };
}

/** The result.json of a run; undefined while it is not finished. */
export function readResult(folder: string): Promise<ResultRecord | undefined> {
  return readOptional(join(folder, runFiles.result), resultFormat);
}

/** The failure.json of a run; undefined unless it ended with an error. */
export function readFailure(folder: string): Promise<FailureRecord | undefined> {
  return readOptional(join(folder, runFiles.failure), failureFormat);
}

async function readOptional<T>(path: string, format: Format<T>): Promise<T | undefined> {
  const text = await readText(path);
  return text === undefined ? undefined : readFormat(format, text, path);
}

/** The sections that have metrics, in the order in which they first appear. */
export function sectionsOf(metrics: readonly MetricsRow[]): string[] {
  return [...new Set(metrics.map((row) => row.section))];
}

/**
 * The numbers of the steps of a section, in their order.
 * @param upTo  the last step that is wanted
 * @throws FILE_DAMAGED, FORMAT_UNKNOWN_VERSION
 */
export async function readSteps(
  folder: string,
  section: string,
  upTo: number,
): Promise<Readonly<Record<string, number>>[]> {
  const rows = await readJsonl(join(folder, runFiles.metrics), metricsFormat);
  return rows.flatMap(({ section: of, step, values }) =>
    of === section && step <= upTo && values !== undefined ? [values] : [],
  );
}

/** The values of one metric over the steps of a section. */
export function curveOf(
  metrics: readonly MetricsRow[],
  section: string,
  name: string,
): { x: number; y: number; low?: number; high?: number }[] {
  return metrics.flatMap(({ section: of, step, values }) => {
    const y = values?.[name];
    if (of !== section || y === undefined) return [];
    const [low, high] = [values?.[`${name}_low`], values?.[`${name}_high`]];
    return [{ x: step, y, ...(low === undefined || high === undefined ? {} : { low, high }) }];
  });
}
