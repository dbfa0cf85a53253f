/** Workers without weights: a trainer, or `hone serve`, samples for them, and the run learns what it learns alone. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lettersDomain } from "../../../../../test/doubles/letters-domain.ts";
import { trainingOf } from "../trainings.ts";
import { serve } from "../serving/serve-model.ts";
import { serveStore } from "../serving/serve-store.ts";
import { resolveSettings } from "../training/config.ts";
import { eventsOfTraining } from "../training/training-events-fixture.ts";
import type { PipelineEvent } from "../training/pipeline-events.ts";
import { runTraining } from "../training/run-training.ts";
import { settingsOfTraining } from "../training/training-settings.ts";
import { openQueue } from "../open-store.ts";
import { openEngine } from "../../engine/engine.ts";
import { servedModels } from "../../remote/policy-server.ts";
import { remotePolicy } from "../../remote/remote-policy.ts";
import { tokenizerPrint } from "../../rollouts/tokenizer-print.ts";
import { openRenderer } from "../../text/renderer.ts";
import { queuedJob, goldenModel } from "./queued-job-fixture.ts";
import { work, type WorkerCounts } from "./work.ts";

const model = goldenModel;
let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hone-server-worker-"));
  await writeFile(join(root, "letters.mjs"), lettersDomain);
  await eventsOfTraining({ name: "grpo", flags: flagsOf("alone") });
});
afterAll(() => rm(root, { recursive: true, force: true }));

const flagsOf = (out: string, more: Readonly<Record<string, unknown>> = {}) => ({
  ...{ model, domain: join(root, "letters.mjs"), out: join(root, out), steps: 2, groupSize: 4 },
  ...{ groupsPerStep: 2, maxTokens: 8, learningRate: 0.01, threads: 1, seed: 4, ...more },
});

const adapterOf = (out: string): Promise<Buffer> =>
  readFile(join(root, out, "adapter", "adapter_model.safetensors"));

/** Trains with a queue, and tells each event when it comes. */
async function trained(
  out: string,
  more: Readonly<Record<string, unknown>>,
  onEvent: (event: PipelineEvent) => void,
): Promise<void> {
  const training = trainingOf("grpo");
  const flags = flagsOf(out, { queue: queueOf(out), ...more });
  const { settings } = await resolveSettings(settingsOfTraining(training), { flags });
  for await (const event of runTraining({ name: "grpo", training, settings })) onEvent(event);
}

const queueOf = (name: string): string => `sqlite:${join(root, `${name}.db`)}`;

