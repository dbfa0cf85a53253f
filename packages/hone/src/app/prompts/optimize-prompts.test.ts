/** Searches for prompts with a model and a critic that are functions, in run folders of their own. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { apo } from "../../algorithms/prompts/apo.ts";
import { gepa } from "../../algorithms/prompts/gepa.ts";
import { fillPrompt } from "../../core/prompts.ts";
import type { Agent } from "../../ports/agent.ts";
import type { ChatModel } from "../../ports/chat-model.ts";
import { type OptimizePromptsOptions, optimizePrompts } from "./optimize-prompts.ts";
import type { PromptEvent } from "./prompt-events.ts";

const root = mkdtempSync(join(tmpdir(), "hone-prompts-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Sum {
  readonly id: string;
  readonly question: string;
  readonly answer: string;
}

const sums = (from: number, count: number): readonly Sum[] =>
  Array.from({ length: count }, (_, i) => {
    const [a, b] = [from + i, i];
    return { id: `sum-${a}-${b}`, question: `${a} + ${b}`, answer: String(a + b) };
  });

/** A model that adds only where it is told to, and answers with one number only where it is told that. */
const adder = (): ChatModel & { calls: number } => ({
  calls: 0,
  async chat(messages) {
    this.calls++;
    const text = messages.at(-1)!.content;
    const [, a, b] = /(\d+) \+ (\d+)/.exec(text)!;
    const sum = text.includes("Add") ? Number(a) + Number(b) : 0;
    const content = text.includes("one number") ? String(sum) : `It is ${sum}.`;
    return { role: "assistant", content };
  },
});

/** A critic that learns of the two in turn. */
const teacher = (): ChatModel & { calls: number } => ({
  calls: 0,
  async chat(messages) {
    this.calls++;
    const text = messages[1]!.content;
    if (!text.includes("<prompt> and </prompt>"))
      return { role: "assistant", content: "Say more." };
    const prompt = /<prompt>\n(.*)\n<\/prompt>/.exec(text)![1]!;
    const more = prompt.includes("Add") ? "Answer with one number." : "Add.";
    return { role: "assistant", content: `<prompt>${prompt} ${more}</prompt>` };
  },
});

const agent: Agent<Sum, string> = async ({ question }, { model, prompts, signal }) =>
  (
    await model.chat([{ role: "user", content: fillPrompt(prompts["ask"]!, { question }) }], {
      signal,
    })
  ).content;

let runs = 0;
const base = () =>
  ({
    model: adder(),
    critic: teacher(),
    agent,
    tasks: { train: sums(10, 12), test: sums(50, 20) },
    reward: ({ answer, task }) =>
      (answer.includes(task.answer) ? 0.5 : 0) + (answer === task.answer ? 0.5 : 0),
    prompts: { ask: "What is {question}?" },
    method: apo({ rounds: 2, beamWidth: 1, branchFactor: 1, validationSize: 4 }),
    seed: 1,
    // The store of rollouts has tests of its own.
    keepRollouts: "none",
    out: join(root, `run-${runs++}`),
  }) satisfies OptimizePromptsOptions<Sum, string>;

