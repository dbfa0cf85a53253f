/** A prompt that several rows begin with, computed once: the same log-probs to the byte, the same gradients. */
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { uniform } from "../../core/random.ts";
import type { Datum, LossName } from "../../ports/training-client.ts";
import { type BaseModel, loadBaseModel } from "../weights/base-model.ts";
import { loraConfig } from "../lora/lora.ts";
import { createRunGate } from "../runtime/run-gate.ts";
import { SessionPool } from "../runtime/session-pool.ts";
import { type Budget, microbatches, type SplitOptions } from "./microbatches.ts";
import { countingRows } from "./rows.ts";
import { Trainer, type TrainerOptions } from "./trainer.ts";
import { everyWeight } from "./trainer-fixture.ts";

const budget: Budget = { tokens: () => 4096, entries: 4096, continuedToken: () => 0 };
const sharing: SplitOptions = { sharesPrefixes: true, lanes: 1 };
const model = { vocabularySize: 1000, contextLength: 8192 };

const split = (data: readonly Datum[], limits = budget, options = sharing) =>
  microbatches(countingRows(data, "ppo", model), limits, options)[0]!;

const madeUp = (name: string, length: number): number[] =>
  Array.from({ length }, (_, i) => 3 + Math.floor(200 * uniform(name, i)));

/** A prompt and an answer, whose tokens alone count. */
function answerTo(prompt: readonly number[], name: string, length: number): Datum {
  const tokens = [...prompt, ...madeUp(name, length)];
  const targets = tokens.slice(1);
  const mask = Float32Array.from(targets, (_, t) => (t < prompt.length - 1 ? 0 : 1));
  return {
    tokens: tokens.slice(0, -1),
    targets,
    mask,
    weights: mask.map((m, t) => m * (uniform("weight", t) - 0.2)),
    samplingLogProbs: Float32Array.from(targets, (_, t) => -5.5 - uniform("old", t)),
    advantages: mask.map((m) => m * (uniform(name) - 0.5)),
  };
}

/** Groups of answers to prompts of other lengths. */
const groups = (prompts: readonly number[], answers: number): Datum[] =>
  prompts.flatMap((length, g) =>
    Array.from({ length: answers }, (_, i) =>
      answerTo(madeUp(`prompt ${g}`, length), `answer ${g} ${i}`, 5 + ((3 * i + g) % 7)),
    ),
  );

describe("rows that share prompts", () => {
  it("leave out their prompts but the last token, which the first answer's token is read from", () => {
    const [batch, ...others] = split(groups([100, 100], 8));
    expect(others).toEqual([]);
    expect(batch!.prefixes!.length).toBe(99);
    expect(batch!.prefixes!.rows.map((row) => row.index)).toHaveLength(2);
    // The longest answer has 11 tokens: it reads the prompt's last and 10 of its own.
    expect(batch!.length).toBe(11);
    for (const [r, row] of batch!.rows.entries()) {
      const prefix = batch!.prefixes!.rows[batch!.prefixes!.owners[r]!]!;
      expect(row.datum.tokens.slice(0, 99)).toEqual(prefix.datum.tokens.slice(0, 99));
    }
  });

  it("share as much as the shortest prompt has, so that no prefix is padded", () => {
    const [batch] = split(groups([100, 103], 8));
    expect(batch!.prefixes).toMatchObject({ length: 99 });
    expect(batch!.length).toBe(11 + 3);
  });

  it("share what all begin with where their prompts differ: a system prompt", () => {
    const system = madeUp("system", 300);
    const data = Array.from({ length: 8 }, (_, i) =>
      answerTo([...system, ...madeUp(`question ${i}`, 10)], `answer ${i}`, 5),
    );
    const [batch, ...others] = split(data);
    expect(others).toEqual([]);
    expect(batch!.prefixes!.length).toBeGreaterThanOrEqual(300);
    expect(batch!.prefixes!.rows).toHaveLength(1);
  });

  it("stay whole where nothing is common, little is gained, or it is not wanted", () => {
    const apart = Array.from({ length: 8 }, (_, i) => answerTo(madeUp(`p ${i}`, 100), `a ${i}`, 5));
    expect(split(apart).map((batch) => batch.prefixes)).toEqual([undefined]);
    expect(split(groups([4], 8))[0]!.prefixes).toBeUndefined();
    const whole = split(groups([100], 8), budget, { ...sharing, sharesPrefixes: false });
    expect(whole.map((batch) => batch.prefixes)).toEqual([undefined]);
  });

  it("never share a position that counts", () => {
    const data = groups([100], 4);
    for (const datum of data) datum.mask![40] = 1;
    expect(split(data)[0]!.prefixes!.length).toBe(40);
  });

  it("count what each row keeps of its prefix", () => {
    const kept = { ...budget, continuedToken: () => 0.1 };
    // 64 rows keep 0.1 · 699 tokens each beside their own 11 or fewer.
    expect(split(groups([700], 64)).length).toBe(1);
    expect(split(groups([700], 64), kept).length).toBeGreaterThan(1);
  });

  it("share also a prompt that is nearly the whole budget", () => {
    const [batch, ...others] = split(groups([5000], 2), { ...budget, tokens: () => 1000 });
    expect(others).toEqual([]);
    expect(batch!.prefixes!.length).toBe(4999);
  });

  it("fill a microbatch by what is computed: 64 answers to one long prompt fit where 5 whole rows would", () => {
    const batches = split(groups([700], 64));
    expect(batches).toHaveLength(1);
    expect(
      split(groups([700], 64), budget, { ...sharing, sharesPrefixes: false }).length,
    ).toBeGreaterThan(11);
  });
});

