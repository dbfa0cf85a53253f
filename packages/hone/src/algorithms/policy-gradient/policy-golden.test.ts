/** Losses and advantages of policy-gradient methods beside TRL's code and the papers' formulas (test/golden/policy_gradient.py). */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Rollout, RolloutGroup, Trajectory } from "../../core/rollout.ts";
import type { AlgorithmParts } from "../../ports/algorithm.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { FixedLogProbsClient } from "../../testing/fixed-log-probs-client.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { lengthReward } from "./dapo.ts";
import type { Normalization } from "./normalization.ts";
import { objectiveAdvantages } from "./objectives.ts";
import type { PolicyLoss, PolicyRow } from "./policy-loss.ts";
import { policyMinibatches } from "./policy-rows.ts";
import { addPolicyGradient } from "./policy-update.ts";
import { reinforcePlusPlus } from "./reinforce-plus-plus.ts";
import { rloo } from "./rloo.ts";
import {
  type CorrectionOptions,
  correctedAnswers,
  correctionSettings,
} from "./sampler-correction.ts";
import type { Answer, ScoredAnswer } from "./scored-answers.ts";

interface Loss {
  readonly value: number;
  readonly gradient: number[][];
}
interface Bounds {
  readonly clipLow: number;
  readonly clipHigh: number;
  readonly dualClip?: number;
  readonly beta?: number;
  /** Multiplies the advantages. */
  readonly sign: number;
  readonly normalization?: Normalization;
}
interface Golden {
  readonly inputs: Readonly<
    Record<
      "logProbs" | "oldLogProbs" | "referenceLogProbs" | "samplingLogProbs" | "mask",
      number[][]
    >
  > & { readonly advantages: number[] };
  readonly gspo: readonly (Loss & Bounds)[];
  readonly tokenAdvantages: number[][];
  readonly gspoToken: readonly (Loss & Bounds)[];
  readonly dualClip: readonly (Loss & Bounds)[];
  readonly gmpo: readonly (Loss & Bounds)[];
  readonly correction: readonly (Loss & Required<CorrectionOptions> & { weights: number[][] })[];
  readonly reinforce: Loss;
  readonly gdpo: {
    readonly groupSize: number;
    readonly weights: [number, number];
    readonly rewards: [number, number][];
    readonly epsilon: number;
    readonly advantages: number[];
  };
  readonly plusPlus: readonly { beta: number; rewards: number[]; advantages: number[][] }[];
  readonly rloo: { beta: number; rewards: number[]; advantages: number[]; normalised: number[] };
  readonly overlong: {
    readonly limit: number;
    readonly buffer: number;
    readonly penalty: number;
    readonly lengths: number[];
    readonly rewards: number[];
  };
}

const path = new URL("../../../../../test/golden/policy-gradient.json", import.meta.url);
const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;
const { inputs } = golden;
const lengths = inputs.mask.map((mask) => mask.filter((m) => m === 1).length);

/** Equal to 1e-5 of the value, or of 1e-2 where the value is smaller. */
function expectNear(got: number, value: number): void {
  expect(Math.abs(got - value) / Math.max(Math.abs(value), 1e-2)).toBeLessThan(1e-5);
}

/** Row i as a rollout's trajectory: a prompt of one token, then its sampled tokens. */
function trajectory(i: number, sampled: number[][]): Trajectory {
  const length = lengths[i]!;
  const logProbs = [0, ...inputs.oldLogProbs[i]!.slice(0, length)];
  return {
    rolloutId: String(i),
    tokens: Array.from({ length: length + 1 }, (_, t) => t + 10 * i),
    mask: logProbs.map((_, t) => (t === 0 ? 0 : 1)),
    logProbs,
    samplingLogProbs: [0, ...sampled[i]!.slice(0, length)],
    temperature: 1,
    isTruncated: false,
    weightsVersion: "fixed",
  };
}

const answersOf = (sampled: number[][]): ScoredAnswer[] =>
  inputs.advantages.map((advantage, i) => ({
    rollout: { id: String(i) } as Rollout,
    reward: 0,
    group: 0,
    advantage,
    hasSignal: true,
    rows: [trajectory(i, sampled)],
    length: lengths[i]!,
  }));

const client = (logProbs: number[][], kl = true): FixedLogProbsClient =>
  new FixedLogProbsClient(new Map(logProbs.map((row, i) => [String(i), row])), { kl });

