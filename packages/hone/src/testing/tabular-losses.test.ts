import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { LossConfig, LossName } from "../ports/training-client.ts";
import { policyTokenLoss } from "./tabular-losses.ts";

interface Golden {
  readonly inputs: Record<"logProbs" | "oldLogProbs" | "referenceLogProbs" | "mask", number[][]> & {
    readonly advantages: number[];
  };
  readonly client: readonly {
    readonly loss: LossName;
    readonly config: {
      readonly clipLow?: number | number[][];
      readonly clipHigh?: number | number[][];
      readonly beta?: number;
    };
    readonly value: number;
    readonly gradient: number[][];
  }[];
  readonly divergences: readonly {
    readonly estimator: NonNullable<LossConfig["kl"]>["estimator"];
    readonly value: number;
    readonly gradient: number[][];
  }[];
}

const path = new URL("../../../../test/golden/trl.json", import.meta.url);
const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;
const { inputs } = golden;

/** Σ over masked tokens of a loss, and its gradient. */
function total(term: (i: number, t: number) => { value: number; derivative: number }) {
  let value = 0;
  const gradient = inputs.mask.map((row, i) =>
    row.map((m, t) => {
      if (m === 0) return 0;
      const token = term(i, t);
      value += token.value;
      return token.derivative;
    }),
  );
  return { value, gradient };
}

function expectClose(
  got: ReturnType<typeof total>,
  expected: { value: number; gradient: number[][] },
) {
  expect(got.value).toBeCloseTo(expected.value, 5);
  got.gradient.flat().forEach((g, i) => {
    expect(g).toBeCloseTo(expected.gradient.flat()[i]!, 5);
  });
}

function facts(i: number, t: number) {
  return {
    logProb: inputs.logProbs[i]![t]!,
    samplingLogProb: inputs.oldLogProbs[i]![t]!,
    advantage: inputs.advantages[i]!,
    reference: inputs.referenceLogProbs[i]![t]!,
    clipLow: 0.8,
    clipHigh: 1.2,
  };
}

describe("the doubles' losses have PyTorch's values and gradients", () => {
  it.each(golden.client)("$loss, $config.beta", ({ loss, config, ...expected }) => {
    const at = (bound: number | number[][] | undefined, i: number, t: number, usual: number) =>
      typeof bound === "number" ? bound : (bound?.[i]?.[t] ?? usual);
    const got = total((i, t) =>
      policyTokenLoss(
        loss,
        {
          ...facts(i, t),
          clipLow: at(config.clipLow, i, t, 0.8),
          clipHigh: at(config.clipHigh, i, t, 1.2),
        },
        config.beta === undefined ? {} : { beta: config.beta },
      ),
    );
    expectClose(got, expected);
  });

  it.each(golden.divergences)("$estimator", ({ estimator, ...expected }) => {
    const kl = { coefficient: 1, estimator };
    const got = total((i, t) =>
      policyTokenLoss("importance_sampling", { ...facts(i, t), advantage: 0 }, { kl }),
    );
    expectClose(got, expected);
  });
});
