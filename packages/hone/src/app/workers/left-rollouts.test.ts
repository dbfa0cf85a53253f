import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { noQueueCounts } from "../../rollouts/queued-runner.ts";
import { QueueTrial, totals } from "./queue-trial-fixture.ts";

const trial = new QueueTrial();
beforeAll(() => trial.make());
beforeEach(() => trial.begin());
afterEach(() => trial.end());
afterAll(() => trial.remove());

describe("rollouts that an earlier session left", () => {
  const leave = async (hash: string, step: number): Promise<void> => {
    await trial.queue.enqueue([{ id: "run/grpo/a", payload: { id: "a", hash, step } }]);
    const [lease] = await trial.queue.lease({ worker: "earlier", leaseMs: 1000 });
    await trial.queue.complete(lease!, 5);
  };

  it("are used where their weights are those of now", async () => {
    await leave("new", 3);
    expect(totals(await trial.ask(["a"]))).toEqual([5]);
    expect(trial.counts).toMatchObject({ played: 1, reused: 1, stale: 0 });
  });

  it("are dropped and counted where they are older than is allowed, and played anew", async () => {
    await leave("old", 2);
    const worker = await trial.workWith(1);
    expect(totals(await trial.ask(["a", "b"]))).toEqual([1, 1]);
    expect(trial.counts).toMatchObject({ played: 2, reused: 0, stale: 1 });
    await worker.stop();
    await leave("old", 2);
    expect(totals(await trial.ask(["a"], { maxStaleness: 1 }))).toEqual([5]);
    expect(trial.counts).toMatchObject({ played: 3, reused: 1, stale: 1 });
  });

  it("are played anew and counted apart where they had failed", async () => {
    await trial.queue.enqueue([{ id: "run/grpo/a", payload: { id: "a", hash: "new", step: 3 } }]);
    await trial.queue.cancel("run/grpo/a");
    const worker = await trial.workWith(1);
    expect(totals(await trial.ask(["a"]))).toEqual([1]);
    expect(trial.counts).toEqual({ ...noQueueCounts(), played: 1, endedBefore: 1 });
    await worker.stop();
  });

  it("are dropped where their weights are other ones of the same age, or newer", async () => {
    const worker = await trial.workWith(1);
    await leave("other", 3);
    expect(totals(await trial.ask(["a"], { maxStaleness: 9 }))).toEqual([1]);
    await worker.stop();
    expect(trial.counts.stale).toBe(1);
  });
});