describe.each(["qwen2", "qwen3", "llama", "gemma3"])("%s", (family) => {
  const sessions = new SessionPool(1, createRunGate());
  let base: BaseModel;
  beforeAll(async () => {
    base = await loadBaseModel(
      join(import.meta.dirname, "../../../../../test/golden/models", family),
    );
  });
  afterAll(() => sessions.close());
  afterEach(() => vi.restoreAllMocks());

  /** 16 rows of two prompts; gemma3's window is shorter than they are. */
  const data = groups([60, 63], 8);
  it("has rows here that share", () => {
    for (const tokens of [4096, 260]) {
      const shared = split(data, { ...budget, tokens: () => tokens }).filter(
        (batch) => batch.prefixes,
      );
      expect(shared.length).toBeGreaterThanOrEqual(tokens === 260 ? 2 : 1);
    }
  });

  it.for<[string, LossName, Partial<TrainerOptions>]>([
    ["every weight", "importance_sampling", {}],
    ["an adapter", "ppo", { lora: loraConfig({ rank: 2 }) }],
    ["with recomputation", "cross_entropy", { recompute: true }],
    ["the vocabulary in chunks", "cross_entropy", { positionsPerChunk: 40 }],
    ["in several microbatches", "cross_entropy", { tokensPerMicrobatch: 260 }],
    // Every row then drops other features of the common prompt.
    ["not with dropout", "cross_entropy", { lora: loraConfig({ rank: 2, dropout: 0.3 }) }],
  ])("once = once a row: %s", async ([, loss, changes]) => {
    const opening = vi.spyOn(sessions, "open");
    const run = async (sharesPrefixes: boolean) => {
      const options = { ...everyWeight, ...changes, sharesPrefixes };
      const trainer = await Trainer.open("t", base, options, sessions);
      // An adapter's B is zero at first, and A would get no gradient.
      if (changes.lora !== undefined)
        trainer.trainable.values.forEach((_, i, all) => (all[i] = uniform("lora", i) - 0.5));
      const seeded = data.map((datum, i) => ({ ...datum, dropoutSeed: i }));
      const output = await trainer.forwardBackward(seeded, loss, {});
      return { output, gradients: trainer.trainable.gradients };
    };
    const shared = await run(true);
    const names = opening.mock.calls.map(([name]) => name).join();
    expect(names.includes('"hasPrefixes":true')).toBe(!changes.lora?.dropout);
    const whole = await run(false);
    expect(shared.output.logProbs).toEqual(whole.output.logProbs);
    expect(shared.output.loss / whole.output.loss).toBeCloseTo(1, 5);
    const size = Math.max(...whole.gradients.map(Math.abs));
    const worst = Math.max(...whole.gradients.map((g, i) => Math.abs(g - shared.gradients[i]!)));
    expect(size).toBeGreaterThan(1e-4);
    expect(worst / size).toBeLessThan(1e-5);
  });
});