/** The rows of one minibatch, with the reference's log-probs. */
function rowsOf(answers: readonly ScoredAnswer[], normalization: Normalization): PolicyRow[] {
  const settings = { algorithm: "a", normalization, tokensPerAnswer: 8, minibatchesPerBatch: 1 };
  const reference = new Map(
    answers.map(({ rows }, i) => [
      rows[0]!,
      Float32Array.from([0, ...inputs.referenceLogProbs[i]!]),
    ]),
  );
  return policyMinibatches(answers, settings, { seed: 0, step: 1, pass: 0 }, reference)[0]!;
}

async function expectLoss(
  rows: readonly PolicyRow[],
  loss: PolicyLoss,
  expected: Loss,
): Promise<void> {
  const training = client(inputs.logProbs);
  const output = await addPolicyGradient(training, rows, loss);
  expectNear(output.loss, expected.value);
  expected.gradient.forEach((row, i) => {
    const gradient = training.gradients.get(String(i)) ?? [];
    row.forEach((value, t) => {
      expectNear(gradient[t] ?? 0, value);
    });
  });
}

const boundsOf = ({ clipLow, clipHigh, dualClip, beta = 0 }: Bounds) => ({
  ...{ clipLow, clipHigh, dualClip },
  kl: { coefficient: beta, estimator: "k3" as const },
});

