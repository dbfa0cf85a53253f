/** What holds of every policy-gradient method, and what each refuses: a method more is a row of the tables. */
import { describe, expect, it } from "vitest";
import type { Rollout, RolloutGroup } from "../../core/rollout.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import type { RolloutSource } from "../../ports/rollout-source.ts";
import type { Datum } from "../../ports/training-client.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tabularCritic } from "../../testing/tabular-critic.ts";
import {
  tabularTrainingClient,
  type TabularTrainingOptions,
} from "../../testing/tabular-training-client.ts";
import { tokenRollouts, type TokenRolloutOptions } from "../../testing/token-rollouts.ts";
import { adamAt } from "../blocks/optimizer.ts";
import { cispo } from "./cispo.ts";
import { dapo } from "./dapo.ts";
import { drGrpo } from "./dr-grpo.ts";
import { gmpo } from "./gmpo.ts";
import { grpo } from "./grpo.ts";
import { gspo } from "./gspo.ts";
import type { PolicyOptions } from "./policy-options.ts";
import { ppo } from "./ppo.ts";
import { reinforce } from "./reinforce.ts";
import { reinforcePlusPlus } from "./reinforce-plus-plus.ts";
import { rloo } from "./rloo.ts";

interface Method {
  readonly name: string;
  readonly make: (options: PolicyOptions) => Algorithm;
  /** Whether a constant that is added to all rewards of a group changes nothing. */
  readonly ignoresConstants: boolean;
}

const toReward = { coefficient: 0.05, place: "reward" } as const;
const toLoss = { coefficient: 0.05, place: "loss" } as const;
const objectives = { first: 1, last: 0.5 };

const grouped: readonly Omit<Method, "ignoresConstants">[] = [
  { name: "GRPO", make: grpo },
  { name: "GRPO, dual clip", make: (o) => grpo({ ...o, dualClip: 1.5 }) },
  { name: "GRPO, KL in the reward", make: (o) => grpo({ ...o, kl: toReward }) },
  { name: "GRPO, KL in the loss, dual clip", make: (o) => grpo({ ...o, kl: toLoss, dualClip: 2 }) },
  { name: "GRPO, corrected", make: (o) => grpo({ ...o, correction: { level: "token" } }) },
  { name: "GRPO, discounted", make: (o) => grpo({ ...o, credit: { rule: "discounted" } }) },
  { name: "GRPO, states", make: (o) => grpo({ ...o, credit: { rule: "anchor-states" } }) },
  { name: "GRPO, replay", make: (o) => grpo({ ...o, replay: { groupsPerStep: 2 } }) },
  { name: "GRPO, one step off-policy", make: (o) => grpo({ ...o, oneStepOffPolicy: true }) },
  { name: "GRPO, curriculum", make: (o) => grpo({ ...o, curriculum: {} }) },
  { name: "GRPO, turns", make: (o) => grpo({ ...o, credit: { rule: "turn-rewards" } }) },
  { name: "GRPO, agents", make: (o) => grpo({ ...o, credit: { rule: "agents" } }) },
  {
    name: "GRPO, a coordinator",
    make: (o) => grpo({ ...o, credit: { rule: "hierarchical", coordinator: "planner" } }),
  },
  { name: "Dr. GRPO", make: (o) => drGrpo({ ...o, tokensPerAnswer: 4 }) },
  { name: "DAPO", make: dapo },
  { name: "GSPO", make: gspo },
  { name: "GSPO, KL in the loss", make: (o) => gspo({ ...o, kl: toLoss }) },
  {
    name: "GSPO-token, discounted",
    make: (o) =>
      gspo({ ...o, importanceSampling: "sequence-token", credit: { rule: "discounted" } }),
  },
  { name: "CISPO", make: cispo },
  { name: "GMPO", make: gmpo },
  { name: "RLOO", make: (o) => rloo({ ...o, kl: { coefficient: 0.05 } }) },
  { name: "RLOO, normalised", make: (o) => rloo({ ...o, normalizeAdvantages: true }) },
  { name: "REINFORCE, leave one out", make: (o) => reinforce({ ...o, baseline: "leave-one-out" }) },
  { name: "REINFORCE++-baseline", make: (o) => reinforcePlusPlus({ ...o, baseline: "group" }) },
];
const ungrouped: readonly Omit<Method, "ignoresConstants">[] = [
  { name: "REINFORCE", make: (o) => reinforce({ ...o, baseline: "none" }) },
  { name: "REINFORCE, batch", make: reinforce },
  { name: "REINFORCE, average", make: (o) => reinforce({ ...o, baseline: "moving-average" }) },
  { name: "PPO", make: (o) => ppo({ epochsPerBatch: 1, ...o, kl: { coefficient: 0.05 } }) },
  {
    name: "PPO, turns, KL in the loss, dual clip",
    make: (o) => ppo({ epochsPerBatch: 1, gaeSteps: "turns", ...o, kl: toLoss, dualClip: 2 }),
  },
  {
    name: "REINFORCE, average, one step off-policy",
    make: (o) =>
      reinforce({
        ...o,
        ...{ baseline: "moving-average", oneStepOffPolicy: true, replay: { groupsPerStep: 1 } },
        curriculum: {},
      }),
  },
  {
    name: "REINFORCE, average, replay",
    make: (o) =>
      reinforce({
        ...o,
        baseline: "moving-average",
        replay: { groupsPerStep: 1, maxStaleness: 1 },
      }),
  },
  { name: "REINFORCE++", make: (o) => reinforcePlusPlus({ ...o, kl: { coefficient: 0.05 } }) },
];
const methods: readonly Method[] = [
  ...grouped.map((method) => ({ ...method, ignoresConstants: true })),
  { name: "GDPO", make: (o) => grpo({ ...o, objectives }), ignoresConstants: true },
  ...ungrouped.map((method) => ({ ...method, ignoresConstants: false })),
];

