/**
 * What holds of every training but the policy gradients, whose table is methods.test.ts: the order of rows, masks, minibatches, resuming,
 * unchanged weights, constants added to rewards. The table has a row for each training, so one more without a row does not compile.
 */
import { describe, expect, it } from "vitest";
import { distill } from "../algorithms/supervised/distill.ts";
import { distillOffPolicy } from "../algorithms/supervised/distill-off-policy.ts";
import type { Teacher } from "../algorithms/supervised/teacher-scores.ts";
import type { RolloutGroup } from "../core/rollout.ts";
import type { TrainStep } from "../core/train-step.ts";
import type { Algorithm, AlgorithmParts } from "../ports/algorithm.ts";
import type { AdamParams, TrainingClient } from "../ports/training-client.ts";
import { letterRenderer } from "../testing/letter-renderer.ts";
import { tabularCritic } from "../testing/tabular-critic.ts";
import { tabularTrainingClient } from "../testing/tabular-training-client.ts";
import { tokenRollouts } from "../testing/token-rollouts.ts";
import type { policyTrainings } from "./policy-trainings.ts";
import { resolveSettings } from "./training/config.ts";
import type { SourceData } from "./training/training.ts";
import { settingsOfTraining } from "./training/training-settings.ts";
import { type TrainingName, trainingNames, trainingOf } from "./trainings.ts";

type Flags = Readonly<Record<string, unknown>>;
type MethodName = Exclude<TrainingName, keyof typeof policyTrainings>;

interface Method {
  /** Settings beside the defaults in all tests. */
  readonly flags?: Flags;
  /** What makes the algorithm, where the table of trainings would open a model for it as its teacher. */
  readonly make?: (flags: Flags, data: SourceData, teacher: Teacher) => Algorithm;
  /** Settings with which the order of rows decides nothing, where it does without them. Default: it never does. */
  readonly unordered?: Flags;
  /** Settings of a whole batch and of one in two halves, which share weights; or why a batch is never divided. */
  readonly halves: { readonly whole: Flags; readonly half: Flags } | string;
  /** Metrics of the first step, where the weights are those of the reference or the teacher; or why there is no such policy. */
  readonly atStart: Readonly<Record<string, number>> | string;
  /** Whether a constant that is added to all rewards changes nothing; or why none are read. */
  readonly ignoresConstants: true | string;
}

const noReference = "it has no reference";
const noRewards = "it reads no rewards";
const batches = { whole: { batchSize: 4, steps: 1 }, half: { batchSize: 2, steps: 2 } };
const byRows = {
  whole: { ...batches.whole, normalize: "row" },
  half: { ...batches.half, normalize: "row" },
};
const minibatches = { whole: { steps: 1 }, half: { steps: 1, minibatchesPerBatch: 2 } };
const pairs = { halves: batches, ignoresConstants: noRewards } as const;
const rate = { learningRate: 0.1 };

const methods: Readonly<Record<MethodName, Method>> = {
  sft: {
    halves: byRows,
    atStart: "nothing is compared with",
    ignoresConstants: noRewards,
  },
  weighted: {
    flags: { onlySuccesses: "no" },
    halves: byRows,
    atStart: "nothing is compared with",
    ignoresConstants: true,
  },
  "expert-iteration": {
    flags: { groupSize: 4, groupsPerStep: 4, bestPerTask: 1 },
    halves: {
      whole: { ...minibatches.whole, normalize: "row" },
      half: { ...minibatches.half, normalize: "row" },
    },
    atStart: "nothing is compared with",
    ignoresConstants: true,
  },
  distill: {
    flags: { groupSize: 4, groupsPerStep: 4 },
    make: ({ groupSize, groupsPerStep, minibatchesPerBatch = 1, steps }) =>
      distill({
        ...({ groupSize, groupsPerStep, minibatchesPerBatch, steps } as {
          readonly groupSize: number;
          readonly groupsPerStep: number;
          readonly minibatchesPerBatch: number;
          readonly steps: number;
        }),
        ...{ ...rate, context: () => "a", self: "start", rewardCoefficient: 1 },
      }),
    halves: minibatches,
    atStart: { ratio_mean: 1, kl_old: 0 },
    ignoresConstants: true,
  },
  "distill-off-policy": {
    make: ({ batchSize = 4, normalize = "token", steps }, { dataset }, teacher) =>
      distillOffPolicy({
        ...({ batchSize, normalize, steps } as {
          readonly batchSize: number;
          readonly normalize: "token" | "row";
          readonly steps: number;
        }),
        ...{ ...rate, ...dataset.examples, teacher, targetsPerToken: vocabulary },
      }),
    halves: byRows,
    atStart: { forward_kl: 0, teacher_mass: 1 },
    ignoresConstants: noRewards,
  },
  dpo: { ...pairs, atStart: { loss: Math.LN2, reward_margin: 0 } },
  "online-dpo": {
    flags: { groupSize: 4, groupsPerStep: 4, pairsPerGroup: 2 },
    halves: "all pairs of a step make one update",
    atStart: { loss: Math.LN2, reward_margin: 0 },
    ignoresConstants: true,
  },
  kto: {
    halves: batches,
    // The loss "kto" measures KL on each answer behind the prompt of the next one.
    unordered: { loss: "apo_zero_unpaired" },
    atStart: { loss: 0.5, reward_margin: 0, kl_baseline: 0 },
    ignoresConstants: noRewards,
  },
  orpo: { ...pairs, atStart: noReference },
  simpo: { ...pairs, atStart: noReference },
  cpo: { ...pairs, atStart: noReference },
  "reward-model": { ...pairs, atStart: noReference },
};

