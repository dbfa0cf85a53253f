import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { isError } from "../../core/errors.ts";
import type { SampledChunk, SamplingParams } from "../../ports/sampling-client.ts";
import { loadBaseModel } from "../weights/base-model.ts";
import { adapterConfig } from "../lora/adapter-files.ts";
import { loraNames } from "../lora/lora.ts";
import { readArchitecture } from "../models/models.ts";
import { initialWeights, tinyConfig } from "../models/tiny.ts";
import { createRunGate } from "../runtime/run-gate.ts";
import { SessionPool } from "../runtime/session-pool.ts";
import { readAdapter } from "../weights/peft.ts";
import { PrefixBudget } from "./prefix-store.ts";
import { Sampler, type SamplerOptions } from "./sampler.ts";

const goldenFolder = join(import.meta.dirname, "../../../../../test/golden/models");

interface Golden {
  readonly prompts: readonly (readonly number[])[];
  readonly logits: readonly GoldenTensor[];
  readonly greedy: readonly {
    readonly prompt: readonly number[];
    readonly continuation: readonly number[];
  }[];
  readonly adapters: readonly {
    readonly folder: string;
    readonly logits: readonly GoldenTensor[];
  }[];
}
interface GoldenTensor {
  readonly shape: readonly [number, number];
  readonly data: string;
}

/** Log-probs of the prompt's tokens by logits of every position; the first is 0. */
function promptLogProbs(
  { shape: [, vocabulary], data }: GoldenTensor,
  prompt: readonly number[],
): number[] {
  const bytes = Buffer.from(data, "base64");
  const logits = new Float32Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
  );
  return prompt.map((token, t) => {
    if (t === 0) return 0;
    const row = logits.subarray((t - 1) * vocabulary, t * vocabulary);
    const top = Math.max(...row);
    return row[token]! - top - Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0));
  });
}

function expectClose(got: ArrayLike<number>, expected: readonly number[], tolerance = 1e-4): void {
  expect(got.length).toBe(expected.length);
  expected.forEach((value, i) => expect(Math.abs(got[i]! - value)).toBeLessThan(tolerance));
}

describe.each(["qwen2", "qwen3", "llama", "gemma3"])("a %s model", async (family) => {
  const sessions = new SessionPool(1, createRunGate());
  afterAll(() => sessions.close());
  const golden = JSON.parse(
    readFileSync(join(goldenFolder, family, "golden.json"), "utf8"),
  ) as Golden;
  const base = await loadBaseModel(join(goldenFolder, family));

  it("continues greedily as transformers does, by one and all prompts together", async () => {
    const sampler = new Sampler({ ...base, sessions });
    const greedy = (prompt: readonly number[]) =>
      sampler.request(prompt, 1, { maxTokens: 20, temperature: 0 });
    const expected = golden.greedy.map(({ continuation }) => continuation);
    const together = await Promise.all(golden.greedy.map(({ prompt }) => greedy(prompt)));
    expect(together.map(([sequence]) => sequence!.tokens)).toEqual(expected);
    const [alone] = await greedy(golden.greedy[1]!.prompt);
    expect(alone!.tokens).toEqual(expected[1]);
  });

  it("scores given tokens as transformers does, and as it scored them while sampling", async () => {
    const sampler = new Sampler({ ...base, sessions });
    for (const [i, prompt] of golden.prompts.entries()) {
      expectClose(await sampler.logProbs(prompt), promptLogProbs(golden.logits[i]!, prompt));
      const [sequence] = await sampler.request(prompt, 1, { maxTokens: 40, seed: i });
      const scored = await sampler.logProbs([...prompt, ...sequence!.tokens]);
      expectClose(scored.subarray(prompt.length), [...sequence!.logProbs]);
    }
  });

  it("applies an adapter as PEFT does", async () => {
    for (const { folder, logits } of golden.adapters) {
      const files = await readAdapter(join(goldenFolder, family, folder));
      const weights = new Map(base.weights);
      for (const [path, { a, b }] of files.tensors)
        weights.set(loraNames(path).a, a).set(loraNames(path).b, b);
      const lora = adapterConfig(base.architecture, files, folder);
      const sampler = new Sampler({ ...base, weights, lora, sessions });
      const prompt = golden.prompts[2]!;
      expectClose(await sampler.logProbs(prompt), promptLogProbs(logits[2]!, prompt));
      const [sequence] = await sampler.request(prompt, 1, { maxTokens: 20 });
      const scored = await sampler.logProbs([...prompt, ...sequence!.tokens]);
      expectClose(scored.subarray(prompt.length), [...sequence!.logProbs]);
    }
  });
});

