/** Words and weights in turns, with every rollout in one store. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { grpo } from "../../algorithms/policy-gradient/grpo.ts";
import { gepa } from "../../algorithms/prompts/gepa.ts";
import type { Prompts } from "../../core/prompts.ts";
import type { AgentContext } from "../../ports/agent.ts";
import type { ChatModel } from "../../ports/chat-model.ts";
import type { StoredRollouts } from "../../rollouts/stored-rollouts.ts";
import { rolloutsOf } from "../training/stored/rollouts-of.ts";
import { train } from "../training/train.ts";
import { optimizePrompts } from "./optimize-prompts.ts";

const golden = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const root = mkdtempSync(join(tmpdir(), "hone-in-turns-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const store = `sqlite:${join(root, "all.db")}`;

interface Word {
  readonly id: string;
}

const words = (...ids: string[]): Word[] => ids.map((id) => ({ id }));
const tasks = { train: words("a", "b", "c", "d"), test: words("x", "y") };
const reward = ({ answer }: { readonly answer: string }): number => answer.length % 5;

/** Writes the prompt "Say <n>:" at its n-th question. */
function scriptedCritic(): ChatModel {
  let count = 0;
  return {
    chat: async () => ({ role: "assistant", content: `<prompt>\nSay ${++count}:\n</prompt>` }),
  };
}

const agentWith =
  (own?: Prompts) =>
  async ({ id }: Word, { model, prompts, signal }: AgentContext): Promise<string> => {
    const content = `${(own ?? prompts)["ask"]} ${id}`;
    return (await model.chat([{ role: "user", content }], { signal })).content;
  };

const search = (name: string, model: string, prompts: Prompts) =>
  optimizePrompts({
    ...{ name, model, prompts, tasks, reward, store, threads: 1, out: join(root, name) },
    agent: agentWith(),
    critic: scriptedCritic(),
    method: gepa({ steps: 1, minibatchSize: 2, validationSize: 2 }),
    sampling: { maxTokens: 4 },
  });

describe("a prompt and weights in turns", () => {
  let read: StoredRollouts;
  let learned = "";
  beforeAll(async () => {
    const first = await search("words-first", golden, { ask: "Say" });
    const trained = await train({
      ...{ model: golden, tasks, reward, store, threads: 1, quiet: true },
      ...{ name: "weights", out: join(root, "weights"), sampling: { maxTokens: 4 } },
      agent: agentWith(first.prompts),
      algorithm: grpo({ steps: 1, groupSize: 2, groupsPerStep: 2, learningRate: 1e-3 }),
    });
    learned = trained.checkpoint;
    await search("words-second", learned, first.prompts);
    read = await rolloutsOf(store);
  });

  it("leave the rollouts of all runs in one store, as they were sampled", () => {
    const runs = new Set(read.groups.map(({ origin }) => origin!.run));
    expect(runs.size).toBe(3);
    const rollouts = read.groups.flatMap((group) => group.rollouts);
    for (const { tokens, turns } of rollouts) {
      expect(tokens).toBe("sampled");
      expect(turns[0]!.tokens.length).toBeGreaterThan(0);
      expect(turns[0]!.samplingLogProbs).toHaveLength(turns[0]!.tokens.length);
    }
  });

  it("keep trials of a prompt apart from those of others, and what was measured from what was learned", () => {
    const trials = read.groups.filter(({ origin }) => origin!.phase === "gepa");
    expect(trials.length).toBeGreaterThan(4);
    for (const { rollouts } of trials) {
      const prompts = new Set(rollouts.map(({ turns }) => turns[0]!.messages[0]!.content));
      expect(prompts.size).toBe(1);
    }
    const measured = read.groups.filter(({ origin }) => origin!.split === "test");
    expect(new Set(measured.map(({ task }) => task.id))).toEqual(new Set(["x", "y"]));
  });

  it("keep what was tried before a search was stopped, and the rest after its resume, each task by itself", async () => {
    const own = `sqlite:${join(root, "stopped.db")}`;
    const stop = new AbortController();
    let count = 0;
    const options = {
      ...{ model: golden, prompts: { ask: "Say" }, tasks, reward, store: own, threads: 1 },
      ...{
        critic: scriptedCritic(),
        sampling: { maxTokens: 4 },
        samplesPerTask: 2,
        concurrency: 1,
      },
      method: gepa({ steps: 1, minibatchSize: 2, validationSize: 2 }),
    };
    const stopping = optimizePrompts({
      ...{ ...options, out: join(root, "stopped"), signal: stop.signal },
      agent: async (task: Word, context: AgentContext) => {
        if (++count === 4) stop.abort();
        return agentWith()(task, context);
      },
    });
    await expect(stopping).rejects.toThrow("CANCELLED");
    const before = await rolloutsOf(own);
    expect(before.groups.flatMap(({ rollouts }) => rollouts).length).toBeGreaterThanOrEqual(3);
    await optimizePrompts({ ...options, agent: agentWith(), resume: join(root, "stopped") });
    const { groups } = await rolloutsOf(own, { split: "test" });
    for (const { rollouts } of groups)
      expect(new Set(rollouts.map(({ task }) => task.id)).size).toBe(1);
    // Both tries at each task, whichever was made before the stop.
    expect(groups.map(({ rollouts }) => rollouts.length)).toEqual(groups.map(() => 2));
  });

  it("are data for the weights: what a search tried can be learned from", async () => {
    const { groups } = await rolloutsOf(store, { phase: "gepa" }, { model: learned });
    expect(groups.every(({ origin }) => origin!.split === "train")).toBe(true);
    expect(groups.flatMap(({ rollouts }) => rollouts).every((one) => one.reward)).toBe(true);
  });
});
