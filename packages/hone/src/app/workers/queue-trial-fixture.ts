/** A queue in a file with a trainer and workers of a few lines, for tests of what the two do with each other. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fieldsOf, type JsonValue } from "../../core/json.ts";
import type { Rollout } from "../../core/rollout.ts";
import type { RolloutQueue } from "../../ports/rollout-queue.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import {
  type JobWeights,
  noQueueCounts,
  type QueueCounts,
  queuedRunner,
} from "../../rollouts/queued-runner.ts";
import {
  type QueueWorkerOptions,
  type WorkerCounts,
  workOnQueue,
} from "../../rollouts/queue-worker.ts";
import { RolloutProgress } from "../../rollouts/rollout-progress.ts";
import type { QueueOptions } from "../../store/sql/sql-rollout-queue.ts";
import { openSqliteQueue } from "../../store/sqlite/sqlite-store.ts";

const rollout = (id: string, total: number): Rollout => ({
  id,
  task: { id },
  turns: [],
  answer: undefined,
  reward: { total, components: {}, source: "rule" },
  isSuccess: total > 0,
  failure: undefined,
  attempts: 1,
  seconds: 0,
});

const named: SamplingClient = {
  weightsVersion: "policy@3",
  sample: async () => [],
  stream: async function* () {},
  logProbs: async () => new Float32Array(),
  close: async () => undefined,
};

/** A worker that runs. */
interface RunningWorker {
  readonly ended: Promise<WorkerCounts>;
  readonly stop: () => Promise<WorkerCounts>;
}

/** A new queue for each test of a file. */
export class QueueTrial {
  /** The folder of all tests, and the file of this one's queue. */
  root = "";
  file = "";
  /** What became of the rollouts that were asked for. */
  counts: QueueCounts = noQueueCounts();
  readonly #open: RolloutQueue[] = [];
  #made = 0;

  /** Before all tests of a file. */
  async make(): Promise<void> {
    this.root = await mkdtemp(join(tmpdir(), "hone-queue-"));
  }

  /** Before each test. */
  async begin(): Promise<void> {
    this.file = join(this.root, `${this.#made++}.db`);
    this.counts = noQueueCounts();
    await this.open();
  }

  /** After each test. */
  async end(): Promise<void> {
    for (const one of this.#open.splice(0)) await one.close();
  }

  /** After all tests. */
  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }

  /** The trainer's connection. */
  get queue(): RolloutQueue {
    return this.#open[0]!;
  }

  /** One more connection, which is closed after the test. */
  async open(options?: QueueOptions): Promise<RolloutQueue> {
    const opened = await openSqliteQueue(this.file, options);
    this.#open.push(opened);
    return opened;
  }

  /** What a trainer asks of workers: the rollouts of these names, whose reward is what a worker says. */
  ask(
    ids: readonly string[],
    more: {
      readonly weights?: JobWeights;
      readonly maxStaleness?: number;
      readonly maxAttempts?: number;
    } = {},
    signal?: AbortSignal,
  ): Promise<readonly Rollout[]> {
    const { weights: now = { hash: "new", step: 3 }, maxStaleness = 0, maxAttempts } = more;
    const runner = queuedRunner({
      queue: this.queue,
      section: "run/grpo",
      weightsOf: async () => now,
      payload: ({ id }, { hash, step }) => ({ id, hash, step }),
      weightsIn: (payload) => {
        const { hash, step } = fieldsOf(payload);
        return { hash: String(hash), step: Number(step) };
      },
      read: (result, { id }) => {
        if (typeof result !== "number") throw new Error("no number");
        return rollout(id, result);
      },
      maxStaleness,
      ...(maxAttempts !== undefined && { maxAttempts }),
      progress: new RolloutProgress(),
      counts: this.counts,
      pollMs: 5,
    });
    const jobs = ids.map((id) => ({ id, task: { id }, seed: 1 }));
    return runner.run({ policy: named, jobs, ...(signal && { signal }) });
  }

  /** A worker that ends rollouts with this result, until it is stopped. */
  async workWith(
    result: JsonValue,
    more: Partial<QueueWorkerOptions> = {},
  ): Promise<RunningWorker> {
    const controller = new AbortController();
    const ended = workOnQueue({
      queue: await this.open(),
      name: `worker of ${JSON.stringify(result)}`,
      concurrency: 2,
      leaseMs: 5000,
      pollMs: 5,
      play: async (leases, to) => leases.forEach((lease) => to.ended(lease, result)),
      signal: controller.signal,
      ...more,
    });
    // A worker may fail before it is stopped.
    ended.catch(() => undefined);
    return {
      ended,
      stop: () => {
        controller.abort();
        return ended;
      },
    };
  }
}

/** The rewards of rollouts. */
export const totals = (rollouts: readonly Rollout[]): readonly (number | undefined)[] =>
  rollouts.map(({ reward }) => reward?.total);

/** A queue whose methods can be replaced. */
export const callsOf = (of: RolloutQueue): RolloutQueue => ({
  enqueue: (rollouts) => of.enqueue(rollouts),
  lease: (request) => of.lease(request),
  heartbeat: (lease, leaseMs) => of.heartbeat(lease, leaseMs),
  complete: (lease, result) => of.complete(lease, result),
  fail: (lease, error, options) => of.fail(lease, error, options),
  cancel: (id) => of.cancel(id),
  get: (id) => of.get(id),
  ended: (ids) => of.ended(ids),
  held: () => of.held(),
  remove: (ids) => of.remove(ids),
  counts: () => of.counts(),
  close: () => of.close(),
});