describe("a worker that a server samples for", () => {
  it("plays what the trainer would have played, where the trainer is the server", async () => {
    const stop = new AbortController();
    let working: Promise<WorkerCounts> | undefined;
    const told: PipelineEvent[] = [];
    await trained("served", { queueServer: "0" }, (event) => {
      told.push(event);
      if (event.kind !== "note" || !event.text.includes("model calls at")) return;
      const server = /--server (\S+)$/.exec(event.text)![1]!;
      // The run's folder of weights is nowhere on its machine.
      const elsewhere = { weightsFolder: join(root, "nowhere"), signal: stop.signal };
      working = work({ queue: queueOf("served"), server, ...elsewhere });
    });
    stop.abort();
    expect(await working).toEqual({ ended: 22, refused: 0, handedBack: 0 });
    expect(told).toContainEqual(expect.objectContaining({ kind: "workers", played: 22, lost: 0 }));
    expect((await adapterOf("served")).equals(await adapterOf("alone"))).toBe(true);
  });

  it("plays the same where `hone serve` loads the adapter of each step", async () => {
    const serving = await serve({ model, port: 0, apiKey: "secret", threads: 1 });
    const stop = new AbortController();
    const working = work({
      ...{ queue: queueOf("hosted"), server: `${serving.url}/v1`, serverKey: "secret" },
      signal: stop.signal,
    });
    await trained("hosted", {}, () => undefined);
    stop.abort();
    expect(await working).toMatchObject({ ended: 22, refused: 0 });
    const { url } = serving;
    const left = await servedModels({ url, key: "secret" }, new AbortController().signal);
    expect(left.map(({ id }) => id)).toEqual([model]);
    await serving.close();
    expect((await adapterOf("hosted")).equals(await adapterOf("alone"))).toBe(true);
  });

  it("gets the replies bound to a schema that this process would sample", async () => {
    const adapter = join(root, "alone", "adapter");
    const serving = await serve({ model, adapters: { mine: adapter }, port: 0, threads: 1 });
    const server = { url: serving.url };
    const listed = await servedModels(server, new AbortController().signal);
    const weights = listed.find(({ id }) => id === "mine")!.weights!;
    const names = { model: "mine", weights, weightsVersion: "policy@2" };
    const engine = await openEngine(model, { threads: 1 });
    const own = await engine.createSamplingClient({ adapter });
    const { stopTokens } = engine.renderer;
    const properties = { sure: { type: "boolean" }, many: { type: "integer" } };
    const schema = { type: "object", properties, required: ["sure"], additionalProperties: false };
    const format = { type: "json", schema } as const;
    const prompt = await engine.renderer.encode("say it");
    for (const seed of [1, 2, 3]) {
      const params = { maxTokens: 30, seed, format, stopTokens };
      const [expected] = await own.sample(prompt, 1, params);
      const [found] = await remotePolicy({ server, ...names }).client.sample(prompt, 1, params);
      const { entropies: _, ...told } = { ...expected!, weightsVersion: "policy@2" };
      expect(found).toEqual(told);
      expect(await engine.renderer.decode(found!.tokens)).toMatch(/^\s*\{\s*"(sure|many)"/);
    }
    await engine.close();
    await serving.close();
  });

  it("hands a rollout back where the server has other weights", async () => {
    // Without a key it loads no adapter.
    const serving = await serve({ model, port: 0, threads: 1 });
    const queue = await openQueue(queueOf("others"));
    const weights = { folder: root, hash: "0".repeat(32), step: 0, name: "policy@0" };
    const renderer = await openRenderer(model);
    const payload = await queuedJob({
      weights: { kind: "adapter", ...weights },
      tokenizer: await tokenizerPrint(renderer),
    });
    await queue.enqueue([{ id: "r", payload }]);
    const settings = { queue: queueOf("others"), idleSeconds: 0.1 };
    const told = await work({ ...settings, server: serving.url });
    expect(told).toEqual({ ended: 0, refused: 0, handedBack: 1 });
    expect(await queue.get("r")).toMatchObject({
      ...{ status: "queued", attempts: 0 },
      error: { code: "WORKER_SERVER_WEIGHTS" },
    });
    await queue.close();
    await serving.close();
  });
});

it("a queue whose server dies and comes back in mid-run changes nothing of what is learned", async () => {
  const store = queueOf("away");
  let serving = await serveStore({ store, port: 0 });
  const queue = serving.url;
  const stop = new AbortController();
  const working = work({ queue, threads: 1, signal: stop.signal });
  const told: PipelineEvent[] = [];
  let stepsBefore = 0;
  const restart = async (): Promise<void> => {
    await serving.close();
    await expect(fetch(queue)).rejects.toThrow("fetch failed");
    await sleep(1500);
    stepsBefore = told.filter(({ kind }) => kind === "step").length;
    serving = await serveStore({ store, port: Number(new URL(queue).port) });
  };
  let restarting: Promise<void> | undefined;
  await trained("away", { queue }, (event) => {
    told.push(event);
    // Before the rollouts of the first step.
    if (event.kind === "evaluated") restarting ??= restart();
  });
  await restarting;
  expect(stepsBefore).toBe(0);
  stop.abort();
  expect(await working).toMatchObject({ ended: 22, refused: 0 });
  await serving.close();
  const counts = { played: 22, takenAgain: 0, lost: 0, stale: 0 };
  expect(told).toContainEqual(expect.objectContaining({ kind: "workers", ...counts }));
  expect((await adapterOf("away")).equals(await adapterOf("alone"))).toBe(true);
});
