/** `hone train reward-model`: measured, saved, resumed, trained further; and its scores as a reward. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import { rewardModel } from "../../algorithms/preferences/reward-model.ts";
import type { Message } from "../../core/message.ts";
import { RewardComputer } from "../../rewards/reward-computer.ts";
import { findModel } from "../models/find-model.ts";
import { modelReward } from "../models/model-reward.ts";
import { trainingOf, type TrainingName } from "../trainings.ts";
import { resolveSettings } from "./config.ts";
import type { PipelineEvent, TrainResult } from "./pipeline-events.ts";
import { runTraining } from "./run-training.ts";
import { keptRun } from "./stored/kept-run-fixture.ts";
import { train } from "./train.ts";
import { settingsOfTraining } from "./training-settings.ts";

const { model } = keptRun;
const root = mkdtempSync(join(tmpdir(), "hone-reward-run-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function run(
  name: TrainingName,
  flags: Record<string, unknown>,
  { resume, stopAfter }: { readonly resume?: string; readonly stopAfter?: number } = {},
): Promise<readonly PipelineEvent[]> {
  const training = trainingOf(name);
  const given = { model, threads: 1, ...flags };
  const resolved = await resolveSettings(settingsOfTraining(training), {
    flags: resume ? {} : given,
    resume,
  });
  const stop = new AbortController();
  const events: PipelineEvent[] = [];
  for await (const event of runTraining({ name, training, ...resolved, signal: stop.signal })) {
    events.push(event);
    if (event.kind === "step" && event.step.step === stopAfter) stop.abort();
  }
  return events;
}

function resultOf(events: readonly PipelineEvent[]): TrainResult {
  const last = events.at(-1)!;
  if (last.kind !== "done") throw new Error(`ended with ${last.kind}`);
  return last.result;
}

const metricsOf = (events: readonly PipelineEvent[]) =>
  events.flatMap((event) => (event.kind === "step" ? [event.step.metrics] : []));

const asks = (content: string): Message => ({ role: "user", content });
const says = (content: string): Message => ({ role: "assistant", content });
const words = ["one", "two", "three", "four", "five", "six", "seven", "eight"];
const data = join(root, "pairs.jsonl");
const lines = words.map((word, i) => ({
  prompt: [asks(word)],
  chosen: [says(`yes ${word}`)],
  rejected: [says("no")],
  ...(i === 0 && { margin: 0.5 }),
}));
writeFileSync(data, lines.map((line) => JSON.stringify(line)).join("\n"));

const flags = { data, steps: 6, batchSize: 4, heldOut: 0.4, learningRate: 3e-2, centering: 0.01 };
const whole = join(root, "whole");
let events: readonly PipelineEvent[] = [];

beforeAll(async () => {
  events = await run("reward-model", { ...flags, out: whole });
});

describe("hone train reward-model", () => {
  it("measures accuracy, margin and calibration on held-out pairs, before and after", () => {
    const { before, after, difference, isRewardModel } = resultOf(events);
    // A head of zeros prefers nothing.
    expect(before.success).toMatchObject({ value: 0, low: 0 });
    expect(before.reward).toEqual({ value: 0, low: 0, high: 0 });
    expect(before.components["log_loss"]!.value).toBeCloseTo(Math.LN2, 6);
    expect(before.components["brier"]!.value).toBe(0.25);
    expect(after.success.value).toBe(1);
    expect(after.reward!.value).toBeGreaterThan(0);
    expect(difference.success.low).toBeGreaterThan(0);
    const { calibration_error: error } = after.metrics;
    // All are right, so the error is what the probability lacks of 1.
    expect(error!.value).toBeGreaterThan(0);
    expect(error!.low).toBeLessThanOrEqual(error!.value);
    expect(isRewardModel).toBe(true);
    const notes = events.flatMap((event) => (event.kind === "note" ? [event.text] : []));
    expect(notes.join("\n")).toMatch(/calibration error \d\.\d+ \[.*sure: right in 1\.00 of \d/);
    expect(notes.join("\n")).not.toContain("margins are not used");
    expect(readFileSync(join(whole, "report.md"), "utf8")).toContain("calibration_error");
  });

  it("saves its head beside the adapter, in the run and in every checkpoint", () => {
    expect(existsSync(join(whole, "value_head.safetensors"))).toBe(true);
    expect(existsSync(join(whole, "adapter", "adapter_model.safetensors"))).toBe(true);
    const saved = events.flatMap((event) => (event.kind === "checkpoint" ? [event.path] : []));
    expect(existsSync(join(saved.at(-1)!, "value_head.safetensors"))).toBe(true);
  });

  it("goes on after a stop as an uninterrupted run, and says the finished result again", async () => {
    const out = join(root, "halves");
    const first = await run("reward-model", { ...flags, out }, { stopAfter: 2 });
    expect(first.at(-1)!.kind).toBe("stopped");
    // What was stopped is a reward model as well.
    expect((await findModel(out, { valueHead: "needed" })).valueHead).toContain("checkpoints");
    const rest = await run("reward-model", {}, { resume: out });
    expect([...metricsOf(first), ...metricsOf(rest)]).toEqual(metricsOf(events));
    const head = (folder: string) => readFileSync(join(folder, "value_head.safetensors"));
    expect(head(out).equals(head(whole))).toBe(true);
    const again = (await run("reward-model", {}, { resume: out })).at(-1)!;
    if (again.kind !== "finished") throw new Error(`ended with ${again.kind}`);
    expect(again.result.isRewardModel).toBe(true);
    expect(again.further).toContain("train reward-model --model");
  });

  it("trains a reward model further, from its head", async () => {
    const further = await run("reward-model", {
      ...flags,
      model: whole,
      steps: 1,
      out: join(root, "further"),
    });
    expect(resultOf(further).before.reward).toEqual(resultOf(events).after.reward);
  });

  it("is shown with its value head", async () => {
    const shown = await commandLine(["model", "show", whole], { folder: root });
    expect(shown).toMatchObject({ code: 0, stderr: "" });
    expect(shown.stdout).toMatch(/value head +\S*value_head\.safetensors \(a reward model\)/);
    const merged = await commandLine(["model", "merge", whole, "--out", "merged"], {
      folder: root,
    });
    expect(merged.stderr).toContain("copy its folder with value_head.safetensors");
  });

  it("is no policy: neither a model to sample from nor a phase of train()", async () => {
    await expect(findModel(whole)).rejects.toThrow(/^MODEL_HAS_VALUE_HEAD: .*whole/);
    await expect(findModel(join(whole, "adapter"))).rejects.toThrow(/^MODEL_HAS_VALUE_HEAD/);
    await expect(findModel(model, { adapter: whole })).rejects.toThrow(/^MODEL_HAS_VALUE_HEAD/);
    const sft = run("sft", { data, model: whole, steps: 1, out: join(root, "sft") });
    await expect(sft).rejects.toThrow(/^MODEL_HAS_VALUE_HEAD/);
    const pairs = [{ prompt: [asks("a")], chosen: [says("b")], rejected: [says("c")] }];
    const algorithm = rewardModel({ pairs, learningRate: 1e-3 });
    await expect(train({ ...keptRun, algorithm, quiet: true })).rejects.toThrow(
      /^OPTION_INVALID: train .*algorithm = "reward-model"/,
    );
  });
});

describe("modelReward", () => {
  const answered = (prompt: string, reply: string) => ({
    turns: [{ messages: [asks(prompt)], reply: says(reply) }],
  });

  it("scores an answer as its run measured it, alone or beside others", async () => {
    await using scores = modelReward(whole, { threads: 1 });
    const pairs = words.map((word) => [
      scores.score([asks(word), says(`yes ${word}`)]),
      scores.score([asks(word), says("no")]),
    ]);
    const together = await Promise.all(pairs.flat());
    const alone = await scores.score([asks("one"), says("yes one")]);
    expect(alone).toBeCloseTo(together[0]!, 5);
    for (let i = 0; i < words.length; i++)
      expect(together[2 * i]).toBeGreaterThan(together[2 * i + 1]!);

    const reward = await scores.reward(answered("one", "yes one"));
    expect(reward).toEqual({
      total: alone,
      components: { reward_model: alone },
      source: "judge",
    });
    const computer = new RewardComputer({ components: [scores.component("helpful")] });
    const { components } = await computer.compute(answered("one", "yes one"));
    expect(components["helpful"]).toBeCloseTo(1 / (1 + Math.exp(-alone)), 6);
  });

  it("refuses a model without a head, a rollout without a call, and an answer that is too long", async () => {
    await expect(modelReward(model).open()).rejects.toThrow(/^MODEL_WITHOUT_VALUE_HEAD/);
    expect(() => modelReward("")).toThrow(/^OPTION_INVALID/);
    await using scores = modelReward(whole, { threads: 1 });
    await expect(scores.reward({ turns: [] })).rejects.toThrow(/^REWARD_NOT_APPLICABLE/);
    const long = scores.score([asks("one"), says("no ".repeat(2000))]);
    const [tooLong, fine] = await Promise.allSettled([long, scores.score([asks("a"), says("b")])]);
    expect(tooLong).toMatchObject({ reason: { code: "ROW_TOO_LONG" } });
    expect(fine.status).toBe("fulfilled");
  });

  it("is what --reward-model learns from; held-out tasks keep their own reward", async () => {
    const out = join(root, "grpo");
    const given = { rewardModel: whole, out, steps: 1, groupSize: 2, groupsPerStep: 1 };
    const tasks = { trainTasks: 4, testTasks: 2, maxActions: 1, maxTokens: 4, prompt: "compact" };
    const grpo = await run("grpo", { ...given, ...tasks, keepRollouts: "none" });
    const step = grpo.find((event) => event.kind === "step")!;
    const [rollout] = step.step.rollouts!;
    // Success is said by the domain.
    expect(rollout!.reward!.components).toMatchObject({ success: 0 });
    expect(Object.keys(rollout!.reward!.components)).toEqual(["reward_model", "success"]);
    expect(Object.keys(resultOf(grpo).after.components)).not.toContain("reward_model");
    const { config } = JSON.parse(readFileSync(join(out, "run.json"), "utf8")) as {
      readonly config: Readonly<Record<string, unknown>>;
    };
    expect(config["rewardModel"]).toBe(whole);
    expect(config["rewardModelDigest"]).toMatch(/^[0-9a-f]{64}$/);
    await expect(run("grpo", { ...given, rewardModel: model })).rejects.toThrow(
      /^MODEL_WITHOUT_VALUE_HEAD/,
    );
    await expect(run("grpo", { ...given, judge: "openai/gpt-4o-mini" })).rejects.toThrow(
      /^CONFIG_INVALID.*--judge/,
    );
  });
});
