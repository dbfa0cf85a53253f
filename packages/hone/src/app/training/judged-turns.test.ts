/** A judge scores each turn, and credit goes by it; its budget may be spent in the middle of a rollout. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { grpo } from "../../algorithms/policy-gradient/grpo.ts";
import type { Turn } from "../../core/rollout.ts";
import type { AbsoluteJudge, AbsoluteVerdict, ExcludedVerdict } from "../../ports/judge.ts";
import type { UnscoredRollout } from "../../ports/reward.ts";
import { judgedTurns } from "../../rewards/judged-turns.ts";
import { resolveSettings } from "./config.ts";
import { openJudge } from "./judge-setting.ts";
import type { PipelineEvent } from "./pipeline-events.ts";
import { train } from "./train.ts";
import { settingsOfTraining } from "./training-settings.ts";
import { trainings } from "../trainings.ts";

const root = mkdtempSync(join(tmpdir(), "hone-judged-turns-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A judge that scores the length of the last message, and what it was asked. */
function lengthJudge(excluded = false) {
  const asked: Parameters<AbsoluteJudge["score"]>[0][] = [];
  const judge: AbsoluteJudge = {
    name: "length",
    report: () => ({ calls: asked.length }) as ReturnType<AbsoluteJudge["report"]>,
    score: async (request): Promise<AbsoluteVerdict | ExcludedVerdict> => {
      asked.push(request);
      const content = request.answer as readonly { readonly content: string }[];
      const total = (content.at(-1)!.content.length % 4) / 4;
      if (excluded) return { status: "excluded", problem: "it said nothing", calls: 1 };
      return { status: "scored", total, criteria: {}, reason: "", calls: 1 };
    },
  };
  return { judge, asked };
}

const turn = (question: string, answer: string): Turn =>
  ({
    messages: [{ role: "user", content: question }],
    reply: { role: "assistant", content: answer },
  }) as Partial<Turn> as Turn;
const rollout = {
  ...{ id: "r", task: { id: "t" }, answer: "", failure: undefined, attempts: 1, seconds: 0 },
  turns: [turn("q", "abc"), turn("again", "a")],
} satisfies UnscoredRollout;

describe("judgedTurns", () => {
  it("gives every turn a score beside the rollout's own reward, reading up to its reply", async () => {
    const { judge, asked } = lengthJudge();
    const reward = await judgedTurns({ judge, reward: () => 5 })(rollout);
    expect(reward).toEqual({
      ...{ total: 5, source: "rule", components: { turns: 0.5 }, turns: [0.75, 0.25] },
    });
    expect(asked.map(({ task, answer }) => [task, answer])).toEqual([
      ["q", [...rollout.turns[0]!.messages, rollout.turns[0]!.reply]],
      ["q", [...rollout.turns[1]!.messages, rollout.turns[1]!.reply]],
    ]);
    const empty = await judgedTurns({ judge, reward: () => 5 })({ ...rollout, turns: [] });
    expect(empty).toEqual({ total: 5, components: {}, source: "rule" });
  });

  it("fails the rollout where the judge has no verdict, and stops where its budget ends in a rollout", async () => {
    const silent = lengthJudge(true).judge;
    await expect(judgedTurns({ judge: silent, reward: () => 1 })(rollout)).rejects.toThrow(
      /^JUDGE_FAILED: .*it said nothing/s,
    );
    const { judge, asked } = lengthJudge();
    const limited = judgedTurns({ judge, reward: () => 1, maxCalls: 3 });
    await limited(rollout);
    await expect(limited(rollout)).rejects.toThrow(/^RUN_JUDGE_BUDGET_SPENT: .*3 calls.*maxCalls/s);
    expect(asked).toHaveLength(3);
    expect(() => judgedTurns({ judge, reward: () => 1, maxCalls: 0 })).toThrow(/maxCalls = 0/);
  });
});

describe("training with judged turns", () => {
  const tasks = ["one", "two", "three"].map((id) => ({ id }));
  const options = {
    model: "tiny",
    agent: async ({ id }, { model }) => {
      const first = { role: "user", content: id } as const;
      const reply = await model.chat([first]);
      return (await model.chat([first, reply, { role: "user", content: "two" }])).content;
    },
    tasks: { train: tasks.slice(0, 2), test: tasks.slice(2) },
    sampling: { maxTokens: 5 },
    threads: 1,
    quiet: true,
    algorithm: grpo({
      ...{ steps: 2, groupSize: 3, groupsPerStep: 2, learningRate: 1e-3 },
      credit: { rule: "turn-rewards" },
    }),
  } satisfies Omit<Parameters<typeof train<{ id: string }, string>>[0], "reward">;

  it("learns from turns also where all rewards are equal, and says so where nothing is judged", async () => {
    const steps = async (name: string, reward: Parameters<typeof train>[0]["reward"]) => {
      const events: PipelineEvent[] = [];
      const onEvent = (event: PipelineEvent) => void events.push(event);
      await train({ ...options, reward, out: join(root, name), onEvent });
      return events.flatMap((event) => (event.kind === "step" ? [event.step] : []));
    };
    const { judge } = lengthJudge();
    const [judged] = await steps("judged", judgedTurns({ judge, reward: () => 1 }));
    expect(judged!.metrics["credit_missing"]).toBe(0);
    expect(judged!.metrics["updates"]).toBe(1);
    expect(judged!.metrics["reward/turns"] ?? 0).toBeGreaterThanOrEqual(0);
    expect(judged!.warnings ?? {}).not.toHaveProperty("CREDIT_MISSING");
    const [plain] = await steps("plain", ({ answer }) => String(answer).length);
    expect(plain!.metrics["credit_missing"]).toBe(6);
    expect(plain!.warnings).toMatchObject({ CREDIT_MISSING: 6 });
  });

  it("stops with its whole steps saved where the budget is spent in the middle", async () => {
    const { judge } = lengthJudge();
    // The held-out task has 2 turns and a step 12, so the budget ends in the first rollout of the second step.
    const reward = judgedTurns({ judge, reward: () => 1, maxCalls: 15 });
    const run = train({ ...options, reward, out: join(root, "spent"), checkpointEvery: 1 });
    await expect(run).rejects.toThrow("RUN_JUDGE_BUDGET_SPENT");
  });
});

it("hone train --judge with --credit turn-rewards keeps the task's own reward", async () => {
  const flags = { judge: "openai/gpt-4o-mini", credit: "turn-rewards" };
  const { settings } = await resolveSettings(settingsOfTraining(trainings.grpo), { flags });
  const own = () => 3;
  process.env["OPENAI_API_KEY"] ??= "not asked";
  const opened = await openJudge(settings);
  expect(typeof opened!.reward(own)).toBe("function");
  const whole = await openJudge({ ...settings, credit: undefined });
  expect(whole!.reward(own)).toMatchObject({ heldOut: own });
});
