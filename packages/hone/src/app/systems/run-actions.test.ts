/** `hone run` on a domain of actions: its phases, its record, and what its report says when nothing was learned. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { evaluateModel } from "../training/evaluate-model.ts";
import type { PipelineEvent, TrainResult } from "../training/pipeline-events.ts";
import { work } from "../workers/work.ts";
import { actionRecipes } from "./action-recipes.ts";
import { type GivenActionSettings, resolvedActionSettings } from "./action-settings.ts";
import { runActions } from "./run-actions.ts";

const root = mkdtempSync(join(tmpdir(), "hone-run-actions-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const recipe = actionRecipes.math;

const small: GivenActionSettings = {
  trainTasks: 12,
  testTasks: 5,
  sftBatchSize: 4,
  grpoSteps: 1,
  groupSize: 2,
  groupsPerStep: 2,
  maxActions: 5,
  maxTokens: 6,
  keepRollouts: "none",
};

const tiny: GivenActionSettings = { ...small, layers: 1, width: 16 };

async function run(name: string, settings: GivenActionSettings) {
  const events: PipelineEvent[] = [];
  const out = join(root, name);
  for await (const event of runActions({ domain: "math", recipe, settings, out, threads: 1 }))
    events.push(event);
  const last = events.at(-1)!;
  const result = last.kind === "done" ? last.result : undefined;
  const phases = events.flatMap((event) => (event.kind === "phase" ? [event] : []));
  const { config } = JSON.parse(readFileSync(join(out, "run.json"), "utf8")) as {
    readonly config: Readonly<Record<string, unknown>>;
  };
  return { result: result as TrainResult, phases, config };
}

describe("a run on a domain of actions", () => {
  it("says in its report how tries ended where the model answers garbage to every task", async () => {
    const { result } = await run("garbage", { ...tiny, sftSteps: 1 });
    expect(result.after.success.value).toBe(0);
    expect(result.after.outcomes).toEqual({ "cut off, with replies that name no action": 5 });
    const report = readFileSync(result.report, "utf8");
    expect(report).toContain("| cut off, with replies that name no action | 5 | 5 |");
    expect(report).toContain("not shown to be different");
    expect(report).toMatch(/\| expert \| 100\.0 %/);
  });

  it("learns the same where workers play the rollouts, and does not record the queue", async () => {
    const settings = { ...small, layers: 1, width: 32, sftSteps: 2 };
    const alone = await run("alone", settings);
    const queue = `sqlite:${join(root, "queue.db")}`;
    const stop = new AbortController();
    const working = work({ queue, threads: 1, signal: stop.signal });
    const together = await run("together", { ...settings, queue });
    stop.abort();
    // Held-out tasks are measured three times, and a step has two groups of two.
    expect(await working).toMatchObject({ ended: 19, refused: 0 });
    expect(together.config).toEqual(alone.config);
    expect(together.result.after).toEqual(alone.result.after);
    expect(together.result.after.components).toHaveProperty("loss");
    const weights = ({ result }: typeof alone): Buffer =>
      readFileSync(join(result.checkpoint, "model.safetensors"));
    expect(weights(together).equals(weights(alone))).toBe(true);
  });

  it("weighs the expert's episodes by reward, as many times as it is told", async () => {
    const settings = { ...tiny, supervised: "weighted", sftEpochs: 2 } as const;
    const { phases, config, result } = await run("weighted", settings);
    expect(phases.map(({ name, steps }) => [name, steps])).toEqual([
      ["weighted", 6],
      ["grpo", 1],
    ]);
    expect(config).toMatchObject({ supervised: "weighted", sftEpochs: 2, sftSteps: 6 });
    expect(result.after.components).toHaveProperty("loss");
  });

  it("trains an adapter of a model that is given, in the wording of that model's run", async () => {
    const model = join(root, "start");
    await run("start", { ...tiny, sftSteps: 1, level: 2 });
    const settings = { ...small, model, rank: 1, sftSteps: 1, testTasks: 2, trainTasks: 4 };
    const { result, config } = await run("adapter", settings);
    expect(config).toMatchObject({ model, rank: 1, prompt: "compact" });
    expect(config).not.toHaveProperty("layers");
    expect(result.checkpoint).toMatch(/adapter$/);
    expect(result.parameters!.trained).toBeLessThan(result.parameters!.total / 10);
  });
});

it("the model of a run is measured on the levels and with the actions of that run", async () => {
  const { evaluation } = await evaluateModel({
    ...{ model: join(root, "start"), domain: "math", isDomainGiven: false, tasks: 3, seed: 0 },
    ...{ mode: "greedy", samplesPerTask: 1, temperature: 1, maxTokens: 4, threads: 1 },
  });
  expect(evaluation.tasks.map(({ taskId }) => taskId.slice(0, 7))).toEqual(
    Array(3).fill("math-2:"),
  );
  expect(evaluation.components["steps"]!.value).toBe(small.maxActions);
});

describe("the settings of a run", () => {
  it("are those given, over those of the level and of a pretrained model", () => {
    const atLevel = { 2: { sftSteps: 600, grpoSteps: 80 } };
    const other = { ...recipe, atLevel, pretrained: { grpoSteps: 9 } };
    const resolved = (given: GivenActionSettings) => {
      const { sftSteps, grpoSteps } = resolvedActionSettings(other, given);
      return [sftSteps, grpoSteps];
    };
    const { sftSteps, grpoSteps } = recipe.tuned;
    expect(resolved({})).toEqual([sftSteps, grpoSteps]);
    expect(resolved({ level: 2 })).toEqual([600, 80]);
    expect(resolved({ level: 2, model: "m" })).toEqual([600, 9]);
    expect(resolved({ level: 2, model: "m", sftSteps: 3, grpoSteps: undefined })).toEqual([3, 9]);
  });
});
