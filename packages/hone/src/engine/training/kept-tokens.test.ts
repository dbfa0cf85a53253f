/** Rows that top-k, top-p or min-p cut are trained with the log-probs among the tokens that they left, as they were drawn. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { keptIds, packKept } from "../../core/kept-tokens.ts";
import type { ResponseFormat } from "../../core/response-format.ts";
import type { SamplingParams, ScoredDistribution } from "../../ports/sampling-client.ts";
import type { Datum } from "../../ports/training-client.ts";
import { openTokenizer } from "../../text/tokenizer.ts";
import { Formats } from "../grammar/formats.ts";
import { createRunGate } from "../runtime/run-gate.ts";
import { SessionPool } from "../runtime/session-pool.ts";
import { Sampler } from "../sampler/sampler.ts";
import type { SequenceResult } from "../sampler/sampling-job.ts";
import { loadBaseModel } from "../weights/base-model.ts";
import { ServedTrainer } from "../worker/served-trainer.ts";
import { type Trainer, trainerParts } from "./trainer.ts";
import { everyWeight } from "./trainer-fixture.ts";

const models = join(import.meta.dirname, "../../../../../test/golden/models");
const format: ResponseFormat = {
  type: "json",
  schema: { type: "array", items: { type: "string", maxLength: 4 }, minItems: 2, maxItems: 3 },
};
const filters = { "top-p 0.5": { topP: 0.5 }, "top-k 5": { topK: 5 }, "min-p 0.1": { minP: 0.1 } };

interface Packed {
  readonly data: string;
}
interface Golden {
  readonly temperature: number;
  readonly rows: readonly {
    readonly tokens: number[];
    readonly targets: number[];
    readonly kept: number[][];
    readonly oldLogProbs: number[];
    readonly advantages: number[];
    readonly logProbs: Packed;
  }[];
  readonly loss: number;
  readonly gradients: Readonly<Record<string, Packed>>;
}

function unpacked({ data }: Packed): Float32Array {
  const bytes = Buffer.from(data, "base64");
  return new Float32Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
  );
}

const furthest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, one, i) => Math.max(most, Math.abs(one - b[i]!)), 0);

describe.each(["qwen2", "llama"])("rows of a %s model that filters cut", async (family) => {
  const folder = join(models, family);
  const sessions = new SessionPool(1, createRunGate());
  afterAll(() => sessions.close());
  const [base, tokenizer] = await Promise.all([loadBaseModel(folder), openTokenizer(folder)]);
  const { vocabularySize } = base.architecture;
  const ids = Array.from({ length: vocabularySize }, (_, id) => id);
  const excluded = ids.filter((id) => !tokenizer.has(id));
  const formats = new Formats(() =>
    ids.map((id) => (tokenizer.has(id) ? tokenizer.bytesOf(id) : undefined)),
  );
  const sampler = new Sampler({ ...base, sessions, excluded, formats });
  const prompt = tokenizer.encode("a b");
  const stopTokens = [tokenizer.endOfText[0]!];
  const openTrainer = async (positionsPerChunk?: number): Promise<Trainer> => {
    const parts = await trainerParts("t", base, { ...everyWeight, positionsPerChunk }, sessions);
    const host = { snapshot: () => ({ sampler: "", weightsVersion: "" }), closed: () => {} };
    return new ServedTrainer({ ...parts, formats }, host);
  };
  const sample = async (params: Partial<SamplingParams>): Promise<SequenceResult> => {
    const asked = { maxTokens: 40, stopTokens, seed: 3, tellsKept: true, ...params };
    return (await sampler.request(prompt, 1, asked))[0]!;
  };

  const datumOf = (
    { tokens, samplingLogProbs, kept }: SequenceResult,
    { temperature = 1, format: asked }: Partial<SamplingParams>,
  ): Datum => {
    const row = [...prompt, ...tokens];
    const at = <T>(value: (i: number) => T): T[] =>
      row.slice(1).map((_, t) => value(t + 1 - prompt.length));
    const bound = { stopTokens, start: prompt.length - 1, length: tokens.length };
    return {
      tokens: row.slice(0, -1),
      targets: row.slice(1),
      mask: Float32Array.from(at((i) => Number(i >= 0))),
      samplingLogProbs: Float32Array.from(at((i) => samplingLogProbs[i] ?? 0)),
      advantages: Float32Array.from(at((i) => (i < 0 ? 0 : 1 - i / 7))),
      temperature,
      ...(kept === undefined ? {} : { kept: at((i) => kept[i] ?? "") }),
      ...(asked === undefined ? {} : { bound: [{ ...bound, format: asked }] }),
    };
  };

  it("have log-probs, loss and gradients as PyTorch gives them, also where the vocabulary comes in chunks", async () => {
    const golden = JSON.parse(readFileSync(join(folder, "kept.json"), "utf8")) as Golden;
    const data = golden.rows.map((row): Datum => ({
      ...row,
      kept: row.kept.map((set) => packKept(Int32Array.from(set))),
      samplingLogProbs: Float32Array.from(row.oldLogProbs),
      advantages: Float32Array.from(row.advantages),
      mask: new Float32Array(row.tokens.length).fill(1),
      temperature: golden.temperature,
    }));
    for (const chunk of [undefined, 5]) {
      const trainer = await openTrainer(chunk);
      const { loss, logProbs } = await trainer.forwardBackward(data, "importance_sampling");
      golden.rows.forEach((row, i) =>
        expect(furthest(logProbs[i]!, unpacked(row.logProbs))).toBeLessThan(1e-4),
      );
      expect(Math.abs(loss / golden.loss - 1)).toBeLessThan(1e-3);
      for (const [name, gradient] of Object.entries(golden.gradients)) {
        const expected = unpacked(gradient);
        const size = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
        const far = furthest(trainer.trainable.view(name).gradient, expected);
        expect(far / size, name).toBeLessThan(1e-3);
      }
    }
  });

  it("have the ratio 1 on unchanged weights, by every filter, at any temperature, with a response format and without", async () => {
    const trainer = await openTrainer();
    const asked = Object.values(filters).flatMap((filter) => [
      filter,
      { ...filter, temperature: 1.3 },
      { ...filter, format },
    ]);
    const all = [...asked, { ...filters["top-k 5"], ...filters["top-p 0.5"], minP: 0.1, format }];
    const sampled = await Promise.all(all.map(sample));
    const data = sampled.map((sequence, i) => datumOf(sequence, all[i]!));
    const { metrics, logProbs } = await trainer.forwardBackward(data, "importance_sampling");
    sampled.forEach(({ tokens, samplingLogProbs, kept }, i) => {
      const own = logProbs[i]!.slice(prompt.length - 1);
      // Cached attention and attention over whole rows round so differently in f32, with filters as without.
      expect(furthest(own, samplingLogProbs), JSON.stringify(all[i])).toBeLessThan(4e-6);
      tokens.forEach((token, t) => {
        const set = keptIds(kept![t]!)!;
        expect(set).toContain(token);
        expect(set.some((id) => excluded.includes(id))).toBe(false);
      });
    });
    expect(Math.abs(metrics["ratio_mean"]! - 1)).toBeLessThan(1e-6);
    expect(metrics["ratio_max"]! - 1).toBeLessThan(4e-6);
    // Without its sets the same row would be compared with the whole distribution.
    const { kept: _kept, ...untold } = data[0]!;
    const biased = await trainer.forwardBackward([untold], "importance_sampling");
    expect(biased.metrics["ratio_mean"]).toBeLessThan(0.7);
  });

  it("are scored by a reference as they were drawn", async () => {
    for (const params of [{ topP: 0.5, temperature: 1.3 }, { topK: 5, format }, { format }]) {
      const sequence = await sample(params);
      const { tokens, samplingLogProbs, kept } = sequence;
      const given = new Array<string>(prompt.length).fill("");
      const { temperature = 1, format: asked } = params as Partial<SamplingParams>;
      const part = { stopTokens, start: prompt.length, length: tokens.length };
      const of: ScoredDistribution = {
        temperature,
        ...(kept === undefined ? {} : { kept: [...given, ...kept] }),
        ...(asked === undefined ? {} : { bound: [{ ...part, format: asked }] }),
      };
      const scored = await sampler.logProbs([...prompt, ...tokens], of);
      expect(furthest(scored.slice(prompt.length), samplingLogProbs)).toBeLessThan(1e-5);
    }
    await expect(sampler.logProbs([1, 2], { temperature: 0 })).rejects.toThrow(/temperature = 0/);
    await expect(sampler.logProbs([1, 2], { kept: [""] })).rejects.toThrow(/2 sets in kept/);
  });

  it("say which tokens were left only where they are asked, and piece by piece where they are streamed", async () => {
    const chunks: (readonly string[] | undefined)[] = [];
    const params = { maxTokens: 12, topK: 3, seed: 1 };
    const told = await sampler.request(
      prompt,
      1,
      { ...params, tellsKept: true },
      { onChunk: ({ kept }) => chunks.push(kept) },
    );
    expect(chunks.flatMap((kept) => kept!)).toEqual(told[0]!.kept);
    expect(told[0]!.kept!.map((set) => keptIds(set)!.length)).toEqual(new Array(12).fill(3));
    const [untold] = await sampler.request(prompt, 1, params);
    expect(untold).toEqual({ ...told[0]!, kept: undefined });
    const [whole, greedy] = await Promise.all([sample({ topP: 1 }), sample({ temperature: 0 })]);
    expect([whole.kept, greedy.kept]).toEqual([undefined, undefined]);
  });

  it("are refused where a set cannot be read, or lacks the token that was drawn", async () => {
    const trainer = await openTrainer();
    const row = datumOf(await sample({ topK: 5, maxTokens: 4 }), {});
    const withSet = (set: string): Datum => ({ ...row, kept: [...row.kept!.slice(0, -1), set] });
    const other = packKept(Int32Array.of((row.targets.at(-1)! + 1) % vocabularySize));
    const beyond = packKept(Int32Array.of(vocabularySize));
    const position = row.targets.length - 1;
    for (const [set, text] of [
      [other, `position ${position} its set lacks the token ${row.targets.at(-1)}`],
      [beyond, `is no set of tokens below ${vocabularySize}`],
      ["!", "is no set"],
    ] as const)
      await expect(trainer.forward([withSet(set)], "ppo")).rejects.toThrow(text);
    const short = { ...row, kept: row.kept!.slice(1) };
    await expect(trainer.forward([short], "ppo")).rejects.toThrow(/SHAPE_MISMATCH.*kept/);
  });
});
