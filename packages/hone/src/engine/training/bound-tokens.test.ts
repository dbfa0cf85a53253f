/** Rows that a response format bound are trained with the log-probs among the tokens that it allowed, as they were sampled. */
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { Datum } from "../../ports/training-client.ts";
import type { SamplingParams } from "../../ports/sampling-client.ts";
import { openTokenizer } from "../../text/tokenizer.ts";
import { Formats } from "../grammar/formats.ts";
import { TokenTrie } from "../grammar/token-trie.ts";
import { createRunGate } from "../runtime/run-gate.ts";
import { SessionPool } from "../runtime/session-pool.ts";
import { Sampler } from "../sampler/sampler.ts";
import type { SequenceResult } from "../sampler/sampling-job.ts";
import { loadBaseModel } from "../weights/base-model.ts";
import { ServedTrainer } from "../worker/served-trainer.ts";
import { boundPositions } from "../grammar/bound-tokens.ts";
import { Trainer, trainerParts } from "./trainer.ts";
import { everyWeight } from "./trainer-fixture.ts";

const models = join(import.meta.dirname, "../../../../../test/golden/models");
const format = {
  type: "json",
  schema: {
    type: "object",
    properties: { name: { type: "string", maxLength: 6 }, count: { type: "integer", minimum: 0 } },
    required: ["name", "count"],
  },
} as const;