const vocabulary = 6;

/** A teacher that differs from the policy before any training, or is that policy (spread 0). */
const tableTeacher = (spread: number): Teacher => ({
  name: "a table",
  open: async () => ({
    policy: await tabularTrainingClient({ vocabulary, order: 2, spread }).saveWeightsForSampler(),
    close: async () => {},
  }),
});

/** A prompt of two tokens, of which the second is a target that is masked, and the answer behind it. */
const row = (asked: number, ...answer: number[]) => ({
  tokens: [0, asked, ...answer],
  mask: [0, 0, ...answer.map(() => 1)],
});

/** Four rows of each kind; chosen answers are of one length, so that halves of a batch weigh the same. */
const chosen = [row(1, 2, 3), row(2, 2, 5), row(3, 4, 2), row(4, 5, 4)];
const rejected = [row(1, 4), row(2, 2, 2), row(3, 5, 5, 3), row(4, 3)];
const rewards = [1, 0.25, -0.5, 0];

/** The data, in another order and with a constant added to rewards where that is asked for. */
function dataOf({ order = [0, 1, 2, 3], more = 0 }: Change): SourceData {
  return {
    rollouts: undefined,
    dataset: {
      examples: { rows: order.map((i) => chosen[i]!) },
      scores: { rewards: order.map((i) => rewards[i]! + more) },
    },
    preferences: {
      pairs: { rows: order.map((i) => ({ chosen: chosen[i]!, rejected: rejected[i]! })) },
      answers: { rows: order.map((i) => ({ ...chosen[i]!, isDesirable: i < 3 })) },
    },
  };
}

/** How data and rollouts differ from those of other runs. */
interface Change {
  readonly order?: readonly number[];
  readonly more?: number;
  /** Whether the teacher is the policy before any training. */
  readonly isStart?: boolean;
}

/** The same of rollouts: any other order is the reverse. */
const changedGroups =
  ({ order, more = 0 }: Change) =>
  (groups: RolloutGroup[]): RolloutGroup[] => {
    const shifted = groups.map(({ rollouts, ...group }) => ({
      ...group,
      rollouts: rollouts.map((one) => ({
        ...one,
        reward: { ...one.reward!, total: one.reward!.total + more },
      })),
    }));
    if (order === undefined) return shifted;
    return shifted.toReversed().map(({ rollouts, ...group }) => ({
      ...group,
      rollouts: rollouts.toReversed(),
    }));
  };

interface Opened {
  readonly algorithm: Algorithm;
  readonly parts: AlgorithmParts;
  readonly weights: Float64Array;
}

async function open(name: MethodName, flags: Flags, change: Change = {}): Promise<Opened> {
  const training = trainingOf(name);
  const method = methods[name];
  const all = { ...method.flags, ...flags };
  const data = dataOf(change);
  const given = { ...rate, ...all, ...(training.source === "preferences" && { data: "a file" }) };
  const algorithm =
    method.make?.(all, data, tableTeacher(change.isStart === true ? 0 : 1)) ??
    (await training.algorithm(
      (await resolveSettings(settingsOfTraining(training), { flags: given })).settings as never,
      data[training.source] as never,
    ));
  const [policy, critic] = [
    tabularTrainingClient({ vocabulary, order: 2 }),
    tabularCritic({ vocabulary, order: 2 }),
  ];
  const trainsValues = algorithm.trainsValues === true;
  // Answers of one to three tokens; two that differ have different rewards, so that none is chosen for being the first.
  const source = tokenRollouts({
    prompts: [
      [0, 1],
      [0, 2],
      [1, 2],
      [2, 1],
    ],
    reward: (tokens) => tokens.reduce((sum, token) => 7 * sum + token + 1, 0),
    sampling: { maxTokens: 3, stopTokens: [5] },
  });
  const parts: AlgorithmParts = {
    training: trainsValues ? critic : policy,
    ...(!trainsValues && { reference: await policy.saveWeightsForSampler() }),
    rollouts: { groups: async (request) => changedGroups(change)(await source.groups(request)) },
    ...{ renderer: letterRenderer("a"), seed: 0, startStep: 0 },
  };
  return { algorithm, parts, weights: trainsValues ? critic.values : policy.policy.logits };
}