describe("losses, value and gradient", () => {
  const answers = answersOf(inputs.oldLogProbs);
  const signed = ({ sign }: Bounds): ScoredAnswer[] =>
    answers.map((answer) => ({ ...answer, advantage: sign * (answer.advantage as number) }));

  it.each(golden.gspo)(
    "GSPO, clip $clipLow to $clipHigh, dual $dualClip, sign $sign",
    async (row) => {
      await expectLoss(rowsOf(signed(row), "grpo"), { loss: "gspo", ...boundsOf(row) }, row);
    },
  );

  it.each(golden.gspoToken)(
    "GSPO-token, clip $clipLow to $clipHigh, dual $dualClip, sign $sign",
    async (row) => {
      const ofTokens = answers.map((answer, i) => ({
        ...answer,
        advantage: [
          [0, ...golden.tokenAdvantages[i]!.slice(0, lengths[i])].map((one) => row.sign * one),
        ],
      }));
      await expectLoss(rowsOf(ofTokens, "grpo"), { loss: "gspo-token", ...boundsOf(row) }, row);
    },
  );

  it.each(golden.gspo)(
    "GSPO-token is GSPO where an answer has one advantage, clip $clipLow to $clipHigh, dual $dualClip, sign $sign",
    async (row) => {
      const loss = { loss: "gspo-token", ...boundsOf(row) } as const;
      await expectLoss(rowsOf(signed(row), "grpo"), loss, row);
    },
  );

  it.each(golden.dualClip)("dual clip $dualClip, $normalization, beta $beta", async (row) => {
    await expectLoss(
      rowsOf(signed(row), row.normalization!),
      { loss: "ppo", ...boundsOf(row) },
      row,
    );
  });

  it.each(golden.gmpo)("GMPO, clip $clipLow to $clipHigh, beta $beta", async (row) => {
    await expectLoss(rowsOf(signed(row), "grpo"), { loss: "gmpo", ...boundsOf(row) }, row);
  });

  it("RLOO: one ratio, of the sum", async () => {
    const trl = new URL("../../../../../test/golden/trl.json", import.meta.url);
    const { rloo: row } = JSON.parse(readFileSync(trl, "utf8")) as { rloo: Loss };
    await expectLoss(rowsOf(answers, "grpo"), { loss: "rloo", clipLow: 0.8, clipHigh: 1.2 }, row);
  });

  it("REINFORCE: the sum over an answer's tokens", async () => {
    const loss = { loss: "importance_sampling", clipLow: 0.8, clipHigh: 1.2 } as const;
    await expectLoss(rowsOf(answers, "sum"), loss, golden.reinforce);
  });

  it.each(golden.correction)("sampler corrected: $level, $rule", async (row) => {
    const { level, rule, min, max } = row;
    const correction = correctionSettings("grpo", { level, rule, min, max });
    const training = client(inputs.oldLogProbs);
    const context = { training, weightsVersion: "w", hasKl: true };
    const { answers: corrected, metrics } = await correctedAnswers(
      answersOf(inputs.samplingLogProbs),
      { correction, tells: { bounds: false, kept: false } },
      context,
    );
    corrected.forEach(({ advantage }, i) => {
      const [tokens] = advantage as number[][];
      row.weights[i]!.slice(0, lengths[i]!).forEach((weight, t) => {
        expectNear(tokens![t + 1]!, weight * inputs.advantages[i]!);
      });
    });
    const counted = row.weights.flatMap((weights, i) => weights.slice(0, lengths[i]!));
    const masked = rule === "mask" ? counted.filter((weight) => weight === 0).length : 0;
    expect(metrics["tokens_masked"]).toBe(masked);
    const loss = { loss: "ppo", clipLow: 0.8, clipHigh: 1.2 } as const;
    await expectLoss(rowsOf(corrected, "grpo"), loss, row);
  });

  it.each([
    ["GSPO", { loss: "gspo", ...boundsOf(golden.gspo[1]!) }, golden.gspo[1]!],
    ["GMPO", { loss: "gmpo", ...boundsOf(golden.gmpo[1]!) }, golden.gmpo[1]!],
  ] as const)("%s: an answer in several rows has one ratio", async (_, loss, expected) => {
    // The first answer's context was edited behind its second token, so that its other four are a row of their own.
    const [first, ...others] = answers;
    const row = first!.rows[0]!;
    const part = (from: number, to: number): Trajectory => ({
      ...row,
      tokens: row.tokens.slice(from, to),
      mask: row.mask.slice(from, to).map((_m, t) => (t === 0 ? 0 : 1)),
      logProbs: row.logProbs.slice(from, to),
      samplingLogProbs: row.samplingLogProbs.slice(from, to),
    });
    const split = [{ ...first!, rows: [part(0, 3), part(2, 7)] }, ...others];
    const settings = { algorithm: "a", tokensPerAnswer: 8, minibatchesPerBatch: 1 };
    const keys = { seed: 0, step: 1, pass: 0 };
    const [rows] = policyMinibatches(split, { ...settings, normalization: "grpo" }, keys);
    const logProbs = inputs.logProbs.map((all, k) => [String(k), all] as const);
    const whole = inputs.logProbs[0]!;
    const training = new FixedLogProbsClient(
      new Map([...logProbs, ["0#0", whole.slice(0, 2)], ["0#1", whole.slice(2)]]),
    );
    const output = await addPolicyGradient(training, rows!, { ...loss, kl: undefined });
    expectNear(output.loss, expected.value);
    const got = [...training.gradients.get("0#0")!, ...training.gradients.get("0#1")!];
    expected.gradient[0]!.forEach((value, t) => {
      expectNear(got[t]!, value);
    });
  });

  it.each(["ppo", "importance_sampling", "cispo", "gspo", "rloo", "gmpo"] as const)(
    "%s: answers sent apart, or in another order, accumulate to the gradient of all",
    async (loss) => {
      const kl = { coefficient: 0.1, estimator: "k3" } as const;
      const policyLoss = { loss, clipLow: 0.9, clipHigh: 1.1, kl };
      const rows = rowsOf(answers, "dapo");
      const [whole, parts] = [client(inputs.logProbs), client(inputs.logProbs)];
      const all = await addPolicyGradient(whole, rows, policyLoss);
      let sum = 0;
      for (const part of [rows.slice(2).toReversed(), rows.slice(0, 2)])
        sum += (await addPolicyGradient(parts, part, policyLoss)).loss;
      expectNear(sum, all.loss);
      for (const [id, gradient] of whole.gradients)
        gradient.forEach((value, t) => {
          expectNear(parts.gradients.get(id)![t]!, value);
        });
    },
  );
});