describe.each(["qwen2", "gemma3"])("rows of a %s model that a format bound", async (family) => {
  const folder = join(models, family);
  const sessions = new SessionPool(1, createRunGate());
  afterAll(() => sessions.close());
  const [base, tokenizer] = await Promise.all([loadBaseModel(folder), openTokenizer(folder)]);
  const formats = new Formats(() =>
    Array.from({ length: base.architecture.vocabularySize }, (_, id) =>
      tokenizer.has(id) ? tokenizer.bytesOf(id) : undefined,
    ),
  );
  const decodeText = (ids: readonly number[]): string => tokenizer.decode(ids);
  const sampler = new Sampler({ ...base, sessions, decodeText, formats });
  const prompt = tokenizer.encode("a b");
  const stopTokens = [tokenizer.endOfText[0]!];

  const openTrainer = async (positionsPerChunk?: number): Promise<Trainer> => {
    const options = { ...everyWeight, positionsPerChunk };
    const parts = await trainerParts("t", base, options, sessions);
    const host = { snapshot: () => ({ sampler: "", weightsVersion: "" }), closed: () => {} };
    return new ServedTrainer({ ...parts, formats }, host);
  };

  const datumOf = (
    { tokens, samplingLogProbs }: SequenceResult,
    { temperature = 1 }: Partial<SamplingParams>,
    isBound: boolean,
  ): Datum => {
    const row = [...prompt, ...tokens];
    const at = <T>(value: (i: number) => T): T[] =>
      row.slice(1).map((_, t) => value(t + 1 - prompt.length));
    const start = prompt.length - 1;
    return {
      tokens: row.slice(0, -1),
      targets: row.slice(1),
      mask: Float32Array.from(at((i) => Number(i >= 0))),
      samplingLogProbs: Float32Array.from(at((i) => samplingLogProbs[i] ?? 0)),
      advantages: Float32Array.from(at((i) => (i < 0 ? 0 : 1 - i / 7))),
      temperature,
      ...(isBound ? { bound: [{ format, stopTokens, start, length: tokens.length }] } : {}),
    };
  };
  const sample = async (params: Partial<SamplingParams>): Promise<SequenceResult> =>
    (await sampler.request(prompt, 1, { maxTokens: 60, stopTokens, seed: 4, ...params }))[0]!;

  it("have the ratio 1 on unchanged weights, at any temperature and beside free rows, which change nothing", async () => {
    const trainer = await openTrainer();
    const [bound, hot, cut, free] = await Promise.all([
      sample({ format }),
      sample({ format, temperature: 1.4 }),
      sample({ format, maxTokens: 5 }),
      sample({ maxTokens: 9 }),
    ]);
    expect([bound.stopReason, cut.stopReason]).toEqual(["stop", "length"]);
    const data = [
      datumOf(bound, {}, true),
      datumOf(hot, { temperature: 1.4 }, true),
      datumOf(cut, {}, true),
      datumOf(free, {}, false),
    ];
    const { metrics, logProbs } = await trainer.forwardBackward(data, "importance_sampling");
    expect(metrics["ratio_mean"]).toBeCloseTo(1, 4);
    expect(metrics["ratio_max"]).toBeCloseTo(1, 3);
    expect(metrics["kl_old"]).toBeCloseTo(0, 6);
    const alone = await trainer.forward([data[3]!], "importance_sampling");
    expect(logProbs[3]).toEqual(alone.logProbs[0]);
    const untold = await trainer.forwardBackward(
      [datumOf(bound, {}, false)],
      "importance_sampling",
    );
    expect(untold.metrics["ratio_mean"]).toBeLessThan(0.5);
  });

  it("have the same gradient where the vocabulary is computed in chunks", async () => {
    const row = datumOf(await sample({ format }), {}, true);
    const gradients = await Promise.all(
      [undefined, 7].map(async (positionsPerChunk) => {
        const trainer = await openTrainer(positionsPerChunk);
        const { loss } = await trainer.forwardBackward([row], "ppo");
        return { loss, values: trainer.trainable.gradients.slice() };
      }),
    );
    const [whole, chunked] = gradients;
    expect(chunked!.loss).toBeCloseTo(whole!.loss, 4);
    const apart = whole!.values.map((value, i) => Math.abs(value - chunked!.values[i]!));
    expect(apart.reduce((a, b) => Math.max(a, b), 0)).toBeLessThan(1e-4);
    expect(whole!.values.some((value) => Math.abs(value) > 1e-3)).toBe(true);
  });

  it("are refused where their tokens are not those of the format, and where the client knows no formats", async () => {
    const trainer = await openTrainer();
    const row = datumOf(await sample({ maxTokens: 9 }), {}, true);
    await expect(trainer.forward([row], "ppo")).rejects.toMatchObject({
      code: "FORMAT_NOT_FOLLOWED",
    });
    const outside = { ...row, bound: [{ ...row.bound![0]!, length: 99 }] };
    await expect(trainer.forward([outside], "ppo")).rejects.toThrow(/SHAPE_MISMATCH.*"bound"/);
    const plain = await Trainer.open("t", base, everyWeight, sessions);
    await expect(plain.forward([row], "ppo")).rejects.toThrow(/OPTION_INVALID.*bound/);
  });
});

it("rows hold no mask of the vocabulary before they are computed", () => {
  const bytes = Array.from({ length: 257 }, (_, id) => (id < 256 ? Uint8Array.of(id) : undefined));
  const formats = new Formats(() => bytes);
  const text = [...Buffer.from('{"name":"a","count":7}')];
  const targets = [...text, 256];
  const bound = [{ format, stopTokens: [256], start: 0, length: targets.length }];
  using masks = vi.spyOn(TokenTrie.prototype, "allowed");
  const positions = boundPositions({ tokens: targets, targets, bound }, "row", {
    formats,
    vocabularySize: 257,
  })!;
  expect(positions.size).toBe(targets.length);
  expect(masks).not.toHaveBeenCalled();
  const allowed = (position: number): number[] => {
    const mask = new Uint8Array(257);
    positions.get(position)!.writeAllowed(mask);
    return targets.filter((token, i) => mask[token] === 1 && targets.indexOf(token) === i);
  };
  expect(allowed(text.length)).toContain(256);
  expect(allowed(text.length)).not.toContain(text[0]);
  expect(allowed(text.length - 1)).not.toContain(256);
  targets.forEach((token, i) => expect(allowed(i)).toContain(token));
});