async function stepsOf({
  algorithm,
  parts,
}: Pick<Opened, "algorithm" | "parts">): Promise<TrainStep[]> {
  const steps: TrainStep[] = [];
  for await (const step of algorithm.run(parts)) steps.push(step);
  return steps;
}

/** The weights after some steps on whole batches. */
async function trained(
  name: MethodName,
  { flags, ...change }: Change & { readonly flags?: Flags | undefined } = {},
): Promise<Float64Array> {
  const whole = trainingOf(name).source === "rollouts" ? {} : { batchSize: 4 };
  const opened = await open(name, { ...whole, steps: 3, ...flags }, change);
  await stepsOf(opened);
  return opened.weights;
}

/** The mean gradient of all updates of a run that leaves the weights as they are. */
async function gradientOf(name: MethodName, flags: Flags) {
  const opened = await open(name, flags);
  const training = opened.parts.training as TrainingClient;
  const optimStep = training.optimStep.bind(training);
  let updates = 0;
  training.optimStep = async () => {
    updates++;
    return { gradientNorm: 0, step: updates, weightsVersion: "unchanged" };
  };
  await stepsOf(opened);
  const before = opened.weights.slice();
  // AdamW with a huge ε and rate moves a weight by its gradient.
  const linear: AdamParams = { learningRate: 1e9 / updates, epsilon: 1e9 };
  await optimStep(linear);
  return { updates, gradient: opened.weights.map((one, i) => one - before[i]!) };
}

const distance = (a: Float64Array, b: Float64Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

it("has a row for every training but the policy gradients", async () => {
  const { policyTrainings: others } = await import("./policy-trainings.ts");
  expect(Object.keys(methods).toSorted()).toEqual(
    trainingNames.filter((name) => !(name in others)).toSorted(),
  );
});

describe.each(Object.entries(methods) as [MethodName, Method][])("%s", (name, method) => {
  it("comes to the same whatever the order of rows", async () => {
    const flags = method.unordered;
    const weights = await trained(name, { flags });
    expect(weights.some((weight) => Math.abs(weight) > 1e-3)).toBe(true);
    const reordered = await trained(name, { order: [2, 0, 3, 1], flags });
    expect(distance(weights, reordered)).toBeLessThan(1e-6);
  });

  it("learns nothing at tokens that were given", async () => {
    const weights = await trained(name);
    // The second token of each row is the only target whose context has a token before the first in it.
    const width = weights.length / (vocabulary + 1);
    const isGiven = (_: number, i: number): boolean => i >= vocabulary * width;
    expect([...weights].filter(isGiven).every((weight) => weight === 0)).toBe(true);
    expect(weights.length % (vocabulary + 1)).toBe(0);
  });

  it("has a gradient that is the mean of those of its batch's halves, unless it says why not", async () => {
    const { halves } = method;
    if (typeof halves === "string") {
      expect(settingsOfTraining(trainingOf(name))).not.toHaveProperty("minibatchesPerBatch");
      expect(settingsOfTraining(trainingOf(name))).not.toHaveProperty("batchSize");
      return;
    }
    const [whole, half] = [
      await gradientOf(name, halves.whole),
      await gradientOf(name, halves.half),
    ];
    expect([whole.updates, half.updates]).toEqual([1, 2]);
    expect(whole.gradient.some((one) => Math.abs(one) > 1e-4)).toBe(true);
    expect(distance(whole.gradient, half.gradient)).toBeLessThan(1e-6);
  });

  it("resumed at a step equals the run without interruption", async () => {
    const uneven = trainingOf(name).source === "rollouts" ? {} : { batchSize: 3 };
    const flags = { ...uneven, steps: 4 };
    const [whole, halves] = [await open(name, flags), await open(name, flags)];
    const steps = await stepsOf(whole);
    const first = halves.algorithm.run(halves.parts);
    const before: TrainStep[] = [];
    for (let i = 0; i < 2; i++) before.push((await first.next()).value!);
    await first.return();
    const state = before.at(-1)!.state;
    const { algorithm } = await open(name, flags);
    const rest = await stepsOf({
      algorithm,
      parts: {
        ...{ ...halves.parts, startStep: 2 },
        ...(state && { state: JSON.parse(JSON.stringify(state)) as typeof state }),
      },
    });
    const metrics = (all: readonly TrainStep[]) => all.map((step) => step.metrics);
    expect([...metrics(before), ...metrics(rest)]).toEqual(metrics(steps));
    expect(halves.weights).toEqual(whole.weights);
  });

  it("begins where its reference or teacher is, unless it says that it has none", async () => {
    if (typeof method.atStart === "string") return;
    const [step] = await stepsOf(await open(name, { steps: 1 }, { isStart: true }));
    for (const [metric, value] of Object.entries(method.atStart))
      expect(step!.metrics[metric], metric).toBeCloseTo(value, 6);
  });

  it("makes nothing of a constant that is added to all rewards, unless it says that it reads none", async () => {
    if (method.ignoresConstants !== true) return;
    expect(distance(await trained(name), await trained(name, { more: 8 }))).toBeLessThan(1e-6);
  });
});
