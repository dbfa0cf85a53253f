/** Each alarm raised by training that goes wrong: by GRPO on a table of logits from nothing. */
import { describe, expect, it } from "vitest";
import { grpo } from "../../../algorithms/policy-gradient/grpo.ts";
import type { GrpoOptions } from "../../../algorithms/policy-gradient/grpo-options.ts";
import { partMeans } from "../../../core/reward-parts.ts";
import { Random } from "../../../core/random.ts";
import type { Rollout } from "../../../core/rollout.ts";
import { pairedShareDifference } from "../../../evaluation/intervals.ts";
import type { RolloutSource } from "../../../ports/rollout-source.ts";
import { letterRenderer } from "../../../testing/letter-renderer.ts";
import {
  type TabularTrainingClient,
  tabularTrainingClient,
} from "../../../testing/tabular-training-client.ts";
import { tokenRollouts, type TokenRolloutOptions } from "../../../testing/token-rollouts.ts";
import { type AlarmLimits, alarmLimits } from "./alarm-limits.ts";
import { type Alarm, changeOf, heldOutWorse, rewardOneSided, type StepNumbers } from "./alarms.ts";
import { RunAlarms } from "./run-alarms.ts";

interface Watched {
  readonly alarms: readonly Alarm[];
  /** The steps in which they were raised. */
  readonly at: readonly number[];
  readonly steps: readonly StepNumbers[];
  readonly training: TabularTrainingClient;
}

/** The alarms of a training after token 0, in which `change` sees every rollout. */
async function watched(
  world: Partial<TokenRolloutOptions>,
  more: {
    readonly options?: Partial<GrpoOptions>;
    readonly limits?: AlarmLimits | false;
    readonly vocabulary?: number;
    readonly change?: (rollout: Rollout) => Rollout;
  } = {},
): Promise<Watched> {
  const { options, limits, vocabulary = 6, change = (rollout) => rollout } = more;
  const training = tabularTrainingClient({ vocabulary });
  const source = tokenRollouts({
    ...{ prompts: [[0]], reward: () => 0, sampling: { maxTokens: 1 } },
    ...world,
  });
  const rollouts: RolloutSource = {
    groups: async (request) =>
      (await source.groups(request)).map(({ task, rollouts: some }) => ({
        task,
        rollouts: some.map(change),
      })),
  };
  const algorithm = grpo({
    ...{ steps: 30, groupSize: 8, groupsPerStep: 4, learningRate: 0.3, maxStepsWithoutSignal: 99 },
    ...options,
  });
  const parts = { training, rollouts, renderer: letterRenderer("a"), seed: 0, startStep: 0 };
  const run = new RunAlarms(alarmLimits(limits), []);
  run.begin("grpo");
  const [alarms, at, steps]: [Alarm[], number[], StepNumbers[]] = [[], [], []];
  for await (const { step, metrics, rollouts: some = [] } of algorithm.run(parts)) {
    const components = Object.entries(partMeans(some)).map(([name, v]) => [`reward/${name}`, v]);
    steps.push({ ...metrics, ...Object.fromEntries(components) });
    for (const alarm of run.after(steps.at(-1)!)) {
      alarms.push(alarm);
      at.push(step);
    }
  }
  return { alarms, at, steps, training };
}

const codes = ({ alarms }: Watched): string[] => alarms.map(({ code }) => code);

