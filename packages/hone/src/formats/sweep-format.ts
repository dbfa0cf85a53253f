/** Formats of a sweep's folder: `sweep.json` holds every run that it is made of, `result.json` what came out. */
import { z } from "zod";
import { defineFormat } from "./format.ts";
import { anyNumber } from "./schema-parts.ts";

const settings = z.record(z.string(), z.unknown());

const sweep = z.strictObject({
  /** The command of every run: the name behind `hone train`. */
  train: z.string(),
  /** The settings that all runs have. */
  settings,
  /** The values of the settings that vary, a combination for each row of the table. */
  combinations: z.array(settings),
  /** Every combination is run with each of them. */
  seeds: z.array(z.int()),
});
/** The content of `sweep.json`. A folder with another one holds another sweep. */
export type SweepRecord = z.infer<typeof sweep>;
/** The format of `sweep.json`. */
export const sweepFormat = defineFormat("hone.sweep", 1, sweep);

const interval = z.strictObject({ value: anyNumber, low: anyNumber, high: anyNumber });
const change = z.strictObject({ before: interval, after: interval, difference: interval });

const row = z.strictObject({
  /** The number of the combination, from 1. */
  number: z.int(),
  /** Its values of the settings that vary. */
  values: settings,
  /** Seeds with a result; the intervals are over them, of one seed over its held-out tasks. */
  seeds: z.int(),
  /** Held-out success; absent without a result, as all that follows. */
  success: change.optional(),
  reward: change.optional(),
  /** Mean wall time of a run, in seconds. */
  seconds: anyNumber.optional(),
});
/** One combination of a sweep. */
export type SweepRow = z.infer<typeof row>;

const result = z.strictObject({ rows: z.array(row) });
/** The format of a sweep's `result.json`. */
export const sweepResultFormat = defineFormat("hone.sweep-result", 1, result);
