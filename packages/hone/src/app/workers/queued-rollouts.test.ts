/** Rollouts over a queue: nothing is lost or counted twice, whatever workers, the queue or an earlier session did. */
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { HoneError } from "../../core/errors.ts";
import { fieldsOf, type JsonValue } from "../../core/json.ts";
import type { Rollout } from "../../core/rollout.ts";
import type { LeaseKey, LeaseRequest, RolloutQueue } from "../../ports/rollout-queue.ts";
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
import { openSqliteQueue } from "../../store/sqlite/sqlite-store.ts";
import { packageVersion } from "../../runs/environment.ts";
import { jobVersionOf } from "./rollout-job.ts";
import { goldenModel, queuedJob } from "./queued-job-fixture.ts";
import { queuedTask } from "./queued-rollouts.ts";
import { folderHash } from "./shared-weights.ts";
import { work } from "./work.ts";

let root = "";
let file = "";
let made = 0;
let counts: QueueCounts = noQueueCounts();
let queue: RolloutQueue;
const queues: RolloutQueue[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hone-queue-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  file = join(root, `${made++}.db`);
  counts = noQueueCounts();
  queue = await open();
});
afterEach(async () => {
  for (const one of queues.splice(0)) await one.close();
});

const open = async (): Promise<RolloutQueue> => {
  const opened = await openSqliteQueue(file);
  queues.push(opened);
  return opened;
};

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

/** What a trainer asks of workers: the rollouts of these names, whose reward is what a worker says. */
function ask(
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
    queue,
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
    counts,
    pollMs: 5,
  });
  const jobs = ids.map((id) => ({ id, task: { id }, seed: 1 }));
  return runner.run({ policy: named, jobs, ...(signal && { signal }) });
}

const totals = (rollouts: readonly Rollout[]): readonly (number | undefined)[] =>
  rollouts.map(({ reward }) => reward?.total);

