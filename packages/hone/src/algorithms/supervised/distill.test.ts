import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { RolloutGroup, TokenIds } from "../../core/rollout.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import type { Datum } from "../../ports/training-client.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { TabularPolicy } from "../../testing/tabular-policy.ts";
import { TabularSamplingClient } from "../../testing/tabular-sampling-client.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { tokenRollouts } from "../../testing/token-rollouts.ts";
import { distill, type DistillOptions } from "./distill.ts";
import { type Teacher, withContext } from "./teacher-scores.ts";

const renderer = letterRenderer("abcd");
const vocabulary = renderer.vocabulary;
/** The tokens of the letters a and b, and of the assistant's header. */
const [A, B, HEADER] = [5, 6, 3];

async function collect(algorithm: Algorithm, parts: AlgorithmParts): Promise<TrainStep[]> {
  const steps: TrainStep[] = [];
  for await (const step of algorithm.run(parts)) steps.push(step);
  return steps;
}

/** A run on a table; `sent` are the datums of its updates. */
function open(order = 1, temperature = 1, maxTokens = 3) {
  const training = tabularTrainingClient({ vocabulary, order, spread: 1 });
  const sent: Datum[] = [];
  const forwardBackward = training.forwardBackward.bind(training);
  training.forwardBackward = (data, ...rest) => {
    sent.push(...data);
    return forwardBackward(data, ...rest);
  };
  const sampling = { maxTokens, temperature };
  const rollouts = tokenRollouts({ prompts: [[2, A, 0, HEADER]], reward: () => 0, sampling });
  return { training, sent, rollouts, renderer, seed: 1, startStep: 0 };
}

function teacherOf(policy: TabularPolicy) {
  const closed: string[] = [];
  const teacher: Teacher = {
    name: "table",
    open: async () => ({
      policy: new TabularSamplingClient(policy, "teacher"),
      close: async () => void closed.push("closed"),
    }),
  };
  return { teacher, closed };
}

const given = { steps: 1, groupSize: 4, groupsPerStep: 1, learningRate: 0.1 };

describe("on-policy distillation", () => {
  it("gives each sampled token what the teacher thinks of it more than the policy", async () => {
    const parts = open();
    const policy = new TabularPolicy({ vocabulary, spread: 2, seed: 5 });
    const before = parts.training.policy.copy();
    const { teacher, closed } = teacherOf(policy);
    const [step] = await collect(distill({ teacher, coefficient: 0.5, ...given }), parts);
    const gaps: number[] = [];
    for (const { tokens, targets, mask, advantages } of parts.sent) {
      const all: TokenIds = [...tokens, targets.at(-1)!];
      tokens.forEach((_, t) => {
        const at = (table: TabularPolicy) =>
          table.logProbsAt(table.rowAfter(all, t + 1))[all[t + 1]!]!;
        const gap = at(before) - at(policy);
        const count = 4 * 3;
        expect(advantages![t]!).toBeCloseTo(mask![t] === 1 ? (-0.5 * gap) / count : 0, 6);
        if (mask![t] === 1) gaps.push(gap);
      });
    }
    expect(gaps).toHaveLength(12);
    const mean = gaps.reduce((a, b) => a + b, 0) / gaps.length;
    expect(step!.metrics["teacher_kl"]).toBeCloseTo(mean, 6);
    expect(closed).toEqual(["closed"]);
  });

  it("comes to the teacher", async () => {
    const parts = open();
    const { teacher } = teacherOf(new TabularPolicy({ vocabulary, spread: 2, seed: 5 }));
    const run = distill({ teacher, ...given, groupSize: 64, steps: 80 });
    const steps = await collect(run, parts);
    const kl = steps.map(({ metrics }) => metrics["teacher_kl"]!);
    const mean = (some: readonly number[]) => some.reduce((a, b) => a + b, 0) / some.length;
    expect(mean(kl.slice(0, 5))).toBeGreaterThan(0.3);
    expect(Math.abs(mean(kl.slice(-10)))).toBeLessThan(0.05);
  });

  it("adds the reward relative to the group where it is asked to", async () => {
    const parts = open();
    const same = teacherOf(parts.training.policy.copy());
    const rollouts = tokenRollouts({
      prompts: [[HEADER]],
      reward: ([token]) => token! % 2,
      sampling: { maxTokens: 1 },
    });
    await collect(
      distill({ teacher: same.teacher, rewardCoefficient: 2, ...given, groupSize: 16 }),
      { ...parts, rollouts },
    );
    const rewards = parts.sent.map(({ targets }) => targets.at(-1)! % 2);
    const mean = rewards.reduce((a, b) => a + b, 0) / rewards.length;
    expect(new Set(rewards).size).toBe(2);
    parts.sent.forEach(({ advantages }, i) => {
      expect(advantages!.at(-1)!).toBeCloseTo((2 * (rewards[i]! - mean)) / 16, 6);
    });
  });

  it("resumed at a step equals the run without interruption", async () => {
    const { teacher } = teacherOf(new TabularPolicy({ vocabulary, spread: 2, seed: 5 }));
    const algorithm = distill({ teacher, ...given, steps: 4 });
    const [whole, halves] = [open(), open()];
    await collect(algorithm, whole);
    const run = algorithm.run(halves);
    for (let i = 0; i < 2; i++) await run.next();
    await run.return();
    await collect(algorithm, { ...halves, startStep: 2 });
    expect(halves.training.policy.logits).toEqual(whole.training.policy.logits);
  });

  it("refuses rollouts of another temperature, of which the log-ratio estimates no KL", async () => {
    const { teacher } = teacherOf(new TabularPolicy({ vocabulary }));
    const run = collect(distill({ teacher, ...given }), open(1, 0.5));
    await expect(run).rejects.toThrow(/^OPTION_INVALID: .*temperature/);
  });
});

