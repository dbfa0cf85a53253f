import { describe, expect, it } from "vitest";
import { isError } from "../../core/errors.ts";
import { isTrainingMetric } from "../../core/metric-names.ts";
import type { Rollout } from "../../core/rollout.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { AlgorithmParts } from "../../ports/algorithm.ts";
import type { RolloutSource } from "../../ports/rollout-source.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import {
  tabularTrainingClient,
  type TabularTrainingOptions,
} from "../../testing/tabular-training-client.ts";
import { tokenRollouts, type TokenRolloutOptions } from "../../testing/token-rollouts.ts";
import type { GrpoOptions } from "./grpo-options.ts";
import { grpo } from "./grpo.ts";

const vocabulary = 6;

interface Setup extends Partial<Omit<AlgorithmParts, "training">> {
  readonly world?: Partial<TokenRolloutOptions>;
  readonly client?: Partial<TabularTrainingOptions>;
}

/** A bandit unless told otherwise: after token 0, saying 3 is worth 1. */
function open({ world, client, ...more }: Setup = {}) {
  const training = tabularTrainingClient({ vocabulary, ...client });
  const rollouts = tokenRollouts({
    prompts: [[0]],
    reward: (tokens) => (tokens[0] === 3 ? 1 : 0),
    sampling: { maxTokens: 1 },
    ...world,
  });
  const renderer = letterRenderer("a");
  return { training, rollouts, renderer, seed: 0, startStep: 0, ...more };
}

const small = { groupSize: 8, groupsPerStep: 4, learningRate: 0.2 };

async function collect(options: Partial<GrpoOptions>, parts: AlgorithmParts): Promise<TrainStep[]> {
  const steps: TrainStep[] = [];
  for await (const step of grpo({ steps: 1, ...small, ...options }).run(parts)) steps.push(step);
  return steps;
}

const last = (steps: readonly TrainStep[], name: string): number => steps.at(-1)!.metrics[name]!;

/** A source that changes what another one gives. */
function changed(source: RolloutSource, change: (rollout: Rollout, i: number) => Rollout) {
  return {
    groups: async (request: Parameters<RolloutSource["groups"]>[0]) =>
      (await source.groups(request)).map((group) => ({
        ...group,
        rollouts: group.rollouts.map(change),
      })),
  };
}

describe("grpo learns", () => {
  const variants: Partial<GrpoOptions>[] = [
    {},
    { loss: "importance_sampling" },
    { loss: "cispo" },
    { normalization: "grpo" },
    { normalization: "dr_grpo", tokensPerAnswer: 1, advantageScale: "none" },
    { normalization: "bnpo", minibatchesPerBatch: 2, epochsPerBatch: 2, learningRate: 0.1 },
    { kl: { coefficient: 0.01 } },
  ];
  it.each(variants)("a bandit from 1 in 6 to nearly always: %o", async (options) => {
    const steps = await collect({ steps: 40, ...options }, open());
    expect(steps[0]!.metrics["reward"]).toBeLessThan(0.5);
    expect(last(steps, "reward")).toBeGreaterThan(0.9);
  });

  it("a sequence over several turns, as one row per rollout", async () => {
    // Say 1 first, 2 after the tool said 5: a share of the reward each.
    const parts = open({
      world: {
        prompts: [[0]],
        between: [[5]],
        sampling: { maxTokens: 1 },
        reward: (tokens) => (tokens[0] === 1 ? 0.5 : 0) + (tokens[1] === 2 ? 0.5 : 0),
      },
      client: { order: 2 },
    });
    const steps = await collect({ steps: 50 }, parts);
    expect(last(steps, "reward")).toBeGreaterThan(0.9);
    const rows = 8 * (4 - steps[0]!.metrics["groups_without_signal"]!);
    expect(steps[0]!.metrics).toMatchObject({
      rows,
      tokens: 2 * rows,
      response_length: 2,
      rows_split: 0,
    });
  });
});