const vocabulary = 6;

/** Two prompts; answers of one to three tokens; half the reward for each 3 among the first two. */
function open(
  world: Partial<TokenRolloutOptions> = {},
  table: Partial<TabularTrainingOptions> = {},
): AlgorithmParts & { readonly training: ReturnType<typeof tabularTrainingClient> } {
  const training = tabularTrainingClient({ vocabulary, ...table });
  const rollouts = tokenRollouts({
    prompts: [[0], [1]],
    reward: (tokens) => (tokens[0] === 3 ? 0.5 : 0) + (tokens[1] === 3 ? 0.5 : 0),
    sampling: { maxTokens: 3, stopTokens: [5] },
    ...world,
  });
  const critic = tabularCritic({ vocabulary });
  return { training, critic, rollouts, renderer: letterRenderer("a"), seed: 0, startStep: 0 };
}

/** A policy that differs from the trained one, so that KL is not 0 in the first step. */
const elsewhere = () => tabularTrainingClient({ vocabulary, spread: 1 }).saveWeightsForSampler();

// AdamW with a large ε moves weights in proportion to the gradient, so that rounding is not made larger.
const plain = { groupSize: 4, groupsPerStep: 4, learningRate: 0.3, adam: { epsilon: 1 } };

async function run(algorithm: Algorithm, parts: AlgorithmParts): Promise<TrainStep[]> {
  const steps: TrainStep[] = [];
  for await (const step of algorithm.run(parts)) steps.push(step);
  return steps;
}

function changed(source: RolloutSource, change: (groups: RolloutGroup[]) => RolloutGroup[]) {
  return {
    groups: async (request: Parameters<RolloutSource["groups"]>[0]) =>
      change(await source.groups(request)),
  };
}

