/** Methods that know nothing of adapters train a team of two exact tables through one client. */
import { describe, expect, it } from "vitest";
import { checkAdapters } from "../../agents/agents-by-adapter.ts";
import { policyChatModels } from "../../agents/policy-chat-model.ts";
import { cispo } from "../../algorithms/policy-gradient/cispo.ts";
import { dapo } from "../../algorithms/policy-gradient/dapo.ts";
import { gmpo } from "../../algorithms/policy-gradient/gmpo.ts";
import { grpo } from "../../algorithms/policy-gradient/grpo.ts";
import { gspo } from "../../algorithms/policy-gradient/gspo.ts";
import { ppo } from "../../algorithms/policy-gradient/ppo.ts";
import { reinforcePlusPlus } from "../../algorithms/policy-gradient/reinforce-plus-plus.ts";
import { reinforce } from "../../algorithms/policy-gradient/reinforce.ts";
import { rloo } from "../../algorithms/policy-gradient/rloo.ts";
import { expertIteration } from "../../algorithms/supervised/expert-iteration.ts";
import { isError } from "../../core/errors.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { Agent } from "../../ports/agent.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import type { RolloutRunner } from "../../ports/rollout-runner.ts";
import { rolloutRunner } from "../../rollouts/rollout-runner.ts";
import { rolloutSource } from "../../rollouts/rollout-source.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tabularCritic } from "../../testing/tabular-critic.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { AdaptersTrainingClient } from "./adapters-training-client.ts";

const renderer = letterRenderer("xyab");
const { vocabulary } = renderer;
const adapters = { lead: ["planner"], workers: ["writer"] };

interface Wanted {
  readonly id: string;
  readonly text: "a" | "b";
}
const tasks: readonly Wanted[] = [
  { id: "a", text: "a" },
  { id: "b", text: "b" },
];

/** The planner sees the task and says x or y; the writer sees only that, and is to say the task's letter. */
const team: Agent<Wanted, string> = async ({ text }, { model }) => {
  const plan = await model.chat([{ role: "user", content: text }], { agent: "planner" });
  const told = { role: "user", content: plan.content } as const;
  return (await model.chat([told], { agent: "writer" })).content;
};

const runnerOf = (
  agent = team,
  agents: Readonly<Record<string, readonly string[]>> = adapters,
): RolloutRunner<Wanted, string> =>
  rolloutRunner({
    agent,
    reward: ({ answer, task }) => (answer === task.text ? 1 : 0),
    chatModel: policyChatModels({ renderer, sampling: { maxTokens: 1 }, adapters: agents }),
  });

function openTeam() {
  const table = { vocabulary, order: 3, spread: 0.5 };
  const lead = tabularTrainingClient({ ...table, seed: 1 });
  const workers = tabularTrainingClient({ ...table, seed: 2 });
  const training = new AdaptersTrainingClient(
    new Map([
      ["lead", lead],
      ["workers", workers],
    ]),
  );
  return { lead, workers, training };
}

async function learn(algorithm: Algorithm) {
  const { lead, workers, training } = openTeam();
  const before = [lead, workers].map(({ policy }) => [...policy.logits]);
  const steps: TrainStep[] = [];
  const running = algorithm.run({
    ...{ training, renderer, seed: 0, startStep: 0 },
    reference: await training.saveWeightsForSampler("reference"),
    critic: tabularCritic({ vocabulary }),
    rollouts: rolloutSource({ tasks, runner: runnerOf() }),
  });
  for await (const step of running) steps.push(step);
  const moved = [lead, workers].map(({ policy }, i) =>
    policy.logits.some((one, k) => one !== before[i]![k]),
  );
  return { steps, moved, training };
}

const two = { steps: 2, groupSize: 24, groupsPerStep: 4, learningRate: 0.1 };
const kl = { coefficient: 0.1 };

