/** Losses of pairs and rated answers against TRL's own code; test/golden/trl_preferences.py made the numbers. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Algorithm } from "../../ports/algorithm.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { FixedLogProbsClient } from "../../testing/fixed-log-probs-client.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tokenRollouts } from "../../testing/token-rollouts.ts";
import { cpo, type CpoOptions } from "./cpo.ts";
import { dpo, type DpoOptions } from "./dpo.ts";
import { type KtoObjective, ktoLoss } from "./kto-loss.ts";
import { orpo } from "./orpo.ts";
import type { PairRows } from "./preference-rows.ts";
import { simpo } from "./simpo.ts";

interface Result {
  readonly value: number;
  readonly gradient: readonly (readonly number[])[];
}

interface Golden {
  readonly inputs: {
    readonly logProbs: readonly (readonly number[])[];
    readonly referenceLogProbs: readonly (readonly number[])[];
    readonly mask: readonly (readonly number[])[];
  };
  readonly dpo: readonly (Result &
    Pick<
      DpoOptions,
      "beta" | "labelSmoothing" | "tailDiscount" | "discopopTau" | "divergence" | "divergenceAlpha"
    > & { readonly loss: Readonly<Record<string, number>> })[];
  readonly cpo: readonly (Result &
    Pick<CpoOptions, "labelSmoothing"> & {
      readonly loss: "sigmoid" | "hinge" | "ipo" | "simpo";
      readonly beta: number;
      readonly sftWeight: number;
      readonly gamma?: number;
      readonly alpha?: number;
    })[];
  readonly orpo: readonly (Result & { readonly beta: number })[];
  readonly kto: readonly (Result &
    KtoObjective & {
      readonly desirable: readonly boolean[];
      readonly mismatched: {
        readonly policy: readonly number[];
        readonly reference: readonly number[];
      };
    })[];
}

const path = new URL("../../../../../test/golden/preferences.json", import.meta.url);
const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;
const { inputs } = golden;

/** Row i: a prompt of one token, then its answer. The first token says which row it is. */
const row = (i: number) => {
  const length = inputs.mask[i]!.filter((m) => m === 1).length;
  return {
    tokens: Array.from({ length: length + 1 }, (_, t) => (t === 0 ? i : t)),
    mask: Array.from({ length: length + 1 }, (_, t) => (t === 0 ? 0 : 1)),
  };
};
const rows: readonly PairRows[] = [0, 1, 2].map((i) => ({ chosen: row(i), rejected: row(i + 3) }));

const nameOf = (i: number): string => (i < 3 ? `rows[${i}] chosen` : `rows[${i - 3}] rejected`);

/** A reference that knows the log-probs of the row that begins with a token. */
const reference = {
  logProbs: async (tokens: readonly number[]) =>
    Float32Array.from([0, ...inputs.referenceLogProbs[tokens[0]!]!.slice(0, tokens.length - 1)]),
} as SamplingClient;

const rollouts = tokenRollouts({ prompts: [[1]], reward: () => 0, sampling: { maxTokens: 1 } });

/** The loss and the gradient of an algorithm's first step over all pairs. */
async function firstStep(algorithm: Algorithm) {
  const training = new FixedLogProbsClient(
    new Map(inputs.logProbs.map((logProbs, i) => [nameOf(i), logProbs])),
  );
  const parts = {
    training,
    rollouts,
    renderer: letterRenderer("a"),
    reference,
    seed: 0,
    startStep: 0,
  };
  const step = await algorithm.run(parts).next();
  return { metrics: step.value!.metrics, gradients: training.gradients };
}

function near(got: number, expected: number): void {
  expect(Math.abs(got - expected)).toBeLessThanOrEqual(1e-5 * Math.abs(expected) + 1e-7);
}

async function expectResult(algorithm: Algorithm, { value, gradient }: Result): Promise<void> {
  const { metrics, gradients } = await firstStep(algorithm);
  near(metrics["loss"]!, value);
  gradient.forEach((numbers, i) => {
    // A row without a derivative is not sent.
    const got = gradients.get(nameOf(i)) ?? [];
    numbers.forEach((expected, t) => near(got[t] ?? 0, expected));
  });
}

const shared = { rows, batchSize: 3, learningRate: 1 };

describe("TRL's numbers", () => {
  it.each(golden.dpo)("DPO $loss, beta $beta, smoothing $labelSmoothing", async (entry) => {
    const { value, gradient, loss: losses, source: _, ...options } = { source: "", ...entry };
    const { sft = 0, ...loss } = losses;
    const chosen = { ...shared, ...options, loss, sftWeight: sft };
    await expectResult(dpo(chosen), { value, gradient });
  });

  it.each(golden.cpo)("CPO $loss, beta $beta, gamma $gamma, alpha $alpha", async (entry) => {
    const {
      value,
      gradient,
      loss,
      gamma = 0,
      alpha = 0,
      beta,
      sftWeight,
      labelSmoothing = 0,
    } = entry;
    const options = { ...shared, beta, sftWeight, labelSmoothing };
    const algorithm =
      loss === "simpo" ? simpo({ ...options, gamma, alpha }) : cpo({ ...options, loss });
    await expectResult(algorithm, { value, gradient });
  });

  it.each(golden.orpo)("ORPO, beta $beta", async ({ beta, value, gradient }) => {
    await expectResult(orpo({ ...shared, beta }), { value, gradient });
  });

  it.each(golden.kto)(
    "KTO $loss, beta $beta, weights $desirableWeight and $undesirableWeight",
    (entry) => {
      const answers = inputs.logProbs.map((logProbs, i) => ({
        logProbs,
        mask: inputs.mask[i]!,
        reference: inputs.referenceLogProbs[i]!,
        isDesirable: entry.desirable[i]!,
        weight: 1,
      }));
      const { policy, reference: expected } = entry.mismatched;
      const drift = policy.reduce((sum, x, i) => sum + x - expected[i]!, 0) / policy.length;
      const { value, derivatives } = ktoLoss(answers, Math.max(0, drift), entry);
      near(value, entry.value);
      entry.gradient.forEach((numbers, i) => {
        numbers.forEach((one, t) => near(derivatives[i]![t]!, one));
      });
    },
  );
});