describe("an alarm", () => {
  it("is raised once, where the policy becomes sure of answers that do not do the task", async () => {
    // Token 3 is the least bad, and no answer is right.
    const reward = ([token]: readonly number[]) => (token === 3 ? -0.1 : -1);
    const found = await watched({ reward });
    expect(codes(found)).toEqual(["ENTROPY_COLLAPSED"]);
    expect(found.at[0]).toBeGreaterThanOrEqual(10);
    expect(found.alarms[0]!.text).toMatch(
      /^step \d+ of grpo: the entropy .* higher temperature\.$/,
    );
    expect(codes(await watched({ reward }, { limits: { entropy: false } }))).toEqual([]);
    expect(codes(await watched({ reward }, { limits: false }))).toEqual([]);
    // A policy that is sure because it is right raises none.
    const right = ([token]: readonly number[]) => (token === 3 ? 1 : 0);
    const learned = await watched({ reward: right });
    expect(learned.steps.at(-1)!["entropy"]).toBeLessThan(0.1);
    expect(codes(learned)).toEqual([]);
  });

  it("is raised where length itself pays", async () => {
    const found = await watched(
      {
        reward: (tokens) => tokens.length - 100,
        sampling: { maxTokens: 16, stopTokens: [2] },
      },
      { vocabulary: 3, limits: { entropy: false }, options: { learningRate: 0.1 } },
    );
    expect(codes(found)).toEqual(["LENGTH_EXPLODED"]);
    expect(found.alarms[0]!.text).toMatch(/ % of them cut off at the token limit/);
  });

  it("is raised at once where the sampler is another policy than the trainer", async () => {
    const elsewhere = (rollout: Rollout): Rollout => ({
      ...rollout,
      turns: rollout.turns.map((turn) => ({
        ...turn,
        samplingLogProbs: turn.samplingLogProbs.map((one) => one - 0.2),
      })),
    });
    const options = { steps: 2 };
    const reward = ([token]: readonly number[]) => (token === 3 ? 1 : 0);
    const found = await watched({ reward }, { options, change: elsewhere });
    expect(codes(found)).toEqual(["MISMATCH_HIGH"]);
    expect(found.at).toEqual([1]);
    expect(found.alarms[0]!.text).toContain("disagree by 0.2 nats");
    const limits = { mismatch: 0.3 };
    expect(codes(await watched({ reward }, { options, change: elsewhere, limits }))).toEqual([]);
  });

  it("is raised where the reward rises by one of its parts alone", async () => {
    const luck = new Random("luck");
    /** Being polite is token 3; whether the task is done does not depend on what is said. */
    const parts = (rollout: Rollout, isTaskLearned = false): Rollout => {
      const polite = rollout.turns[0]!.tokens[0] === 3 ? 1 : 0;
      const task = isTaskLearned ? polite * luck.uniform() : Math.round(luck.uniform());
      const components = { polite, task, always: 1, noise: luck.uniform() };
      return { ...rollout, reward: { total: polite + task + 1, components, source: "rule" } };
    };
    const limits = { entropy: false } as const;
    const found = await watched({}, { limits, change: (rollout) => parts(rollout) });
    expect(codes(found)).toEqual(["REWARD_ONE_SIDED"]);
    expect(found.alarms[0]!.text).toMatch(/its part "polite" alone .* not by task, noise:/);
    const both = await watched({}, { limits, change: (rollout) => parts(rollout, true) });
    expect(both.steps.at(-1)!["reward/task"]).toBeGreaterThan(0.4);
    expect(codes(both)).toEqual([]);
    const doneWithIt = ({ steps }: typeof found) =>
      steps.map((step) => ({ ...step, success: 0.9 * step["reward/polite"]! }));
    expect(rewardOneSided(found.steps, 3)).toBeDefined();
    expect(rewardOneSided(doneWithIt(found), 3)).toBeUndefined();
  });

  it("is raised where held-out tasks get worse while training gets better", async () => {
    const { steps, training } = await watched({
      reward: ([token]) => (token === 3 ? 1 : 0),
    });
    // The held-out tasks want token 4, and are tried 40 times before and after.
    const chances = (client: TabularTrainingClient): readonly number[] =>
      Array.from(client.policy.logProbsAt(client.policy.rowAfter([0], 1), 1), Math.exp);
    const tries = (chance: number): number[] =>
      Array.from({ length: 40 }, (_, i) => (i < Math.round(40 * chance) ? 1 : 0));
    const before = tries(chances(tabularTrainingClient({ vocabulary: 6 }))[4]!);
    const success = pairedShareDifference(before, tries(chances(training)[4]!));
    const alarm = heldOutWorse(steps, { success, reward: undefined }, 0);
    expect(alarm?.code).toBe("HELD_OUT_WORSE");
    expect(alarm?.text).toMatch(
      /^in training the reward went from .* but held-out success fell by/,
    );
    expect(heldOutWorse(steps, { success, reward: undefined }, 0.5)).toBeUndefined();
    // Neither where held-out tasks may be as good as before, nor where training is no better.
    const same = pairedShareDifference(before, before);
    expect(heldOutWorse(steps, { success: same, reward: undefined }, 0)).toBeUndefined();
    const flat = steps.map(() => ({ reward: 1 }));
    expect(heldOutWorse(flat, { success, reward: undefined }, 0)).toBeUndefined();
    const losses = [3, 2.5, 1, 0.5].map((loss) => ({ loss }));
    // One step at each end says nothing about how much steps vary.
    expect(heldOutWorse(losses.slice(1), { success, reward: undefined }, 0)).toBeUndefined();
    const supervised = heldOutWorse(losses, { success, reward: undefined }, 0);
    expect(supervised?.text).toMatch(/^in training the loss went from 2.75 to 0.75/);
  });
});

it("a change is measured in standard errors between the first and the last steps", () => {
  const steps = [1, 2, 3, 9, 11, 12, 13].map((x) => ({ x }));
  // Means 2 and 12, variances 1 and 1 of three steps each.
  const change = changeOf(steps, "x", 3)!;
  expect(change).toMatchObject({ first: 2, last: 12, varies: true });
  expect(change.z).toBeCloseTo(10 / Math.sqrt(2 / 3), 12);
  expect(changeOf(steps, "x", 4)).toBeUndefined();
  expect(changeOf(steps, "y", 1)).toBeUndefined();
  const steady = [1, 1, 1, 1].map((x) => ({ x }));
  expect(changeOf(steady, "x", 2)).toEqual({ first: 1, last: 1, z: 0, varies: false });
});
