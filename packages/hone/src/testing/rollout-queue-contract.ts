/** The promises of a `RolloutQueue` as tests. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "../core/clock.ts";
import { isError } from "../core/errors.ts";
import type { Lease, RolloutQueue } from "../ports/rollout-queue.ts";

/** How the tests open the queue that they check. */
export interface RolloutQueueContractOptions {
  /** Opens an empty queue that uses this clock; called before each test. */
  readonly open: (clock: Clock) => Promise<RolloutQueue>;
  /** Opens the queue of the last `open` once more, as another worker does, with a clock of its own. */
  readonly join: (clock: Clock) => Promise<RolloutQueue>;
  /** Removes what `open` made; called after each test. */
  readonly clean?: () => Promise<void>;
}

const noon = Date.UTC(2025, 0, 9, 12);
const second = 1000;

const isLost = (error: unknown): boolean => isError(error, "LEASE_LOST");

/**
 * Defines the tests of the promises of a `RolloutQueue`, for vitest. A new queue is done when they pass.
 *
 * @param name  names the queue in the tests' names
 * @example rolloutQueueContract("sqlite", { open, join });
 */
export function rolloutQueueContract(name: string, options: RolloutQueueContractOptions): void {
  describe(`${name} rollout queue`, () => {
    let now = noon;
    let queue: RolloutQueue;
    const others: RolloutQueue[] = [];
    beforeEach(async () => {
      now = noon;
      queue = await options.open(() => now);
    });
    afterEach(async () => {
      for (const other of others.splice(0)) await other.close();
      await queue.close();
      await options.clean?.();
    });

    const join = async (clock: Clock = () => now): Promise<RolloutQueue> => {
      const other = await options.join(clock);
      others.push(other);
      return other;
    };
    const add = (...ids: string[]) => queue.enqueue(ids.map((id) => ({ id, payload: { id } })));
    const take = async (worker = "w", leaseMs = 10 * second): Promise<Lease> => {
      const [lease] = await queue.lease({ worker, leaseMs });
      if (lease === undefined) throw new Error("nothing to lease");
      return lease;
    };

    it("hands out the oldest first, each once, until there are no more", async () => {
      expect(await add("a", "b", "c")).toBe(3);
      const [a, b] = await queue.lease({ worker: "w1", leaseMs: second, limit: 2 });
      expect([a?.rollout.id, b?.rollout.id]).toEqual(["a", "b"]);
      expect(a).toMatchObject({
        worker: "w1",
        deadline: noon + second,
        rollout: {
          payload: { id: "a" },
          status: "leased",
          attempts: 1,
          maxAttempts: 3,
          enqueuedAt: noon,
        },
      });
      expect((await take("w2")).rollout.id).toBe("c");
      expect(await queue.lease({ worker: "w2", leaseMs: second })).toEqual([]);
    });

    it("gives a worker none of the rollouts that it does not want", async () => {
      await queue.enqueue(["a", "b\0", "c"].map((id) => ({ id, payload: 0 })));
      const request = { worker: "w", leaseMs: second, limit: 3 };
      const leases = await queue.lease({ ...request, except: ["a", "b\0", "unknown"] });
      expect(leases.map(({ rollout }) => rollout.id)).toEqual(["c"]);
      const others = await queue.lease({ ...request, except: ["a"] });
      expect(others.map(({ rollout }) => rollout.id)).toEqual(["b\0"]);
    });

    it("leaves rollouts that are there as they are when they come again", async () => {
      await add("a");
      const lease = await take();
      expect(
        await queue.enqueue([
          { id: "a", payload: "other" },
          { id: "b", payload: null },
        ]),
      ).toBe(1);
      expect(await queue.get("a")).toMatchObject({ status: "leased", payload: { id: "a" } });
      await queue.complete(lease, "done");
      expect(await add("a")).toBe(0);
      expect((await queue.get("a"))!.status).toBe("completed");
    });

    it("keeps ids, payloads and results of any script, SQL and NUL among them", async () => {
      const id = "x'; DROP TABLE hone_rollouts; --\u0000名";
      await queue.enqueue([{ id, payload: [id, 1.5, null] }]);
      const lease = await take(id);
      await queue.complete(lease, { [id]: "\ud800" });
      expect(await queue.get(id)).toMatchObject({
        id,
        payload: [id, 1.5, null],
        result: { [id]: "\ud800" },
      });
      expect(await queue.get("nobody")).toBeUndefined();
    });

    it("gives every rollout to exactly one of many workers that ask at the same time", async () => {
      const ids = Array.from({ length: 60 }, (_, i) => `r${i}`);
      await add(...ids);
      const workers = [queue, await join(), await join(), await join()];
      const taken = await Promise.all(
        Array.from({ length: 80 }, (_, i) =>
          workers[i % 4]!.lease({ worker: `w${i}`, leaseMs: 60 * second }),
        ),
      );
      // A queue may skip a row that another worker is taking at this moment; asking again finds it.
      const rest = await queue.lease({ worker: "last", leaseMs: 60 * second, limit: 60 });
      const got = [...taken.flat(), ...rest].map(({ rollout }) => rollout.id);
      expect(got.toSorted()).toEqual(ids.toSorted());
      expect(await queue.counts()).toMatchObject({ leased: 60, queued: 0 });
    });

    it("accepts a completion, also when it is repeated, and no other", async () => {
      await add("a");
      const lease = await take();
      await queue.complete(lease, { score: 1 });
      await queue.complete(lease, { score: 1 });
      const { worker: _, ...rest } = (await queue.get("a"))!;
      expect(rest).toEqual({
        id: "a",
        payload: { id: "a" },
        status: "completed",
        attempts: 1,
        maxAttempts: 3,
        enqueuedAt: noon,
        result: { score: 1 },
      });
      await expect(queue.complete({ ...lease, token: "forged" }, 0)).rejects.toSatisfy(isLost);
      await expect(queue.heartbeat(lease, second)).rejects.toSatisfy(isLost);
      await expect(queue.fail(lease, { message: "late" })).rejects.toSatisfy(isLost);
    });

    it("gives a rollout on when its deadline has passed, and refuses its first worker then", async () => {
      await add("a");
      const first = await take("w1", 10 * second);
      now += 9 * second;
      expect(await queue.lease({ worker: "w2", leaseMs: second })).toEqual([]);
      now += second;
      const again = await take("w2", 10 * second);
      expect(again.rollout).toMatchObject({ id: "a", attempts: 2, worker: "w2" });
      expect(again.token).not.toBe(first.token);
      for (const late of [
        () => queue.heartbeat(first, second),
        () => queue.complete(first, null),
        () => queue.fail(first, { message: "late" }),
      ]) {
        await expect(late()).rejects.toSatisfy(isLost);
      }
      await queue.complete(again, "second");
      expect((await queue.get("a"))!.result).toBe("second");
    });

    it("refuses a worker whose lease ran out, although nobody else asked", async () => {
      await add("a");
      const lease = await take("w1", second);
      now += second;
      await expect(queue.heartbeat(lease, second)).rejects.toSatisfy(isLost);
      await expect(queue.complete(lease, null)).rejects.toSatisfy(isLost);
    });

    it("moves the deadline by heartbeats, from the moment of each", async () => {
      await add("a");
      let lease = await take("w1", 10 * second);
      for (let i = 0; i < 5; i++) {
        now += 8 * second;
        lease = await queue.heartbeat(lease, 10 * second);
        expect(lease.deadline).toBe(now + 10 * second);
      }
      expect(await queue.lease({ worker: "w2", leaseMs: second })).toEqual([]);
      await queue.complete(lease, null);
    });

    it("puts a failed attempt back, after the pause it asked for, until none is left", async () => {
      await queue.enqueue([{ id: "a", payload: 0, maxAttempts: 2 }]);
      const first = await take();
      const error = { message: "tool broke", type: "ToolError" };
      expect(await queue.fail(first, error, { retryAfterMs: 5 * second })).toBe("queued");
      expect(await queue.get("a")).toMatchObject({
        status: "queued",
        notBefore: now + 5 * second,
        error,
      });
      expect(await queue.lease({ worker: "w", leaseMs: second })).toEqual([]);
      now += 5 * second;
      const last = await take();
      expect(last.rollout.attempts).toBe(2);
      expect(await queue.fail(last, error)).toBe("failed");
      expect(await queue.get("a")).toMatchObject({ status: "failed", attempts: 2, error });
      expect(await queue.lease({ worker: "w", leaseMs: second })).toEqual([]);
    });

    it("fails at once where another attempt makes no sense", async () => {
      await add("a");
      expect(await queue.fail(await take(), { message: "no such task" }, { isFinal: true })).toBe(
        "failed",
      );
      expect(await queue.counts()).toMatchObject({ failed: 1 });
    });

    it("does not count a rollout that is handed back unplayed as an attempt", async () => {
      await queue.enqueue([{ id: "a", payload: 0, maxAttempts: 1 }]);
      const error = { message: "its worker was stopped" };
      for (let handed = 0; handed < 2; handed++) {
        const lease = await take();
        expect(lease.rollout.attempts).toBe(1);
        expect(await queue.fail(lease, error, { isAttempt: false })).toBe("queued");
        // The answer was lost, and the worker asks again.
        expect(await queue.fail(lease, error, { isAttempt: false })).toBe("queued");
      }
      expect(await queue.get("a")).toMatchObject({ status: "queued", attempts: 0, error });
      expect(await queue.fail(await take(), error)).toBe("failed");
    });

    it("counts a lease without heartbeats as an attempt, and fails the rollout after the last attempt", async () => {
      await queue.enqueue([{ id: "a", payload: 0, maxAttempts: 2 }]);
      await take("w1", second);
      now += 2 * second;
      await take("w2", second);
      now += 2 * second;
      expect(await queue.lease({ worker: "w3", leaseMs: second })).toEqual([]);
      expect(await queue.get("a")).toMatchObject({ status: "failed", attempts: 2 });
    });

    it("cancels what waits or runs; the worker learns of it at its next heartbeat", async () => {
      await add("a", "b");
      const lease = await take();
      expect(await queue.cancel("a")).toBe(true);
      expect(await queue.cancel("b")).toBe(true);
      expect(await queue.cancel("b")).toBe(false);
      expect(await queue.cancel("nobody")).toBe(false);
      await expect(queue.heartbeat(lease, second)).rejects.toSatisfy(
        (error) => isError(error, "LEASE_LOST") && error.facts.reason.includes("cancelled"),
      );
      await expect(queue.complete(lease, null)).rejects.toSatisfy(isLost);
      expect(await queue.lease({ worker: "w", leaseMs: second })).toEqual([]);
      expect(await queue.counts()).toEqual({
        queued: 0,
        leased: 0,
        completed: 0,
        failed: 0,
        cancelled: 2,
      });
    });

    it("tells which of some rollouts have ended, and takes them out", async () => {
      await add("a", "b", "c", "d");
      const [a, b, c] = await queue.lease({ worker: "w", leaseMs: 10 * second, limit: 3 });
      await queue.complete(a!, { score: 1 });
      await queue.fail(b!, { message: "no" }, { isFinal: true });
      await queue.cancel("d");
      const ended = await queue.ended(["d", "nobody", "c", "b", "a"]);
      expect(ended.map(({ id, status }) => [id, status])).toEqual([
        ["a", "completed"],
        ["b", "failed"],
        ["d", "cancelled"],
      ]);
      expect(ended[0]).toMatchObject({ result: { score: 1 }, payload: { id: "a" } });
      expect(await queue.ended([])).toEqual([]);
      expect(await queue.remove(["a", "c", "nobody"])).toBe(2);
      expect(await queue.get("a")).toBeUndefined();
      await expect(queue.complete(c!, 0)).rejects.toSatisfy(isLost);
      expect(await add("a")).toBe(1);
    });

    it("tells which rollouts are held, and by whom, until their deadlines", async () => {
      expect(await queue.held()).toEqual([]);
      await add("a", "b", "c", "d");
      await queue.lease({ worker: "w1", leaseMs: 10 * second, limit: 2 });
      const last = await take("名", 20 * second);
      const [a, b, c] = [
        { id: "a", worker: "w1" },
        { id: "b", worker: "w1" },
        { id: "c", worker: "名" },
      ];
      expect(await queue.held()).toEqual([a, b, c]);
      now += 10 * second;
      expect(await queue.held()).toEqual([c]);
      await queue.complete(last, 1);
      expect(await queue.held()).toEqual([]);
    });

    it("gives the same leases to a request that is repeated by its token", async () => {
      await add("a", "b");
      const request = { worker: "w", leaseMs: 10 * second, token: "once" };
      const [first] = await queue.lease(request);
      expect(await queue.lease(request)).toEqual([first]);
      expect(await queue.get("a")).toMatchObject({ attempts: 1 });
      expect(await queue.get("b")).toMatchObject({ status: "queued" });
    });

    it("works when the clock is set back: no lease is held twice, and leases still expire", async () => {
      await add("a", "b");
      const first = await take("w1", 10 * second);
      now += 10 * second;
      const again = await take("w2", 10 * second);
      now -= 3600 * second;
      // A worker that starts now has a wrong clock, and must take over the queue's time.
      const other = await join();
      await expect(queue.heartbeat(first, second)).rejects.toSatisfy(isLost);
      const [b] = await other.lease({ worker: "w3", leaseMs: 10 * second, limit: 5 });
      expect(b?.rollout.id).toBe("b");
      expect(b?.deadline).toBe(noon + 20 * second);
      await queue.heartbeat(again, 10 * second);
      now += 11 * second;
      const left = await other.lease({ worker: "w4", leaseMs: second, limit: 5 });
      expect(left.map(({ rollout }) => rollout.id)).toEqual(["a", "b"]);
    });

    it("goes by one time where the clocks of two machines differ", async () => {
      await add("a");
      const slow = await join(() => now - 60 * second);
      const lease = await take("fast", 10 * second);
      expect(await slow.lease({ worker: "slow", leaseMs: second })).toEqual([]);
      now += 10 * second;
      const [taken] = await slow.lease({ worker: "slow", leaseMs: 10 * second });
      expect(taken?.rollout.attempts).toBe(2);
      await expect(queue.complete(lease, null)).rejects.toSatisfy(isLost);
      await slow.complete(taken!, "slow");
    });

    it("refuses what means nothing, and every call after close", async () => {
      const isInvalid = (error: unknown): boolean => isError(error, "ROLLOUT_INVALID");
      const invalid: (() => Promise<unknown>)[] = [
        async () => queue.enqueue([{ id: "", payload: 0 }]),
        async () => queue.enqueue([{ id: "x", payload: 0, maxAttempts: 0 }]),
        async () => queue.lease({ worker: "w", leaseMs: 0 }),
        async () => queue.lease({ worker: "w", leaseMs: Number.NaN }),
      ];
      for (const call of invalid) await expect(call()).rejects.toSatisfy(isInvalid);
      expect(await queue.enqueue([])).toBe(0);
      await queue.close();
      await queue.close();
      await expect(queue.counts()).rejects.toSatisfy((error) => isError(error, "STORE_CLOSED"));
    });
  });
}
