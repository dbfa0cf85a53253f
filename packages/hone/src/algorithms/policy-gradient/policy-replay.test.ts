/** Groups of earlier steps are learned from again, by the log-probs of their time, until they are too old. */
import { describe, expect, it } from "vitest";
import type { Message } from "../../core/message.ts";
import type { Rollout } from "../../core/rollout.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { Datum } from "../../ports/training-client.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { tokenRollouts } from "../../testing/token-rollouts.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import { tabularCritic } from "../../testing/tabular-critic.ts";
import { nextCoefficient } from "./adaptive-kl.ts";
import type { CreditOptions } from "./credit.ts";
import { grpo } from "./grpo.ts";
import { policyChoices } from "./policy-choices.ts";
import { replay, type ReplayGroup } from "./policy-replay.ts";
import { ppo } from "./ppo.ts";
import { reinforce } from "./reinforce.ts";

const vocabulary = 6;

function open(spread = 0): AlgorithmParts & { readonly sent: (readonly Datum[])[] } {
  const training = tabularTrainingClient({ vocabulary, spread });
  const sent: (readonly Datum[])[] = [];
  const pass = training.forwardBackward.bind(training);
  training.forwardBackward = (data, ...rest) => (sent.push(data), pass(data, ...rest));
  const rollouts = tokenRollouts({
    prompts: [[0], [1]],
    reward: ([token]) => token! / 5,
    sampling: { maxTokens: 1 },
  });
  return { training, rollouts, renderer: letterRenderer("a"), seed: 0, startStep: 0, sent };
}

async function stepsOf(algorithm: Algorithm, parts: AlgorithmParts): Promise<TrainStep[]> {
  const steps: TrainStep[] = [];
  for await (const step of algorithm.run(parts)) steps.push(step);
  return steps;
}

const plain = { steps: 5, groupSize: 4, groupsPerStep: 2, learningRate: 0.2 };

async function run(options: Partial<Parameters<typeof grpo>[0]>) {
  const parts = open();
  return { steps: await stepsOf(grpo({ ...plain, ...options }), parts), sent: parts.sent };
}

it("beside the new ones, which alone are reported", async () => {
  const { steps, sent } = await run({ replay: { groupsPerStep: 3, maxStaleness: 2 } });
  const counts = steps.map(({ metrics }) => [metrics["groups_replayed"], metrics["groups_stale"]]);
  // Two groups a step: none, 2 of step 1, then 3 of the 4 of the two steps before; those of step 1 are too old in step 4.
  expect(counts).toEqual([
    [0, 0],
    [2, 0],
    [3, 0],
    [3, 2],
    [3, 2],
  ]);
  for (const { metrics, rollouts } of steps) {
    expect(rollouts).toHaveLength(8);
    expect(metrics["groups"]).toBe(2);
    expect(metrics["weights_lag"]).toBe(0);
    const total = rollouts!.reduce((sum, { reward }) => sum + reward!.total, 0);
    expect(metrics["reward"]).toBeCloseTo(total / 8, 12);
  }
  // Of each batch those rows whose advantage is not 0.
  expect(sent[0]!.length).toBeLessThanOrEqual(8);
  for (const { length } of sent.slice(1)) expect(length).toBeGreaterThan(8);
  const first = sent[0]!.map(({ id, samplingLogProbs }) => [id, [...samplingLogProbs!]]);
  const second = sent[1]!.filter(({ id }) => id!.startsWith("1/"));
  expect(second).toHaveLength(sent[0]!.length);
  for (const { id, samplingLogProbs } of second)
    expect(first).toContainEqual([id, [...samplingLogProbs!]]);
  expect(steps[1]!.metrics["kl_old"]).toBeGreaterThan(1e-4);
  // Sampler and trainer are one; only what was learned since is between the replayed rows and the trainer.
  const { steps: corrected } = await run({ replay: { groupsPerStep: 3 }, correction: {} });
  for (const { metrics } of [...steps, ...corrected])
    expect(metrics["mismatch_max"]).toBeLessThan(1e-6);
  const { steps: without } = await run({});
  expect(without[0]!.metrics).not.toHaveProperty("groups_replayed");
  expect(without[0]!).not.toHaveProperty("state");
});

it("none of them twice in a step, whatever the order in which they are kept, and as plain JSON", async () => {
  const { steps } = await run({ steps: 2, replay: { groupsPerStep: 9 } });
  const kept = (steps[1]!.state as { readonly replay: readonly ReplayGroup[] }).replay;
  expect(kept.map(({ origin }) => origin.step)).toEqual([1, 1, 2, 2]);
  expect(JSON.parse(JSON.stringify(kept))).toEqual(kept);
  const settings = { groupsPerStep: 3, maxStaleness: 4 };
  const drawn = (given: readonly ReplayGroup[], step: number) =>
    replay(given, [], settings, { step, seed: 0 }).groups.map(({ rollouts }) => rollouts[0]!.id);
  expect(new Set(drawn(kept, 3)).size).toBe(3);
  expect(drawn(kept.toReversed(), 3)).toEqual(drawn(kept, 3));
  const others = [4, 5].map((step) => drawn(kept, step).join());
  expect(others.some((one) => one !== drawn(kept, 3).join())).toBe(true);
  expect(replay(kept, [], settings, { step: 6, seed: 0 })).toMatchObject({ staleCount: 2 });
});

