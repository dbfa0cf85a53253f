/** Folders whose files contradict each other open as in transformers, which is said once, or are refused by name. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import type { HoneError } from "../core/errors.ts";
import { openTokenizer } from "../text/tokenizer.ts";
import { openEngine } from "./engine.ts";
import { createRunGate } from "./runtime/run-gate.ts";
import { SessionPool } from "./runtime/session-pool.ts";
import { Sampler } from "./sampler/sampler.ts";
import { type BaseModel, loadBaseModel } from "./weights/base-model.ts";
import { idsWithoutToken, tokenWarnings } from "./weights/contradictions.ts";
import { openModelFolder } from "./weights/model-folder.ts";
import { writeSafetensors } from "./weights/safetensors-writer.ts";

const root = mkdtempSync(join(tmpdir(), "hone-contradictions-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const fixture = (name: string): string => join(import.meta.dirname, "fixtures", name);
const jsonOf = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;

interface Change {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly generation?: Readonly<Record<string, unknown>>;
  /** Tensors to leave out. */
  readonly without?: readonly string[];
  /** Tensors to add, each with the numbers of another or with its own. */
  readonly add?: Readonly<Record<string, string | readonly number[]>>;
}

let count = 0;
/** A copy of a fixture with changes. */
async function changed(name: string, { config, generation, without = [], add = {} }: Change) {
  const path = join(root, `${name}-${count++}`);
  cpSync(fixture(name), path, { recursive: true });
  const folder = await openModelFolder(path);
  const tensors = [];
  for (const [tensor, { shape }] of folder.tensors) {
    if (!without.includes(tensor))
      tensors.push({ name: tensor, shape, data: await folder.read(tensor) });
  }
  for (const [tensor, source] of Object.entries(add)) {
    const data = typeof source === "string" ? await folder.read(source) : Float32Array.from(source);
    const shape = typeof source === "string" ? folder.tensors.get(source)!.shape : [data.length];
    tensors.push({ name: tensor, shape, data });
  }
  await writeSafetensors(join(path, "model.safetensors"), tensors, { format: "pt" });
  const write = (file: string, value: object): void =>
    writeFileSync(join(path, file), JSON.stringify(value));
  write("config.json", { ...folder.config, ...config });
  if (generation !== undefined) write("generation_config.json", generation);
  return path;
}

/** The warnings of a folder, as `openEngine` says them. */
async function warningsOf(path: string): Promise<readonly HoneError[]> {
  const [base, tokenizer] = await Promise.all([loadBaseModel(path), openTokenizer(path)]);
  return [...base.warnings, ...tokenWarnings(base.folder, tokenizer, base.architecture)];
}

const codesOf = (warnings: readonly HoneError[]): string[] => warnings.map(({ code }) => code);
const textOf = (warnings: readonly HoneError[]): string =>
  warnings.map(({ message }) => message).join("\n");

/** A sampler as the engine opens it. */
async function openSampler(path: string, base: BaseModel): Promise<Sampler> {
  const sessions = new SessionPool(1, createRunGate());
  onTestFinished(() => sessions.close());
  const excluded = idsWithoutToken(await openTokenizer(path), base.architecture.vocabularySize);
  return new Sampler({ ...base, sessions, excluded });
}

async function logProbs(path: string, tokens: readonly number[]): Promise<number[]> {
  const sampler = await openSampler(path, await loadBaseModel(path));
  return [...(await sampler.logProbs(tokens))].slice(1);
}

describe("an output layer that is said to be tied and has weights of its own", () => {
  const tied = fixture("tied-with-own-head");
  const { tokens } = jsonOf(join(tied, "input.json")) as { tokens: number[] };
  const { logProbs_of_tokens_1_on: expected } = jsonOf(join(tied, "expected.json")) as {
    logProbs_of_tokens_1_on: number[];
  };

  it("is used as it is stored, with the log-probs of transformers, trained as a layer of its own, and said once", async () => {
    const said: (Error & { code?: string })[] = [];
    const note = (warning: Error): void => void said.push(warning);
    process.on("warning", note);
    onTestFinished(() => void process.off("warning", note));
    const engine = await openEngine(tied, { threads: 1 });
    onTestFinished(() => engine.close());
    expect(codesOf(engine.warnings)).toEqual(["MODEL_HEAD_NOT_TIED"]);
    const sampler = await engine.createSamplingClient();
    const scored = (await sampler.logProbs(tokens)).subarray(1);
    const client = await engine.createTrainingClient({ lora: false });
    expect(await client.parameterNames()).toContain("lm_head.weight");
    const row = { tokens: tokens.slice(0, -1), targets: tokens.slice(1) };
    const weights = new Float32Array(row.tokens.length).fill(1);
    const { logProbs: trained } = await client.forward([{ ...row, weights }]);
    expected.forEach((value, i) => {
      expect(scored[i]).toBeCloseTo(value, 3);
      expect(trained[0]![i]).toBeCloseTo(value, 3);
    });
    const saved = join(root, "saved");
    await client.saveModel(saved);
    expect(jsonOf(join(saved, "config.json"))["tie_word_embeddings"]).toBe(false);
    expect(await warningsOf(saved)).toEqual([]);
    expect((await logProbs(saved, tokens))[0]).toBeCloseTo(expected[0]!, 3);
    const processWarnings = said.map(({ name, code }) => `${name} ${code}`);
    expect(processWarnings).toEqual(["HoneWarning MODEL_HEAD_NOT_TIED"]);
  });

  it("is tied without a word where the numbers are equal", async () => {
    const equal = { "lm_head.weight": "model.embed_tokens.weight" };
    const base = await loadBaseModel(await changed("heads-of-four", { add: equal }));
    expect(base.warnings).toEqual([]);
    expect(base.architecture.hasTiedEmbeddings).toBe(true);
  });

  it("stands for the embedding where that is missing", async () => {
    const embedding = "model.embed_tokens.weight";
    const path = await changed("heads-of-four", {
      add: { "lm_head.weight": embedding },
      without: [embedding],
    });
    expect(await warningsOf(path)).toEqual([]);
    const whole = await logProbs(fixture("heads-of-four"), tokens);
    expect(await logProbs(path, tokens)).toEqual(whole);
  });

  it("is refused with another shape", async () => {
    const path = await changed("heads-of-four", { add: { "lm_head.weight": [1, 2, 3] } });
    await expect(loadBaseModel(path)).rejects.toThrow(/TENSOR_SHAPE.*lm_head\.weight/s);
  });
});

