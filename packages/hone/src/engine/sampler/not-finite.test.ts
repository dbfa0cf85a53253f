/** Logits that are no numbers are an error at the first one, in sampling and in scoring; other requests go on. */
import { expect, it, onTestFinished } from "vitest";
import { readArchitecture } from "../models/models.ts";
import { initialWeights, tinyConfig } from "../models/tiny.ts";
import { createRunGate } from "../runtime/run-gate.ts";
import { SessionPool } from "../runtime/session-pool.ts";
import { Sampler } from "./sampler.ts";

const architecture = readArchitecture(
  tinyConfig({ vocabularySize: 60, layers: 1, width: 16, heads: 2, contextLength: 64 }, 1, 0),
  "config.json",
);

/** A sampler whose model has weights changed. */
function sampler(change: (weights: Map<string, Float32Array>) => void): Sampler {
  const weights = initialWeights(architecture, 1);
  change(weights);
  const sessions = new SessionPool(1, createRunGate());
  onTestFinished(() => sessions.close());
  return new Sampler({ architecture, weights, sessions });
}

it.each([{}, { temperature: 0 }, { temperature: 0.5 }, { topK: 5 }, { topP: 0.5 }, { minP: 0.1 }])(
  "with %j",
  async (how) => {
    const broken = sampler((weights) => weights.get("model.norm.weight")!.fill(Number.NaN));
    const request = broken.request([3, 4], 2, { maxTokens: 5, ...how });
    await expect(request).rejects.toMatchObject({
      code: "LOGITS_NOT_FINITE",
      facts: { where: "sample", position: 0 },
    });
  },
);

it("also from finite weights whose products are not", async () => {
  const broken = sampler((weights) => weights.get("model.norm.weight")!.fill(3e38));
  const notFinite = { code: "LOGITS_NOT_FINITE" };
  await expect(broken.request([3], 1, { maxTokens: 3 })).rejects.toMatchObject(notFinite);
  await expect(broken.logProbs([3, 4])).rejects.toMatchObject(notFinite);
});

it("in scoring, naming the place", async () => {
  // The output layer shares the embedding, so one broken row leaves no token a probability.
  const broken = sampler((weights) =>
    weights.get("model.embed_tokens.weight")!.fill(Number.NaN, 7 * 16, 8 * 16),
  );
  await expect(broken.logProbs([3, 4])).rejects.toMatchObject({ code: "LOGITS_NOT_FINITE" });
});

it("fails only the request that met them", async () => {
  // Token 9 is broken as an input; as an output it is out of reach, since the head is separate here.
  const untied = readArchitecture(
    {
      ...tinyConfig(
        { vocabularySize: 60, layers: 1, width: 16, heads: 2, contextLength: 64 },
        1,
        0,
      ),
      tie_word_embeddings: false,
    },
    "config.json",
  );
  const weights = initialWeights(untied, 1);
  weights.get("model.embed_tokens.weight")!.fill(Number.NaN, 9 * 16, 10 * 16);
  const sessions = new SessionPool(1, createRunGate());
  onTestFinished(() => sessions.close());
  const policy = new Sampler({ architecture: untied, weights, sessions });
  const params = { maxTokens: 3, topK: 1 };
  const [good, bad] = await Promise.allSettled([
    policy.request([3, 4], 1, params),
    policy.request([9, 4], 1, params),
  ]);
  expect(bad).toMatchObject({ status: "rejected", reason: { code: "LOGITS_NOT_FINITE" } });
  expect(good.status).toBe("fulfilled");
  const [scored, unscored] = await Promise.allSettled([
    policy.logProbs([3, 4, 5]),
    policy.logProbs([3, 9, 4]),
  ]);
  expect(scored.status).toBe("fulfilled");
  // What is masked is multiplied, too, so a key that is no number reaches the positions before it.
  const position = 1;
  expect(unscored).toMatchObject({ reason: { code: "LOGITS_NOT_FINITE", facts: { position } } });
});
