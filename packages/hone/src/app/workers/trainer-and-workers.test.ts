import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { HoneError } from "../../core/errors.ts";
import type { JsonValue } from "../../core/json.ts";
import type { LeaseKey, LeaseRequest } from "../../ports/rollout-queue.ts";
import { noQueueCounts } from "../../rollouts/queued-runner.ts";
import { callsOf, QueueTrial, totals } from "./queue-trial-fixture.ts";

const trial = new QueueTrial();
beforeAll(() => trial.make());
beforeEach(() => trial.begin());
afterEach(() => trial.end());
afterAll(() => trial.remove());

describe("a trainer and its workers", () => {
  it("play every rollout once, whoever takes it, and leave the queue empty", async () => {
    const ids = Array.from({ length: 9 }, (_, i) => `r${i}`);
    const asked = trial.ask(ids);
    const workers = [await trial.workWith(1), await trial.workWith(2)];
    const rollouts = await asked;
    const ended = await Promise.all(workers.map(({ stop }) => stop()));
    expect(rollouts.map(({ id }) => id)).toEqual(ids);
    expect(ended[0]!.ended + ended[1]!.ended).toBe(9);
    expect(trial.counts).toEqual({ ...noQueueCounts(), played: 9 });
    expect(await trial.queue.counts()).toMatchObject({ queued: 0, leased: 0, completed: 0 });
  });

  it("give a killed worker's rollout to another one, and refuse what comes too late", async () => {
    const asked = trial.ask(["a"]);
    await expect.poll(async () => (await trial.queue.counts()).queued).toBe(1);
    const [killed] = await trial.queue.lease({ worker: "killed", leaseMs: 60 });
    const worker = await trial.workWith(2);
    expect(totals(await asked)).toEqual([2]);
    await expect(trial.queue.complete(killed!, 1)).rejects.toMatchObject({ code: "LEASE_LOST" });
    expect(await worker.stop()).toEqual({ ended: 1, refused: 0, handedBack: 0 });
    expect(trial.counts).toMatchObject({ played: 1, takenAgain: 1, lost: 0 });
  });

  it("count a result whose lease ran out as refused, and not as played", async () => {
    const deaf = await trial.open();
    let isLate = false;
    const late = await trial.workWith(1, {
      queue: { ...callsOf(deaf), heartbeat: () => new Promise(() => undefined) },
      leaseMs: 40,
      concurrency: 1,
      play: async ([lease], to) => {
        await expect.poll(() => trial.counts.played).toBe(1);
        to.ended(lease!, 1);
        isLate = true;
      },
    });
    const asked = trial.ask(["a"]);
    await expect.poll(async () => (await trial.queue.counts()).leased).toBe(1);
    await sleep(60);
    const worker = await trial.workWith(2);
    expect(totals(await asked)).toEqual([2]);
    await expect.poll(() => isLate).toBe(true);
    expect(await late.stop()).toMatchObject({ ended: 0, refused: 1 });
    expect(await worker.stop()).toMatchObject({ ended: 1 });
    expect(trial.counts.played).toBe(1);
  });

  it("keep a rollout that takes many leases' time, by heartbeats", async () => {
    const leaseMs = 60_000;
    let ahead = 0;
    const own = await trial.open({ clock: () => Date.now() + ahead });
    const beats = Promise.withResolvers<void>();
    const slow = await trial.workWith(1, {
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
    expect(totals(await trial.ask(["a"]))).toEqual([1]);
    expect(await slow.stop()).toMatchObject({ ended: 1, refused: 0 });
    expect(trial.counts.takenAgain).toBe(0);
  });

  it("hand back what is held when a worker is stopped, or cannot play", async () => {
    const asked = trial.ask(["a", "b"]);
    const never = await trial.workWith(1, {
      play: (_, __, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("stopped")));
        }),
    });
    await expect.poll(async () => (await trial.queue.counts()).leased).toBe(2);
    expect(await never.stop()).toEqual({ ended: 0, refused: 0, handedBack: 2 });
    const refusal = new HoneError("WORKER_VERSION_DIFFERS", { found: "9", own: "1" });
    const other = await trial.workWith(1, { play: () => Promise.reject(refusal) });
    await expect(other.ended).rejects.toBe(refusal);
    expect((await trial.queue.get("run/grpo/a"))?.attempts).toBe(0);
    await expect(other.stop()).rejects.toBe(refusal);
    const worker = await trial.workWith(3);
    expect(totals(await asked)).toEqual([3, 3]);
    await worker.stop();
  });

  it("say which rollouts no worker ended, as failures at the workers", async () => {
    const worker = await trial.workWith(1, {
      play: async (leases, to) => {
        const error = new HoneError("WORKER_WEIGHTS_MISSING", { folder: "w", reason: "gone" });
        for (const lease of leases) to.failed(lease, error);
      },
    });
    const [lost] = await trial.ask(["a"]);
    expect(lost!.failure).toMatchObject({ boundary: "worker" });
    expect(lost!.failure!.message).toContain("1 worker took it and none ended it: WORKER_WEIGHTS");
    expect(trial.counts).toMatchObject({ played: 0, lost: 1 });
    expect(await worker.stop()).toMatchObject({ handedBack: 1 });
  });

  it("lose the one rollout whose result the queue refuses, and play the others", async () => {
    const own = await trial.open();
    const worker = await trial.workWith(1, {
      queue: {
        ...callsOf(own),
        complete: async (lease, result) => {
          if (lease.rollout.id.endsWith("/a")) throw new Error("the disk says no");
          await own.complete(lease, result);
        },
      },
    });
    expect(totals(await trial.ask(["a", "b", "c"]))).toEqual([undefined, 1, 1]);
    expect(trial.counts).toMatchObject({ played: 2, lost: 1 });
    expect(await worker.stop()).toMatchObject({ ended: 2, handedBack: 1 });
  });

  it("count a rollout whose result cannot be read as lost, and take it out", async () => {
    const worker = await trial.workWith("nonsense");
    const [lost] = await trial.ask(["a"]);
    expect(lost!.failure!.message).toBe("its result cannot be read: no number");
    expect(trial.counts).toEqual({ ...noQueueCounts(), lost: 1 });
    expect(await trial.queue.get("run/grpo/a")).toBeUndefined();
    await worker.stop();
  });

  it("send one round of heartbeats at a time, each lease's without waiting for another's", async () => {
    const own = await trial.open();
    const beats: string[] = [];
    const worker = await trial.workWith(1, {
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
    await trial.queue.enqueue(["a", "b"].map((id) => ({ id, payload: 0 })));
    await expect.poll(async () => (await trial.queue.counts()).completed).toBe(2);
    await worker.stop();
    expect(beats).toEqual(["a", "b"]);
  });

  it("wait for a queue that is away, and lose nothing", async () => {
    let isAway = false;
    const own = await trial.open();
    const away =
      <Given extends readonly unknown[], Result>(call: (...given: Given) => Promise<Result>) =>
      async (...given: Given): Promise<Result> => {
        if (!isAway) return call(...given);
        throw new HoneError("STORE_UNREACHABLE", { store: "s", reason: "r", seconds: 60 });
      };
    const told: string[] = [];
    const worker = await trial.workWith(1, {
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
    expect(totals(await trial.ask(["a", "b", "c"]))).toEqual([1, 1, 1]);
    expect(told[0]).toContain("STORE_UNREACHABLE");
    expect(await worker.stop()).toMatchObject({ ended: 3, refused: 0 });
  });

  it("end a rollout that is asked for no more: its worker loses the lease", async () => {
    const stop = new AbortController();
    const asked = trial.ask(["a"], {}, stop.signal);
    const worker = await trial.workWith(1, {
      leaseMs: 60,
      play: (_, __, signal) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => resolve());
        }),
    });
    await expect.poll(async () => (await trial.queue.counts()).leased).toBe(1);
    stop.abort();
    await expect(asked).rejects.toMatchObject({ code: "CANCELLED" });
    await expect.poll(async () => (await trial.queue.counts()).leased).toBe(0);
    await sleep(60);
    expect(await worker.stop()).toMatchObject({ ended: 0, refused: 1 });
  });
});
