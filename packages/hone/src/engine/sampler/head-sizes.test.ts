/** Heads of any even size are sampled from, whatever sizes the runtime's attention over a cache takes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readArchitecture } from "../models/models.ts";
import { initialWeights } from "../models/tiny.ts";
import { createRunGate } from "../runtime/run-gate.ts";
import { SessionPool } from "../runtime/session-pool.ts";
import { loadBaseModel } from "../weights/base-model.ts";
import { Sampler } from "./sampler.ts";

/** Sessions of one model: programs go by names, which other models' programs have too. */
const sessionsOfOneModel = (): SessionPool => {
  const sessions = new SessionPool(1, createRunGate());
  onTestFinished(() => sessions.close());
  return sessions;
};

it("heads of 4 numbers continue greedily as transformers does", async () => {
  const folder = join(import.meta.dirname, "../fixtures/heads-of-four");
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), "utf8"));
  const { tokens, maxTokens } = read("input.json") as { tokens: number[]; maxTokens: number };
  const { greedy } = read("expected.json") as { greedy: number[] };
  const base = await loadBaseModel(folder);
  const sampler = new Sampler({ ...base, sessions: sessionsOfOneModel() });
  const [sequence] = await sampler.request(tokens, 1, { maxTokens, temperature: 0 });
  expect(sequence!.tokens).toEqual(greedy);
  await sampler.close();
});

const sizes = { hidden_size: 24, intermediate_size: 20, num_hidden_layers: 2, vocab_size: 50 };
const config = {
  ...sizes,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 128,
  sliding_window: 6,
  layer_types: ["sliding_attention", "full_attention"],
};

it.each([
  ["gemma3_text", "gelu_pytorch_tanh", 2],
  ["gemma3_text", "gelu_pytorch_tanh", 12],
  ["qwen3", "silu", 6],
  ["qwen3", "silu", 20],
  ["llama", "silu", 10],
  ["llama", "silu", 26],
])(
  "a %s model (%s) with heads of %d scores its samples as it sampled them, also in a second turn",
  async (model_type, hidden_act, head_dim) => {
    const { sliding_window, ...rest } = config;
    const own = model_type === "gemma3_text" ? { sliding_window } : {};
    const given = { ...rest, ...own, model_type, hidden_act, head_dim };
    const architecture = readArchitecture(given, "config.json");
    const weights = initialWeights(architecture, 7);
    const sampler = new Sampler({ architecture, weights, sessions: sessionsOfOneModel() });
    let tokens: readonly number[] = [3, 1, 4, 1, 5, 9, 2, 6];
    for (const seed of [1, 2]) {
      const [one] = await sampler.request(tokens, 1, { maxTokens: 12, seed });
      const all = [...tokens, ...one!.tokens];
      const scored = (await sampler.logProbs(all)).subarray(tokens.length);
      one!.logProbs.forEach((logProb, i) => expect(scored[i]).toBeCloseTo(logProb, 4));
      tokens = [...all, 7];
    }
    await sampler.close();
  },
);
