/** A rollout as it waits in a queue, and as a worker gives it back: what a worker must know to play it exactly as its trainer would. */
import { z } from "zod";
import { HoneError } from "../../core/errors.ts";
import { fieldsOf, type JsonValue } from "../../core/json.ts";
import type { Rollout } from "../../core/rollout.ts";
import { jsonObject, jsonValue, problemsOf } from "../../formats/json-value.ts";
import { readTrace, writeTrace } from "../../formats/trace-format.ts";
import { rolloutOfTrace } from "../../rollouts/trace-rollout.ts";
import { traceOfRollout } from "../../rollouts/rollout-trace.ts";

/** The version of the two forms below. A worker of another one, or of another hone, plays nothing. */
const jobVersion = 1;

const sampling = z.strictObject({
  maxTokens: z.int(),
  temperature: z.number().optional(),
  topK: z.int().optional(),
  topP: z.number().optional(),
  minP: z.number().optional(),
  stopStrings: z.array(z.string()).readonly().optional(),
});

/** How a domain's tasks are played. */
const domainPlay = z.strictObject({
  /** A domain's name, or the path of a user's file. */
  domain: z.string(),
  /** The SHA-256 of that file. */
  digest: z.string().optional(),
  /** The wording of the tasks, and the system message in place of its own. */
  form: z.enum(["compact", "instructed"]),
  system: z.string().optional(),
  /** Actions until an episode is cut off. */
  maxActions: z.int(),
});

/** See `domainPlay`. */
export type DomainPlay = z.infer<typeof domainPlay>;

/** The agent and the reward of a program, which a worker that is a program of the same user has under this name. */
const programPlay = z.strictObject({ program: z.string() });

const play = z.union([domainPlay, programPlay]);

/** How tasks are played. */
export type QueuedPlay = z.infer<typeof play>;

const rolloutJob = z.strictObject({
  version: z.literal(jobVersion),
  /** The trainer's version of hone. */
  hone: z.string(),
  run: z.string(),
  phase: z.string(),
  split: z.enum(["train", "test"]),
  /** Names the tokenizer of the model that is trained. */
  tokenizer: z.string(),
  /** The folder of the model that training started from, as the trainer sees it. */
  model: z.string(),
  weights: z.strictObject({
    kind: z.enum(["adapter", "model"]),
    /** The run's folder of weights, as the trainer sees it; these are below it, by their hash. */
    folder: z.string(),
    hash: z.string().regex(/^[0-9a-f]{32}$/),
    /** Updates that led to them. */
    step: z.int(),
    /** Their name in turns. */
    name: z.string(),
  }),
  play,
  sampling,
  /** In place of the temperature of `sampling`. */
  temperature: z.number().optional(),
  deadlineMs: z.number(),
  id: z.string(),
  seed: z.number(),
  task: z.looseObject({ id: z.string() }),
});

/** A rollout that waits. */
export type QueuedJob = z.infer<typeof rolloutJob>;

/** A job as it is written. */
export const jobVersionOf = (hone: string): Pick<QueuedJob, "version" | "hone"> => ({
  version: jobVersion,
  hone,
});

/** The job that a row of the queue holds; undefined if the row does not match the schema of this version of hone. */
export const readJob = (payload: JsonValue): QueuedJob | undefined =>
  rolloutJob.safeParse(payload).data;

/**
 * The job of a lease.
 * @param own  this worker's version of hone
 * @throws WORKER_VERSION_DIFFERS; WORKER_JOB_INVALID for a row of this version that no worker can read
 */
export function demandJob(payload: JsonValue, own: string): QueuedJob {
  const { version, hone } = fieldsOf(payload);
  if (hone !== own || version !== jobVersion) {
    const found = typeof hone === "string" && hone !== own ? hone : "another kind";
    throw new HoneError("WORKER_VERSION_DIFFERS", { found, own });
  }
  const { data, error } = rolloutJob.safeParse(payload);
  if (data !== undefined) return data;
  throw new HoneError("WORKER_JOB_INVALID", { problem: problemsOf(error) });
}

/** The rollout as a queue keeps it: as the trace that it becomes in a store, so tokens and log-probs come back to the last bit. */
export function writeResult(
  rollout: Rollout,
  { run, phase, split, weights }: QueuedJob,
): JsonValue {
  const turns = rollout.turns.map((turn) => ({ ...turn, weightsVersion: weights.name }));
  const origin = { run, phase, split, group: 0, index: 0, agent: "worker", endedAt: Date.now() };
  return { trace: jsonValue.parse(writeTrace(traceOfRollout({ ...rollout, turns }, origin))) };
}

const playedRollout = z.strictObject({ trace: jsonObject });

/** The rollout of a result. @throws ROLLOUT_INVALID */
export function readResult(result: JsonValue, { id, task }: Pick<Rollout, "id" | "task">): Rollout {
  const { data } = playedRollout.safeParse(result);
  const read = data && rolloutOfTrace(readTrace(data.trace, { where: `the result of ${id}` }));
  if (read !== undefined) return { ...read.rollout, id, task };
  throw new HoneError("ROLLOUT_INVALID", { name: `result of ${id}`, problem: "it is no rollout" });
}
