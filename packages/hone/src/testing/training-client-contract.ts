/** What a TrainingClient promises, as tests. A new engine is done when this passes. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, type TestContext } from "vitest";
import { isHoneError } from "../core/errors.ts";
import type { Datum, ForwardedRows, LossName, TrainingClient } from "../ports/training-client.ts";

/** What `trainingClientContract` needs to know of a client. */
export interface TrainingContractOptions {
  /** A new client on the same weights each time, small but not uniform, without dropout. The suite closes it. */
  readonly open: () => Promise<TrainingClient>;
  /** Tokens 1 … 7 must exist; this one must not. */
  readonly tokenOutside: number;
  /** Absolute tolerance of log-probs and losses. Default 1e-5. */
  readonly tolerance?: number;
  /** A rate that moves log-probs visibly in one step. Default 0.05. */
  readonly learningRate?: number;
  /** Cases this client cannot do, by name, each with its reason. */
  readonly skip?: Readonly<Record<string, string>>;
}

const rowA: Datum = {
  id: "a",
  tokens: [1, 2, 3, 4],
  targets: [2, 3, 4, 5],
  weights: Float32Array.of(0, 1, 0.5, 2),
};
const rowB: Datum = {
  id: "b",
  tokens: [3, 1, 6],
  targets: [1, 6, 2],
  weights: Float32Array.of(1, 0, 1),
};

/**
 * What a `TrainingClient` promises, as tests under vitest. A new engine is done when this passes.
 * @example trainingClientContract({ open: () => engine.createTrainingClient(), tokenOutside: 317 });
 */