/** A worker that ends rollouts with this result, until it is stopped. */
async function workWith(
  result: JsonValue,
  more: Partial<QueueWorkerOptions> = {},
): Promise<{ readonly ended: Promise<WorkerCounts>; readonly stop: () => Promise<WorkerCounts> }> {
  const controller = new AbortController();
  const ended = workOnQueue({
    queue: await open(),
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

describe("a trainer and its workers", () => {
  it("play every rollout once, whoever takes it, and leave the queue empty", async () => {
    const ids = Array.from({ length: 9 }, (_, i) => `r${i}`);
    const asked = ask(ids);
    const workers = [await workWith(1), await workWith(2)];
    const rollouts = await asked;
    const ended = await Promise.all(workers.map(({ stop }) => stop()));
    expect(rollouts.map(({ id }) => id)).toEqual(ids);
    expect(ended[0]!.ended + ended[1]!.ended).toBe(9);
    expect(counts).toEqual({ ...noQueueCounts(), played: 9 });
    expect(await queue.counts()).toMatchObject({ queued: 0, leased: 0, completed: 0 });
  });

  it("give a killed worker's rollout to another one, and refuse what comes too late", async () => {
    const asked = ask(["a"]);
    await expect.poll(async () => (await queue.counts()).queued).toBe(1);
    const [killed] = await queue.lease({ worker: "killed", leaseMs: 60 });
    const worker = await workWith(2);
    expect(totals(await asked)).toEqual([2]);
    await expect(queue.complete(killed!, 1)).rejects.toMatchObject({ code: "LEASE_LOST" });
    expect(await worker.stop()).toEqual({ ended: 1, refused: 0, handedBack: 0 });
    expect(counts).toMatchObject({ played: 1, takenAgain: 1, lost: 0 });
  });

  it("count a result whose lease ran out as refused, and not as played", async () => {
    const deaf = await open();
    let isLate = false;
    const late = await workWith(1, {
      queue: { ...callsOf(deaf), heartbeat: () => new Promise(() => undefined) },
      leaseMs: 40,
      concurrency: 1,
      play: async ([lease], to) => {
        await expect.poll(() => counts.played).toBe(1);
        to.ended(lease!, 1);
        isLate = true;
      },
    });
    const asked = ask(["a"]);
    await expect.poll(async () => (await queue.counts()).leased).toBe(1);
    await sleep(60);
    const worker = await workWith(2);
    expect(totals(await asked)).toEqual([2]);
    await expect.poll(() => isLate).toBe(true);
    expect(await late.stop()).toMatchObject({ ended: 0, refused: 1 });
    expect(await worker.stop()).toMatchObject({ ended: 1 });
    expect(counts.played).toBe(1);
  });

  it("keep a rollout that takes many leases' time, by heartbeats", async () => {
    const leaseMs = 60_000;
    let ahead = 0;
    const own = await openSqliteQueue(file, { clock: () => Date.now() + ahead });
    queues.push(own);
    const beats = Promise.withResolvers<void>();
    const slow = await workWith(1, {
      ...{ leaseMs, heartbeatMs: 5 },
      queue: {
        ...callsOf(own),
        // Before each heartbeat most of a lease's time passes.
        heartbeat: async (lease, ms) => {
          ahead += 0.8 * leaseMs;
          if (ahead > 4 * leaseMs) beats.resolve();
          return own.heartbeat(lease, ms);
        },
      },
      play: async ([lease], to) => {
        await beats.promise;
        to.ended(lease!, 1);
      },
    });
    expect(totals(await ask(["a"]))).toEqual([1]);
    expect(await slow.stop()).toMatchObject({ ended: 1, refused: 0 });
    expect(counts.takenAgain).toBe(0);
  });

  it("hand back what is held when a worker is stopped, or cannot play", async () => {
    const asked = ask(["a", "b"]);
    const never = await workWith(1, {
      play: (_, __, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("stopped")));
        }),
    });
    await expect.poll(async () => (await queue.counts()).leased).toBe(2);
    expect(await never.stop()).toEqual({ ended: 0, refused: 0, handedBack: 2 });
    const refusal = new HoneError("WORKER_VERSION_DIFFERS", { found: "9", own: "1" });
    const other = await workWith(1, { play: () => Promise.reject(refusal) });
    await expect(other.ended).rejects.toBe(refusal);
    expect((await queue.get("run/grpo/a"))?.attempts).toBe(0);
    await expect(other.stop()).rejects.toBe(refusal);
    const worker = await workWith(3);
    expect(totals(await asked)).toEqual([3, 3]);
    await worker.stop();
  });

  it("say which rollouts no worker ended, as failures at the workers", async () => {
    const worker = await workWith(1, {
      play: async (leases, to) => {
        const error = new HoneError("WORKER_WEIGHTS_MISSING", { folder: "w", reason: "gone" });
        for (const lease of leases) to.failed(lease, error);
      },
    });
    const [lost] = await ask(["a"]);
    expect(lost!.failure).toMatchObject({ boundary: "worker" });
    expect(lost!.failure!.message).toContain("1 worker took it and none ended it: WORKER_WEIGHTS");
    expect(counts).toMatchObject({ played: 0, lost: 1 });
    expect(await worker.stop()).toMatchObject({ handedBack: 1 });
  });

  it("end a worker to which no rollout is ready, and count none of its leases as an attempt", async () => {
    const error = new HoneError("WORKER_WEIGHTS_MISSING", { folder: "w", reason: "gone" });
    let requests = 0;
    const own = await open();
    const worker = await workWith(1, {
      // Without the pause until a rollout is given out again.
      queue: {
        ...callsOf(own),
        fail: (lease, why, how) => own.fail(lease, why, { ...how, retryAfterMs: 0 }),
      },
      play: async (leases, to) => {
        requests++;
        for (const lease of leases) to.unready(lease, error);
      },
    });
    const asked = ask(["a"], { maxAttempts: 1 });
    await expect(worker.ended).rejects.toBe(error);
    expect(requests).toBe(5);
    const other = await workWith(2);
    expect(totals(await asked)).toEqual([2]);
    expect(counts).toEqual({ ...noQueueCounts(), played: 1 });
    await other.stop();
  });

  it("lose the one rollout whose result the queue refuses, and play the others", async () => {
    const own = await open();
    const worker = await workWith(1, {
      queue: {
        ...callsOf(own),
        complete: async (lease, result) => {
          if (lease.rollout.id.endsWith("/a")) throw new Error("the disk says no");
          await own.complete(lease, result);
        },
      },
    });
    expect(totals(await ask(["a", "b", "c"]))).toEqual([undefined, 1, 1]);
    expect(counts).toMatchObject({ played: 2, lost: 1 });
    expect(await worker.stop()).toMatchObject({ ended: 2, handedBack: 1 });
  });

  it("count a rollout whose result cannot be read as lost, and take it out", async () => {
    const worker = await workWith("nonsense");
    const [lost] = await ask(["a"]);
    expect(lost!.failure!.message).toBe("its result cannot be read: no number");
    expect(counts).toEqual({ ...noQueueCounts(), lost: 1 });
    expect(await queue.get("run/grpo/a")).toBeUndefined();
    await worker.stop();
  });

  it("send one round of heartbeats at a time, each lease's without waiting for another's", async () => {
    const own = await open();
    const beats: string[] = [];
    const worker = await workWith(1, {
      heartbeatMs: 5,
      queue: {
        ...callsOf(own),
        heartbeat: ({ rollout: { id } }) => {
          beats.push(id);
          return new Promise(() => undefined);
        },
      },
      play: async (leases, to) => {
        await sleep(60);
        for (const lease of leases) to.ended(lease, 1);
      },
    });
    await queue.enqueue(["a", "b"].map((id) => ({ id, payload: 0 })));
    await expect.poll(async () => (await queue.counts()).completed).toBe(2);
    await worker.stop();
    expect(beats).toEqual(["a", "b"]);
  });

  it("wait for a queue that is away, and lose nothing", async () => {
    let isAway = false;
    const own = await open();
    const away =
      <Given extends readonly unknown[], Result>(call: (...given: Given) => Promise<Result>) =>
      async (...given: Given): Promise<Result> => {
        if (!isAway) return call(...given);
        throw new HoneError("STORE_UNREACHABLE", { store: "s", reason: "r", seconds: 60 });
      };
    const told: string[] = [];
    const worker = await workWith(1, {
      queue: {
        ...callsOf(own),
        lease: away((request: LeaseRequest) => own.lease(request)),
        complete: away((lease: LeaseKey, given: JsonValue) => own.complete(lease, given)),
      },
      play: async (leases, to) => {
        isAway = true;
        for (const lease of leases) to.ended(lease, 1);
        await sleep(50);
        isAway = false;
      },
      onAway: ({ message }) => told.push(message),
    });
    expect(totals(await ask(["a", "b", "c"]))).toEqual([1, 1, 1]);
    expect(told[0]).toContain("STORE_UNREACHABLE");
    expect(await worker.stop()).toMatchObject({ ended: 3, refused: 0 });
  });

  it("end a rollout that is asked for no more: its worker loses the lease", async () => {
    const stop = new AbortController();
    const asked = ask(["a"], {}, stop.signal);
    const worker = await workWith(1, {
      leaseMs: 60,
      play: (_, __, signal) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => resolve());
        }),
    });
    await expect.poll(async () => (await queue.counts()).leased).toBe(1);
    stop.abort();
    await expect(asked).rejects.toMatchObject({ code: "CANCELLED" });
    await expect.poll(async () => (await queue.counts()).leased).toBe(0);
    await sleep(60);
    expect(await worker.stop()).toMatchObject({ ended: 0, refused: 1 });
  });
});