describe("methods over several adapters", () => {
  it.each<[string, Algorithm]>([
    ["GRPO, KL in the loss", grpo({ ...two, kl })],
    ["GRPO, KL in the reward", grpo({ ...two, kl: { ...kl, place: "reward" } })],
    ["GRPO, corrected", grpo({ ...two, correction: { level: "token" } })],
    ["DAPO", dapo(two)],
    ["CISPO", cispo(two)],
    ["GSPO", gspo({ ...two, kl })],
    ["GMPO", gmpo(two)],
    ["RLOO", rloo({ ...two, kl })],
    ["REINFORCE", reinforce(two)],
    ["REINFORCE++", reinforcePlusPlus({ ...two, kl })],
    ["PPO", ppo({ ...two, kl, epochsPerBatch: 1 })],
    ["expert iteration", expertIteration({ ...two, minReward: 1 })],
  ])("%s", async (_name, algorithm) => {
    const { steps, moved } = await learn(algorithm);
    expect(moved).toEqual([true, true]);
    const { metrics } = steps[0]!;
    // Rows that went to the adapter that sampled them: the policy is what it was, and is the reference.
    if ("ratio_max" in metrics) expect(metrics["ratio_max"]).toBeCloseTo(1, 5);
    for (const name of ["kl", "kl_k1", "mismatch_max"])
      if (name in metrics) expect(metrics[name], name).toBeCloseTo(0, 5);
  });

  it("a planner and a writer learn a code that neither was told", async () => {
    const credit = { rule: "hierarchical", coordinator: "planner" } as const;
    const { steps } = await learn(grpo({ ...two, steps: 40, credit }));
    const rewards = steps.map(({ metrics }) => metrics["reward"]!);
    expect(rewards[0]).toBeLessThan(0.2);
    expect(rewards.at(-1)).toBeGreaterThan(0.9);
  });
});

describe("agents and their adapters", () => {
  it("an agent without an adapter, and a call without an agent, stop the run", async () => {
    const policy = await openTeam().training.saveWeightsForSampler();
    const jobs = [{ id: "r", task: tasks[0]!, seed: 0 }];
    const misspelt = runnerOf(team, { lead: ["planner"], workers: ["writers"] });
    await expect(misspelt.run({ policy, jobs })).rejects.toMatchObject({
      code: "AGENT_WITHOUT_ADAPTER",
      facts: { agent: "writer", known: ["planner", "writers"], nearest: "writers" },
    });
    const silent = runnerOf(async (_task, { model }) => {
      const { content } = await model
        .chat([{ role: "user", content: "a" }])
        .catch(() => ({ content: "" }));
      return content;
    });
    const nameless = runnerOf(
      async (_task, { model }) => (await model.chat([{ role: "user", content: "a" }])).content,
    );
    await expect(nameless.run({ policy, jobs })).rejects.toSatisfy((error) =>
      isError(error, "AGENT_WITHOUT_ADAPTER"),
    );
    // What an agent catches is its own affair, as with every error of a call.
    const [caught] = await silent.run({ policy, jobs });
    expect(caught!.answer).toBe("");
  });

  it("samples and streams by the adapter of the agent, and records both", async () => {
    const policy = await openTeam().training.saveWeightsForSampler();
    const model = policyChatModels({ renderer, sampling: { maxTokens: 3 }, adapters })({
      policy,
      seed: 4,
    });
    const messages = [{ role: "user", content: "ab" }] as const;
    await model.chat(messages, { agent: "planner" });
    for await (const _part of model.stream(messages, { agent: "writer" }));
    const [plan, text] = model.turns;
    expect([plan!.adapter, text!.adapter]).toEqual(["lead", "workers"]);
    for (const [turn, name] of [
      [plan!, "lead"],
      [text!, "workers"],
    ] as const) {
      const scored = await policy.adapter!(name).logProbs([...turn.promptTokens, ...turn.tokens]);
      turn.logProbs.forEach((one, t) =>
        expect(one).toBeCloseTo(scored[turn.promptTokens.length + t]!, 5),
      );
      expect(turn.weightsVersion).toBe(policy.weightsVersion);
    }
  });

  it.each([
    [{}, "names of adapters"],
    [[], "names of adapters"],
    [{ Lead: ["a"] }, "small letters"],
    [{ lead: "a" }, "at least one agent"],
    [{ lead: [" "] }, "lead"],
    [{ lead: ["a"], workers: ["b", "a"] }, "this is one of lead"],
  ])("%o cannot be", (given, words) => {
    expect(() => checkAdapters(optionChecks("train"), given)).toThrow(words);
  });
});