it("refuses KL in the reward, which its advantages do not read", () => {
  const { teacher } = teacherOf(new TabularPolicy({ vocabulary }));
  const kl = { coefficient: 0.1, place: "reward" } as const;
  expect(() => distill({ teacher, ...given, kl })).toThrow(/^OPTION_INVALID: .*kl\.place/);
});

describe("self-distillation", () => {
  /** A policy that says b after a user's message that ends with b. The turns of its rollouts hold no messages. */
  function knowing() {
    const parts = open(3, 1, 1);
    const { policy } = parts.training;
    policy.logits[policy.rowAfter([B, 0, HEADER], 3) + B] = 4;
    return parts;
  }
  const chance = ({ training: { policy } }: ReturnType<typeof open>): number =>
    Math.exp(policy.logProbsAt(policy.rowAfter([A, 0, HEADER], 3))[B]!);

  it.each(["current", "start"] as const)(
    "learns without the context what the policy (%s) knows with it",
    async (self) => {
      const parts = knowing();
      const reference = await parts.training.saveWeightsForSampler("start");
      const context = () => "b";
      const before = chance(parts);
      const algorithm = distill({ context, self, ...given, groupSize: 16, steps: 40 });
      await collect(algorithm, { ...parts, reference });
      expect(before).toBeLessThan(0.3);
      expect(chance(parts)).toBeGreaterThan(0.8);
      expect(algorithm.settings).toMatchObject({ teacher: self, hasContext: true });
    },
  );

  it("learns nothing of rollouts of which there is nothing to tell, and counts them", async () => {
    const parts = knowing();
    let count = 0;
    const context = () => (count++ % 2 === 0 ? "b" : undefined);
    const [step] = await collect(distill({ context, ...given }), parts);
    expect(step!.metrics["without_context"]).toBe(2);
    expect(parts.sent).toHaveLength(2);
    const wrong = distill({ context: () => "" as never, ...given });
    await expect(collect(wrong, knowing())).rejects.toThrow(/^OPTION_INVALID: .*context/);
  });

  it("puts the context behind the user's last message", () => {
    const user = { role: "user", content: "q" } as const;
    const reply = { role: "assistant", content: "r" } as const;
    expect(withContext([user, reply, user, reply], "hint")).toEqual([
      user,
      reply,
      { role: "user", content: "q\n\nhint" },
      reply,
    ]);
    expect(withContext([reply], "hint")).toEqual([reply, { role: "user", content: "hint" }]);
  });

  it.each<[Partial<DistillOptions>, string]>([
    [{}, "teacher"],
    [{ context: "answer" as never }, "context"],
    [{ context: () => "a", coefficient: 0 }, "coefficient"],
    [{ context: () => "a", rewardCoefficient: -1 }, "rewardCoefficient"],
    [{ context: () => "a", self: "ema" as never }, "self"],
    [{ ...teacherOf(new TabularPolicy({ vocabulary })), self: "start" }, "closed"],
    [{ context: () => "a", groupSize: 0 }, "groupSize"],
    [{ context: () => "a", replay: { groupsPerStep: 1 } }, "absent beside context"],
  ])("refuses %o by name", (bad, name) => {
    expect(() => distill({ ...given, ...bad })).toThrow(name);
  });
});

