/** A run that is interrupted and resumed ends with the very bytes of one that was not. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type {
  PipelineEvent,
  TrainResult,
} from "../../packages/hone/src/app/training/pipeline-events.ts";
import { actionRecipes } from "../../packages/hone/src/app/systems/action-recipes.ts";
import { runActions } from "../../packages/hone/src/app/systems/run-actions.ts";
import { Random } from "../../packages/hone/src/core/random.ts";

const math = { domain: "math", recipe: actionRecipes.math };

const settings = {
  seed: 3,
  trainTasks: 30,
  testTasks: 6,
  layers: 1,
  width: 48,
  sftSteps: 30,
  sftLearningRate: 5e-3,
  grpoLearningRate: 1e-3,
  sftBatchSize: 8,
  grpoSteps: 2,
  groupSize: 4,
  groupsPerStep: 2,
  maxActions: 4,
  checkpointEvery: 12,
  // A thread that stores rollouts costs as much as 40 steps; that a resumed run keeps its rollouts is asked in train-rollouts.test.ts.
  keepRollouts: "none",
} as const;

const digest = (folder: string): string =>
  createHash("sha256")
    .update(readFileSync(join(folder, "model", "model.safetensors")))
    .digest("hex");

interface RunOptions {
  readonly out?: string;
  readonly resume?: string;
  readonly stopAfter?: number;
  readonly threads?: number;
}

/** Runs until the end, or aborts after so many steps of both phases together. */
async function run(options: RunOptions): Promise<{
  readonly events: readonly PipelineEvent[];
  readonly result: TrainResult | undefined;
}> {
  const { stopAfter, threads = 1, ...folders } = options;
  const stop = new AbortController();
  const events: PipelineEvent[] = [];
  let steps = 0;
  for await (const event of runActions({
    ...math,
    settings,
    ...folders,
    threads,
    signal: stop.signal,
  })) {
    events.push(event);
    if (event.kind === "step" && ++steps === stopAfter) stop.abort();
  }
  const last = events.at(-1);
  return { events, result: last?.kind === "done" ? last.result : undefined };
}

describe("a math run", () => {
  const root = mkdtempSync(join(tmpdir(), "hone-resume-"));
  const whole = join(root, "whole");
  let result: TrainResult | undefined;
  let events: readonly PipelineEvent[];

  beforeAll(async () => {
    ({ result, events } = await run({ out: whole }));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it("measures before and after, and leaves a model and a report", () => {
    expect(result?.before.taskCount).toBe(settings.testTasks);
    expect(result?.after.weightsVersion).not.toBe(result?.before.weightsVersion);
    expect(readFileSync(result!.report, "utf8")).toContain("success");
    const byBaseline = result!.baselines.map(({ name, success }) => [name, success.value]);
    expect(Object.keys(Object.fromEntries(byBaseline))).toEqual([
      "random actions",
      "most frequent actions",
      "expert",
    ]);
    expect(byBaseline.at(-1)).toEqual(["expert", 1]);
    expect(readFileSync(result!.report, "utf8")).toContain("## Without a model");
    expect(digest(whole)).toMatch(/^[0-9a-f]{64}$/);
  });

  it("learns in both phases, so that equal bytes say something", () => {
    const learned = (phase: string): number =>
      events.filter(
        (event) =>
          event.kind === "step" &&
          event.phase === phase &&
          Number(event.step.metrics["gradient_norm"]) > 0,
      ).length;
    expect(learned("sft")).toBe(settings.sftSteps);
    expect(learned("grpo")).toBeGreaterThan(0);
  });

  it("gives the same bytes at the same seed", async () => {
    await run({ out: join(root, "again") });
    expect(digest(join(root, "again"))).toBe(digest(whole));
  });

  it("ends with the same bytes when it was stopped at a random step of each phase and resumed", async () => {
    const random = new Random("stop", Date.now());
    const inSft = random.integer(1, settings.sftSteps - 1);
    const inGrpo = settings.sftSteps + random.integer(1, settings.grpoSteps - 1);
    const stops = `stopped after the steps ${inSft} and ${inGrpo}`;
    const folder = join(root, "stopped");
    const first = await run({ out: folder, stopAfter: inSft });
    expect(first.events.at(-1), stops).toMatchObject({ kind: "stopped", phase: "sft" });
    const second = await run({ resume: folder, stopAfter: inGrpo - inSft });
    expect(second.events.at(-1), stops).toMatchObject({ kind: "stopped", phase: "grpo" });
    const resumed = await run({ resume: folder });
    expect(resumed.result, stops).toBeDefined();
    expect(digest(folder), stops).toBe(digest(whole));
    expect(resumed.result!.difference.success).toEqual(result!.difference.success);
  });

  it("does so on two threads, too", async () => {
    const [threads, wholeOnTwo] = [2, join(root, "whole-on-two")];
    await run({ out: wholeOnTwo, threads });
    // In the first phase, so that the rest of it and all of the second follow the resume.
    const folder = join(root, "stopped-on-two");
    const stopped = await run({ out: folder, stopAfter: 17, threads });
    expect(stopped.events.at(-1)).toMatchObject({ kind: "stopped" });
    await run({ resume: folder, threads });
    expect(digest(folder)).toBe(digest(wholeOnTwo));
  });

  it("refuses to go on with other settings, and says which", async () => {
    const folder = join(root, "changed");
    await run({ out: folder, stopAfter: 2 });
    const other = { settings: { ...settings, sftLearningRate: 1 }, resume: folder };
    const resume = async (): Promise<void> => {
      for await (const _event of runActions({ ...math, ...other })) void _event;
    };
    await expect(resume()).rejects.toMatchObject({ code: "RUN_CONFIG_CHANGED" });
  });
});
