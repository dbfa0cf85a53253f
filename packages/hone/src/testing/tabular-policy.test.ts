import { describe, expect, it } from "vitest";
import { tabularTrainingClient } from "./tabular-training-client.ts";

describe("the tabular policy", () => {
  it("has gradients that agree with differences of the loss, at a temperature, with a KL term", async () => {
    const data = [
      {
        tokens: [0, 1, 2],
        targets: [1, 2, 3],
        mask: Float32Array.of(0, 1, 1),
        samplingLogProbs: Float32Array.of(0, -1.2, -1.4),
        advantages: Float32Array.of(0, 1.5, -0.5),
        referenceLogProbs: Float32Array.of(0, -1, -2),
        temperature: 0.8,
      },
    ];
    const config = { kl: { coefficient: 0.3, estimator: "k3" } } as const;
    const client = tabularTrainingClient({ vocabulary: 4, spread: 0.5, seed: 2 });
    const lossOf = async (): Promise<number> =>
      (await client.forwardBackward(data, "importance_sampling", config)).loss;
    const { logits } = client.policy;
    let square = 0;
    for (let i = 0; i < logits.length; i++) {
      const at = logits[i]!;
      logits[i] = at + 1e-5;
      const up = await lossOf();
      logits[i] = at - 1e-5;
      const down = await lossOf();
      logits[i] = at;
      square += ((up - down) / 2e-5) ** 2;
    }
    await client.discardGradients();
    await lossOf();
    const { gradientNorm } = await client.optimStep({ learningRate: 0 });
    expect(gradientNorm).toBeCloseTo(Math.sqrt(square), 6);
  });

  it("samples each token as often as its probability says", async () => {
    const client = tabularTrainingClient({ vocabulary: 4 });
    const { policy } = client;
    policy.logits.set([0.1, 0.2, 0.3, 0.4].map(Math.log), policy.rowAfter([2], 1));
    const snapshot = await client.saveWeightsForSampler();
    const draws = await snapshot.sample([2], 4000, { maxTokens: 1, seed: 1 });
    const counts = [0, 0, 0, 0];
    for (const draw of draws) counts[draw.tokens[0]!]!++;
    const chi = counts.reduce((sum, n, v) => sum + (n - 400 * (v + 1)) ** 2 / (400 * (v + 1)), 0);
    expect(chi).toBeLessThan(11.3); // 99 % of a chi-square with 3 degrees of freedom
  });
});