const withReward = (rollout: Rollout, more: number): Rollout => ({
  ...rollout,
  turns: rollout.turns.map((turn) => ({ ...turn, agent: "ada" })),
  reward: {
    ...rollout.reward!,
    total: rollout.reward!.total + more,
    components: {
      first: (rollout.turns[0]!.tokens[0] === 3 ? 1 : 0) + more,
      last: rollout.turns[0]!.tokens.at(-1)! + more,
      "agent/ada": rollout.turns[0]!.tokens[0]! + more,
    },
    turns: rollout.turns.map(({ tokens }) => tokens.length + more),
  },
});

/** A group whose cut turns do not say which tokens were left. */
const withoutKept = (group: RolloutGroup): RolloutGroup => ({
  ...group,
  rollouts: group.rollouts.map((one) => ({
    ...one,
    turns: one.turns.map(({ kept: _kept, ...turn }) => turn),
  })),
});

/** The weights after two steps, with rollouts that `change` has seen. */
async function trained(
  { make }: Method,
  change: (groups: RolloutGroup[]) => RolloutGroup[] = (groups) => groups,
): Promise<Float64Array> {
  const parts = open();
  const rollouts = changed(parts.rollouts, (groups) =>
    change(
      groups.map((group) => ({
        ...group,
        rollouts: group.rollouts.map((one) => withReward(one, 0)),
      })),
    ),
  );
  await run(make({ ...plain, steps: 2 }), { ...parts, rollouts, reference: await elsewhere() });
  return parts.training.policy.logits;
}