describe("the sampler", () => {
  const VOCABULARY = 128;
  const sessions = new SessionPool(1, createRunGate());
  afterAll(() => sessions.close());
  const config = tinyConfig(
    { vocabularySize: VOCABULARY, layers: 2, width: 32, contextLength: 400 },
    0,
    0,
  );
  const architecture = readArchitecture(config, "config.json");
  const weights = initialWeights(architecture, 1);
  // Larger embeddings make the distribution peaked, so that tokens depend on what came before.
  weights.get("model.embed_tokens.weight")!.forEach((x, i, all) => (all[i] = 12 * x));
  for (const [name, values] of weights)
    if (name.includes("_proj.weight")) values.forEach((x, i) => (values[i] = 8 * x));
  const open = (options: Partial<SamplerOptions> = {}): Sampler =>
    new Sampler({ architecture, weights, sessions, ...options });
  const promptOf = (length: number, start = 1): number[] =>
    Array.from({ length }, (_, i) => (start * 31 + i * 7) % VOCABULARY);

  const mixed: readonly [number[], SamplingParams][] = [
    [promptOf(3), { maxTokens: 50, seed: 1 }],
    [promptOf(170, 2), { maxTokens: 40, seed: 2, temperature: 0.7 }],
    [promptOf(1, 3), { maxTokens: 7, seed: 3, temperature: 0 }],
    [promptOf(20, 4), { maxTokens: 33, seed: 4, topP: 0.8 }],
    [promptOf(21, 5), { maxTokens: 64, seed: 5, topK: 5, minP: 0.05 }],
    [promptOf(22, 6), { maxTokens: 100, seed: 6 }],
  ];

  it("gives a request the same bytes alone as among others, whatever their lengths and settings", async () => {
    const together = await Promise.all(
      mixed.map(([prompt, params]) => open0.request(prompt, 2, params)),
    );
    for (const [i, [prompt, params]] of mixed.entries()) {
      expect(await open().request(prompt, 2, params), `request ${i}`).toEqual(together[i]);
    }
  });
  const open0 = open();

  it("gives the same bytes for the same seed, others for another", async () => {
    const params = { maxTokens: 30, seed: 7 };
    const first = await open().request(promptOf(10), 3, params);
    expect(await open().request(promptOf(10), 3, params)).toEqual(first);
    expect(await open().request(promptOf(10), 3, { ...params, seed: 8 })).not.toEqual(first);
    expect(new Set(first.map((sequence) => sequence.tokens.join(","))).size).toBe(3);
  });

  it("gives the first sample of a request the same tokens whether or not more are asked", async () => {
    const params = { maxTokens: 20, seed: 3 };
    const [alone] = await open().request(promptOf(10), 1, params);
    const [first] = await open().request(promptOf(10), 5, params);
    expect(first).toEqual(alone);
  });

  it("lets sequences wait when there are more than rows", async () => {
    const params = { maxTokens: 25, seed: 5 };
    const wide = await open().request(promptOf(9), 11, params);
    expect(await open({ maxRows: 3 }).request(promptOf(9), 11, params)).toEqual(wide);
    expect(await open({ maxCacheBytes: 1 }).request(promptOf(9), 11, params)).toEqual(wide);
  });

  it("reads the prompt of n samples once, and prompts of like length together", async () => {
    const sampler = open();
    await sampler.request(promptOf(30), 8, { maxTokens: 5 });
    expect(sampler.runCounts).toEqual({ prefill: 1, decode: 1, score: 0, tokensRead: 29 });
    await Promise.all(
      [1, 2, 3].map((i) => sampler.request(promptOf(20 + i, i + 1), 2, { maxTokens: 5 })),
    );
    expect(sampler.runCounts).toEqual({
      prefill: 2,
      decode: 2,
      score: 0,
      tokensRead: 29 + 20 + 21 + 22,
    });
  });

  it("reads a prompt that several requests of one turn have once, each with its own draws", async () => {
    const sampler = open();
    const of = (i: number) => ({ maxTokens: 5, seed: i });
    const together = await Promise.all(
      [1, 2, 3].map((i) => sampler.request(promptOf(30), 1, of(i))),
    );
    expect(sampler.runCounts).toMatchObject({ prefill: 1, tokensRead: 29 });
    for (const i of [1, 2, 3])
      expect(together[i - 1]).toEqual(await open().request(promptOf(30), 1, of(i)));
  });

  it("goes on from a finished sequence as if it had read everything anew", async () => {
    const sampler = open();
    const params = { maxTokens: 40, seed: 2 };
    const [unstopped] = await open().request(promptOf(200), 1, params);
    const stopTokens = [unstopped!.tokens[20]!];
    const [first] = await sampler.request(promptOf(200), 1, { ...params, stopTokens });
    expect(first!.stopReason).toBe("stop");
    const next = [...promptOf(200), ...first!.tokens, 5, 6, 7];
    const [reused] = await sampler.request(next, 1, params);
    // The last sampled token was never read, and the prompt's last one is fed by the decode program.
    expect(sampler.runCounts.tokensRead).toBe(199 + 1 + 2);
    const [anew] = await open({ prefixes: new PrefixBudget(0) }).request(next, 1, params);
    expect(reused!.tokens).toEqual(anew!.tokens);
    expectClose(reused!.logProbs, [...anew!.logProbs]);
  });

  it("reads what long prompts have in common once, and gives the very numbers of reading it again", async () => {
    const long = { architecture: { ...architecture, contextLength: 2000 } };
    const sampler = open(long);
    const params = { maxTokens: 5, seed: 2 };
    const rules = promptOf(1100);
    const asked = [7, 8].map((first) => [...rules, ...promptOf(40, first)]);
    for (const prompt of asked) {
      const alone = await open({ ...long, prefixes: new PrefixBudget(0) }).request(
        prompt,
        1,
        params,
      );
      expect(await sampler.request(prompt, 1, params)).toEqual(alone);
    }
    // Two parts of 512 tokens are all in the rules.
    expect(sampler.runCounts.tokensRead).toBe(1139 + 1139 - 1024);
  });

  it("draws first tokens with the probabilities of the policy", async () => {
    const prompt = promptOf(12);
    const sampler = open();
    const expected = await Promise.all(
      Array.from({ length: VOCABULARY }, async (_, token) =>
        Math.exp((await sampler.logProbs([...prompt, token])).at(-1)!),
      ),
    );
    expect(expected.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 4);
    const draws = 4000;
    const counts = new Array<number>(VOCABULARY).fill(0);
    for (const { tokens } of await sampler.request(prompt, draws, { maxTokens: 1, seed: 11 }))
      counts[tokens[0]!]!++;
    // Pearson's statistic over cells of at least 5 expected draws, the rest as one cell.
    const common = expected.flatMap((p, token) => (p * draws >= 5 ? [token] : []));
    const rest = 1 - common.reduce((sum, token) => sum + expected[token]!, 0);
    const restCount = draws - common.reduce((sum, token) => sum + counts[token]!, 0);
    const cells = [
      ...common.map((token) => [counts[token]!, expected[token]! * draws]),
      [restCount, Math.max(rest * draws, 1e-3)],
    ];
    const statistic = cells.reduce((sum, [got, mean]) => sum + (got! - mean!) ** 2 / mean!, 0);
    const freedom = cells.length - 1;
    expect(freedom).toBeGreaterThan(10);
    expect(statistic).toBeLessThan(freedom + 4 * Math.sqrt(2 * freedom));
  });

  it("says how undecided the policy was at each token, in a chunk as in the whole", async () => {
    const prompt = promptOf(12);
    const chunks: number[] = [];
    const [sequence] = await open().request(
      prompt,
      1,
      { maxTokens: 20, temperature: 0.5, seed: 1 },
      { onChunk: ({ entropies }) => void chunks.push(...(entropies ?? [])) },
    );
    const { tokens, entropies } = sequence!;
    const { logProbs } = await open().topLogProbs([...prompt, ...tokens], VOCABULARY);
    const expected = tokens.map((_, t) => {
      const row = logProbs.subarray((prompt.length + t - 1) * VOCABULARY).subarray(0, VOCABULARY);
      return row.reduce((sum, one) => sum - Math.exp(one) * one, 0);
    });
    expectClose(entropies, expected);
    expect(chunks).toEqual(entropies);
  });

  it("says how likely each token was under the distribution it was drawn from", async () => {
    const prompt = promptOf(12);
    const [sequence] = await open().request(prompt, 1, {
      maxTokens: 30,
      temperature: 0.5,
      seed: 1,
    });
    const [plain] = await open().request(prompt, 1, { maxTokens: 30, seed: 1 });
    expect(sequence!.samplingLogProbs).not.toEqual(sequence!.logProbs);
    expect(plain!.samplingLogProbs).toEqual(plain!.logProbs);
    const [greedy] = await open().request(prompt, 1, { maxTokens: 5, temperature: 0 });
    expect(greedy!.samplingLogProbs).toEqual([0, 0, 0, 0, 0]);
  });

  it("ends with a stop token and includes it", async () => {
    const [free] = await open().request(promptOf(5), 1, { maxTokens: 40, seed: 1 });
    const stop = free!.tokens[20]!;
    const end = free!.tokens.indexOf(stop) + 1;
    const [stopped] = await open().request(promptOf(5), 1, {
      maxTokens: 40,
      seed: 1,
      stopTokens: [stop],
    });
    expect(stopped).toMatchObject({ tokens: free!.tokens.slice(0, end), stopReason: "stop" });
    expect(stopped!.logProbs).toEqual(free!.logProbs.slice(0, end));
    expect(free!.stopReason).toBe("length");
  });

  it("ends with the token that completes a stop string, also across chunks", async () => {
    const sampler = open({ decodeText: (tokens) => tokens.map((token) => `<${token}>`).join("") });
    const [free] = await sampler.request(promptOf(5), 1, { maxTokens: 40, seed: 1 });
    for (const at of [3, 15, 16, 30]) {
      const stopString = free!.tokens
        .slice(at - 1, at + 1)
        .map((token) => `<${token}>`)
        .join("");
      const text = free!.tokens.map((token) => `<${token}>`).join("");
      const [stopped] = await sampler.request(promptOf(5), 1, {
        maxTokens: 40,
        seed: 1,
        stopStrings: ["never", stopString],
      });
      expect(stopped!.stopReason).toBe("stop");
      expect(stopped!.tokens.map((token) => `<${token}>`).join("")).toBe(
        text.slice(0, text.indexOf(stopString) + stopString.length),
      );
    }
  });

  it("streams what it returns", async () => {
    const chunks: SampledChunk[] = [];
    const [sequence] = await open().request(
      promptOf(5),
      1,
      { maxTokens: 40, temperature: 0.7 },
      { onChunk: (chunk) => chunks.push(chunk) },
    );
    expect(chunks.length).toBeGreaterThan(2);
    expect(chunks.flatMap((chunk) => chunk.tokens)).toEqual(sequence!.tokens);
    expect(chunks.flatMap((chunk) => chunk.logProbs)).toEqual(sequence!.logProbs);
    const samplingLogProbs = chunks.flatMap((chunk) => chunk.samplingLogProbs);
    expect(samplingLogProbs).toEqual(sequence!.samplingLogProbs);
    expect(chunks.map((chunk) => chunk.stopReason)).toEqual([
      ...chunks.slice(1).map(() => undefined),
      "length",
    ]);
  });

  it("returns what it has when a signal aborts, and leaves others alone", async () => {
    const sampler = open();
    const [free] = await open().request(promptOf(5), 1, { maxTokens: 100, seed: 4 });
    const controller = new AbortController();
    const options = { signal: controller.signal, onChunk: () => controller.abort() };
    const other = sampler.request(promptOf(5), 1, { maxTokens: 100, seed: 4 });
    const cancelled = await sampler.request(promptOf(6), 70, { maxTokens: 300 }, options);
    expect(cancelled).toHaveLength(70);
    expect(new Set(cancelled.map((sequence) => sequence.stopReason))).toEqual(
      new Set(["cancelled"]),
    );
    expect(cancelled[0]!.tokens).toHaveLength(8);
    expect(cancelled[69]!.tokens).toEqual([]);
    expect(await other).toEqual([free]);
  });

  it("looks at the whole vocabulary when the candidates do not hold the mass of top-p", async () => {
    const wide = readArchitecture(
      tinyConfig({ vocabularySize: 2500, layers: 1, width: 32, contextLength: 64 }, 0, 0),
      "config.json",
    );
    const own = new SessionPool(1, createRunGate());
    const sampler = new Sampler({
      architecture: wide,
      weights: initialWeights(wide, 1),
      sessions: own,
    });
    // Almost uniform: 0.9 of the mass takes about 2,250 tokens, more than the candidates looked at first.
    const [sequence] = await sampler.request([1, 2], 1, { maxTokens: 10, topP: 0.9, seed: 1 });
    expect(sequence!.tokens).toHaveLength(10);
    sequence!.logProbs.forEach((logProb, i) => {
      expect(sequence!.samplingLogProbs[i]! - logProb).toBeCloseTo(-Math.log(0.9), 2);
    });
    await own.close();
  });

  it.each<[string, readonly number[], number, Partial<SamplingParams>, string]>([
    ["an empty prompt", [], 1, {}, "DATA_EMPTY"],
    ["a token outside the vocabulary", [1, VOCABULARY], 1, {}, "TOKEN_OUT_OF_RANGE"],
    ["a reply that does not fit the context", [1, 2], 1, { maxTokens: 399 }, "CONTEXT_EXCEEDED"],
    ["no samples", [1], 0, {}, "OPTION_INVALID"],
    ["a negative temperature", [1], 1, { temperature: -1 }, "OPTION_INVALID"],
    ["a top-p of 0", [1], 1, { topP: 0 }, "OPTION_INVALID"],
    ["stop strings without a tokenizer", [1], 1, { stopStrings: ["x"] }, "OPTION_INVALID"],
  ])("refuses %s", async (_, prompt, n, params, code) => {
    const refused = open().request(prompt, n, { maxTokens: 4, ...params });
    await expect(refused).rejects.toSatisfy((error) => isError(error, code as "DATA_EMPTY"));
  });

  it("takes a reply that just fits the context", async () => {
    const [sequence] = await open().request([1, 2], 1, { maxTokens: 398 });
    expect(sequence!.tokens).toHaveLength(398);
  });

  it("scores a row whose last token comes just after the context, and refuses a longer one", async () => {
    const scored = await open().logProbs(promptOf(401));
    expect(scored).toHaveLength(401);
    expect(scored.at(-1)).toBeLessThan(0);
    await expect(open().logProbs(promptOf(402))).rejects.toSatisfy((error) =>
      isError(error, "ROW_TOO_LONG"),
    );
  });

  it("scores short rows that wait together in one run for each padded length, with the bytes of each alone", async () => {
    const rows = [1, 2, 5, 14, 17, 18, 33, 200, 300].map((length, i) => promptOf(length, i));
    const sampler = open();
    const together = await Promise.all(rows.map((row) => sampler.logProbs(row)));
    // A row reads all its tokens but the last: up to 8 (two rows), up to 16 (two), up to 24, 32, 200, and 299, too long for company.
    expect(sampler.runCounts).toMatchObject({ prefill: 0, score: 6 });
    for (const [i, row] of rows.entries()) {
      expect(together[i]).toHaveLength(row.length);
      expect(together[i]![0]).toBe(0);
      expect(await open().logProbs(row)).toEqual(together[i]);
    }
    expect(sampler.runCounts.score).toBe(6);
    // Under another distribution a row is scored by itself, padded or not: with the same numbers but for rounding.
    const tempered = await sampler.logProbs(rows[4]!, { temperature: 1 + 1e-9 });
    tempered.forEach((logProb, t) => expect(logProb).toBeCloseTo(together[4]![t]!, 5));
  });

  it("rejects only the request whose prompt cannot be read", async () => {
    class WithoutPrefill extends SessionPool {
      override open(...of: Parameters<SessionPool["open"]>): ReturnType<SessionPool["open"]> {
        return of[0].startsWith("sampler prefill")
          ? Promise.reject(new Error("no"))
          : sessions.open(...of);
      }
    }
    const sampler = open({ sessions: new WithoutPrefill(1, createRunGate()) });
    const { promise: isRunning, resolve: started } = Promise.withResolvers<void>();
    const running = sampler.request([1], 2, { maxTokens: 40 }, { onChunk: () => started() });
    await isRunning;
    await expect(sampler.request(promptOf(9), 2, { maxTokens: 40 })).rejects.toThrow("no");
    expect(await running).toEqual(await open().request([1], 2, { maxTokens: 40 }));
  });

  it("rejects only the request that there is no memory for", async () => {
    const wide = { ...architecture, contextLength: 2 ** 45 };
    const sampler = open({ architecture: wide, maxCacheBytes: Infinity });
    const { promise: isRunning, resolve: started } = Promise.withResolvers<void>();
    const running = sampler.request([1], 2, { maxTokens: 40 }, { onChunk: () => started() });
    await isRunning;
    const tooLong = sampler.request(promptOf(9), 2, { maxTokens: 2 ** 44 });
    await expect(tooLong).rejects.toThrow(RangeError);
    const expected = await open().request([1], 2, { maxTokens: 40 });
    expect(await running).toEqual(expected);
    expect(await sampler.request([1], 2, { maxTokens: 40 })).toEqual(expected);
  });

  it("ends what is under way on close, and then refuses", async () => {
    const sampler = open();
    const pending = sampler.request([1], 1, { maxTokens: 40 });
    await sampler.close();
    expect((await pending)[0]!.tokens).toHaveLength(40);
    await expect(sampler.request([1], 1, { maxTokens: 1 })).rejects.toSatisfy((error) =>
      isError(error, "ENGINE_CLOSED"),
    );
  });
});
