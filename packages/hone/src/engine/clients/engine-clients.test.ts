/** What the clients do beside the ports' promises: few messages, and options that are refused before the worker is asked. */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { LossConfig } from "../../ports/training-client.ts";
import { openEngine, type EngineOptions } from "../engine.ts";
import type { TrainingClientOptions } from "./training-client.ts";

const folder = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const engine = await openEngine(folder, { threads: 1 });
const policy = await engine.createSamplingClient();
afterAll(() => engine.close());

/** How many messages a piece of work posts to the worker. */
async function posted(work: () => Promise<unknown>): Promise<number> {
  const spy = vi.spyOn(Worker.prototype, "postMessage");
  try {
    await work();
    return spy.mock.calls.length;
  } finally {
    spy.mockRestore();
  }
}

describe("round trips", () => {
  const { renderer } = engine;
  const messages = [{ role: "user", content: "one two" } as const];

  it("come two a chat turn: the reply is parsed where it was sampled", async () => {
    const turn = async () => {
      const prompt = await renderer.prompt(messages);
      const [sampled] = await policy.sample(prompt, 1, { maxTokens: 4, seed: 3 });
      return renderer.parse(sampled!.tokens);
    };
    expect(await posted(turn)).toBe(2);
  });

  it("change nothing of a reply: it is that of the same tokens parsed alone, and a copy each time", async () => {
    const prompt = await renderer.prompt(messages);
    const [sampled] = await policy.sample(prompt, 1, { maxTokens: 4, seed: 3 });
    const [plain] = await policy.sample([...prompt], 1, { maxTokens: 4, seed: 3 });
    expect(sampled).toEqual(plain);
    const known = await renderer.parse(sampled!.tokens);
    expect(known).toEqual(await renderer.parse([...sampled!.tokens]));
    expect(await renderer.parse(sampled!.tokens)).not.toBe(known);
  });

  it("are shared by calls of one turn of the event loop", async () => {
    const rows = [
      [1, 2, 3],
      [2, 3],
      [4, 5, 6],
    ];
    expect(await posted(() => Promise.all(rows.map((row) => policy.logProbs(row))))).toBe(1);
    expect(await posted(() => Promise.all(rows.map((row) => renderer.decode(row))))).toBe(1);
  });

  it("read arguments when they are called, also those that wait for others", async () => {
    const row = [1, 2, 3];
    const expected = await policy.logProbs([1, 2, 3]);
    const pending = policy.logProbs(row);
    row[1] = 7;
    expect(await pending).toEqual(expected);
  });
});

describe("options that there are none of", () => {
  /** As a JavaScript user would write it. */
  const misspelt = <T>(options: object): T => options as T;
  const refused = (option: string) =>
    expect.objectContaining({ code: "OPTION_INVALID", message: expect.stringContaining(option) });

  it.each<[string, () => Promise<unknown>]>([
    ["thread", () => openEngine(folder, misspelt<EngineOptions>({ thread: 1 }))],
    ["hed", () => engine.createTrainingClient(misspelt<TrainingClientOptions>({ hed: "lm" }))],
    ["rnk", () => engine.createTrainingClient({ lora: misspelt({ rnk: 4 }) })],
    ["adaptor", () => engine.createSamplingClient(misspelt({ adaptor: "a" }))],
    ["topp", () => policy.sample([1], 1, misspelt({ maxTokens: 1, topp: 0.9 }))],
  ])("are refused: %s", async (name, call) => {
    await expect(call()).rejects.toThrow(refused(name));
  });

  it("are refused where a loss or a step has them, and so are those of another loss", async () => {
    const client = await engine.createTrainingClient();
    const data = [{ tokens: [1], targets: [2], weights: Float32Array.of(1) }];
    const run = (config: object) =>
      client.forwardBackward(data, "cross_entropy", misspelt<LossConfig>(config));
    await expect(run({ cliphigh: 1 })).rejects.toThrow(refused("clipHigh"));
    await expect(run({ valueClip: 0.2 })).rejects.toThrow(refused("valueClip"));
    await expect(run({ kl: { coefficient: 1, estimator: "k4" } })).rejects.toThrow(refused("k4"));
    const step = { learningRate: 1, beta: 0.9 };
    await expect(client.optimStep(step)).rejects.toThrow(refused("beta1"));
    const save = client.saveModel("never", misspelt({ replce: true }));
    await expect(save).rejects.toThrow(refused("replace"));
    const load = client.loadState({ path: "never" }, misspelt({ optimiser: false }));
    await expect(load).rejects.toThrow(refused("optimizer"));
    await client.close();
  });
});

describe("rows that are weighed while the engine closes", () => {
  it("are still weighed: the call ends, and so does the engine", async () => {
    const own = await openEngine(folder, { threads: 1 });
    const training = await own.createTrainingClient();
    expect(Object.keys(training)).not.toContain("answerPart");
    const row = { tokens: [1, 2], targets: [2, 3], weights: Float32Array.of(1, 1) };
    let closing: Promise<void> | undefined;
    const { logProbs } = await training.forwardBackwardWith!([row], {
      weigh: (part) => {
        closing = own.close();
        return part.logProbs.map((values) => values.map(() => 1));
      },
    });
    expect(logProbs[0]).toHaveLength(2);
    await closing;
  });

  it("are nothing that a critic has", async () => {
    const critic = await engine.createTrainingClient({ head: "value" });
    expect(Object.keys(critic)).not.toContain("forwardBackwardWith");
    await critic.close();
  });
});