describe("rollouts that an earlier session left", () => {
  const leave = async (hash: string, step: number): Promise<void> => {
    await queue.enqueue([{ id: "run/grpo/a", payload: { id: "a", hash, step } }]);
    const [lease] = await queue.lease({ worker: "earlier", leaseMs: 1000 });
    await queue.complete(lease!, 5);
  };

  it("are used where their weights are those of now", async () => {
    await leave("new", 3);
    expect(totals(await ask(["a"]))).toEqual([5]);
    expect(counts).toMatchObject({ played: 1, reused: 1, stale: 0 });
  });

  it("are dropped and counted where they are older than is allowed, and played anew", async () => {
    await leave("old", 2);
    const worker = await workWith(1);
    expect(totals(await ask(["a", "b"]))).toEqual([1, 1]);
    expect(counts).toMatchObject({ played: 2, reused: 0, stale: 1 });
    await worker.stop();
    await leave("old", 2);
    expect(totals(await ask(["a"], { maxStaleness: 1 }))).toEqual([5]);
    expect(counts).toMatchObject({ played: 3, reused: 1, stale: 1 });
  });

  it("are played anew and counted apart where they had failed", async () => {
    await queue.enqueue([{ id: "run/grpo/a", payload: { id: "a", hash: "new", step: 3 } }]);
    await queue.cancel("run/grpo/a");
    const worker = await workWith(1);
    expect(totals(await ask(["a"]))).toEqual([1]);
    expect(counts).toEqual({ ...noQueueCounts(), played: 1, endedBefore: 1 });
    await worker.stop();
  });

  it("are dropped where their weights are other ones of the same age, or newer", async () => {
    const worker = await workWith(1);
    await leave("other", 3);
    expect(totals(await ask(["a"], { maxStaleness: 9 }))).toEqual([1]);
    await worker.stop();
    expect(counts.stale).toBe(1);
  });
});

