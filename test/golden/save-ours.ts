/**
 * Writes what `check_ours.py --all` reads: `node scripts/run.js test/golden/save-ours.ts <new folder>`.
 *
 * Of each family, and of a tiny model made from nothing: the model trained for some steps and saved, an adapter trained on
 * that and saved, and both merged. Besides these, the folders that transformers and PEFT saved here. For each hone says the
 * log-probs of the whole vocabulary at every position of three prompts, a greedy continuation, and token ids of some texts.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { newModel } from "../../packages/hone/src/engine/model-files/new-model.ts";
import { type Engine, openEngine } from "../../packages/hone/src/engine/engine.ts";
import type { EngineTrainingClient } from "../../packages/hone/src/engine/clients/training-client.ts";
import type { Datum } from "../../packages/hone/src/ports/training-client.ts";

const out = process.argv[2];
if (out === undefined) throw new Error("usage: save-ours.ts <new folder>");
await mkdir(out);

/** One line of the table. */
interface Entry {
  readonly name: string;
  readonly savedBy: "hone" | "Python";
  readonly model: string;
  readonly adapter?: string;
  readonly ours: string;
}
const entries: Entry[] = [];

const texts = ["Solve 3x + 7 = 16 for x.", "Zürich, 日本! 🙂", " two  spaces\n\n\tand lines "];

/** Log-probs of every token at every position: [T][V]. */
async function allLogProbs(
  client: EngineTrainingClient,
  prompt: readonly number[],
  vocabulary: number,
): Promise<number[][]> {
  const every = Array.from({ length: vocabulary }, (_, id) => id);
  const { logProbs } = await client.forward([
    {
      tokens: prompt,
      targets: prompt.flatMap(() => every),
      targetsPerToken: vocabulary,
      weights: new Float32Array(prompt.length * vocabulary).fill(1),
    },
  ]);
  const row = logProbs[0]!;
  return prompt.map((_, t) => [...row.subarray(t * vocabulary, (t + 1) * vocabulary)]);
}

async function describe(
  engine: Engine,
  prompts: readonly (readonly number[])[],
  entry: Omit<Entry, "model" | "ours">,
): Promise<void> {
  const { adapter } = entry;
  const client = await engine.createTrainingClient(adapter === undefined ? {} : { adapter });
  const policy = await engine.createSamplingClient(adapter === undefined ? {} : { adapter });
  const logProbs: number[][][] = [];
  const greedy: number[][] = [];
  for (const prompt of prompts) {
    logProbs.push(await allLogProbs(client, prompt, engine.architecture.vocabularySize));
    const [sequence] = await policy.sample(prompt, 1, { maxTokens: 12, temperature: 0 });
    greedy.push([...sequence!.tokens]);
  }
  const ids = await Promise.all(texts.map((text) => engine.renderer.encode(text)));
  const said = texts.map((text, i) => ({ text, ids: [...ids[i]!] }));
  const ours = join(out!, `${entries.length}.json`);
  writeFileSync(ours, JSON.stringify({ prompts, logProbs, greedy, texts: said }));
  entries.push({ ...entry, model: engine.folder, ours });
  await client.close();
  await policy.close();
}

/** Some steps on the prompts, so that what is saved is what was trained. */
async function train(
  client: EngineTrainingClient,
  prompts: readonly (readonly number[])[],
): Promise<void> {
  const data = prompts.map(
    (prompt): Datum => ({
      tokens: prompt.slice(0, -1),
      targets: prompt.slice(1),
      weights: new Float32Array(prompt.length - 1).fill(1),
    }),
  );
  for (let step = 0; step < 4; step++) {
    await client.forwardBackward(data, "cross_entropy");
    await client.optimStep({ learningRate: 5e-3 });
  }
}

async function saveAndDescribe(
  name: string,
  from: string,
  prompts: readonly (readonly number[])[],
): Promise<void> {
  const [saved, adapter, merged] = ["model", "adapter", "merged"].map((part) =>
    join(out!, `${name}-${part}`),
  ) as [string, string, string];
  const first = await openEngine(from, { threads: 1 });
  const whole = await first.createTrainingClient({ lora: false });
  await train(whole, prompts);
  await whole.saveModel(saved);
  await first.close();

  const second = await openEngine(saved, { threads: 1 });
  const lora = await second.createTrainingClient({
    lora: { rank: 4, targetModules: ["q_proj", "v_proj", "o_proj", "up_proj", "down_proj"] },
  });
  await train(lora, prompts);
  await lora.saveAdapter(adapter);
  await lora.saveModel(merged);
  await describe(second, prompts, { name: `${name}, trained and saved`, savedBy: "hone" });
  await describe(second, prompts, { name: `${name} + adapter`, savedBy: "hone", adapter });
  await second.close();
  const third = await openEngine(merged, { threads: 1 });
  await describe(third, prompts, { name: `${name}, merged`, savedBy: "hone" });
  await third.close();
}

for (const family of ["qwen2", "qwen3", "llama", "gemma3"]) {
  const folder = join(import.meta.dirname, "models", family);
  const { prompts } = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as {
    readonly prompts: number[][];
  };
  await saveAndDescribe(family, folder, prompts);
  const engine = await openEngine(folder, { threads: 1 });
  await describe(engine, prompts, { name: family, savedBy: "Python" });
  for (const adapter of ["adapter-qv", "adapter-all"]) {
    const name = `${family} + ${adapter}`;
    await describe(engine, prompts, { name, savedBy: "Python", adapter: join(folder, adapter) });
  }
  await engine.close();
}
const tiny = join(out, "tiny");
await newModel({ folder: tiny, texts: [...texts, "3x + 7 = 16, so x = 3"], seed: 1 });
const engine = await openEngine(tiny, { threads: 1 });
const prompts = await Promise.all(texts.map((text) => engine.renderer.encode(text)));
await describe(engine, prompts, { name: "tiny, from a seed", savedBy: "hone" });
await engine.close();
await saveAndDescribe("tiny", tiny, prompts);
writeFileSync(join(out, "entries.json"), JSON.stringify(entries));
