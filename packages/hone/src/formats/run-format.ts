/** `run.json`: what was asked for; `environment.json`: where it ran; `lock.json`: who is writing. */
import { z } from "zod";
import { defineFormat, timestamp } from "./format.ts";

const run = z.strictObject({
  /** Four hex digits, the end of the folder's name unless --out chose it. */
  id: z.string(),
  name: z.string(),
  createdAt: timestamp,
  /** The configuration with every default filled in. */
  config: z.record(z.string(), z.unknown()),
});
export type RunRecord = z.infer<typeof run>;
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
  /** The commit checked out where the run was started, if any. */
  gitCommit: z.string().optional(),
});
export type Environment = z.infer<typeof environment>;

/** One environment per session: a run that was resumed has several. */
const environments = z.strictObject({ sessions: z.array(environment) });
export const environmentFormat = defineFormat("hone.environment", 1, environments);

const lock = z.strictObject({
  pid: z.int(),
  /** When the process started, in the system's own unit: tells a process from a later one with the same number. */
  processStart: z.string().optional(),
  host: z.string(),
  lockedAt: timestamp,
});
export type LockRecord = z.infer<typeof lock>;
export const lockFormat = defineFormat("hone.lock", 1, lock);

/** `batches/<name>.json`: a batch that broke training, kept to look at. */
const batch = z.strictObject({ savedAt: timestamp, data: z.unknown() });
export const batchFormat = defineFormat("hone.batch", 1, batch);