const distance = (a: Float64Array, b: Float64Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

describe.each(methods)("$name", (method) => {
  it("makes of rewards plus a constant for each group what its formula says", async () => {
    const shifted = await trained(method, (groups) =>
      groups.map((group) => {
        const more = group.task.id === "task 0" ? 8 : -2;
        return { ...group, rollouts: group.rollouts.map((one) => withReward(one, more)) };
      }),
    );
    const far = distance(await trained(method), shifted);
    if (method.ignoresConstants) expect(far).toBeLessThan(1e-6);
    else expect(far).toBeGreaterThan(1e-3);
  });

  it("comes to the same whatever the order of groups and answers", async () => {
    const reordered = await trained(method, (groups) =>
      groups.toReversed().map((group) => ({ ...group, rollouts: group.rollouts.toReversed() })),
    );
    const weights = await trained(method);
    expect(weights.some((weight) => Math.abs(weight) > 1e-4)).toBe(true);
    expect(distance(weights, reordered)).toBeLessThan(1e-6);
  });

  it("sends no gradient for tokens that were given, not sampled", async () => {
    const parts = open({ between: [[4]] });
    const sent: Datum[] = [];
    const pass = parts.training.forwardBackward.bind(parts.training);
    parts.training.forwardBackward = (data, ...rest) => (sent.push(...data), pass(data, ...rest));
    const rollouts = changed(parts.rollouts, (groups) =>
      groups.map((group) => ({
        ...group,
        rollouts: group.rollouts.map((one) => withReward(one, 0)),
      })),
    );
    await run(method.make({ ...plain, steps: 1 }), {
      ...parts,
      rollouts,
      reference: await elsewhere(),
    });
    expect(sent.length).toBeGreaterThan(0);
    for (const { targets, weights, advantages, mask } of sent) {
      // The token between the turns, which is the first that was not sampled behind the prompt.
      const given = targets.findIndex((_, t) => (mask ?? weights)![t] === 0);
      expect(targets[given]).toBe(4);
      expect(Math.abs((weights ?? advantages)![given]!)).toBe(0);
    }
  });

  it("sends no gradient for truncated answers where these are masked", async () => {
    const parts = open();
    const sent: Datum[] = [];
    for (const client of [parts.training, parts.critic!]) {
      const pass = client.forwardBackward.bind(client);
      client.forwardBackward = (data, ...rest) => (sent.push(...data), pass(data, ...rest));
    }
    const rollouts = changed(parts.rollouts, (groups) =>
      groups.map((group) => ({
        ...group,
        rollouts: group.rollouts.map((one) => withReward(one, 0)),
      })),
    );
    const reference = await elsewhere();
    const algorithm = method.make({ ...plain, steps: 1, maskTruncated: true });
    const [step] = await run(algorithm, { ...parts, rollouts, reference });
    // An answer ends by token 5, or is cut off behind its third token.
    const cut = step!.rollouts!.filter(({ turns }) => turns[0]!.stopReason === "length");
    expect(cut.length).toBeGreaterThan(2);
    expect(step!.metrics["answers_masked"]).toBe(cut.length);
    expect(sent.length).toBeGreaterThan(0);
    const masked = new Set(cut.map(({ id }) => id));
    expect(sent.filter(({ id }) => masked.has(id!))).toEqual([]);
  });

  it("has ratios of 1 and bounds nothing while the weights are those that sampled", async () => {
    const parts = { ...open(), reference: await elsewhere() };
    const rollouts = changed(parts.rollouts, (groups) =>
      groups.map((group) => ({
        ...group,
        rollouts: group.rollouts.map((one) => withReward(one, 0)),
      })),
    );
    const [step] = await run(method.make({ ...plain, steps: 1 }), { ...parts, rollouts });
    expect(step!.metrics["ratio_mean"]).toBeCloseTo(1, 6);
    expect(step!.metrics["kl_old"]).toBeCloseTo(0, 6);
    expect(step!.metrics["clip_fraction"]).toBe(0);
  });

  it.each([{ topP: 0.6 }, { topK: 3, temperature: 1.4 }, { minP: 0.6 }])(
    "has ratios of 1 where sampling is cut by %j",
    async (filter) => {
      const sampling = { maxTokens: 3, stopTokens: [5], ...filter };
      const parts = { ...open({ sampling }, { spread: 1 }), reference: await elsewhere() };
      const rollouts = changed(parts.rollouts, (groups) =>
        groups.map((group) => ({
          ...group,
          rollouts: group.rollouts.map((one) => withReward(one, 0)),
        })),
      );
      const untold = changed(rollouts, (groups) => groups.map(withoutKept));
      const [step] = await run(method.make({ ...plain, steps: 1 }), { ...parts, rollouts });
      expect(step!.metrics).toMatchObject({ clip_fraction: 0, rows_truncated: 0 });
      expect(step!.metrics["ratio_mean"]).toBeCloseTo(1, 6);
      expect(step!.metrics["kl_old"]).toBeCloseTo(0, 6);
      expect(step!.warnings ?? {}).not.toHaveProperty("ROWS_TRUNCATED");
      // What does not say which tokens were left is counted.
      const again = { ...open({ sampling }, { spread: 1 }), reference: await elsewhere() };
      const [biased] = await run(method.make({ ...plain, steps: 1 }), {
        ...again,
        rollouts: untold,
      });
      const { length: sampled } = biased!.rollouts!;
      expect(sampled).toBeGreaterThanOrEqual(16);
      expect(biased!.warnings).toMatchObject({ ROWS_TRUNCATED: sampled });
      expect(biased!.metrics["rows_truncated"]).toBe(sampled);
    },
  );

  it("updates of at most so many tokens add up to the gradient of the whole batch", async () => {
    const gradientOf = async (more: Partial<PolicyOptions>) => {
      const parts = open();
      const { training } = parts;
      const optimStep = training.optimStep.bind(training);
      let updates = 0;
      // Gradients accumulate, and the weights stay as they are.
      training.optimStep = async () => {
        updates++;
        return { gradientNorm: 0, step: 0, weightsVersion: "unchanged" };
      };
      const rollouts = changed(parts.rollouts, (groups) =>
        groups.map((group) => ({
          ...group,
          // Rewards that all differ, so that no part is without signal.
          rollouts: group.rollouts.map((one, i) => withReward(one, i)),
        })),
      );
      const all = { ...parts, rollouts, reference: await elsewhere() };
      await run(method.make({ ...plain, steps: 1, ...more }), all);
      const before = training.policy.logits.slice();
      // AdamW with a huge ε and rate moves a weight by its gradient: here by the mean of the updates'.
      const unlike = { learningRate: 1e9 / updates, epsilon: 1e9, maxGradientNorm: 0 };
      await optimStep({ ...adamAt(1, 1, plain), ...unlike });
      return {
        updates,
        moved: training.policy.logits.map((one, i) => one - before[i]!),
      };
    };
    const whole = await gradientOf({});
    const parts = await gradientOf({ maxTokensPerUpdate: 8 });
    expect(whole.updates).toBe(1);
    expect(parts.updates).toBeGreaterThan(2);
    expect(whole.moved.some((one) => Math.abs(one) > 1e-4)).toBe(true);
    expect(distance(whole.moved, parts.moved)).toBeLessThan(1e-6);
  });

  it("resumed at a step equals the run without interruption", async () => {
    const options = { ...plain, steps: 4, minibatchesPerBatch: 2, epochsPerBatch: 2 };
    const given = (groups: RolloutGroup[]) =>
      groups.map((group) => ({
        ...group,
        rollouts: group.rollouts.map((one) => withReward(one, 0)),
      }));
    const start = async () => {
      const parts = open();
      return { ...parts, rollouts: changed(parts.rollouts, given), reference: await elsewhere() };
    };
    const [whole, halves] = [await start(), await start()];
    const steps = await run(method.make(options), whole);
    const first = method.make(options).run(halves);
    const kept: TrainStep[] = [];
    for (let i = 0; i < 2; i++) kept.push((await first.next()).value!);
    await first.return();
    const state = kept.at(-1)!.state;
    const rest = await run(method.make(options), {
      ...halves,
      startStep: 2,
      ...(state === undefined ? {} : { state: JSON.parse(JSON.stringify(state)) as typeof state }),
    });
    const metrics = (all: readonly TrainStep[]) => all.map((step) => step.metrics);
    expect([...metrics(kept), ...metrics(rest)]).toEqual(metrics(steps));
    expect(halves.training.policy.logits).toEqual(whole.training.policy.logits);
  });

  it("learns: the reward of a small task rises", async () => {
    const parts = open({ sampling: { maxTokens: 1 }, reward: ([token]) => (token === 3 ? 1 : 0) });
    const rollouts = changed(parts.rollouts, (groups) =>
      groups.map((group) => ({
        ...group,
        rollouts: group.rollouts.map((one) => ({
          ...one,
          reward: {
            ...one.reward!,
            components: { first: one.reward!.total, last: one.reward!.total },
          },
        })),
      })),
    );
    const options = { steps: 25, groupSize: 8, groupsPerStep: 2, learningRate: 0.25 };
    const steps = await run(method.make({ ...options, maxStepsWithoutSignal: 25 }), {
      ...parts,
      rollouts,
      reference: await elsewhere(),
    });
    expect(steps[0]!.metrics["reward"]).toBeLessThan(0.5);
    expect(steps.at(-1)!.metrics["reward"]).toBeGreaterThan(0.8);
  });
});

describe("impossible options", () => {
  const rate = { steps: 1, learningRate: 1 };
  const any = [
    [{ groupsPerStep: 0 }, /groupsPerStep = 0; .*at least 1/],
    [{ steps: 0 }, /steps = 0; .*at least 1/],
    [{ learningRate: -1 }, /learningRate = -1; .*at least 0/],
    [{ epochsPerBatch: 1.5 }, /epochsPerBatch = 1.5; .*whole number of at least 1/],
    [{ kl: { coefficient: -0.1 } }, /kl\.coefficient = -0\.1; .*at least 0/],
    [{ kl: { coefficient: 1, estimator: "k4" } }, /kl\.estimator = "k4"; .*"k1", "k2" or "k3"/],
    [{ kl: { coefficient: 1, place: "both" } }, /kl\.place = "both"; .*"loss" or "reward"/],
    [{ correction: { max: 0.5 } }, /correction\.max = 0\.5; .*at least 1/],
    [{ correction: { min: 2 } }, /correction\.min = 2; .*from 0 to 1/],
    [{ correction: { level: "word" } }, /correction\.level = "word"; .*"sequence" or "token"/],
    [{ correction: { rule: "drop" } }, /correction\.rule = "drop"; .*"mask" or "truncate"/],
    [{ curriculum: { uniformShare: 2 } }, /curriculum\.uniformShare = 2; .*from 0 to 1/],
    [{ replay: { groupsPerStep: 0 } }, /replay\.groupsPerStep = 0; .*at least 1/],
    [{ replay: { groupsPerStep: 1, maxStaleness: 0 } }, /maxStaleness = 0; .*at least 1/],
    [{ maxTokensPerUpdate: 0 }, /maxTokensPerUpdate = 0; .*at least 1/],
    [
      { maxTokensPerUpdate: 64, minibatchesPerBatch: 2 },
      /maxTokensPerUpdate = 64; .*beside minibatchesPerBatch/,
    ],
    [{ oneStepOffPolicy: "yes" }, /oneStepOffPolicy = "yes"; .*true or false/],
    [{ maskTruncated: 1 }, /maskTruncated = 1; .*true or false/],
    [{ groupsize: 8 }, /Did you mean groupSize/],
  ] as const;
  const makers = {
    ...{ grpo, drGrpo, dapo, gspo, cispo, gmpo, rloo, reinforce, reinforcePlusPlus, ppo },
  };
  type Name = keyof typeof makers;
  const own: readonly (readonly [Name, object, RegExp])[] = [
    ["grpo", { dualClip: 1.1 }, /dualClip = 1\.1; .*at least 1\.2/],
    ["grpo", { dualClip: 2, loss: "cispo" }, /dualClip = 2; .*undefined with the loss "cispo"/],
    ["grpo", { clipLow: 1.1 }, /clipLow = 1\.1; .*from 0 to 1/],
    ["grpo", { clipHigh: 0.9 }, /clipHigh = 0\.9; .*at least 1/],
    ["grpo", { groupSize: 1 }, /groupSize = 1; .*at least 2/],
    ["grpo", { epsilon: -1 }, /epsilon = -1; .*at least 0/],
    ["grpo", { objectives: {} }, /objectives .*at least one part/],
    ["grpo", { objectives: { right: 0 } }, /objectives\.right = 0; .*above 0/],
    ["grpo", { objectives: { right: 1 }, advantageScale: "none" }, /"std" with objectives/],
    ["grpo", { objectives: { right: 1 }, kl: toReward }, /"loss" with objectives/],
    ["drGrpo", {}, /no tokensPerAnswer; .*above 0/],
    ["drGrpo", { tokensPerAnswer: 8, normalization: "dapo" }, /normalization/],
    ["grpo", { tokensPerAnswer: 8 }, /tokensPerAnswer = 8; .*left out: normalization "dapo"/],
    ["dapo", { maxDraws: 0 }, /maxDraws = 0; .*at least 1/],
    ["dapo", { overlong: { limit: 8, buffer: 9 } }, /overlong\.buffer = 9; .*at most 8/],
    ["dapo", { overlong: { limit: 8, buffer: 4, penalty: 0 } }, /overlong\.penalty = 0; .*above 0/],
    ["gspo", { normalization: "dapo" }, /normalization/],
    ["gspo", { importanceSampling: "token" }, /importanceSampling = "token"; .*"sequence-token"/],
    ["gmpo", { clipLow: 0 }, /clipLow = 0; .*above 0/],
    ["gmpo", { dualClip: 3 }, /dualClip/],
    ["cispo", { dualClip: 3 }, /dualClip/],
    ["rloo", { groupSize: 1 }, /groupSize = 1; .*at least 2/],
    ["rloo", { normalizeAdvantages: 1 }, /normalizeAdvantages = 1; .*true or false/],
    ["grpo", { credit: { rule: "equal" } }, /credit\.rule = "equal"; .*"discounted"/],
    ["grpo", { credit: { rule: "discounted", discount: 2 } }, /discount = 2; .*from 0 to 1/],
    ["grpo", { credit: { rule: "anchor-states", weight: 0 } }, /credit\.weight = 0; .*above 0/],
    ["grpo", { credit: { rule: "identical", discount: 0.5 } }, /discount = 0\.5; .*left out/],
    [
      "grpo",
      { credit: { rule: "discounted", weight: 2 } },
      /weight = 2; .*"discounted" reads none/,
    ],
    [
      "grpo",
      { credit: { rule: "agents", discount: 0.5 } },
      /discount = 0\.5; .*"agents" reads none/,
    ],
    [
      "grpo",
      { credit: { rule: "turn-rewards", state: "observation" } },
      /state = "observation"; .*"turn-rewards" reads none/,
    ],
    ["reinforce", { decay: 0.5 }, /decay = 0\.5; .*baseline "batch" reads none/],
    ["gspo", { credit: { rule: "discounted" } }, /credit = .*one ratio for a whole answer/],
    ["rloo", { credit: { rule: "identical" } }, /credit = .*one ratio for a whole answer/],
    ["ppo", { credit: { rule: "discounted" } }, /credit .*the critic decides/],
    ["ppo", { lambda: 1.5 }, /lambda = 1\.5; .*from 0 to 1/],
    ["ppo", { discount: -1 }, /discount = -1; .*from 0 to 1/],
    ["ppo", { gaeSteps: "words" }, /gaeSteps = "words"; .*"tokens" or "turns"/],
    ["ppo", { valueClip: 0 }, /valueClip = 0; .*above 0/],
    ["ppo", { criticLearningRate: -1 }, /criticLearningRate = -1; .*at least 0/],
    ["ppo", { maxKl: 0 }, /maxKl = 0; .*above 0/],
    ["ppo", { whiten: "group", groupSize: 1 }, /whiten = "group"; .*groupSize of 1/],
    ["ppo", { whiten: "yes" }, /whiten = "yes"; .*true, false or "group"/],
    ["ppo", { adaptiveKl: { target: 6 } }, /adaptiveKl = .*kl\.coefficient above 0/],
    ["ppo", { adaptiveKl: { target: 0 }, kl: toReward }, /adaptiveKl\.target = 0; .*above 0/],
    ["ppo", { adaptiveKl: { target: 6, rate: 2 }, kl: toReward }, /rate = 2; .*at most 1/],
    ["reinforce", { baseline: "mean" }, /baseline = "mean"; .*"batch"/],
    ["reinforce", { decay: 1 }, /decay = 1; .*below 1/],
    ["reinforce", { groupSize: 1, baseline: "leave-one-out" }, /groupSize = 1; .*at least 2/],
    ["reinforce", { clipLow: 0.5 }, /clipLow/],
    ["reinforcePlusPlus", { baseline: "batch" }, /baseline = "batch"; .*"none" or "group"/],
    ["reinforcePlusPlus", { groupSize: 1, baseline: "group" }, /groupSize = 1; .*at least 2/],
  ];
  const call = (name: Name, options: object) => () =>
    (makers[name] as (options: object) => Algorithm)(options);

  it.each(Object.keys(makers) as Name[])("of %s are named with their range", (name) => {
    const base = name === "drGrpo" ? { ...rate, tokensPerAnswer: 8 } : rate;
    for (const [bad, text] of any) {
      expect(call(name, { ...base, ...bad })).toThrow(text);
      expect(call(name, { ...base, ...bad })).toThrow(`OPTION_INVALID: ${name} got`);
    }
  });

  it.each(own)("%s refuses %o", (name, bad, text) => {
    expect(call(name, { ...rate, ...bad })).toThrow(text);
  });
});

describe("KL that is paid in the reward", () => {
  it("is none where the reference differs by rounding only, so equal rewards teach nothing", async () => {
    const parts = open({ reward: () => 1 });
    const same = await parts.training.saveWeightsForSampler();
    const logProbs = async (tokens: readonly number[]): Promise<Float32Array> =>
      (await same.logProbs(tokens)).map((one, t) => one + 1e-6 * Math.sin(t + tokens[1]!));
    const reference = Object.assign(Object.create(same) as typeof same, { logProbs });
    for (const make of [
      (o: PolicyOptions) => grpo({ ...o, kl: toReward }),
      (o: PolicyOptions) => rloo({ ...o, kl: toReward, normalizeAdvantages: true }),
      (o: PolicyOptions) => reinforcePlusPlus({ ...o, kl: toReward }),
    ]) {
      const [step] = await run(make({ ...plain, steps: 1 }), { ...parts, reference });
      expect(step!.metrics).toMatchObject({ updates: 0, kl: 0 });
      expect(step!.warnings).toMatchObject({ STEP_WITHOUT_SIGNAL: 1 });
    }
  });
});

describe("rewards that are no numbers", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    "%s: the rollout counts as failed",
    async (bad) => {
      const parts = open();
      const rollouts = changed(parts.rollouts, (groups) =>
        groups.map((group) => ({
          ...group,
          rollouts: group.rollouts.map((one, i) => withReward(one, i === 1 ? bad : i)),
        })),
      );
      const [step] = await run(rloo({ ...plain, steps: 1 }), { ...parts, rollouts });
      expect(step!.metrics).toMatchObject({
        rollouts_failed: 4,
        rows: 12,
        groups_without_signal: 0,
      });
      expect(step!.warnings).toEqual({ ROLLOUTS_FAILED: 4 });
      expect(Number.isFinite(step!.metrics["loss"])).toBe(true);
    },
  );
});