describe("a config that does not belong to the weights", () => {
  it.each<[string, NonNullable<Change["config"]>, RegExp]>([
    ["more layers", { num_hidden_layers: 2 }, /TENSOR_MISSING.*model\.layers\.1/s],
    ["another vocabulary", { vocab_size: 301 }, /TENSOR_SHAPE.*\[300, 8\]/s],
    ["another size of heads", { head_dim: 8 }, /TENSOR_SHAPE.*q_proj/s],
    [
      "an output layer that is not there",
      { tie_word_embeddings: false },
      /TENSOR_MISSING.*lm_head/s,
    ],
    ["another width", { hidden_size: 16 }, /TENSOR_SHAPE/],
  ])("is refused by name: %s", async (_what, config, error) => {
    const path = await changed("heads-of-four", { config });
    await expect(loadBaseModel(path)).rejects.toThrow(error);
  });

  it("with fewer layers opens, and what is not used is counted", async () => {
    const name = "model.layers.1.self_attn.q_proj.weight";
    const path = await changed("heads-of-four", {
      add: { [name]: "model.layers.0.self_attn.q_proj.weight", "other.bias": [1, 2] },
    });
    const warnings = await warningsOf(path);
    expect(codesOf(warnings)).toEqual(["MODEL_TENSORS_UNUSED"]);
    expect(textOf(warnings)).toContain("2 of the stored tensors");
    expect(textOf(warnings)).toContain(name);
  });

  it("is not warned of for tables that older versions of transformers stored", async () => {
    const name = "model.layers.0.self_attn.rotary_emb.inv_freq";
    const path = await changed("heads-of-four", { add: { [name]: [1, 2] } });
    expect(await warningsOf(path)).toEqual([]);
  });
});

describe("a tokenizer that does not belong to the weights", () => {
  it("with more tokens than the model has rows opens, and says how many", async () => {
    const path = await changed("padded-vocabulary", {
      config: { vocab_size: 290 },
      without: ["model.embed_tokens.weight", "lm_head.weight"],
    });
    const folder = await openModelFolder(fixture("padded-vocabulary"));
    const tensors = [];
    for (const [name, { shape }] of folder.tensors) {
      const data = await folder.read(name);
      const isCut = shape[0] === 364;
      const rows = isCut ? [290, shape[1]!] : shape;
      tensors.push({ name, shape: rows, data: isCut ? data.slice(0, 290 * shape[1]!) : data });
    }
    await writeSafetensors(join(path, "model.safetensors"), tensors, { format: "pt" });
    const warnings = await warningsOf(path);
    expect(codesOf(warnings)).toEqual(["MODEL_TOKENS_WITHOUT_ROWS"]);
    expect(textOf(warnings)).toContain("has 10 tokens");
  });

  it("whose end tokens generation_config.json does not know is said", async () => {
    const generation = { eos_token_id: [2, 320, 5000] };
    const warnings = await warningsOf(await changed("padded-vocabulary", { generation }));
    expect(codesOf(warnings)).toEqual(["MODEL_STOP_TOKEN_INVALID", "MODEL_STOP_TOKEN_INVALID"]);
    expect(textOf(warnings)).toContain("320");
    expect(textOf(warnings)).toContain("5000");
  });

  const padded = fixture("padded-vocabulary");

  it("with fewer tokens than rows: a row without a token is never sampled", async () => {
    expect(await warningsOf(padded)).toEqual([]);
    const sampler = await openSampler(padded, await loadBaseModel(padded));
    const tokenizer = await openTokenizer(padded);
    for (const how of [{}, { temperature: 3 }, { topK: 50 }, { topP: 0.99 }, { temperature: 0 }]) {
      const replies = await sampler.request([3, 4, 5], 16, { maxTokens: 24, seed: 3, ...how });
      for (const { tokens } of replies) {
        expect(Math.max(...tokens)).toBeLessThan(300);
        tokenizer.decode(tokens);
      }
    }
  });

  it("and its log-probs stay those of the whole vocabulary, in which training computes them", async () => {
    const sampler = await openSampler(padded, await loadBaseModel(padded));
    const prompt = [3, 4, 5];
    const [reply] = await sampler.request(prompt, 1, { maxTokens: 20, seed: 5 });
    const scored = await sampler.logProbs([...prompt, ...reply!.tokens]);
    reply!.logProbs.forEach((value, i) => expect(scored[3 + i]).toBeCloseTo(value, 4));
    expect(reply!.samplingLogProbs).toEqual(reply!.logProbs);
  });
});
