/**
 * A runner whose rollouts are played elsewhere: it puts them into a queue, and waits until workers have ended them.
 *
 * A session of the run that ended early leaves rollouts in the queue. They have the names that the same step gives them now, and
 * are used where their weights are those of now, or at most `maxStaleness` updates older; others, and those that have failed, are
 * taken out, counted, and put in anew.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { HoneError, messageOf } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import type { Rollout, Task } from "../core/rollout.ts";
import type { TraceError } from "../core/span.ts";
import type { QueuedRollout, RolloutQueue } from "../ports/rollout-queue.ts";
import type { RolloutJob, RolloutRunner, RunRolloutsRequest } from "../ports/rollout-runner.ts";
import { type QueueWatch, queueWatch, type QueueWatchOptions } from "./queue-watch.ts";
import type { RolloutProgress } from "./rollout-progress.ts";

/** The weights that a rollout is played with. */
export interface JobWeights {
  /** The same for the same numbers. */
  readonly hash: string;
  /** Updates that led to them. */
  readonly step: number;
}

/** What workers and their queue did for a run. */
export interface QueueCounts {
  /** Rollouts that workers played, each counted once. */
  played: number;
  /** Of these, those that more than one worker took, since the ones before were killed or gave up. */
  takenAgain: number;
  /** Rollouts that no worker ended, or whose results cannot be read. */
  lost: number;
  /** Rollouts that an earlier session had left, and that were used. */
  reused: number;
  /** Rollouts that an earlier session had left, and that were dropped: their weights were too old. */
  stale: number;
  /** Rollouts that had failed or were cancelled in an earlier session, and that were put in anew. */
  endedBefore: number;
}

/** No counts yet. */
export const noQueueCounts = (): QueueCounts => ({
  played: 0,
  takenAgain: 0,
  lost: 0,
  reused: 0,
  stale: 0,
  endedBefore: 0,
});

/** How rollouts are queued and read. */
export interface QueuedRunnerOptions {
  readonly queue: RolloutQueue;
  /** Names the run and the part of it that asks, before the names of its rollouts. */
  readonly section: string;
  /** The weights of a request's policy, once workers can read them. */
  readonly weightsOf: (request: RunRolloutsRequest) => Promise<JobWeights>;
  /** What a worker is to do. */
  readonly payload: (
    job: RolloutJob,
    weights: JobWeights,
    request: RunRolloutsRequest,
  ) => JsonValue;
  /** The weights of a payload; undefined for one of another version. */
  readonly weightsIn: (payload: JsonValue) => JobWeights | undefined;
  /** The rollout that a worker gave back. @throws for a result that is none */
  readonly read: (result: JsonValue, job: RolloutJob) => Rollout;
  /** Updates that the weights of rollouts which an earlier session left may be behind. */
  readonly maxStaleness: number;
  /** Leases given out at most before a rollout counts as lost. Default 10. */
  readonly maxAttempts?: number;
  readonly progress: RolloutProgress;
  /** Is added to. */
  readonly counts: QueueCounts;
  /** Time between two questions for what has ended, in ms. Default 100. */
  readonly pollMs?: number;
  /** See `QueueWatchOptions`. */
  readonly onAbsent?: QueueWatchOptions["onAbsent"];
  /** See `QueueWatchOptions`. */
  readonly absentMs?: QueueWatchOptions["absentMs"];
}

/** A runner over a queue; see the head of this file. */
export const queuedRunner = (options: QueuedRunnerOptions): RolloutRunner => ({
  run: (request) => new QueuedRequest(options, request).run(),
});

/** One request: its rollouts by their names in the queue. */
class QueuedRequest {
  readonly #options: QueuedRunnerOptions;
  readonly #request: RunRolloutsRequest;
  readonly #watch: QueueWatch;
  /** Rollouts that have not ended: their names in the queue → their ids. */
  readonly #waiting: Map<string, string>;
  readonly #orders: ReadonlyMap<string, number>;
  readonly #rollouts: Rollout[] = [];

  constructor(options: QueuedRunnerOptions, request: RunRolloutsRequest) {
    this.#options = options;
    this.#request = request;
    const { section } = options;
    this.#watch = queueWatch(options);
    this.#waiting = new Map(request.jobs.map(({ id }) => [`${section}/${id}`, id]));
    this.#orders = new Map([...this.#waiting.keys()].map((name, order) => [name, order]));
  }

