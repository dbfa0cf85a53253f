/** Passes that are weighed after their forward half: the gradients of two passes, in little memory, whole or not at all. */
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { packKept } from "../../core/kept-tokens.ts";
import { uniform } from "../../core/random.ts";
import type { Datum, ForwardedRows } from "../../ports/training-client.ts";
import { loraConfig } from "../lora/lora.ts";
import * as nativeTensors from "../runtime/native-tensors.ts";
import { createRunGate } from "../runtime/run-gate.ts";
import { PooledSession, SessionPool } from "../runtime/session-pool.ts";
import { type BaseModel, loadBaseModel } from "../weights/base-model.ts";
import { spareBytes, trainingBudget } from "./estimate.ts";
import { countingRows } from "./rows.ts";
import { Trainer, type TrainerOptions } from "./trainer.ts";
import { everyWeight } from "./trainer-fixture.ts";
import { partsOf } from "./weighed-pass.ts";

const golden = join(import.meta.dirname, "../../../../../test/golden/models");

/** Pairs of rows with a common prompt of four tokens; the answers count. */
const pairs = Array.from({ length: 12 }, (_, r): Datum => {
  const length = 5 + ((r * 5) % 13);
  const token = (i: number): number =>
    i < 4 ? 3 + 4 * Math.floor(r / 2) + i : 3 + Math.floor(200 * uniform("token", r, i));
  return {
    tokens: Array.from({ length }, (_, i) => token(i)),
    targets: Array.from({ length }, (_, i) => token(i + 1)),
    weights: Float32Array.from({ length }, (_, i) => (i < 3 ? 0 : 1)),
  };
});
const groups = pairs.flatMap((_, i) => (i % 2 === 0 ? [[i, i + 1]] : []));

/** A loss of every target by itself: its derivative's negative at the target's log-prob. */
const weighed = (logProbs: readonly Float32Array[]): Float32Array[] =>
  logProbs.map((row) =>
    row.map((logProb) => (logProb === 0 ? 0 : 0.1 + 0.3 * Math.tanh(logProb + 5))),
  );
const weigh = async ({ logProbs }: ForwardedRows): Promise<Float32Array[]> => weighed(logProbs);

const largest = (values: Float32Array): number => values.reduce((a, b) => Math.max(a, Math.abs(b)));

