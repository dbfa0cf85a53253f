import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Rollout } from "../../core/rollout.ts";
import { traceOfRollout } from "../../rollouts/rollout-trace.ts";
import { createRunFolder, runNameOf } from "../../runs/open-run.ts";
import { runFiles } from "../../runs/run-folder.ts";
import { openStore } from "../open-store.ts";
import { evaluationLibrary } from "./evaluation-library.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hone-evaluations-"));
  await keep("one", { start: [true, false, false, true], "after grpo": [true, true, true, false] });
  await keep("other", { start: [true] });
  await (await createRunFolder({ name: "none", out: join(root, "none"), config: {} })).close();
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A try at the task of a number. */
const rollout = (number: number, isSuccess: boolean): Rollout => ({
  id: `evaluation-${number}-0`,
  task: { id: `task ${number}` },
  turns: [],
  answer: "an answer",
  reward: { total: isSuccess ? 1 : 0.25, components: {}, source: "rule" },
  isSuccess,
  failure: undefined,
  ...{ attempts: 1, seconds: 0.1 },
});

/** A run that has kept its tries at held-out tasks: whether each task was done, by stage. */
async function keep(
  run: string,
  stages: Readonly<Record<string, readonly boolean[]>>,
): Promise<void> {
  const opened = await createRunFolder({ name: run, out: join(root, run), config: {} });
  for (const [step, stage] of Object.keys(stages).entries()) {
    if (step > 0) opened.tracker.scalars(stage.replace("after ", ""), step, { loss: 1 });
    opened.tracker.scalars("evaluation", step, { success: 1 });
  }
  await opened.close();
  const store = await openStore(`sqlite:${join(root, run, runFiles.rollouts)}`);
  for (const [phase, done] of Object.entries(stages))
    await store.put(
      done.map((isSuccess, group) =>
        traceOfRollout(rollout(group, isSuccess), {
          ...{ run: runNameOf(opened.record), phase, split: "test", group },
          ...{ index: 0, agent: run, endedAt: 1000 },
        }),
      ),
    );
  await store.close();
}

describe("two stages of runs", () => {
  const before = { run: "one", stage: "start" };

  it("are compared task by task, with the paired difference", async () => {
    const found = await evaluationLibrary(root).compare(before, {
      run: "one",
      stage: "after grpo",
    });
    expect(found).toMatchObject({
      ...{ better: 2, worse: 1, equal: 1, success: { value: 0.25 }, reward: { value: 0.1875 } },
    });
    const byId = new Map(found.tasks.map((task) => [task.id, task]));
    expect(byId.get("task 3")).toMatchObject({
      before: { success: 1, reward: 1 },
      after: { success: 0, reward: 0.25 },
    });
    // The stage "after" of a result that does not name its stages is what is not the start.
    const last = await evaluationLibrary(root).compare(before, { run: "one", stage: "after" });
    expect(last.success).toEqual(found.success);
  });

  it.each([
    [{ run: "other", stage: "start" }, "EVALUATIONS_DIFFER"],
    [{ run: "none", stage: "start" }, "AUDIT_NO_ROLLOUTS"],
    [{ run: "../one", stage: "start" }, "RUN_NOT_FOUND"],
  ])("are refused where they cannot be paired: %o", async (after, code) => {
    await expect(evaluationLibrary(root).compare(before, after)).rejects.toThrow(code);
  });
});
