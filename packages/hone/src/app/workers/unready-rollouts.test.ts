/** What workers do with rollouts that they cannot play now. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { HoneError } from "../../core/errors.ts";
import { noQueueCounts } from "../../rollouts/queued-runner.ts";
import { QueueTrial, totals } from "./queue-trial-fixture.ts";

const trial = new QueueTrial();
beforeAll(() => trial.make());
beforeEach(() => trial.begin());
afterEach(() => trial.end());
afterAll(() => trial.remove());

describe("workers", () => {
  it("hand back at once what they cannot play, count no attempt, and play the others of the queue", async () => {
    const error = new HoneError("WORKER_WEIGHTS_MISSING", { folder: "w", reason: "gone" });
    const told: string[] = [];
    let requests = 0;
    const picky = await trial.workWith(1, {
      concurrency: 1,
      play: async ([lease], to) => {
        requests++;
        if (lease!.rollout.id.endsWith("/a")) to.unready(lease!, error);
        else to.ended(lease!, 1);
      },
      onUnready: ({ code }) => told.push(code),
    });
    const asked = trial.ask(["a", "b", "c"], { maxAttempts: 1 });
    await expect.poll(async () => (await trial.queue.counts()).completed).toBe(2);
    expect(requests).toBe(3);
    const other = await trial.workWith(2);
    expect(totals(await asked)).toEqual([2, 1, 1]);
    expect(told).toEqual(["WORKER_WEIGHTS_MISSING"]);
    expect(trial.counts).toEqual({ ...noQueueCounts(), played: 3 });
    await picky.stop();
    await other.stop();
  });

  it("take a rollout again that they could not play a while ago", async () => {
    const error = new HoneError("WORKER_WEIGHTS_MISSING", { folder: "w", reason: "late" });
    let requests = 0;
    const worker = await trial.workWith(1, {
      refusedMs: 30,
      play: async ([lease], to) => {
        if (++requests === 1) to.unready(lease!, error);
        else to.ended(lease!, 1);
      },
    });
    expect(totals(await trial.ask(["a"]))).toEqual([1]);
    await worker.stop();
  });

  it("take nothing while they are not ready", async () => {
    let isReady = false;
    const worker = await trial.workWith(1, { isReady: async () => isReady });
    const asked = trial.ask(["a"]);
    await expect.poll(async () => (await trial.queue.counts()).queued).toBe(1);
    await sleep(30);
    expect(await trial.queue.held()).toEqual([]);
    isReady = true;
    expect(totals(await asked)).toEqual([1]);
    await worker.stop();
  });
});
