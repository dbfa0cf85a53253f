/** The trainer's side of a queue of rollouts: what of a run is played by workers, and what came of it. */
import { join } from "node:path";
import { closeAll, failClosed } from "../../core/close-all.ts";
import { shownAddress } from "../../core/shown-address.ts";
import type { Engine } from "../../engine/engine.ts";
import { HoneError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Task } from "../../core/rollout.ts";
import { jsonObject, jsonValue, problemsOf } from "../../formats/json-value.ts";
import type { RolloutQueue } from "../../ports/rollout-queue.ts";
import type { RolloutRunner } from "../../ports/rollout-runner.ts";
import { noQueueCounts, queuedRunner, type QueueCounts } from "../../rollouts/queued-runner.ts";
import type { RolloutProgress } from "../../rollouts/rollout-progress.ts";
import { tokenizerPrint } from "../../rollouts/tokenizer-print.ts";
import { packageVersion } from "../../runs/environment.ts";
import { runNameOf } from "../../runs/open-run.ts";
import { type RunFolder, runFiles } from "../../runs/run-folder.ts";
import { openQueue } from "../open-store.ts";
import type { PipelineEvent } from "../training/pipeline-events.ts";
import type { TrainedPolicy } from "../training/trained-policy.ts";
import {
  jobVersionOf,
  type QueuedJob,
  type QueuedPlay,
  readJob,
  readResult,
} from "./rollout-job.ts";
import { absentWarning, serverNote, workersEvents } from "./queue-events.ts";
import type { ListenAddress } from "./listen-address.ts";
import { openSnapshotServer, type SnapshotServer } from "./snapshot-server.ts";
import { SharedWeights } from "./shared-weights.ts";

/** Which queue a run's rollouts go into, and how workers play them. */
export interface QueueOptions {
  /** The address of a store with a queue: `postgres://…`, `sqlite:…` or `https://…`. */
  readonly url: string;
  /** Updates that the weights of rollouts which an earlier session left may be behind. */
  readonly maxStaleness: number;
  /** Where the run answers workers' model calls. Default: workers load the weights. */
  readonly server?: ListenAddress | undefined;
  readonly play: QueuedPlay;
}

/** A part of a run whose rollouts workers play. */
export interface QueuedPart {
  /** The phase or the evaluation. */
  readonly phase: string;
  readonly split: QueuedJob["split"];
  readonly sampling: QueuedJob["sampling"];
  /** Time limit of a rollout, in seconds. */
  readonly deadline: number;
  readonly progress: RolloutProgress;
}

/** The queue of a run. */
export interface QueuedRollouts {
  /** The policy, whose snapshots workers can read. */
  shared(policy: TrainedPolicy): TrainedPolicy;
  runner(part: QueuedPart): RolloutRunner;
  /** Warnings since the last call: that no worker comes. */
  news(): readonly PipelineEvent[];
  /** What workers did so far; with a warning where rollouts were lost or too old. */
  summary(): readonly PipelineEvent[];
  /**
   * Closes the queue.
   * @param hasEnded  whether the run has done its work or saved itself after its signal, so that nothing in the queue needs its
   *   weights; their files are deleted then. After an error workers still play what it left there for the resumed run.
   */
  close(how: { readonly hasEnded: boolean }): Promise<void>;
}

/** Opens the queue of a run. @throws as `openQueue` and `openSnapshotServer` */
export async function openQueuedRollouts(
  { url, maxStaleness, server: address, play }: QueueOptions,
  {
    run,
    engine,
    model,
  }: { readonly run: RunFolder; readonly engine: Engine; readonly model: string },
): Promise<QueuedRollouts> {
  const counts = noQueueCounts();
  const news: PipelineEvent[] = [];
  const shown = shownAddress(url);
  // The present snapshot, the reference, the one before, and those that what an earlier session left may still need.
  const weights = new SharedWeights(join(run.path, runFiles.weights), 3 + maxStaleness);
  const facts = {
    ...jobVersionOf(await packageVersion()),
    run: runNameOf(run.record),
    tokenizer: await tokenizerPrint(engine.renderer),
    model,
    play,
  };
  const queue = await openQueue(url);
  const closings = [() => queue.close()];
  const server = await opened(address, engine, closings);
  if (server !== undefined) news.push(serverNote(shown, server.url));
  return {
    shared: (policy) =>
      weights.of(policy, (snapshot, hash) => server?.served(snapshot, hash) ?? snapshot),
    runner: (part) =>
      runnerOf(part, {
        ...{ queue, counts, weights, facts, maxStaleness },
        onAbsent: (waiting) => news.push(absentWarning({ queue: shown, waiting, play })),
      }),
    news: () => news.splice(0),
    summary: () => workersEvents(shown, counts),
    close: async ({ hasEnded }) => {
      try {
        await closeAll(closings);
      } finally {
        if (hasEnded) await weights.clear();
      }
    },
  };
}

/** The server of the run's snapshots at an address, if there is to be one; where it cannot be opened, everything else is closed. */
async function opened(
  address: ListenAddress | undefined,
  engine: Engine,
  closings: (() => Promise<void>)[],
): Promise<SnapshotServer | undefined> {
  if (address === undefined) return undefined;
  try {
    const server = await openSnapshotServer(address, engine);
    closings.unshift(() => server.close());
    return server;
  } catch (error) {
    return failClosed(error, closings);
  }
}

interface RunnerParts {
  readonly queue: RolloutQueue;
  readonly counts: QueueCounts;
  readonly weights: SharedWeights;
  readonly facts: Pick<QueuedJob, "version" | "hone" | "run" | "tokenizer" | "model" | "play">;
  readonly maxStaleness: number;
  readonly onAbsent: (waiting: number) => void;
}

function runnerOf(
  { phase, split, sampling, deadline, progress }: QueuedPart,
  { queue, counts, weights, facts, maxStaleness, onAbsent }: RunnerParts,
): RolloutRunner {
  return queuedRunner({
    queue,
    counts,
    progress,
    maxStaleness,
    onAbsent,
    section: `${facts.run}/${phase}`,
    weightsOf: async ({ policy }) => weights.placeOf(policy),
    weightsIn: (payload) => readJob(payload)?.weights,
    payload: ({ id, seed, task }, _, { policy, temperature }) =>
      jsonValue.parse({
        ...facts,
        ...{ phase, split, sampling, deadlineMs: deadline * 1000 },
        weights: weights.placeOf(policy),
        ...(temperature === undefined ? {} : { temperature }),
        ...{ id, seed, task: queuedTask(task) },
      }),
    read: readResult,
  });
}

/** A task as workers read it. @throws QUEUE_NOT_POSSIBLE for one with a value that JSON does not have, such as a date */
export function queuedTask(task: Task): JsonObject {
  const { data, error } = jsonObject.safeParse({ ...task });
  if (data !== undefined) return data;
  const reason = `workers read tasks as JSON, and the task ${task.id} is none (${problemsOf(error)})`;
  throw new HoneError("QUEUE_NOT_POSSIBLE", { reason });
}
