import { describe, expect, it } from "vitest";
import type { Datum, TrainingClient, WeighedPass } from "../../ports/training-client.ts";
import { FixedLogProbsClient } from "../../testing/fixed-log-probs-client.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { addLogProbLoss, type LogProbLoss } from "./log-prob-loss.ts";

const where = "a test";
const advantages = [0.5, -1.5];
const sampled = [-1.2, -0.7];

const data: readonly Datum[] = advantages.map((advantage, row) => ({
  id: `row ${row}`,
  tokens: [0, 1, 2 + row],
  targets: [1, 2 + row, 3],
  weights: Float32Array.from([0, 1, 1]),
  mask: Float32Array.from([0, 1, 1]),
  advantages: Float32Array.from([0, advantage, advantage]),
  samplingLogProbs: new Float32Array(3).fill(sampled[row]!),
  temperature: 0.7,
}));

/** −Σ ρ·A with ρ = e^(log π − log π_sampled): the loss that clients call importance_sampling. */
function importanceSampling(logProbs: readonly Float32Array[]): LogProbLoss {
  const terms = logProbs.map((row, i) =>
    Array.from(row, (logProb, t) =>
      t === 0 ? 0 : -Math.exp(logProb - sampled[i]!) * advantages[i]!,
    ),
  );
  return { value: terms.flat().reduce((a, b) => a + b, 0), derivatives: terms };
}

/** A client in front of another that keeps the rows it was given. */
function watched(client: TrainingClient) {
  const seen: { readonly call: string; readonly data: readonly Datum[] }[] = [];
  const training = new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: [readonly Datum[]]) => {
        seen.push({ call: String(name), data: args[0] });
        return Reflect.apply(value, target, args) as unknown;
      };
    },
  });
  return { training, seen };
}

describe("a loss of log-probs in two passes", () => {
  it("moves the weights as a client does that computes the loss itself", async () => {
    const [two, one] = [
      tabularTrainingClient({ vocabulary: 5 }),
      tabularTrainingClient({ vocabulary: 5 }),
    ];
    const { loss, logProbs } = await addLogProbLoss(two, data, { where, loss: importanceSampling });
    const direct = await one.forwardBackward(data, "importance_sampling");
    expect(loss).toBeCloseTo(direct.loss, 6);
    expect(logProbs).toEqual(direct.logProbs);
    for (const client of [one, two]) await client.optimStep({ learningRate: 0.1, epsilon: 1 });
    expect(two.policy.logits.some((logit) => logit !== 0)).toBe(true);
    one.policy.logits.forEach((logit, i) => {
      expect(two.policy.logits[i]).toBeCloseTo(logit, 7);
    });
  });

  it("computes both passes under one dropout seed, temperature and reply format", async () => {
    const bound = [{ format: { type: "json" }, stopTokens: [3], start: 0, length: 1 }] as const;
    const kept = ["", "BgABAQ", ""];
    const rows = [{ ...data[0]!, dropoutSeed: 7, bound, kept }];
    const { training, seen } = watched(new FixedLogProbsClient(new Map([["row 0", [-1, -2, -3]]])));
    await addLogProbLoss(training, rows, {
      where,
      loss: () => ({ value: 1, derivatives: [[0, 1, -2]] }),
    });
    expect(seen.map(({ call }) => call)).toEqual(["forward", "forwardBackward"]);
    for (const { data: given } of seen)
      expect(given[0]).toMatchObject({ dropoutSeed: 7, temperature: 0.7, bound, kept });
    expect(seen[1]!.data[0]!.weights).toEqual(Float32Array.from([-0, -1, 2]));
  });

  it("sends only rows with a derivative, and no second pass where there is none", async () => {
    const client = new FixedLogProbsClient(
      new Map(data.map(({ id }) => [id!, [-1, -1, -1]] as const)),
    );
    const { training, seen } = watched(client);
    const flat = { value: 3, derivatives: [[0, 0, 0], Float64Array.from([0, 0, 0])] };
    expect(await addLogProbLoss(training, data, { where, loss: () => flat })).toMatchObject({
      loss: 3,
      weightsVersion: "fixed",
    });
    expect(seen.map(({ call }) => call)).toEqual(["forward"]);
    const half = { ...flat, derivatives: [flat.derivatives[0]!, [0, 1, 0]] };
    await addLogProbLoss(training, data, { where, loss: () => half });
    expect(seen.at(-1)!.data.map(({ id }) => id)).toEqual(["row 1"]);
  });

  it("adds nothing to the gradient where the loss is no number", async () => {
    const client = new FixedLogProbsClient(
      new Map(data.map(({ id }) => [id!, [-1, -1, -1]] as const)),
    );
    const nan = {
      value: Number.NaN,
      derivatives: [
        [1, 1, 1],
        [1, 1, 1],
      ],
    };
    const { loss } = await addLogProbLoss(client, data, { where, loss: () => nan });
    expect(loss).toBeNaN();
    expect(client.gradients.size).toBe(0);
  });

  it("refuses weights that moved between the passes, and drops what was accumulated", async () => {
    const client = tabularTrainingClient({ vocabulary: 5 });
    const { training, seen } = watched(client);
    // Another user of the client steps while the closed form is computed.
    const loss = (logProbs: readonly Float32Array[]): LogProbLoss => {
      void client.optimStep({ learningRate: 1 });
      return importanceSampling(logProbs);
    };
    await expect(addLogProbLoss(training, data, { where, loss })).rejects.toMatchObject({
      code: "WEIGHTS_CHANGED",
      facts: { where, expected: "table-0", got: "table-1" },
    });
    expect(seen.at(-1)!.call).toBe("discardGradients");
  });
});

