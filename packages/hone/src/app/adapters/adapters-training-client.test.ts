/** Several tables behind one training client: each row moves its own, and the whole is the sum of its parts. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { HoneError } from "../../core/errors.ts";
import type { Datum, TrainingClient } from "../../ports/training-client.ts";
import {
  tabularTrainingClient,
  type TabularTrainingClient,
} from "../../testing/tabular-training-client.ts";
import { trainingClientContract } from "../../testing/training-client-contract.ts";
import { AdaptersTrainingClient } from "./adapters-training-client.ts";

const table = { vocabulary: 8, spread: 1 };

interface Team {
  readonly lead: TabularTrainingClient;
  readonly workers: TabularTrainingClient;
  readonly team: AdaptersTrainingClient;
}

function openTeam(): Team {
  const lead = tabularTrainingClient({ ...table, seed: 1 });
  const workers = tabularTrainingClient({ ...table, seed: 2 });
  const team = new AdaptersTrainingClient(
    new Map<string, TrainingClient>([
      ["lead", lead],
      ["workers", workers],
    ]),
  );
  return { lead, workers, team };
}

const row = (adapter: string, targets: readonly number[], weight = 1): Datum => ({
  id: `${adapter} ${targets.join()}`,
  tokens: targets.map((_, t) => t),
  targets,
  weights: Float32Array.from(targets, () => weight),
  adapter,
});

const policyRow = (adapter: string, advantage: number, mask = 1): Datum => ({
  ...row(adapter, [3, 4]),
  mask: Float32Array.of(mask, mask),
  advantages: Float32Array.of(advantage, advantage),
  samplingLogProbs: Float32Array.of(-2, -2),
});

const logitsOf = ({ policy }: TabularTrainingClient): number[] => [...policy.logits];

/** The client of one adapter of a team, as if it were alone. */
function asOne(adapter: string): TrainingClient {
  const { team } = openTeam();
  const named = (data: readonly Datum[]): Datum[] => data.map((datum) => ({ ...datum, adapter }));
  return {
    capabilities: team.capabilities,
    forward: (data, loss) => team.forward(named(data), loss),
    forwardBackward: (data, loss, config) => team.forwardBackward(named(data), loss, config),
    optimStep: (params) => team.optimStep(params),
    discardGradients: () => team.discardGradients(),
    saveState: (path) => team.saveState(path),
    loadState: (ref, options) => team.loadState(ref, options),
    saveWeightsForSampler: async (name) => {
      const snapshot = await team.saveWeightsForSampler(name);
      return snapshot.adapter!(adapter);
    },
    close: () => team.close(),
  };
}

trainingClientContract({
  open: async () => asOne("workers"),
  tokenOutside: 8,
  tolerance: 1e-5,
});