describe("a sampler that differs from the trainer", () => {
  it("is measured, and tokens that are left out for it are warned of", async () => {
    const parts = open();
    const rollouts = changed(parts.rollouts, (groups) =>
      groups.map((group) => ({
        ...group,
        rollouts: group.rollouts.map((rollout, i) => ({
          ...withReward(rollout, i),
          turns: rollout.turns.map((turn) => ({
            ...turn,
            // The first answer of each group was sampled by something else: e² times as unlikely.
            samplingLogProbs: turn.samplingLogProbs.map((one, t) => (i + t === 0 ? one - 2 : one)),
          })),
        })),
      })),
    );
    const run1 = (rule: "mask" | "truncate") =>
      run(grpo({ ...plain, steps: 1, correction: { rule, max: 3 } }), { ...open(), rollouts });
    const [masked] = await run1("mask");
    const first = masked!.rollouts!.filter((_, i) => i % 4 === 0);
    const tokens = first.reduce((sum, { turns }) => sum + turns[0]!.tokens.length, 0);
    expect(masked!.warnings).toEqual({ TOKENS_MASKED: tokens });
    expect(masked!.metrics["mismatch_max"]).toBeCloseTo(2, 5);
    expect(masked!.metrics["rows"]).toBe(12);
    // The ratio is to the trainer, so it is 1 for the others, and for all where nothing is left out.
    expect(masked!.metrics["ratio_mean"]).toBeCloseTo(1, 6);
    const [truncated] = await run1("truncate");
    expect(truncated!.warnings).toBeUndefined();
    expect(truncated!.metrics).toMatchObject({ rows: 16, tokens_masked: 0 });
    const [unchanged] = await run(grpo({ ...plain, steps: 1 }), { ...open(), rollouts });
    expect(unchanged!.metrics["ratio_mean"]).toBeGreaterThan(1.1);
    // Without a correction it is measured all the same: 2 nats at the first token of a quarter of the answers.
    expect(unchanged!.metrics["mismatch_max"]).toBeCloseTo(2, 5);
    const sampled = unchanged!.metrics["tokens_sampled"]!;
    expect(unchanged!.metrics["mismatch_mean"]).toBeCloseTo((2 * 4) / sampled, 5);
  });
});