/** A client that goes on from its forward pass, group by group, and the weights that it was given by row. */
function weighing(client: TrainingClient) {
  const given = new Map<number, Float32Array>();
  const forwardBackwardWith = async (rows: readonly Datum[], { groups, weigh }: WeighedPass) => {
    const output = await client.forward(rows, "cross_entropy");
    const parts = groups ?? [[...rows.keys()]];
    const weights = parts.flatMap((part) => {
      const logProbs = part.map((row) => output.logProbs[row]!);
      const { weightsVersion } = output;
      const own = weigh({ rows: part, logProbs, weightsVersion });
      return part.map((row, i) => [row, own[i]!] as const);
    });
    for (const [row, own] of weights) given.set(row, own);
    await client.forwardBackward(
      weights.map(([row, own]) => ({ ...rows[row]!, weights: own })),
      "cross_entropy",
    );
    return output;
  };
  return { training: { ...bound(client), forwardBackwardWith }, given };
}

/** The methods of a client that passes need, apart from its class. */
const bound = (client: TrainingClient) => ({
  forward: client.forward.bind(client),
  forwardBackward: client.forwardBackward.bind(client),
  discardGradients: client.discardGradients.bind(client),
});

describe("a loss of log-probs on a client that goes on from its forward pass", () => {
  const client = () =>
    new FixedLogProbsClient(new Map(data.map(({ id }, i) => [id!, [-1, -0.5 - i, -2]] as const)));

  it("has the value, log-probs and weights of two passes, in parts and whole", async () => {
    const two = client();
    const expected = await addLogProbLoss(two, data, { where, loss: importanceSampling });
    for (const groups of [undefined, [[1], [0]]]) {
      const one = client();
      const { training } = weighing(one);
      const options = { where, loss: importanceSampling, ...(groups && { groups }) };
      expect(await addLogProbLoss(training, data, options)).toEqual(expected);
      expect(one.gradients).toEqual(two.gradients);
    }
  });

  it("ends the pass where the loss of all rows is no number, so that nothing is added", async () => {
    const one = client();
    const { training } = weighing(one);
    const loss = (logProbs: readonly Float32Array[]): LogProbLoss => ({
      ...importanceSampling(logProbs),
      value: Number.NaN,
    });
    const output = await addLogProbLoss(training, data, { where, loss, groups: [[0], [1]] });
    expect(output).toMatchObject({ loss: Number.NaN, weightsVersion: "fixed" });
    expect(one.gradients.size).toBe(0);
  });

  it("does not end it where only log-probs that are not known yet make it one", async () => {
    const one = client();
    const { training, given } = weighing(one);
    const loss = (logProbs: readonly Float32Array[]): LogProbLoss => {
      const known = logProbs.every((row) => row.some((logProb) => logProb !== 0));
      return { ...importanceSampling(logProbs), value: known ? 7 : Number.NaN };
    };
    const output = await addLogProbLoss(training, data, { where, loss, groups: [[0], [1]] });
    expect(output.loss).toBe(7);
    expect(given.size).toBe(2);
  });

  it("throws what the loss throws", async () => {
    const { training } = weighing(client());
    const loss = (): LogProbLoss => {
      throw new Error("no loss");
    };
    await expect(addLogProbLoss(training, data, { where, loss })).rejects.toThrow("no loss");
  });
});
