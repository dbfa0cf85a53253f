import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Rollout, Trajectory } from "../../core/rollout.ts";
import { FixedLogProbsClient } from "../../testing/fixed-log-probs-client.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tokenRollouts } from "../../testing/token-rollouts.ts";
import { groupAdvantages } from "../blocks/advantages.ts";
import { grpoSettings } from "./grpo-options.ts";
import type { Normalization } from "./normalization.ts";
import { policyMinibatches } from "./policy-rows.ts";
import { addPolicyGradient } from "./policy-update.ts";
import type { ScoredAnswer } from "./scored-answers.ts";
import { sft } from "../supervised/sft.ts";

/** Numbers of TRL's own code on fixed inputs; made by test/golden/trl_losses.py. */
interface Golden {
  readonly inputs: {
    readonly logProbs: number[][];
    readonly oldLogProbs: number[][];
    readonly referenceLogProbs: number[][];
    readonly mask: number[][];
    readonly advantages: number[];
  };
  readonly sft: { readonly value: number; readonly gradient: number[][] };
  readonly grpo: readonly {
    readonly type: Normalization | "cispo";
    readonly epsilon: number;
    readonly epsilonHigh: number;
    readonly beta: number;
    readonly maxCompletionLength: number;
    readonly value: number;
    readonly gradient: number[][];
    readonly level?: string;
    readonly delta?: number;
  }[];
  readonly advantages: readonly {
    readonly scale: string;
    readonly rewards: number[];
    readonly groupSize: number;
    readonly epsilon: number;
    readonly advantages: number[];
  }[];
}

const path = new URL("../../../../../test/golden/trl.json", import.meta.url);
const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;
const { inputs } = golden;
const lengths = inputs.mask.map((mask) => mask.filter((m) => m === 1).length);

/** Row i as a rollout's trajectory: a prompt of one token, then its sampled tokens. */
function trajectory(i: number): Trajectory {
  const length = lengths[i]!;
  const sampled = inputs.oldLogProbs[i]!.slice(0, length);
  return {
    rolloutId: String(i),
    tokens: Array.from({ length: length + 1 }, (_, t) => t),
    mask: [0, ...sampled.map(() => 1)],
    logProbs: [0, ...sampled],
    samplingLogProbs: [0, ...sampled],
    temperature: 1,
    isTruncated: false,
    weightsVersion: "fixed",
  };
}

const answers: ScoredAnswer[] = inputs.advantages.map((advantage, i) => ({
  rollout: { id: String(i) } as Rollout,
  reward: 0,
  group: 0,
  advantage,
  hasSignal: true,
  rows: [trajectory(i)],
  length: lengths[i]!,
}));
const reference = new Map(
  answers.map(({ rows }, i) => [rows[0]!, Float32Array.from([0, ...inputs.referenceLogProbs[i]!])]),
);

function client(kl: boolean, name = (i: number): string => String(i)): FixedLogProbsClient {
  return new FixedLogProbsClient(new Map(inputs.logProbs.map((row, i) => [name(i), row])), { kl });
}

function expectGradient(
  got: FixedLogProbsClient,
  expected: number[][],
  name: (i: number) => string = String,
): void {
  expected.forEach((row, i) => {
    const gradient = got.gradients.get(name(i))!;
    row.forEach((value, t) => {
      expect(gradient[t] ?? 0).toBeCloseTo(value, 5);
    });
  });
}

// Sequence-level ratios and TRL's second, upper clip of the unclipped branch are in policy-golden.test.ts, with more bounds.
const offered = golden.grpo.filter((row) => row.level === undefined && row.delta === undefined);

describe("TRL's numbers", () => {
  it.each(offered)(
    "GRPO loss $type, clip $epsilon and $epsilonHigh, beta $beta: value and gradient",
    async (row) => {
      const isCispo = row.type === "cispo";
      const checked = grpoSettings({
        steps: 1,
        learningRate: 1,
        normalization: isCispo ? "dapo" : (row.type as Normalization),
        ...(row.type === "dr_grpo" && { tokensPerAnswer: row.maxCompletionLength }),
        loss: isCispo ? "cispo" : "ppo",
        // TRL's CISPO has no lower bound, and its epsilon_high is the upper bound itself.
        clipLow: isCispo ? 0 : 1 - row.epsilon,
        clipHigh: isCispo ? row.epsilonHigh : 1 + row.epsilonHigh,
        kl: { coefficient: row.beta },
      });
      const settings = { ...checked, algorithm: "grpo" };
      const keys = { seed: 0, step: 1, pass: 0 };
      const [rows] = policyMinibatches(
        answers,
        settings,
        keys,
        row.beta > 0 ? reference : undefined,
      );
      for (const hasKl of [true, false]) {
        const training = client(hasKl);
        const { loss } = await addPolicyGradient(training, rows!, settings);
        expect(loss).toBeCloseTo(row.value, 5);
        expectGradient(training, row.gradient);
      }
    },
  );

  it("cover every rule of normalization.ts", () => {
    const types = new Set<string>(offered.map((row) => row.type));
    expect([...types].toSorted((a, b) => a.localeCompare(b))).toEqual([
      "bnpo",
      "cispo",
      "dapo",
      "dr_grpo",
      "grpo",
    ]);
  });

  it("SFT: mean per token, value and gradient", async () => {
    const name = (i: number): string => `row ${i}`;
    const training = client(true, name);
    const algorithm = sft({
      rows: answers.map(({ rows }) => ({ tokens: rows[0]!.tokens, mask: rows[0]!.mask })),
      batchSize: 4,
      learningRate: 1,
    });
    const rollouts = tokenRollouts({ prompts: [[1]], reward: () => 0, sampling: { maxTokens: 1 } });
    const parts = { training, rollouts, renderer: letterRenderer("a"), seed: 0, startStep: 0 };
    const step = await algorithm.run(parts).next();
    expect(step.value!.metrics["loss"]).toBeCloseTo(golden.sft.value, 5);
    expectGradient(training, golden.sft.gradient, name);
  });

  it.each(golden.advantages.filter(({ scale }) => scale === "group" || scale === "none"))(
    "advantages, scale $scale: the sample's deviation, $epsilon added",
    ({ scale, rewards, groupSize, epsilon, advantages }) => {
      const groups = rewards.map((_, i) => String(Math.floor(i / groupSize)));
      const got = groupAdvantages(rewards, groups, {
        scale: scale === "group" ? "std" : "none",
        deviation: "sample",
        epsilon,
      });
      got.forEach((advantage, i) => {
        expect(advantage).toBeCloseTo(advantages[i]!, 5);
      });
    },
  );
});