describe("TRL's distillation from the sampled token", () => {
  interface Golden {
    readonly student: number[][][];
    readonly teacher: number[][][];
    readonly tokens: number[][];
    readonly lengths: number[];
    readonly sampled: { readonly gradient: number[][][] };
  }
  const path = new URL("../../../../../test/golden/distillation.json", import.meta.url);
  const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;
  const logSoftmax = (logits: readonly number[]): number[] => {
    const log = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));
    return logits.map((x) => x - log);
  };

  it("has the same gradient with respect to the student's logits", async () => {
    const at = (logits: number[][][], i: number, t: number): number =>
      logSoftmax(logits[i]![t]!)[golden.tokens[i]![t]!]!;
    const group: RolloutGroup = {
      task: { id: "golden" },
      rollouts: golden.lengths.map((length, i) => {
        const tokens = golden.tokens[i]!.slice(0, length);
        const logProbs = tokens.map((_, t) => at(golden.student, i, t));
        const turn = {
          ...{ messages: [], reply: { role: "assistant" as const, content: "" } },
          ...{ promptTokens: [i], tokens, logProbs, samplingLogProbs: logProbs },
          ...{ temperature: 1, isTruncated: false, stopReason: "length" as const },
          weightsVersion: "golden",
        };
        const reward = { total: 0, components: {}, source: "rule" as const };
        const facts = { failure: undefined, attempts: 1, seconds: 0, isSuccess: false };
        return {
          id: String(i),
          task: { id: "golden" },
          turns: [turn],
          answer: "",
          reward,
          ...facts,
        };
      }),
    };
    const parts = open();
    const teacher: Teacher = {
      name: "golden",
      open: async () => {
        const policy = new TabularSamplingClient(new TabularPolicy({ vocabulary }), "teacher");
        // A row's prompt is the number of its rollout.
        policy.logProbs = async ([i, ...tokens]) =>
          Float32Array.from([0, ...tokens.map((_, t) => at(golden.teacher, i!, t))]);
        return { policy, close: async () => undefined };
      },
    };
    await collect(distill({ teacher, ...given }), {
      ...parts,
      rollouts: { groups: async () => [group] },
    });
    for (const { id, advantages } of parts.sent) {
      const i = Number(id);
      for (let t = 0; t < golden.lengths[i]!; t++) {
        const probabilities = logSoftmax(golden.student[i]![t]!).map(Math.exp);
        golden.sampled.gradient[i]![t]!.forEach((expected, v) => {
          // d(−A·ρ)/dlogit at ρ = 1.
          const own = v === golden.tokens[i]![t] ? 1 : 0;
          expect(-advantages![t]! * (own - probabilities[v]!)).toBeCloseTo(expected, 6);
        });
      }
    }
    expect(parts.sent).toHaveLength(3);
  });
});
