import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { packageVersion } from "../../runs/environment.ts";
import { QueueTrial } from "./queue-trial-fixture.ts";
import { goldenModel, queuedJob } from "./queued-job-fixture.ts";
import { queuedTask } from "./queued-rollouts.ts";
import { jobVersionOf } from "./rollout-job.ts";
import { folderHash } from "../../runs/checkpoint-files.ts";
import { work } from "./work.ts";

const trial = new QueueTrial();
beforeAll(() => trial.make());
beforeEach(() => trial.begin());
afterEach(() => trial.end());
afterAll(() => trial.remove());

describe("hone worker", () => {
  it("refuses rollouts of another version of hone, and hands them back", async () => {
    const payload = { version: 1, hone: "99.0.0" };
    await trial.queue.enqueue([{ id: "a", payload }]);
    const working = work({ queue: `sqlite:${trial.file}`, idleSeconds: 5 });
    await expect(working).rejects.toMatchObject({
      code: "WORKER_VERSION_DIFFERS",
      facts: { found: "99.0.0" },
    });
    expect(await trial.queue.get("a")).toMatchObject({
      status: "queued",
      error: { code: "WORKER_VERSION_DIFFERS" },
    });
  });

  it("counts a row that no worker can read as failed, and goes on", async () => {
    const payload = { ...jobVersionOf(await packageVersion()), run: 7 };
    await trial.queue.enqueue([{ id: "a", payload }]);
    const told = await work({ queue: `sqlite:${trial.file}`, idleSeconds: 0.1 });
    expect(told).toEqual({ ended: 0, refused: 0, handedBack: 1 });
    const { status, error } = (await trial.queue.get("a"))!;
    expect({ status, code: error?.code }).toEqual({ status: "failed", code: "WORKER_JOB_INVALID" });
    expect(error!.message).toContain("run: ");
  });

  it("gets no task that JSON cannot hold: the trainer names its field", () => {
    const task = { id: "t", asked: { at: new Date(0) } };
    expect(() => queuedTask(task)).toThrow(/QUEUE_NOT_POSSIBLE.*task t.*asked\.at/);
  });

  /** Puts a rollout into the queue whose weights are the golden model's, in a folder of this name. */
  async function queueRollout(hash: string): Promise<void> {
    const folder = join(trial.root, "weights");
    await mkdir(join(folder, hash), { recursive: true });
    await symlink(goldenModel, join(folder, hash, "model")).catch(() => undefined);
    const weights = { kind: "model", folder, hash, step: 0, name: "policy@0" } as const;
    await trial.queue.enqueue([{ id: "a", payload: await queuedJob({ weights }), maxAttempts: 1 }]);
  }

  it("refuses rollouts of a model with another tokenizer", async () => {
    await queueRollout(await folderHash(goldenModel));
    await expect(work({ queue: `sqlite:${trial.file}`, threads: 1 })).rejects.toMatchObject({
      code: "WORKER_TOKENIZER_DIFFERS",
      facts: { wanted: "another" },
    });
  });

  it("hands back rollouts whose weights it cannot see or that are others, and goes on", async () => {
    await queueRollout("0".repeat(32));
    const told = await work({ queue: `sqlite:${trial.file}`, idleSeconds: 0.1 });
    expect(told).toEqual({ ended: 0, refused: 0, handedBack: 1 });
    const { error } = (await trial.queue.get("a"))!;
    expect(error).toMatchObject({ code: "WORKER_WEIGHTS_MISSING" });
    expect(error!.message).toContain("not those that the trainer wrote");
  });
});