describe("a pass that is weighed after its forward half", () => {
  const sessions = new SessionPool(1, createRunGate());
  let base: BaseModel;
  beforeAll(async () => {
    base = await loadBaseModel(join(golden, "qwen2"));
  });
  afterAll(() => sessions.close());
  afterEach(() => void vi.restoreAllMocks());
  const open = (options: Partial<TrainerOptions> = {}): Promise<Trainer> =>
    Trainer.open("t", base, { ...everyWeight, ...options }, sessions);

  async function inTwoPasses(data: readonly Datum[], options: Partial<TrainerOptions>) {
    const trainer = await open(options);
    const { logProbs } = await trainer.forward(data, "cross_entropy");
    const weights = weighed(logProbs);
    const rows = data.map((datum, i) => ({ ...datum, weights: weights[i]! }));
    await trainer.forwardBackward(rows, "cross_entropy");
    return { logProbs, gradients: trainer.trainable.gradients };
  }

  const lora = loraConfig({ rank: 2 });
  const kept = (target: number): string =>
    packKept(Int32Array.from(new Set([1, 2, target])).toSorted());
  it.each<[string, Partial<TrainerOptions>, Partial<Datum>]>([
    ["every weight", {}, {}],
    ["an adapter", { lora }, {}],
    ["an adapter with dropout", { lora: { ...lora, dropout: 0.2 } }, { dropoutSeed: 3 }],
    ["layers that are computed again", { recompute: true }, {}],
    ["a vocabulary in chunks", { positionsPerChunk: 5 }, {}],
    ["a temperature", {}, { temperature: 0.7 }],
  ])("has the log-probs and gradients of two passes: %s", async (_, options, fields) => {
    const data = pairs.map((datum) => ({ ...datum, ...fields }));
    const two = await inTwoPasses(data, options);
    const whole = await open(options);
    const { logProbs } = await whole.weighedPass(data, undefined, weigh);
    expect(logProbs).toEqual(two.logProbs);
    const inParts = await open(options);
    await inParts.weighedPass(data, groups, weigh);
    for (const { trainable } of [whole, inParts]) {
      const difference = two.gradients.map((value, i) => value - trainable.gradients[i]!);
      expect(largest(difference) / largest(two.gradients)).toBeLessThan(1e-6);
    }
  });

  it("is of the same function where filters cut some rows", async () => {
    const data = pairs.map((datum, i) =>
      i % 3 === 0 ? { ...datum, kept: datum.targets.map(kept) } : datum,
    );
    const two = await inTwoPasses(data, {});
    const one = await open();
    const { logProbs } = await one.weighedPass(data, groups, weigh);
    expect(logProbs).toEqual(two.logProbs);
    const difference = two.gradients.map((value, i) => value - one.trainable.gradients[i]!);
    expect(largest(difference) / largest(two.gradients)).toBeLessThan(1e-6);
  });

  it("gives the same bytes whatever memory there is to hold, and computes forward again what was not held", async () => {
    const runs = vi.spyOn(PooledSession.prototype, "runHolding");
    const counts: number[] = [];
    const gradients: Float32Array[] = [];
    for (const maxHeldBytes of [0, 1e9]) {
      const trainer = await open({ maxHeldBytes, tokensPerMicrobatch: 20 });
      runs.mockClear();
      await trainer.weighedPass(pairs, undefined, weigh);
      counts.push(runs.mock.calls.length);
      gradients.push(trainer.trainable.gradients);
    }
    expect(gradients[0]).toEqual(gradients[1]);
    const [again, held] = counts as [number, number];
    // In each of two lanes the first microbatch is held in any case.
    expect(again).toBe(2 * held - 2);
  });

  it("holds no more than the microbatches of one part, and nothing afterwards, also when it fails", async () => {
    const [made, released] = [
      vi.spyOn(nativeTensors, "holdTensor"),
      vi.spyOn(nativeTensors, "releaseHeld"),
    ];
    const trainer = await open({ tokensPerMicrobatch: 20 });
    const open_ = (): number => made.mock.calls.length - released.mock.calls.length;
    const during: number[] = [];
    await trainer.weighedPass(pairs, groups, async (part) => {
      during.push(open_());
      return weigh(part);
    });
    expect(during.length).toBeGreaterThan(3);
    expect(Math.min(...during)).toBeGreaterThan(0);
    expect(Math.max(...during)).toBeLessThan(2 * Math.min(...during) + 1);
    expect(open_()).toBe(0);
    const failing = trainer.weighedPass(pairs, groups, async (part) => {
      if (part.rows.includes(0)) throw new Error("no weights");
      return weigh(part);
    });
    await expect(failing).rejects.toThrow("no weights");
    expect(open_()).toBe(0);
  });

  it("adds to what is accumulated, whole or nothing", async () => {
    const trainer = await open({ tokensPerMicrobatch: 20 });
    await trainer.forwardBackward(pairs, "cross_entropy");
    const before = trainer.trainable.gradients.slice();
    let calls = 0;
    const failing = trainer.weighedPass(pairs, groups, async (part) => {
      // The first part's gradients are added by then.
      if (calls++ > 0) throw new Error("no weights");
      return weigh(part);
    });
    await expect(failing).rejects.toThrow("no weights");
    expect(trainer.trainable.gradients).toEqual(before);
    await trainer.weighedPass(pairs, groups, weigh);
    const { gradients } = await inTwoPasses(pairs, {});
    const difference = gradients.map(
      (value, i) => value + before[i]! - trainer.trainable.gradients[i]!,
    );
    expect(largest(difference) / largest(before)).toBeLessThan(1e-6);
  });

  it("weighs each part with all of its groups' rows, and the rows without a target too", async () => {
    const empty = { ...pairs[0]!, weights: new Float32Array(pairs[0]!.tokens.length) };
    const trainer = await open({ tokensPerMicrobatch: 20 });
    const seen: (readonly number[])[] = [];
    const data = [...pairs, empty, empty];
    await trainer.weighedPass(data, [...groups, [12, 13]], async (part) => {
      seen.push(part.rows);
      return weigh(part);
    });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.flat().toSorted((a, b) => a - b)).toEqual([...data.keys()]);
    for (const rows of seen)
      for (const row of rows) expect(rows).toContain(row % 2 === 0 ? row + 1 : row - 1);
  });

  it("refuses groups and weights that do not fit the data", async () => {
    const trainer = await open();
    for (const wrong of [[[0, 1]], [...groups, [0]], [...groups.slice(1), [0, 0]]])
      await expect(trainer.weighedPass(pairs, wrong, weigh)).rejects.toMatchObject({
        code: "SHAPE_MISMATCH",
      });
    const short = async ({ logProbs }: ForwardedRows) => logProbs.map((row) => row.slice(1));
    await expect(trainer.weighedPass(pairs, groups, short)).rejects.toThrow(/weigh.*expects/);
    expect(largest(trainer.trainable.gradients)).toBe(0);
  });
});

describe("parts", () => {
  it("have about a microbatch for each lane, the longest rows first", async () => {
    const { architecture } = await loadBaseModel(join(golden, "qwen2"));
    const rows = countingRows(pairs, "cross_entropy", architecture);
    const budget = trainingBudget(architecture, 20);
    const parts = partsOf(rows, groups, { budget, lanes: 2 });
    for (const part of parts) {
      const longest = Math.max(...part.map(({ datum }) => datum.tokens.length));
      expect(part.length === 2 || part.length * longest <= 40).toBe(true);
    }
    const lengths = parts.map((part) => Math.max(...part.map((row) => row.datum.tokens.length)));
    expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
    expect(partsOf(rows, undefined, { budget, lanes: 2 })).toHaveLength(1);
  });

  it("hold half of the memory that is free beside the estimate, and no more than 2 GB", () => {
    expect(spareBytes(3e9)).toBe(1.5e9);
    expect(spareBytes(-1)).toBe(0);
    expect(spareBytes(1e12)).toBe(2e9);
  });
});