describe("grpo reports", () => {
  it("what a uniform policy does: entropy ln 6, ratios 1, nothing clipped", async () => {
    const [step] = await collect({}, open());
    expect(step!.metrics["entropy"]).toBeCloseTo(Math.log(6), 5);
    expect(step!.metrics["ratio_mean"]).toBeCloseTo(1, 6);
    expect(step!.metrics).toMatchObject({
      clip_fraction: 0,
      updates: 1,
      groups: 4,
      weights_lag: 0,
    });
    // Every ratio is 1 and advantages sum to 0 in a group: the loss is 0.
    expect(step!.metrics["loss"]).toBeCloseTo(0, 6);
    expect(step!.rollouts).toHaveLength(32);
  });

  it("nothing by a name that an agent may give to a metric of its own", async () => {
    const [step] = await collect({ kl: { coefficient: 0.1 } }, open());
    expect(Object.keys(step!.metrics).filter((name) => !isTrainingMetric(name))).toEqual([]);
  });

  it("reward, deviation and success over the scored rollouts only", async () => {
    const parts = open();
    const failure = { boundary: "tool", message: "no such file" } as const;
    const rollouts = changed(parts.rollouts, (rollout, i) =>
      i === 0
        ? { ...rollout, failure, reward: { ...rollout.reward!, total: 100 } }
        : { ...rollout, reward: { ...rollout.reward!, total: i % 2 }, isSuccess: i % 2 === 1 },
    );
    const [step] = await collect({}, { ...parts, rollouts });
    // Seven scored answers per group: 1 0 1 0 1 0 1
    expect(step!.metrics["reward"]).toBeCloseTo(4 / 7, 12);
    expect(step!.metrics["reward_std"]).toBeCloseTo(Math.sqrt(12) / 7, 12);
    expect(step!.metrics["success"]).toBeCloseTo(4 / 7, 12);
    expect(step!.metrics).toMatchObject({ rollouts_failed: 4, rows: 28 });
    expect(step!.warnings).toEqual({ ROLLOUTS_FAILED: 4 });
    expect(step!.rollouts).toHaveLength(32);
  });

  it("rows that are older than the policy, truncated rows and broken prefixes, with a warning", async () => {
    const sampling = { maxTokens: 1, topK: 5, tellsKept: false };
    const parts = open({ world: { between: [[5]], sampling } });
    const rollouts = changed(parts.rollouts, (rollout) => ({
      ...rollout,
      turns: rollout.turns.map((turn, i) =>
        i === 0 ? turn : { ...turn, promptTokens: [0, 0, 5], weightsVersion: "older" },
      ),
    }));
    const [step] = await collect({}, { ...parts, rollouts });
    expect(step!.warnings).toMatchObject({ ROWS_SPLIT: 32, ROWS_TRUNCATED: 64, WEIGHTS_LAG: 1 });
    // The ids of a split rollout's rows differ.
    expect(step!.metrics["rows_split"]).toBe(32);
  });

  it("drift between updates on one batch: ratios leave 1, some are clipped", async () => {
    const options = { epochsPerBatch: 4, learningRate: 0.3 };
    const [step] = await collect(options, open());
    expect(step!.metrics["updates"]).toBe(4);
    expect(step!.metrics["clip_fraction"]).toBeGreaterThan(0);
  });
});

describe("grpo without signal", () => {
  const equal = { reward: () => 1 };

  it("updates nothing, counts and warns", async () => {
    const parts = open({ world: equal });
    const before = parts.training.policy.logits.slice();
    const [step] = await collect({}, parts);
    expect(parts.training.policy.logits).toEqual(before);
    expect(step!.metrics).toMatchObject({ updates: 0, groups_without_signal: 4, reward: 1 });
    expect(step!.metrics).not.toHaveProperty("loss");
    expect(step!.warnings).toEqual({ GROUPS_WITHOUT_SIGNAL: 4, STEP_WITHOUT_SIGNAL: 1 });
  });

  it("stops after as many steps in a row as allowed, and says what to do", async () => {
    const steps: TrainStep[] = [];
    const run = async (): Promise<void> => {
      const algorithm = grpo({ steps: 20, ...small, maxStepsWithoutSignal: 3 });
      for await (const step of algorithm.run(open({ world: equal }))) steps.push(step);
    };
    const error = await run().catch((e: unknown) => e);
    expect(isError(error, "NO_LEARNING_SIGNAL")).toBe(true);
    expect(String(error)).toContain("in 3 steps in a row");
    expect(steps).toHaveLength(3);
  });

  it("forgets the count after a step with signal", async () => {
    const parts = open();
    let step = 0;
    const rollouts = changed(parts.rollouts, (rollout, i) => ({
      ...rollout,
      reward: { ...rollout.reward!, total: step % 3 === 0 ? i : 0 },
    }));
    const counting: RolloutSource = {
      groups: (request) => {
        step = request.step;
        return rollouts.groups(request);
      },
    };
    const options = { steps: 9, maxStepsWithoutSignal: 3 };
    expect(await collect(options, { ...parts, rollouts: counting })).toHaveLength(9);
  });

  it("leaves groups of equal rewards out without changing the others' gradient", async () => {
    // Groups 0 and 2 pay every second answer (advantages ±1), groups 1 and 3 pay all alike.
    const parts = open({ world: { prompts: [[0], [1], [2], [4]] } });
    const rollouts = changed(parts.rollouts, (rollout, i) => ({
      ...rollout,
      reward: {
        ...rollout.reward!,
        total: ["task 1", "task 3"].includes(rollout.task.id) ? 1 : i % 2,
      },
    }));
    const options = { normalization: "grpo", loss: "importance_sampling", epsilon: 0 } as const;
    const [step] = await collect(options, { ...parts, rollouts });
    expect(step!.metrics).toMatchObject({ groups_without_signal: 2, rows: 16 });
    // By hand, at a uniform policy: d/dlogits of −Σ A/32 · log π is −Σ A/32 · (1[token] − 1/6), all 32 answers counted.
    const square = (from: number): number => {
      const gradient = new Float64Array(vocabulary);
      step!.rollouts!.slice(from, from + 8).forEach((rollout, i) => {
        gradient[rollout.turns[0]!.tokens[0]!]! -= (i % 2 === 1 ? 1 : -1) / 32;
      });
      return gradient.reduce((sum, g) => sum + g * g, 0);
    };
    expect(step!.metrics["gradient_norm"]).toBeCloseTo(Math.sqrt(square(0) + square(16)), 6);
  });
});