describe("hone worker", () => {
  it("refuses rollouts of another version of hone, and hands them back", async () => {
    const payload = { version: 1, hone: "99.0.0" };
    await queue.enqueue([{ id: "a", payload }]);
    const working = work({ queue: `sqlite:${file}`, idleSeconds: 5 });
    await expect(working).rejects.toMatchObject({
      code: "WORKER_VERSION_DIFFERS",
      facts: { found: "99.0.0" },
    });
    expect(await queue.get("a")).toMatchObject({
      status: "queued",
      error: { code: "WORKER_VERSION_DIFFERS" },
    });
  });

  it("counts a row that no worker can read as failed, and goes on", async () => {
    const payload = { ...jobVersionOf(await packageVersion()), run: 7 };
    await queue.enqueue([{ id: "a", payload }]);
    const told = await work({ queue: `sqlite:${file}`, idleSeconds: 0.1 });
    expect(told).toEqual({ ended: 0, refused: 0, handedBack: 1 });
    const { status, error } = (await queue.get("a"))!;
    expect({ status, code: error?.code }).toEqual({ status: "failed", code: "WORKER_JOB_INVALID" });
    expect(error!.message).toContain("run: ");
  });

  it("gets no task that JSON cannot hold: the trainer names its field", () => {
    const task = { id: "t", asked: { at: new Date(0) } };
    expect(() => queuedTask(task)).toThrow(/QUEUE_NOT_POSSIBLE.*task t.*asked\.at/);
  });

  /** Puts a rollout into the queue whose weights are the golden model's, in a folder of this name. */
  async function queueRollout(hash: string): Promise<void> {
    const folder = join(root, "weights");
    await mkdir(join(folder, hash), { recursive: true });
    await symlink(goldenModel, join(folder, hash, "model")).catch(() => undefined);
    const weights = { kind: "model", folder, hash, step: 0, name: "policy@0" } as const;
    await queue.enqueue([{ id: "a", payload: await queuedJob({ weights }), maxAttempts: 1 }]);
  }

  it("refuses rollouts of a model with another tokenizer", async () => {
    await queueRollout(await folderHash(goldenModel));
    await expect(work({ queue: `sqlite:${file}`, threads: 1 })).rejects.toMatchObject({
      code: "WORKER_TOKENIZER_DIFFERS",
      facts: { wanted: "another" },
    });
  });

  it("hands back rollouts whose weights it cannot see or that are others, and goes on", async () => {
    await queueRollout("0".repeat(32));
    const told = await work({ queue: `sqlite:${file}`, idleSeconds: 0.1 });
    expect(told).toEqual({ ended: 0, refused: 0, handedBack: 1 });
    const { error } = (await queue.get("a"))!;
    expect(error).toMatchObject({ code: "WORKER_WEIGHTS_MISSING" });
    expect(error!.message).toContain("not those that the trainer wrote");
  });
});

/** A queue whose methods can be replaced. */
const callsOf = (of: RolloutQueue): RolloutQueue => ({
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
