/**
 * Formats of files of a run folder: `run.json` holds the configuration, `environment.json` the machines it ran on,
 * `lock.json` the process that writes to the folder, `failure.json` the error that the run ended with.
 */
import { z } from "zod";
import { defineFormat } from "./format.ts";
import { timestamp } from "./schema-parts.ts";

const run = z.strictObject({
  /** Four hex digits. The folder's name ends with them unless the option --out names the folder. */
  id: z.string(),
  name: z.string(),
  createdAt: timestamp,
  /** The configuration with every default filled in. */
  config: z.record(z.string(), z.unknown()),
});
/** The content of `run.json`. */
export type RunRecord = z.infer<typeof run>;
/** The format of `run.json`. */
export const runFormat = defineFormat("hone.run", 1, run);

const environment = z.strictObject({
  startedAt: timestamp,
  packageVersion: z.string(),
  node: z.string(),
  platform: z.string(),
  architecture: z.string(),
  cpu: z.string(),
  /** Cores this process may use. */
  cores: z.int(),
  /** Bytes this process may use. */
  memoryBytes: z.number(),
  /** Threads of matrix products that were asked for. */
  threads: z.int().optional(),
  /** The commit of the folder in which the run was started, when it is a Git repository. */
  gitCommit: z.string().optional(),
});
/** The machine and versions of one session of a run. */
export type Environment = z.infer<typeof environment>;

const failure = z.strictObject({
  /** The code of the error, or INTERNAL for one without a code. */
  code: z.string(),
  /** What happened and what to do. */
  message: z.string(),
  failedAt: timestamp,
});
/** The error that a run ended with. */
export type FailureRecord = z.infer<typeof failure>;
/** The format of `failure.json`, which a resume removes. */
export const failureFormat = defineFormat("hone.failure", 1, failure);

const judge = z.strictObject({
  /** The judge's name, as `--judge` names it. */
  judge: z.string(),
  /** Requests that were made. */
  calls: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  /** Dollars; absent where the price of the model is not known. */
  costUsd: z.number().optional(),
});
/** What the judge of a run has used, in all its sessions. */
/** The format of `judge.json`. */
export const judgeFormat = defineFormat("hone.judge", 1, judge);

/** One environment for each session; a resumed run has several. */
const environments = z.strictObject({ sessions: z.array(environment) });
/** The format of `environment.json`. */
export const environmentFormat = defineFormat("hone.environment", 1, environments);

const lock = z.strictObject({
  pid: z.int(),
  /** When the process started, in a unit of the system. Tells the process from a later one with the same pid. */
  processStart: z.string().optional(),
  host: z.string(),
  lockedAt: timestamp,
});
/** The content of `lock.json`. */
export type LockRecord = z.infer<typeof lock>;
/** The format of `lock.json`. */
export const lockFormat = defineFormat("hone.lock", 1, lock);

const batch = z.strictObject({ savedAt: timestamp, data: z.unknown() });
/** The format of `batches/<name>.json`: a batch whose loss or gradient was no number, kept for a look. */
export const batchFormat = defineFormat("hone.batch", 1, batch);