describe("advantages", () => {
  it("GDPO: each part normalised in its group, then over the batch", () => {
    const { groupSize, weights, rewards, epsilon, advantages } = golden.gdpo;
    const answers = rewards.map(([right, format], i): Answer => {
      const reward = { total: 0, components: { right, format }, source: "rule" } as const;
      const rollout: Partial<Rollout> = { id: String(i), reward };
      const own = { reward: 0, group: Math.floor(i / groupSize), rows: [], length: 1 };
      return { rollout: rollout as Rollout, ...own };
    });
    const batch = { answers, groups: 3, failed: [], splits: 0 };
    const objectives = { right: weights[0], format: weights[1] };
    const options = { method: "grpo", objectives, deviation: "sample", epsilon } as const;
    objectiveAdvantages(batch, options).forEach((advantage, i) => {
      expectNear(advantage, advantages[i]!);
    });
    const missing = { ...options, objectives: { ...objectives, style: 1 } };
    expect(() => objectiveAdvantages(batch, missing)).toThrow(
      /part "style" is undefined; .* this one has right, format/,
    );
  });

  it("DAPO: the price of long answers", () => {
    const { lengths: given, rewards, ...overlong } = golden.overlong;
    expect(given.map((length) => lengthReward(length, overlong) + 0)).toEqual(rewards);
  });

  /** The advantages that a method gives to the answers of the golden inputs, as a client sees them in its first update. */
  async function advantagesOf(
    rewards: readonly number[],
    algorithm: ReturnType<typeof rloo>,
  ): Promise<Map<string, number[]>> {
    const seen = new Map<string, number[]>();
    const rollouts = rewards.map((total, i) => rolloutOf(i, total));
    const groups: RolloutGroup[] = [{ task: { id: "task" }, rollouts }];
    const reference: Partial<SamplingClient> = {
      logProbs: async (tokens: readonly number[]) =>
        Float32Array.from([0, ...inputs.referenceLogProbs[Math.floor(tokens[0]! / 10)]!]),
    };
    const training = Object.assign(client(inputs.oldLogProbs), {
      saveWeightsForSampler: async () =>
        ({ ...reference, weightsVersion: "fixed", close: async () => {} }) as SamplingClient,
    });
    const pass = training.forwardBackward.bind(training);
    const forward = training.forward.bind(training);
    const watch = (data: Parameters<typeof pass>[0]): void => {
      for (const { id, advantages } of data) if (advantages) seen.set(id!, [...advantages]);
    };
    training.forwardBackward = (...args) => (watch(args[0]), pass(...args));
    training.forward = (...args) => (watch(args[0]), forward(...args));
    const parts: AlgorithmParts = {
      training,
      reference: reference as SamplingClient,
      rollouts: { groups: async () => groups },
      renderer: letterRenderer("a"),
      seed: 0,
      startStep: 0,
    };
    await algorithm.run(parts).next();
    return seen;
  }

  function rolloutOf(i: number, total: number): Rollout {
    const { tokens, logProbs } = trajectory(i, inputs.oldLogProbs);
    const sampled = logProbs.slice(1);
    const turn = {
      promptTokens: tokens.slice(0, 1),
      tokens: tokens.slice(1),
      logProbs: sampled,
      samplingLogProbs: sampled,
      ...{ messages: [], reply: { role: "assistant" as const, content: "" } },
      ...{
        temperature: 1,
        isTruncated: false,
        stopReason: "stop" as const,
        weightsVersion: "fixed",
      },
    };
    return {
      id: String(i),
      task: { id: "task" },
      turns: [turn],
      answer: "",
      reward: { total, components: {}, source: "rule" },
      ...{ isSuccess: false, failure: undefined, attempts: 1, seconds: 0 },
    };
  }

  const shared = { steps: 1, groupSize: 4, groupsPerStep: 1, learningRate: 1 };

  it.each(golden.plusPlus)(
    "REINFORCE++, beta $beta: returns over the batch's tokens",
    async (row) => {
      const kl = { coefficient: row.beta };
      const algorithm = reinforcePlusPlus({ ...shared, kl, normalization: "sum" });
      const seen = await advantagesOf(row.rewards, algorithm);
      row.advantages.forEach((advantages, i) => {
        advantages.slice(0, lengths[i]!).forEach((advantage, t) => {
          expectNear((seen.get(String(i))?.[t] ?? 0) * 4, advantage);
        });
      });
    },
  );

  it.each([false, true])(
    "RLOO with KL in the reward, normalised %s",
    async (normalizeAdvantages) => {
      const { beta, rewards, advantages, normalised } = golden.rloo;
      const algorithm = rloo({ ...shared, kl: { coefficient: beta }, normalizeAdvantages });
      const seen = await advantagesOf(rewards, algorithm);
      (normalizeAdvantages ? normalised : advantages).forEach((advantage, i) => {
        expectNear(seen.get(String(i))![0]! * 4 * lengths[i]!, advantage);
      });
    },
  );
});