describe("AdaptersTrainingClient", () => {
  it("gives what each adapter gives for its own rows, in the order of the batch, and sums", async () => {
    const { team } = openTeam();
    const [one, two] = [openTeam().lead, openTeam().workers];
    const data = [policyRow("workers", 1), policyRow("lead", -1), policyRow("workers", 0.5)];
    const all = await team.forwardBackward(data, "ppo");
    const lead = await one.forwardBackward([data[1]!], "ppo");
    const workers = await two.forwardBackward([data[0]!, data[2]!], "ppo");
    expect(all.logProbs).toEqual([workers.logProbs[0], lead.logProbs[0], workers.logProbs[1]]);
    expect(all.loss).toBeCloseTo(lead.loss + workers.loss, 10);
    expect(all.metrics["tokens"]).toBe(6);
    const { ratio_mean: ofLead, ratio_max: maxOfLead } = lead.metrics;
    const { ratio_mean: ofWorkers, ratio_max: maxOfWorkers } = workers.metrics;
    expect(all.metrics["ratio_mean"]).toBeCloseTo((2 * ofLead! + 4 * ofWorkers!) / 6, 10);
    expect(all.metrics["ratio_max"]).toBe(Math.max(maxOfLead!, maxOfWorkers!));
    const { gradientNorm } = await team.optimStep({ learningRate: 0.1 });
    const norms = [
      await one.optimStep({ learningRate: 0.1 }),
      await two.optimStep({ learningRate: 0.1 }),
    ];
    expect(gradientNorm).toBeCloseTo(Math.hypot(...norms.map((step) => step.gradientNorm)), 10);
    const forward = await team.forward(data, "ppo");
    expect(forward.logProbs[1]).toEqual((await one.forward([data[1]!], "ppo")).logProbs[0]);
  });

  it("an adapter without a row keeps its bytes, also under decay and with momentum", async () => {
    const { team, lead, workers } = openTeam();
    const before = logitsOf(lead);
    const params = { learningRate: 0.1, weightDecay: 0.1 };
    await team.forwardBackward([row("workers", [1, 2])], "cross_entropy");
    await team.optimStep(params);
    expect(logitsOf(lead)).toEqual(before);
    await team.forwardBackward([row("lead", [1, 2])], "cross_entropy");
    await team.optimStep(params);
    const moved = logitsOf(lead);
    expect(moved).not.toEqual(before);
    const still = logitsOf(workers);
    // A row of the lead that does not count gives it no gradient, and none that the batch is refused for.
    const masked = [row("lead", [1, 2], 0), row("workers", [1, 2])];
    const { logProbs } = await team.forwardBackward(masked, "cross_entropy");
    expect([...logProbs[0]!]).toEqual([0, 0]);
    await team.optimStep(params);
    expect(logitsOf(lead)).toEqual(moved);
    expect(logitsOf(workers)).not.toEqual(still);
  });

  it("names the weights of all together, also in what an adapter samples", async () => {
    const { team } = openTeam();
    const start = await team.saveWeightsForSampler();
    expect(start.weightsVersion).toBe("lead+workers@0");
    const [sampled] = await start.adapter!("lead").sample([1], 1, { maxTokens: 2 });
    expect(sampled!.weightsVersion).toBe("lead+workers@0");
    await team.forwardBackward([row("workers", [1, 2])], "cross_entropy");
    expect((await team.optimStep({ learningRate: 0.1 })).weightsVersion).toBe("lead+workers@1");
    expect((await team.forward([row("lead", [1])])).weightsVersion).toBe("lead+workers@1");
    expect((await team.saveWeightsForSampler("reference")).weightsVersion).toBe("reference");
  });

  it("samples and scores by the adapter that is asked, from a snapshot that training leaves alone", async () => {
    const { team, lead, workers } = openTeam();
    const snapshot = await team.saveWeightsForSampler();
    const own = await Promise.all([lead, workers].map((one) => one.saveWeightsForSampler()));
    await team.forwardBackward([row("workers", [1, 2])], "cross_entropy");
    await team.optimStep({ learningRate: 1 });
    const tokens = [1, 2, 3, 4];
    for (const [i, name] of ["lead", "workers"].entries()) {
      const part = snapshot.adapter!(name);
      expect(await part.logProbs(tokens)).toEqual(await own[i]!.logProbs(tokens));
      const params = { maxTokens: 4, seed: 3 };
      const [got] = await part.sample([1], 1, params);
      const [expected] = await own[i]!.sample([1], 1, params);
      expect(got!.tokens).toEqual(expected!.tokens);
    }
    await snapshot.close();
    const after = snapshot.adapter!("lead").sample([1], 1, { maxTokens: 1 });
    await expect(after).rejects.toThrow("ENGINE_CLOSED");
  });

  it("refuses a row, and a call of a snapshot, that name no adapter or another", async () => {
    const { team } = openTeam();
    const { adapter: _none, ...nameless } = row("lead", [1]);
    for (const datum of [nameless, row("writers", [1])])
      await expect(team.forward([datum])).rejects.toMatchObject({
        code: "ADAPTER_UNKNOWN",
        facts: { known: ["lead", "workers"] },
      });
    const snapshot = await team.saveWeightsForSampler();
    expect(() => snapshot.adapter!("writers")).toThrow(
      'ADAPTER_UNKNOWN: sampling names the adapter "writers"',
    );
    await expect(snapshot.sample([1], 1, { maxTokens: 1 })).rejects.toThrow("names no adapter");
    await expect(snapshot.logProbs([1])).rejects.toThrow("names no adapter");
  });

  it("makes no step on half a gradient", async () => {
    const { team, lead, workers } = openTeam();
    const before = [logitsOf(lead), logitsOf(workers)];
    const broken = { ...row("workers", [1, 2]), weights: Float32Array.of(1) };
    const pass = team.forwardBackward([row("lead", [1, 2]), broken], "cross_entropy");
    await expect(pass).rejects.toThrow("SHAPE_MISMATCH");
    const step = () => team.optimStep({ learningRate: 0.1 });
    await expect(step()).rejects.toMatchObject({
      code: "GRADIENT_INCOMPLETE",
      facts: { adapter: "workers" },
    });
    await team.discardGradients();
    await step();
    expect([logitsOf(lead), logitsOf(workers)]).toEqual(before);
    // Where nothing was added, what was there before is stepped on.
    await team.forwardBackward([row("lead", [1, 2])], "cross_entropy");
    await expect(team.forwardBackward([broken], "cross_entropy")).rejects.toThrow(HoneError);
    await step();
    expect(logitsOf(lead)).not.toEqual(before[0]);
    expect(logitsOf(workers)).toEqual(before[1]);
  });

  describe("once an optimizer step has failed at one adapter and moved another", () => {
    const notFinite = new HoneError("GRADIENT_NOT_FINITE", { norm: "NaN", step: 1 });
    const both = [row("lead", [1, 2]), row("workers", [2, 1])];
    const step = (team: AdaptersTrainingClient) => team.optimStep({ learningRate: 0.1 });
    const fails = async (): Promise<never> => {
      throw notFinite;
    };

    async function half() {
      const folder = await mkdtemp(join(tmpdir(), "hone-adapters-"));
      onTestFinished(() => rm(folder, { recursive: true }));
      const opened = openTeam();
      const ref = await opened.team.saveState(join(folder, "start"));
      const optimStep = opened.workers.optimStep.bind(opened.workers);
      const before = [logitsOf(opened.lead), logitsOf(opened.workers)];
      opened.workers.optimStep = fails;
      await opened.team.forwardBackward(both, "cross_entropy");
      await expect(step(opened.team)).rejects.toBe(notFinite);
      opened.workers.optimStep = optimStep;
      return { ...opened, folder, ref, before };
    }

    it("nothing is stepped, saved or sampled from, whatever is sent", async () => {
      const { team, lead, workers, folder, before } = await half();
      expect(logitsOf(lead)).not.toEqual(before[0]);
      expect(logitsOf(workers)).toEqual(before[1]);
      const refusal = {
        code: "ADAPTERS_OUT_OF_STEP",
        facts: { call: "optimStep", adapter: "workers" },
      };
      await expect(step(team)).rejects.toMatchObject(refusal);
      await team.discardGradients();
      await team.forwardBackward(both, "cross_entropy");
      const moved = logitsOf(lead);
      for (const call of [
        () => step(team),
        () => team.saveState(join(folder, "half")),
        () => team.saveWeightsForSampler(),
      ])
        await expect(call()).rejects.toMatchObject(refusal);
      expect(logitsOf(lead)).toEqual(moved);
    });

    it("a saved state makes the team whole, and one that loads in part does not", async () => {
      const { team, lead, workers, ref, before } = await half();
      const loadState = workers.loadState.bind(workers);
      workers.loadState = fails;
      await expect(team.loadState(ref, { optimizer: true })).rejects.toBe(notFinite);
      await expect(step(team)).rejects.toMatchObject({ facts: { call: "loadState" } });
      workers.loadState = loadState;
      await team.loadState(ref, { optimizer: true });
      expect([logitsOf(lead), logitsOf(workers)]).toEqual(before);
      await team.forwardBackward(both, "cross_entropy");
      expect((await step(team)).weightsVersion).toBe("lead+workers@1");
    });
  });

  it("an optimizer step that fails at all adapters changes nothing, and can be made again", async () => {
    const { team, lead, workers } = openTeam();
    const before = [logitsOf(lead), logitsOf(workers)];
    const own = [lead, workers].map((client) => client.optimStep.bind(client));
    await team.forwardBackward([row("lead", [1]), row("workers", [2])], "cross_entropy");
    for (const client of [lead, workers])
      client.optimStep = async () => {
        throw new Error("no memory");
      };
    await expect(team.optimStep({ learningRate: 0.1 })).rejects.toThrow("no memory");
    expect((await team.saveWeightsForSampler()).weightsVersion).toBe("lead+workers@0");
    [lead, workers].forEach((client, i) => (client.optimStep = own[i]!));
    expect((await team.optimStep({ learningRate: 0.1 })).step).toBe(1);
    expect(logitsOf(lead)).not.toEqual(before[0]);
    expect(logitsOf(workers)).not.toEqual(before[1]);
  });

  it("keeps a folder for each adapter, and refuses those of other adapters", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hone-adapters-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const one = openTeam();
    const data = [row("lead", [1, 2]), row("workers", [2, 1])];
    const step = async ({ team }: Team) => {
      await team.forwardBackward(data, "cross_entropy");
      return team.optimStep({ learningRate: 0.1 });
    };
    await step(one);
    const ref = await one.team.saveState(join(folder, "training"));
    const two = openTeam();
    await two.team.loadState(ref, { optimizer: true });
    expect(await step(two)).toEqual(await step(one));
    expect(logitsOf(two.lead)).toEqual(logitsOf(one.lead));
    expect(logitsOf(two.workers)).toEqual(logitsOf(one.workers));
    const other = new AdaptersTrainingClient(new Map([["lead", tabularTrainingClient(table)]]));
    await expect(other.loadState(ref, { optimizer: true })).rejects.toThrow(
      "it holds lead, workers, this client has lead",
    );
    const missing = { path: join(folder, "training", "lead") };
    await expect(one.team.loadState(missing, { optimizer: true })).rejects.toThrow(
      "CHECKPOINT_DAMAGED",
    );
  });

  it("can do what all of its clients can", () => {
    const clients = [tabularTrainingClient({ ...table, kl: false }), tabularTrainingClient(table)];
    const { capabilities } = new AdaptersTrainingClient(
      new Map(clients.map((one, i) => [`a${i}`, one])),
    );
    expect(capabilities).toMatchObject({ kl: false, kept: true, adapters: ["a0", "a1"] });
    expect(capabilities.losses).toContain("ppo");
  });
});