export function trainingClientContract(options: TrainingContractOptions): void {
  const { tolerance = 1e-5, learningRate = 0.05 } = options;
  const params = { learningRate };

  async function open(): Promise<TrainingClient> {
    const client = await options.open();
    onTestFinished(() => client.close());
    return client;
  }

  function promise(name: string, test: (context: TestContext) => Promise<void>): void {
    const reason = options.skip?.[name];
    if (reason === undefined) it(name, test);
    else it.skip(`${name} (${reason})`, test);
  }

  function close(got: number | undefined, expected: number, factor = 1): void {
    expect(Math.abs(got! - expected), `${got} ≈ ${expected}`).toBeLessThanOrEqual(
      tolerance * factor,
    );
  }

  /** A policy row whose behaviour is the policy itself, moved by `drift` nats per position. */
  async function policyRow(
    client: TrainingClient,
    advantages: number[],
    drift: number[] = [],
  ): Promise<Datum> {
    const all = { ...rowA, weights: Float32Array.of(1, 1, 1, 1) };
    const logProbs = (await client.forward([all])).logProbs[0]!;
    const { id, tokens, targets } = rowA;
    return {
      id: id!,
      tokens,
      targets,
      mask: Float32Array.of(0, 1, 1, 1),
      samplingLogProbs: logProbs.map((x, t) => x - (drift[t] ?? 0)),
      advantages: Float32Array.from(advantages),
    };
  }

  /** Log-probs of both rows after one step on what `accumulate` did. */
  async function afterStep(
    accumulate: (client: TrainingClient) => Promise<unknown>,
  ): Promise<{ norm: number; logProbs: number[] }> {
    const client = await open();
    await accumulate(client);
    // Without clipping and far from Adam's epsilon, equal gradients give equal weights.
    const { gradientNorm } = await client.optimStep({ ...params, epsilon: 1e-3 });
    const { logProbs } = await client.forward([rowA, rowB]);
    return { norm: gradientNorm, logProbs: logProbs.flatMap((row) => [...row]) };
  }

  async function expectSameStep(
    one: (client: TrainingClient) => Promise<unknown>,
    two: (client: TrainingClient) => Promise<unknown>,
  ): Promise<void> {
    const [a, b] = [await afterStep(one), await afterStep(two)];
    close(a.norm, b.norm, 10 * Math.max(1, b.norm));
    a.logProbs.forEach((x, i) => close(x, b.logProbs[i]!, 10));
  }

  describe("training client: losses", () => {
    promise(
      "reads the data when it is called: what is changed after that changes nothing",
      async () => {
        const client = await open();
        const data = { ...rowA, weights: Float32Array.of(1, 1, 1, 1), targets: [2, 3, 4, 5] };
        const [expected] = (await client.forward([data])).logProbs;
        const called = Promise.resolve().then(() => {
          const pending = client.forward([data]);
          data.weights.fill(0);
          data.targets.fill(1);
          return pending;
        });
        expect((await called).logProbs[0]).toEqual(expected);
      },
    );

    promise(
      "forward gives the log-prob of each target, and 0 where it does not count",
      async () => {
        const client = await open();
        const { logProbs } = await client.forward([rowA, rowB]);
        expect(logProbs.map((row) => row.length)).toEqual([4, 3]);
        expect(logProbs[0]![0]).toBe(0);
        expect(logProbs[1]![1]).toBe(0);
        for (const x of [logProbs[0]![1], logProbs[0]![2], logProbs[1]![0]]) {
          expect(x).toBeLessThan(0);
          expect(x).toBeGreaterThan(-100);
        }
      },
    );

    promise("cross_entropy is the weighted sum over all rows, not a mean", async () => {
      const client = await open();
      const { loss, logProbs } = await client.forwardBackward([rowA, rowB], "cross_entropy");
      const [a, b] = logProbs;
      const expected = -(a![1]! + 0.5 * a![2]! + 2 * a![3]! + b![0]! + b![2]!);
      close(loss, expected, 10);
      const alone = await client.forwardBackward([rowA], "cross_entropy");
      const other = await client.forwardBackward([rowB], "cross_entropy");
      close(loss, alone.loss + other.loss, 10);
    });

    promise("several targets of a position count as rows with one each", async () => {
      const client = await open();
      const [tokens, temperature] = [[1, 2, 3], 2];
      const of = (targets: readonly number[], weights: readonly number[]): Datum => ({
        ...{ tokens, targets, temperature, weights: Float32Array.from(weights) },
      });
      const both = { ...of([2, 4, 3, 5, 6, 7], [0.7, 0.3, 0, 0, 1, 2]), targetsPerToken: 2 };
      const one = await client.forwardBackward([both], "cross_entropy");
      const first = await client.optimStep({ learningRate: 0 });
      const rows = [of([2, 3, 6], [0.7, 0, 1]), of([4, 5, 7], [0.3, 0, 2])];
      const two = await client.forwardBackward(rows, "cross_entropy");
      const second = await client.optimStep({ learningRate: 0 });
      close(one.loss, two.loss, 10);
      close(first.gradientNorm / second.gradientNorm, 1, 10);
      const [a, b] = two.logProbs;
      [a![0], b![0], 0, 0, a![2], b![2]].forEach((expected, i) =>
        close(one.logProbs[0]![i], expected!, 10),
      );
    });

    promise("twice the weights are twice the loss and twice the gradient", async () => {
      const client = await open();
      const doubled = { ...rowA, weights: rowA.weights!.map((w) => 2 * w) };
      const one = await client.forwardBackward([rowA], "cross_entropy");
      const first = await client.optimStep({ learningRate: 0 });
      const two = await client.forwardBackward([doubled], "cross_entropy");
      const second = await client.optimStep({ learningRate: 0 });
      close(two.loss, 2 * one.loss, 10);
      close(second.gradientNorm / first.gradientNorm, 2, 10);
    });

    promise("a row's log-probs do not depend on what else is in the batch", async () => {
      const client = await open();
      const together = (await client.forward([rowA, rowB])).logProbs;
      const alone = (await client.forward([rowB])).logProbs[0]!;
      alone.forEach((x, t) => close(together[1]![t], x));
    });

    for (const loss of ["importance_sampling", "ppo", "cispo"] as const) {
      promise(
        `${loss} has the value of its formula, with ratios below, at and above 1`,
        async () => {
          const client = await open();
          const row = await policyRow(
            client,
            [0, 2, -1, 0.5],
            [0, Math.log(1.5), 0, Math.log(0.6)],
          );
          const { loss: got, logProbs, metrics } = await client.forwardBackward([row], loss);
          const [, l1, l2, l3] = logProbs[0]!;
          const expected = {
            importance_sampling: -(1.5 * 2 - 1 + 0.6 * 0.5),
            ppo: -(1.2 * 2 - 1 + 0.6 * 0.5),
            cispo: -(1.2 * 2 * l1! - l2! + 0.8 * 0.5 * l3!),
          }[loss];
          close(got, expected, 20);
          expect(metrics["tokens"]).toBe(3);
          close(metrics["ratio_mean"], (1.5 + 1 + 0.6) / 3, 20);
          close(metrics["ratio_max"], 1.5, 20);
          close(metrics["kl_old"], (0.5 - Math.log(1.5) - 0.4 - Math.log(0.6)) / 3, 20);
          close(metrics["kl_old_k1"], -(Math.log(1.5) + Math.log(0.6)) / 3, 20);
          // CISPO holds the factor 0.6 back, too; the others only what an advantage pushes farther.
          const low = loss === "cispo" ? 1 / 3 : 0;
          close(metrics["clip_fraction_low"], low);
          close(metrics["clip_fraction_high"], 1 / 3);
          close(metrics["clip_fraction"], low + 1 / 3);
        },
      );
    }

    promise("dro has the value of its formula", async () => {
      const client = await open();
      const row = await policyRow(client, [0, 2, 0, 0], [0, 0.5, -0.5, 0]);
      const { loss, logProbs } = await client.forwardBackward([row], "dro", { beta: 0.1 });
      close(loss, -(2 * logProbs[0]![1]! - 0.05 * (0.25 + 0.25)), 20);
    });

    promise("ppo stops paying for a token once its ratio left the bounds", async () => {
      const client = await open();
      const drift = [0, Math.log(1.5), Math.log(0.5), 0];
      const row = await policyRow(client, [0, 1, -1, 0], drift);
      await client.forwardBackward([row], "ppo");
      expect((await client.optimStep({ learningRate: 0 })).gradientNorm).toBeLessThan(1e-6);
      // The other two signs are not held back.
      const other = { ...row, advantages: Float32Array.of(0, -1, 1, 0) };
      await client.forwardBackward([other], "ppo");
      expect((await client.optimStep({ learningRate: 0 })).gradientNorm).toBeGreaterThan(1e-3);
    });

    promise("at ratio 1 every policy loss has the gradient of weighted cross-entropy", async () => {
      const advantages = [0, 2, -1, 0.5];
      const weighted = { ...rowA, weights: Float32Array.from(advantages) };
      for (const loss of ["importance_sampling", "ppo", "cispo", "dro"] as const) {
        await expectSameStep(
          async (client) => client.forwardBackward([await policyRow(client, advantages)], loss),
          (client) => client.forwardBackward([weighted], "cross_entropy"),
        );
      }
    });

    promise("what stands at masked positions changes nothing", async () => {
      const client = await open();
      const row = await policyRow(client, [0, 1, 1, 1]);
      const noisy: Datum = {
        ...row,
        samplingLogProbs: row.samplingLogProbs!.map((x, t) => (t === 0 ? -9 : x)),
        advantages: Float32Array.of(50, 1, 1, 1),
      };
      const a = await client.forwardBackward([row], "ppo");
      const first = await client.optimStep({ learningRate: 0 });
      const b = await client.forwardBackward([noisy], "ppo");
      const second = await client.optimStep({ learningRate: 0 });
      close(b.loss, a.loss);
      close(second.gradientNorm, first.gradientNorm, 10);
    });

    promise(
      "a KL term costs its coefficient times the estimate, where the client has one",
      async ({ skip }) => {
        const client = await open();
        skip(!client.capabilities.kl, "capabilities.kl is false");
        const row = await policyRow(client, [0, 0, 0, 0]);
        const referenceLogProbs = row.samplingLogProbs!.map((x) => x - 0.5);
        const estimates = { k1: 0.5, k2: 0.125, k3: Math.exp(-0.5) + 0.5 - 1 };
        for (const estimator of ["k1", "k2", "k3"] as const) {
          const kl = { coefficient: 0.1, estimator };
          const data = [{ ...row, referenceLogProbs }];
          const { loss, metrics } = await client.forwardBackward(data, "ppo", { kl });
          close(loss, 0.1 * 3 * estimates[estimator], 10);
          // Reported are the same two estimates, whichever the loss has.
          close(metrics["kl"], estimates.k3, 10);
          close(metrics["kl_k1"], estimates.k1, 10);
        }
      },
    );
  });

  describe("training client: rows that are weighed after their forward pass", () => {
    const weigh = ({ logProbs }: ForwardedRows): Float32Array[] =>
      logProbs.map((row) => row.map((logProb) => (logProb === 0 ? 0 : 0.5 - 0.1 * logProb)));
    const whole = "forwardBackwardWith is left out";

    promise("have the log-probs and the gradient of two passes", async ({ skip }) => {
      skip((await open()).forwardBackwardWith === undefined, whole);
      for (const groups of [undefined, [[1], [0]]])
        await expectSameStep(
          async (client) => {
            const options = { weigh, ...(groups && { groups }) };
            const output = await client.forwardBackwardWith!([rowA, rowB], options);
            expect(output).toEqual(await client.forward([rowA, rowB]));
          },
          async (client) => {
            const { logProbs, weightsVersion } = await client.forward([rowA, rowB]);
            const weights = weigh({ rows: [0, 1], logProbs, weightsVersion });
            const data = [rowA, rowB].map((row, i) => ({ ...row, weights: weights[i]! }));
            await client.forwardBackward(data, "cross_entropy");
          },
        );
    });

    promise("come before what is submitted while they are weighed", async ({ skip }) => {
      const client = await open();
      skip(client.forwardBackwardWith === undefined, whole);
      let stepped: Promise<{ readonly gradientNorm: number }> | undefined;
      await client.forwardBackwardWith!([rowA, rowB], {
        groups: [[0], [1]],
        weigh: (part) => {
          stepped ??= client.optimStep(params);
          return weigh(part);
        },
      });
      expect((await stepped!).gradientNorm).toBeGreaterThan(0);
      expect((await client.optimStep(params)).gradientNorm).toBe(0);
    });

    promise("add nothing where they cannot be weighed", async ({ skip }) => {
      skip((await open()).forwardBackwardWith === undefined, whole);
      await expectSameStep(
        async (client) => {
          await client.forwardBackward([rowA], "cross_entropy");
          const failing = client.forwardBackwardWith!([rowA, rowB], {
            groups: [[0], [1]],
            weigh: (part) => {
              if (part.rows.includes(1)) throw new Error("no weights");
              return weigh(part);
            },
          });
          await expect(failing).rejects.toThrow("no weights");
        },
        (client) => client.forwardBackward([rowA], "cross_entropy"),
      );
    });
  });

  describe("training client: a loss that there is none of", () => {
    promise("is refused by its name, also where every row is masked", async () => {
      const client = await open();
      const masked = { ...rowA, weights: new Float32Array(rowA.tokens.length) };
      for (const row of [rowA, masked]) {
        const unknown = client.forwardBackward([row], "bogus" as LossName);
        const error = await unknown.catch((thrown: unknown) => thrown);
        expect(isHoneError(error) && error.code).toBe("LOSS_UNSUPPORTED");
        expect(isHoneError(error) && error.message).toContain('"bogus"');
      }
    });
  });

  describe("training client: accumulation", () => {
    promise("two calls accumulate what one call with both rows gives", async () => {
      await expectSameStep(
        async (client) => {
          await client.forwardBackward([rowA], "cross_entropy");
          await client.forwardBackward([rowB], "cross_entropy");
        },
        (client) => client.forwardBackward([rowA, rowB], "cross_entropy"),
      );
    });

    promise("discardGradients drops what was accumulated", async () => {
      await expectSameStep(
        async (client) => {
          await client.forwardBackward([rowA], "cross_entropy");
          await client.discardGradients();
          await client.forwardBackward([rowB], "cross_entropy");
        },
        (client) => client.forwardBackward([rowB], "cross_entropy"),
      );
    });

    promise("optimStep zeroes the gradients", async () => {
      const client = await open();
      await client.forwardBackward([rowA], "cross_entropy");
      expect((await client.optimStep(params)).gradientNorm).toBeGreaterThan(0);
      expect((await client.optimStep(params)).gradientNorm).toBe(0);
    });

    promise("a call that fails adds nothing: whole or nothing", async () => {
      const bad = { ...rowA, tokens: [1, 2, options.tokenOutside, 4] };
      await expectSameStep(
        async (client) => {
          const failing = client.forwardBackward([rowA, bad], "cross_entropy");
          await expect(failing).rejects.toSatisfy(isHoneError);
          await client.forwardBackward([rowB], "cross_entropy");
        },
        (client) => client.forwardBackward([rowB], "cross_entropy"),
      );
    });

    promise("forward leaves no gradient behind", async () => {
      const client = await open();
      await client.forward([rowA, rowB]);
      expect((await client.optimStep(params)).gradientNorm).toBe(0);
    });

    promise("clipping bounds the update and not the norm that is reported", async () => {
      const client = await open();
      await client.forwardBackward([rowA], "cross_entropy");
      const free = await client.optimStep({ learningRate: 0 });
      await client.forwardBackward([rowA], "cross_entropy");
      const clipped = await client.optimStep({
        learningRate: 0,
        maxGradientNorm: free.gradientNorm / 4,
      });
      close(clipped.gradientNorm, free.gradientNorm, 10);
    });

    promise("calls run in the order they were submitted, awaited or not", async () => {
      const client = await open();
      const before = client.forward([rowA]);
      const gradient = client.forwardBackward([rowA], "cross_entropy");
      const step = client.optimStep(params);
      const after = client.forward([rowA]);
      const [b, g, s, a] = await Promise.all([before, gradient, step, after]);
      b.logProbs[0]!.forEach((x, t) => close(g.logProbs[0]![t], x));
      expect(Math.abs(a.logProbs[0]![1]! - b.logProbs[0]![1]!)).toBeGreaterThan(tolerance);
      expect(s.step).toBe(1);
      expect([b.weightsVersion, g.weightsVersion]).not.toContain(s.weightsVersion);
      expect(a.weightsVersion).toBe(s.weightsVersion);
    });

    promise("steps along the gradient lower the loss", async () => {
      const client = await open();
      const losses: number[] = [];
      for (let i = 0; i < 10; i++) {
        losses.push((await client.forwardBackward([rowA], "cross_entropy")).loss);
        await client.optimStep(params);
      }
      expect(losses.at(-1)).toBeLessThan(losses[0]!);
    });

    promise("the same calls give the same bytes", async () => {
      const run = (): ReturnType<typeof afterStep> =>
        afterStep((client) => client.forwardBackward([rowA, rowB], "cross_entropy"));
      expect(await run()).toEqual(await run());
    });
  });

  describe("training client: snapshots and state", () => {
    promise("a snapshot says what forward says", async () => {
      const client = await open();
      const snapshot = await client.saveWeightsForSampler();
      const all = { ...rowA, weights: Float32Array.of(1, 1, 1, 1) };
      const { logProbs } = await client.forward([all]);
      const got = await snapshot.logProbs([...rowA.tokens, 5]);
      expect(got[0]).toBe(0);
      logProbs[0]!.forEach((x, t) => close(got[t + 1], x, 10));
      await snapshot.close();
    });

    promise("a snapshot stays as it was while training goes on", async () => {
      const client = await open();
      const old = await client.saveWeightsForSampler();
      const before = [...(await old.logProbs(rowA.tokens))];
      await client.forwardBackward([rowA], "cross_entropy");
      await client.optimStep(params);
      const fresh = await client.saveWeightsForSampler();
      expect([...(await old.logProbs(rowA.tokens))]).toEqual(before);
      expect([...(await fresh.logProbs(rowA.tokens))]).not.toEqual(before);
      expect(fresh.weightsVersion).not.toBe(old.weightsVersion);
      await old.close();
      await fresh.close();
    });

    promise("a loaded state goes on exactly, optimizer included", async () => {
      const folder = await mkdtemp(join(tmpdir(), "hone-contract-"));
      onTestFinished(() => rm(folder, { recursive: true, force: true }));
      const stepOn = async (client: TrainingClient, row: Datum): Promise<void> => {
        await client.forwardBackward([row], "cross_entropy");
        await client.optimStep({ ...params, weightDecay: 0.01 });
      };
      const one = await open();
      await stepOn(one, rowA);
      const ref = await one.saveState(join(folder, "state"));
      await stepOn(one, rowB);
      const two = await open();
      await two.loadState(ref, { optimizer: true });
      await stepOn(two, rowB);
      const [a, b] = [await one.forward([rowA, rowB]), await two.forward([rowA, rowB])];
      expect(b.logProbs.map((row) => [...row])).toEqual(a.logProbs.map((row) => [...row]));
    });

    promise("rows sampled at a temperature are compared at that temperature", async () => {
      const client = await open();
      const snapshot = await client.saveWeightsForSampler();
      const prompt = [1, 2];
      const sampling = { maxTokens: 6, temperature: 0.6, seed: 3 };
      const [sampled] = await snapshot.sample(prompt, 1, sampling);
      const all = [...prompt, ...sampled!.tokens];
      const given = [0]; // position 0 predicts a token of the prompt
      const row: Datum = {
        tokens: all.slice(0, -1),
        targets: all.slice(1),
        mask: Float32Array.from([...given, ...sampled!.tokens.map(() => 1)]),
        advantages: Float32Array.from([...given, ...sampled!.tokens.map(() => 1)]),
        samplingLogProbs: Float32Array.from([...given, ...sampled!.samplingLogProbs]),
        temperature: 0.6,
      };
      const { loss, metrics } = await client.forwardBackward([row], "ppo");
      close(metrics["ratio_mean"], 1, 20);
      close(loss, -sampled!.tokens.length, 20 * sampled!.tokens.length);
      await snapshot.close();
    });
  });

  describe("training client: bad input", () => {
    const wrong: [string, readonly Datum[], LossName][] = [
      ["no rows", [], "cross_entropy"],
      ["targets of another length", [{ ...rowA, targets: [1, 2] }], "cross_entropy"],
      ["weights of another length", [{ ...rowA, weights: Float32Array.of(1) }], "cross_entropy"],
      ["a policy loss without log-probs", [{ ...rowA, advantages: rowA.weights! }], "ppo"],
    ];
    for (const [name, data, loss] of wrong) {
      promise(`refuses ${name} with a code`, async () => {
        const client = await open();
        await expect(client.forwardBackward(data, loss)).rejects.toSatisfy(isHoneError);
      });
    }

    promise("refuses calls after close with a code", async () => {
      const client = await options.open();
      await client.close();
      await expect(client.forward([rowA])).rejects.toSatisfy(isHoneError);
    });
  });
}