describe("optimizePrompts", () => {
  it("is refused before anything runs where the budget is below what the first prompt costs", async () => {
    const method = apo({ rounds: 1, validationSize: 4, budget: { rollouts: 3 } });
    const options = { ...base(), method };
    await expect(optimizePrompts(options)).rejects.toThrow(
      /OPTION_INVALID: apo got budget\.rollouts.*3.*at least 4, what the first prompt costs/,
    );
    expect([options.model.calls, existsSync(options.out)]).toEqual([0, false]);
  });

  it("finds better prompts and measures both on held-out tasks; everything is in the run folder", async () => {
    const events: PromptEvent[] = [];
    const options = { ...base(), onEvent: (event: PromptEvent) => void events.push(event) };
    const result = await optimizePrompts(options);
    expect(result.prompts).toEqual({ ask: "What is {question}? Add. Answer with one number." });
    expect(result).toMatchObject({
      best: 2,
      end: "steps",
      spent: { criticCalls: 4, criticTokens: undefined },
    });
    expect(result.before).toMatchObject({ taskCount: 20, success: { value: 0 } });
    expect(result.after.success.value).toBe(1);
    expect(result.difference.success.low).toBeGreaterThan(0.7);
    expect(result.difference.reward).toMatchObject({ value: 1 });
    // A slow machine says meanwhile how far its rollouts are.
    const kinds = events.map(({ kind }) => kind).filter((kind) => kind !== "rollouts");
    expect(kinds).toEqual([
      ...["note", "note", "evaluating", "evaluated", "phase", "step", "step", "step"],
      ...["evaluating", "evaluated", "done"],
    ]);
    const file = (name: string) => readFileSync(join(options.out, name), "utf8");
    expect(JSON.parse(file("best-prompts.json"))).toEqual(result.prompts);
    expect(JSON.parse(file("prompts.json"))).toMatchObject({
      method: "apo",
      end: "steps",
      best: 2,
      candidates: [{ score: 0 }, { score: 0.5 }, { score: 1 }],
    });
    expect(JSON.parse(file("result.json"))).toMatchObject({ after: { success: { value: 1 } } });
    expect(file("metrics.jsonl").match(/"section":"apo"/g)).toHaveLength(3);
    expect(file("report.md")).toContain("What is {question}? Add. Answer with one number.");
    // The trials, and the held-out tasks with two prompts.
    expect(options.model.calls).toBe(result.spent.rollouts + 40);
  });

  it("is stopped, and resumed pays for nothing twice and finds the same", async () => {
    const whole = base();
    const expected = await optimizePrompts({ ...whole, method: gepaMethod });
    const { out, ...options } = { ...base(), method: gepaMethod };
    for (const calls of [30, 40, 55]) {
      const stop = new AbortController();
      const { model } = options;
      const stopping: ChatModel = {
        chat: (...call) => {
          if (model.calls === calls) stop.abort();
          return model.chat(...call);
        },
      };
      const place = existsSync(out) ? { resume: out } : { out };
      const run = optimizePrompts({
        ...{ ...options, ...place, model: stopping, signal: stop.signal, concurrency: 2 },
      });
      await expect(run).rejects.toThrow(/CANCELLED: The search in .* \(kept; pass it as resume\)/);
    }
    const result = await optimizePrompts({ ...options, resume: out });
    expect(result.candidates).toEqual(expected.candidates);
    expect(result.difference).toEqual(expected.difference);
    expect(result.spent).toEqual(expected.spent);
    expect(options.critic.calls).toBe(whole.critic.calls);
    // What ran when it was stopped is asked again: at most two rollouts each time.
    expect(options.model.calls - whole.model.calls).toBeLessThanOrEqual(6);
    const before = options.model.calls;
    const again = await optimizePrompts({ ...options, resume: out });
    expect(again.candidates).toEqual(result.candidates);
    expect(options.model.calls).toBe(before);
  });

  it("keeps what it has found when its budget is spent, and goes on with a larger one", async () => {
    const limited = (rollouts: number) =>
      apo({ rounds: 2, beamWidth: 1, branchFactor: 1, validationSize: 4, budget: { rollouts } });
    const { out, ...options } = base();
    const first = await optimizePrompts({ ...options, out, method: limited(14) });
    expect(first).toMatchObject({ end: "budget", best: 1 });
    expect(first.prompts["ask"]).toBe("What is {question}? Add.");
    expect(first.spent.rollouts).toBeLessThanOrEqual(14);
    expect(first.difference.reward).toMatchObject({ value: 0.5 });
    const asked = options.critic.calls;
    const more = await optimizePrompts({ ...options, resume: out, method: limited(100) });
    expect(more).toMatchObject({ end: "steps", best: 2 });
    expect(options.critic.calls).toBe(asked + 2);
  });

  it("says that the agent reads no prompt", async () => {
    const deaf: Agent<Sum, string> = async ({ question }, { model }) =>
      (await model.chat([{ role: "user", content: question }])).content;
    await expect(optimizePrompts({ ...base(), agent: deaf })).rejects.toThrow(
      /PROMPT_UNREAD: None of 20 rollouts read the prompt "ask"/,
    );
  });

  it("keeps the first prompt where the critic says nothing that can be used, and says so", async () => {
    const useless: ChatModel = { chat: async () => ({ role: "assistant", content: "Nice." }) };
    const result = await optimizePrompts({ ...base(), critic: useless });
    expect(result).toMatchObject({ best: 0, end: "steps" });
    expect(result.warnings.map(({ code }) => code)).toContain("CRITIC_REPLIES_UNUSABLE");
    expect(result.difference.success.value).toBe(0);
  });

  it("fails rollouts whose prompt lacks a placeholder that the agent fills in", async () => {
    const run = optimizePrompts({ ...base(), prompts: { ask: "What is it?" } });
    await expect(run).rejects.toThrow(
      /ALL_ROLLOUTS_FAILED: All 20 rollouts .* PROMPT_PLACEHOLDER_MISSING: The prompt has no placeholder \{question\}/,
    );
  });

  it("refuses to be resumed with other settings", async () => {
    const { out, ...options } = base();
    await optimizePrompts({ ...options, out, tasks: { train: sums(10, 12), test: [] } });
    const run = optimizePrompts({
      ...options,
      resume: out,
      tasks: { train: sums(10, 12), test: [] },
      seed: 2,
    });
    await expect(run).rejects.toThrow(/RUN_CONFIG_CHANGED: .*seed: 1 → 2/s);
  });

  it.each([
    [{ prompts: {} }, /optimizePrompts got prompts = .* at least one text by its name/],
    [{ prompts: { ask: " " } }, /prompts\.ask/],
    [{ method: "apo" as never }, /what apo\(\) or gepa\(\) gives/],
    [{ tasks: { train: [], test: [] } }, /tasks\.train/],
    [{ tasks: { train: [sums(1, 1)[0]!, sums(1, 1)[0]!], test: [] } }, /tasks with different ids/],
    [{ mode: "best" as never }, /mode/],
    [{ promts: {} } as object, /promts/],
  ])("refuses impossible options before there is a folder: %o", async (changes, message) => {
    const options = { ...base(), ...changes };
    await expect(optimizePrompts(options)).rejects.toThrow(message);
    expect(existsSync(options.out)).toBe(false);
  });
});

const gepaMethod = gepa({ steps: 3, validationSize: 4 });
