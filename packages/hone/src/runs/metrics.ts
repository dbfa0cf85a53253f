/** Metrics as JSON Lines: each call appends a row, which is in the file when the call returns. */
import { metricsFormat } from "../formats/metrics-format.ts";
import type { MetricsRow } from "../formats/metrics-format.ts";
import type { Tracker } from "../ports/tracker.ts";
import type { AppendLog } from "./append-log.ts";
import { appendRow, openJsonlLog } from "./jsonl-log.ts";

/** Writes metrics.jsonl. */
export class MetricsTracker implements Tracker {
  readonly log: AppendLog;

  /** @param keep bytes to keep of an existing file, from a checkpoint's `logs` */
  constructor(path: string, keep?: number) {
    this.log = openJsonlLog(path, metricsFormat, keep);
  }

  scalars(section: string, step: number, values: Readonly<Record<string, number>>): void {
    this.#append({ section, step, time: new Date().toISOString(), values: { ...values } });
  }

  histogram(section: string, step: number, name: string, values: readonly number[]): void {
    const histograms = { [name]: [...values] };
    this.#append({ section, step, time: new Date().toISOString(), histograms });
  }

  async close(): Promise<void> {
    this.log.close();
  }

  #append(row: MetricsRow): void {
    appendRow(this.log, row);
  }
}

/** One tracker that passes every call to several trackers. */
export function combineTrackers(trackers: readonly Tracker[]): Tracker {
  return {
    scalars: (...call) => trackers.forEach((tracker) => tracker.scalars(...call)),
    histogram: (...call) => trackers.forEach((tracker) => tracker.histogram?.(...call)),
    close: async () => {
      for (const tracker of trackers) await tracker.close();
    },
  };
}
