/** What the dashboard reads, apart from traces, which come from a store. */
import type { MetricsRow } from "../../formats/metrics-format.ts";
import type { TraceFilter } from "../../core/trace-query.ts";
import type { ResultRecord } from "../../formats/result-format.ts";
import type { TraceStore } from "../../ports/trace-store.ts";

/** One run of the list. */
export interface UiRun {
  /** The name of its folder. */
  readonly name: string;
  readonly status: "running" | "done" | "stopped" | "failed" | "damaged";
  /** ISO 8601, UTC. */
  readonly createdAt?: string;
  /** Why it failed or is damaged. */
  readonly problem?: string;
  /** The command that made it, without `hone`, as "run math". */
  readonly command?: string;
  readonly model?: string;
  readonly seed?: number;
  /** Before and after, once it is measured. */
  readonly result?: ResultRecord;
}

/** One run in detail. */
export interface UiRunDetails extends UiRun {
  /** Its folder, as commands take it. */
  readonly folder: string;
  /** Every setting as it was resolved. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly checkpoints: readonly { readonly name: string; readonly step: number }[];
}

/** Runs side by side. */
export interface UiComparison {
  /** The names of runs that differ by nothing but the seed, together. */
  readonly groups: readonly (readonly string[])[];
  /** The settings in which the groups differ, with a value for each group. */
  readonly settings: readonly { readonly key: string; readonly values: readonly string[] }[];
}

/** Rows of metrics.jsonl from a place on, without histograms. */
export interface UiMetrics {
  readonly rows: readonly MetricsRow[];
  /** Where the next rows begin, in bytes of the file. */
  readonly next: number;
  /** Whether more rows are there already. */
  readonly hasMore: boolean;
  /** True where a resume has cut the file since `from` was given: the rows are those of the whole file, from its beginning, and earlier ones count no more. */
  readonly isAnew: boolean;
}

/** How the values of a histogram are spread over the steps of a run. */
export interface UiSpread {
  /** The ends of the bins, which are of equal width and the same at all steps. */
  readonly least: number;
  readonly greatest: number;
  /** Values that are in no bin, since they are not finite. */
  readonly notFinite: number;
  /** Steps, or some neighbouring ones together, in their order. */
  readonly columns: readonly {
    /** The first and the last step. */
    readonly from: number;
    readonly to: number;
    /** How many values are in each bin; the last one has the greatest value, too. */
    readonly counts: readonly number[];
    /** Of its own values; absent where it has none. */
    readonly least?: number;
    readonly median?: number;
    readonly greatest?: number;
  }[];
}

/** A histogram of a section: "reward" of "grpo". */
export interface UiDistribution extends UiSpread {
  readonly section: string;
  readonly name: string;
}

/** The runs of a folder, each by the name of its own folder there. */
export interface UiRunLibrary {
  list(): Promise<readonly UiRun[]>;
  /** @throws RUN_NOT_FOUND, FILE_DAMAGED */
  show(name: string): Promise<UiRunDetails>;
  /** @throws RUN_NOT_FOUND */
  status(name: string): Promise<UiRun["status"]>;
  /** @throws RUN_NOT_FOUND, FILE_DAMAGED */
  compare(names: readonly string[]): Promise<UiComparison>;
  /**
   * The whole rows of a run's metrics from a place on, some megabytes at most.
   * @param from  bytes of the file: 0, or the `next` of an earlier call
   * @throws RUN_NOT_FOUND, FILE_DAMAGED
   */
  metrics(name: string, from: number): Promise<UiMetrics>;
  /** The histograms that the run has kept. @throws RUN_NOT_FOUND, FILE_DAMAGED */
  distributions(name: string): Promise<readonly UiDistribution[]>;
  /** The size of the file of a run's metrics; 0 where there is none. @throws RUN_NOT_FOUND */
  metricsBytes(name: string): Promise<number>;
}

/** The forms of files that traces are written as: conversations to train on, tasks to evaluate and train with, whole traces. */
export const exportForms = ["messages", "tasks", "traces"] as const;

/** The lines of a file of the traces of a filter. @throws TRACES_NONE, TRACES_NO_TASKS where there would be none */
export type UiExporter = (
  store: TraceStore,
  form: (typeof exportForms)[number],
  filter: TraceFilter,
) => AsyncIterable<string>;

/** A file of the built page. */
export interface UiAsset {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its media type. */
  readonly type: string;
}

/** The files of the built page by their path, as "assets/index-1a2b.js"; undefined for one that is not there. */
export type UiAssets = (path: string) => UiAsset | undefined;