describe("grpo's KL term", () => {
  const options = { steps: 12, learningRate: 0.1, epochsPerBatch: 2 } as const;

  it.each(["k1", "k2", "k3"] as const)(
    "%s is the same in the client's loss and in two passes",
    async (estimator) => {
      for (const normalization of ["grpo", "dapo"] as const) {
        const world = { sampling: { maxTokens: 3, stopTokens: [5] } };
        const kl = { coefficient: 0.3, estimator };
        const [one, two] = [open({ world }), open({ world, client: { kl: false } })];
        const a = await collect({ ...options, normalization, kl }, one);
        const b = await collect({ ...options, normalization, kl }, two);
        expect(last(a, "kl")).toBeCloseTo(last(b, "kl"), 5);
        expect(last(a, "loss")).toBeCloseTo(last(b, "loss"), 5);
        const distance = one.training.policy.logits.map((x, i) =>
          Math.abs(x - two.training.policy.logits[i]!),
        );
        expect(Math.max(...distance)).toBeLessThan(1e-4);
      }
    },
  );

  it("holds the policy near the first snapshot", async () => {
    const free = open();
    const held = open();
    await collect({ steps: 30 }, free);
    const steps = await collect({ steps: 30, kl: { coefficient: 3 } }, held);
    const drift = (parts: ReturnType<typeof open>): number =>
      Math.max(...parts.training.policy.logits.map(Math.abs));
    expect(drift(held)).toBeLessThan(drift(free) / 2);
    expect(last(steps, "kl")).toBeGreaterThan(0);
  });

  it("is paid also by an answer at its group's mean, which has no advantage", async () => {
    const middle = () => {
      const parts = open();
      const rollouts = changed(parts.rollouts, (rollout, i) => ({
        ...rollout,
        reward: { ...rollout.reward!, total: i },
      }));
      return { ...parts, rollouts };
    };
    const [free] = await collect({ groupSize: 3 }, middle());
    expect(free!.metrics["rows"]).toBe(8);
    const [held] = await collect({ groupSize: 3, kl: { coefficient: 0.1 } }, middle());
    expect(held!.metrics["rows"]).toBe(12);
    expect(held!.metrics["kl"]).toBeCloseTo(0, 6);
  });

  it("asks a resumed run for its reference, and leaves that open", async () => {
    const kl = { coefficient: 0.1 };
    await expect(collect({ steps: 5, kl }, open({ startStep: 2 }))).rejects.toThrow(
      "REFERENCE_MISSING",
    );
    const parts = open({ startStep: 2 });
    const reference = await parts.training.saveWeightsForSampler();
    expect(await collect({ steps: 5, kl }, { ...parts, reference })).toHaveLength(3);
    expect(reference.isClosed).toBe(false);
  });

  it("refuses rollouts sampled at another temperature, whose KL would compare unlike distributions, but for a reference that tempers", async () => {
    const kl = { coefficient: 0.1 };
    const world = { sampling: { maxTokens: 1, temperature: 0.7 } };
    const parts = open({ world, client: { spread: 1 } });
    const snapshot = await parts.training.saveWeightsForSampler();
    const create = Object.create as (from: typeof snapshot) => typeof snapshot;
    const untempered = Object.assign(create(snapshot), { scoresCuts: false });
    const refused = collect({ kl }, { ...parts, reference: untempered });
    await expect(refused).rejects.toThrow("temperature 0.7");
    const [step] = await collect({ kl }, { ...parts, reference: snapshot });
    expect(step!.metrics["kl"]).toBeCloseTo(0, 6);
    expect(step!.metrics["ratio_mean"]).toBeCloseTo(1, 6);
  });
});