  async run(): Promise<readonly Rollout[]> {
    const { queue, pollMs = 100, progress } = this.#options;
    const { jobs, signal } = this.#request;
    const names = [...this.#waiting.keys()];
    progress.begin(jobs.length);
    await this.#enqueue(await this.#options.weightsOf(this.#request));
    while (this.#waiting.size > 0 && signal?.aborted !== true) {
      for (const ended of await queue.ended([...this.#waiting.keys()])) this.#take(ended);
      if (this.#waiting.size === 0) break;
      await this.#watch.look(this.#waiting);
      await sleep(pollMs, undefined, signal ? { signal } : {}).catch(() => undefined);
    }
    this.#watch.end();
    // What was read is in the run now. After the signal nothing waits for the rest, whose workers learn of it by a lost lease.
    await queue.remove(names);
    if (this.#waiting.size > 0) throw new HoneError("CANCELLED", { what: "Running rollouts" });
    return this.#rollouts;
  }

  async #enqueue(weights: JobWeights): Promise<void> {
    const { queue, payload, maxAttempts = 10 } = this.#options;
    const rows = [...this.#orders].map(([id, order]) => ({
      id,
      maxAttempts,
      payload: payload(this.#request.jobs[order]!, weights, this.#request),
    }));
    const added = await queue.enqueue(rows);
    if (added === rows.length) return;
    const counted = { stale: 0, endedBefore: 0 };
    const dropped = new Set<string>();
    for (const { id } of rows) {
      const why = await this.#unusable(id, weights);
      if (why === undefined) continue;
      dropped.add(id);
      counted[why]++;
    }
    const { counts } = this.#options;
    counts.stale += counted.stale;
    counts.endedBefore += counted.endedBefore;
    counts.reused += rows.length - added - dropped.size;
    await queue.remove([...dropped]);
    await queue.enqueue(rows.filter(({ id }) => dropped.has(id)));
  }

  /** Why the rollout of this name in the queue, which may be of an earlier session, will not do; undefined for one that will. */
  async #unusable(
    id: string,
    { hash, step }: JobWeights,
  ): Promise<"stale" | "endedBefore" | undefined> {
    const { queue, weightsIn, maxStaleness } = this.#options;
    const left = await queue.get(id);
    if (left?.status === "failed" || left?.status === "cancelled") return "endedBefore";
    const theirs = left && weightsIn(left.payload);
    if (theirs === undefined) return "stale";
    const lag = step - theirs.step;
    return theirs.hash === hash || (lag > 0 && lag <= maxStaleness) ? undefined : "stale";
  }

  #take(ended: QueuedRollout): void {
    const { id, attempts } = ended;
    if (!this.#waiting.delete(id)) return;
    const order = this.#orders.get(id)!;
    this.#watch.sawWorker();
    const { progress, counts } = this.#options;
    const job = this.#request.jobs[order]!;
    const rollout = this.#rolloutOf(ended, job);
    const isPlayed = rollout.failure?.boundary !== "worker";
    counts[isPlayed ? "played" : "lost"]++;
    if (isPlayed && attempts > 1) counts.takenAgain++;
    this.#rollouts[order] = rollout;
    progress.end(rollout);
    this.#request.onEnd?.(rollout);
  }

  /** What a worker gave back. A result that cannot be read is a lost rollout: it would be the same at the next look. */
  #rolloutOf({ status, attempts, result, error }: QueuedRollout, job: RolloutJob): Rollout {
    if (status !== "completed" || result === undefined)
      return lostRollout(job, attempts, notEnded(attempts, error));
    try {
      return this.#options.read(result, job);
    } catch (cause) {
      return lostRollout(job, attempts, `its result cannot be read: ${messageOf(cause)}`);
    }
  }
}

/** The failure of a rollout that no worker ended. */
const notEnded = (attempts: number, error: TraceError | undefined): string =>
  `${attempts} ${attempts === 1 ? "worker" : "workers"} took it and none ended it: ${error?.message ?? "it was cancelled"}`;

const lostRollout = (
  { id, task }: RolloutJob<Task>,
  attempts: number,
  message: string,
): Rollout => ({
  id,
  task,
  turns: [],
  answer: undefined,
  reward: undefined,
  isSuccess: false,
  failure: { boundary: "worker", message },
  attempts: Math.max(1, attempts),
  seconds: 0,
});