it("a moving average is that of the new ones", async () => {
  const options = { ...plain, baseline: "moving-average", decay: 0.5 } as const;
  const steps = await stepsOf(reinforce({ ...options, replay: { groupsPerStep: 3 } }), open());
  expect(steps[1]!.metrics["groups_replayed"]).toBe(2);
  let average = steps[0]!.metrics["reward"]!;
  for (const { metrics } of steps) {
    expect(metrics["baseline"]).toBeCloseTo(average, 12);
    average = 0.5 * average + 0.5 * metrics["reward"]!;
  }
});

it("the distance that a KL coefficient follows, and that is reported, is that of the new ones", async () => {
  // A policy far from the uniform reference, at a distance that stays within a fifth of the target, where the coefficient is not clipped.
  const reference = await tabularTrainingClient({ vocabulary }).saveWeightsForSampler();
  const parts = { ...open(4), critic: tabularCritic({ vocabulary }), reference };
  const adaptiveKl = { target: 1.1, rate: 0.5 };
  const kl = { coefficient: 0.1, place: "reward" } as const;
  const options = { ...plain, epochsPerBatch: 1, kl, adaptiveKl, replay: { groupsPerStep: 3 } };
  const steps = await stepsOf(ppo(options), parts);
  let coefficient = 0.1;
  for (const { metrics, rollouts } of steps) {
    expect(metrics["kl_coefficient"]).toBeCloseTo(coefficient, 6);
    // Answers are one token, which the reference gives a chance of one in six.
    const distances = rollouts!.map(({ turns }) => turns[0]!.logProbs[0]! + Math.log(vocabulary));
    const distance = distances.reduce((sum, one) => sum + one, 0) / distances.length;
    expect(metrics["kl_k1"]).toBeCloseTo(distance, 6);
    coefficient = nextCoefficient(coefficient, distance, adaptiveKl);
  }
});

describe("credit over the turns of a replayed rollout", () => {
  const replies: readonly Message[] = [
    { role: "assistant", content: "ask ann" },
    { role: "assistant", content: " ask ann ", reasoning: "she knows" },
    { role: "assistant", content: "", toolCalls: [{ id: "1", name: "ask", arguments: "ben" }] },
    { role: "assistant", content: "", toolCalls: [{ id: "2", name: "ask", arguments: "ben" }] },
  ];

  /** Two turns, of a lead and of ann; two choices, each made twice. All that a rule reads is there. */
  function asTeam(rollout: Rollout, i: number): Rollout {
    const total = [1, 0.2, 0.6, 0][i]!;
    const turns = rollout.turns.map((turn, k) => ({
      ...turn,
      ...(k === 0 ? { agent: "lead", reply: replies[i]! } : { agent: "ann" }),
    }));
    const components = { "agent/lead": i, "agent/ann": i ** 2 };
    return {
      ...{ ...rollout, turns, answer: "done", metrics: { calls: 2 } },
      reward: { total, components, source: "rule", turns: [i, 2 * total] },
    };
  }

  function openTeam() {
    const parts = open();
    const source = tokenRollouts({
      ...{ prompts: [[0]], reward: () => 0, sampling: { maxTokens: 1 }, between: [[2]] },
    });
    return {
      ...parts,
      rollouts: {
        groups: async (request: Parameters<typeof source.groups>[0]) => {
          const groups = await source.groups(request);
          return groups.map((one) => ({ ...one, rollouts: one.rollouts.map(asTeam) }));
        },
      },
    };
  }

  const team = (rule: CreditOptions["rule"]) =>
    grpo({
      ...{ steps: 2, groupSize: 4, groupsPerStep: 1, learningRate: 1e-9, normalization: "sum" },
      credit: { rule, ...(rule === "hierarchical" && { coordinator: "lead" }) },
      replay: { groupsPerStep: 1 },
    });

  /** Advantages of step 1's rollouts; a row holds those of its tokens divided by the number of answers in the batch. */
  const advantages = (sent: readonly Datum[], answers: number) =>
    sent.flatMap(({ id, advantages: given }) =>
      id!.startsWith("1/") ? [{ id, given: [...given!].map((one) => one * answers) }] : [],
    );

  /** The first step, and the second from its state as a checkpoint holds it. */
  async function twoSteps(rule: CreditOptions["rule"], changed = (state: string) => state) {
    const [first, second] = [openTeam(), openTeam()];
    const { value } = await team(rule).run(first).next();
    const state = JSON.parse(changed(JSON.stringify(value!.state))) as Record<string, unknown>;
    const [step] = await stepsOf(team(rule), { ...second, startStep: 1, state });
    return {
      fresh: advantages(first.sent[0]!, 4),
      again: advantages(second.sent[0]!, 8),
      step: step!,
    };
  }

  it.each(policyChoices.credit)("by the rule %s is what it was when it was new", async (rule) => {
    const { fresh, again, step } = await twoSteps(rule);
    expect(step.metrics["groups_replayed"]).toBe(1);
    expect(fresh).toHaveLength(4);
    expect(again.toSorted((a, b) => (a.id! < b.id! ? -1 : 1))).toEqual(fresh);
  });

  it("compares a worker with itself where a checkpoint of an earlier version kept no choices", async () => {
    const { metrics } = (await twoSteps("hierarchical")).step;
    expect(metrics).toMatchObject({ credit_same_choice: 8, credit_same_agent: 0 });
    const bare = JSON.stringify({ role: "assistant", content: "" });
    const emptied = (state: string) =>
      state.replaceAll(
        /"reply":\{"role":"assistant","content":"[^}]*\}(\]\})?/g,
        `"reply":${bare}`,
      );
    const { step, again } = await twoSteps("hierarchical", emptied);
    expect(step.metrics).toMatchObject({ credit_same_choice: 4, credit_same_agent: 4 });
    expect(again.every(({ given }) => given.every(Number.isFinite))).toBe(true);
  });
});