describe("grpo as a run", () => {
  it("resumed at a step equals the run without interruption", async () => {
    const options = { steps: 8, minibatchesPerBatch: 2, epochsPerBatch: 2, learningRate: 0.05 };
    const whole = open();
    const steps = await collect(options, whole);
    const halves = open();
    const run = grpo({ ...small, ...options }).run(halves);
    for (let i = 0; i < 3; i++) await run.next();
    await run.return();
    const rest = await collect(options, { ...halves, startStep: 3 });
    expect(rest.map((step) => step.metrics)).toEqual(steps.slice(3).map((step) => step.metrics));
    expect(halves.training.policy.logits).toEqual(whole.training.policy.logits);
  });

  it("closes every snapshot, also when it is stopped early", async () => {
    for (const kl of [{ coefficient: 0 }, { coefficient: 0.1 }]) {
      const parts = open();
      const run = grpo({ steps: 9, ...small, kl }).run(parts);
      for (let i = 0; i < 4; i++) await run.next();
      const openNow = parts.training.snapshots.filter((snapshot) => !snapshot.isClosed);
      expect(openNow.length).toBe(kl.coefficient > 0 ? 2 : 1);
      await run.return();
      expect(parts.training.snapshots.every((snapshot) => snapshot.isClosed)).toBe(true);
    }
  });

  it("refuses a first step without a call of the policy, and warns where some rollouts have none", async () => {
    const parts = open();
    const silent = (first: number) =>
      changed(parts.rollouts, (rollout, i) =>
        i < first ? { ...rollout, turns: [], reward: { ...rollout.reward!, total: 1 } } : rollout,
      );
    await expect(collect({}, { ...parts, rollouts: silent(8) })).rejects.toThrow(
      /^POLICY_NOT_CALLED: .*none of the 32 rollouts called .*OPENAI_BASE_URL/s,
    );
    const [step] = await collect({}, { ...parts, rollouts: silent(1) });
    expect(step!.warnings).toMatchObject({ ROLLOUTS_WITHOUT_CALL: 4 });
  });

  it("refuses a batch whose answers differ in reward but hold no sampled token", async () => {
    const parts = open();
    const rollouts = changed(parts.rollouts, (rollout, i) => ({
      ...rollout,
      turns: [],
      reward: { ...rollout.reward!, total: i },
    }));
    await expect(collect({}, { ...parts, rollouts })).rejects.toThrow("POLICY_NOT_CALLED");
  });

  it("trains at the temperature that was sampled at: ratios begin at 1", async () => {
    const sampling = { maxTokens: 2, temperature: 0.5 };
    const world = { sampling, reward: (tokens: readonly number[]) => tokens[0]! };
    const parts = open({ world, client: { spread: 1 } });
    const [step] = await collect({}, parts);
    expect(step!.metrics["ratio_mean"]).toBeCloseTo(1, 5);
    expect(step!.metrics["kl_old"]).toBeCloseTo(0, 5);
  });

  it("names the rows in a file when the loss is no number, and drops the gradient", async () => {
    const saved: { rows: string[] }[] = [];
    const saveBatch = async (name: string, data: unknown): Promise<string> => {
      saved.push(data as { rows: string[] });
      return name;
    };
    const parts = open({ saveBatch });
    const rollouts = changed(parts.rollouts, (rollout) => ({
      ...rollout,
      turns: rollout.turns.map((turn) => ({ ...turn, samplingLogProbs: [Number.NaN] })),
    }));
    const error = await collect({}, { ...parts, rollouts }).catch((e: unknown) => e);
    expect(isError(error, "TRAINING_NOT_FINITE")).toBe(true);
    expect(String(error)).toContain("not-finite-step-1");
    expect(saved[0]!.rows).toContain("1/0/0");
    expect((await parts.training.optimStep({ learningRate: 0 })).gradientNorm).toBe(0);
  });

  it.each([
    [{ groupSize: 1 }, "groupSize"],
    [{ clipLow: 1.1 }, "clipLow"],
    [{ kl: { coefficient: -1 } }, "kl.coefficient"],
    [{ normalization: "dr_grpo" as const }, "tokensPerAnswer"],
    [{ minibatchesPerBatch: 0 }, "minibatchesPerBatch"],
    [{ groupsize: 8 }, "Did you mean groupSize"],
    [{ kl: { coeficient: 0.1 } }, "kl"],
    [{ adam: { beta2: 1 } }, "adam.beta2"],
  ])("refuses %o by name", (bad, name) => {
    const options = { steps: 1, learningRate: 1, ...bad } as GrpoOptions;
    expect(() => grpo(options)).toThrow(name);
  });
});
