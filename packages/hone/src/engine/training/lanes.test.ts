/** Microbatches side by side: as fast as the cores allow, and the bytes that one thread gives. */
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { uniform } from "../../core/random.ts";
import type { Datum } from "../../ports/training-client.ts";
import { loadBaseModel } from "../weights/base-model.ts";
import { ortLibrary } from "../runtime/ort-library.ts";
import { createRunGate } from "../runtime/run-gate.ts";
import { SessionPool } from "../runtime/session-pool.ts";
import { microbatches } from "./microbatches.ts";
import { countingRows } from "./rows.ts";
import { Trainer } from "./trainer.ts";
import { everyWeight } from "./trainer-fixture.ts";

const rowOf = (length: number, name = length): Datum => ({
  tokens: Array.from({ length }, (_, i) => 3 + Math.floor(200 * uniform(name, i))),
  targets: Array.from({ length }, (_, i) => 3 + Math.floor(200 * uniform(name, i + 1))),
  weights: new Float32Array(length).fill(0.1),
});
const budget = { tokens: () => 4096, entries: 4096, continuedToken: () => 0 };
const split = (data: readonly Datum[], lanes: number) =>
  microbatches(
    countingRows(data, "cross_entropy", { vocabularySize: 1000, contextLength: 4096 }),
    budget,
    {
      sharesPrefixes: true,
      lanes,
    },
  );

describe("lanes of microbatches", () => {
  const tokens = (data: readonly Datum[], lanes: number): number[] =>
    split(data, lanes).map((lane) =>
      lane.reduce((sum, { rows, length }) => sum + rows.length * length, 0),
    );

  it("have equal halves of equal rows, also where all would fit into one microbatch", () => {
    const data = Array.from({ length: 32 }, (_, i) => rowOf(64, i));
    expect(tokens(data, 1)).toEqual([2048]);
    expect(tokens(data, 2)).toEqual([1024, 1024]);
  });

  it("have about equal shares of rows of any length, and every row once", () => {
    const data = Array.from({ length: 40 }, (_, i) => rowOf(10 + 5 * i, i));
    const [a, b] = tokens(data, 2) as [number, number];
    expect(Math.abs(a - b) / (a + b)).toBeLessThan(0.1);
    const seen = split(data, 2).flatMap((lane) =>
      lane.flatMap(({ rows }) => rows.map((row) => row.index)),
    );
    expect(seen.toSorted((x, y) => x - y)).toEqual(data.map((_, i) => i));
  });

  it("are one for a single row", () => {
    expect(tokens([rowOf(9)], 2)).toEqual([9]);
  });
});

describe("a trainer in lanes", async () => {
  const base = await loadBaseModel(
    join(import.meta.dirname, "../../../../../test/golden/models/qwen2"),
  );
  const data = [40, 7, 23, 40, 12, 31, 5, 18].map((length, i) => rowOf(length, i));
  const pools: SessionPool[] = [];
  const open = (threads: number): Promise<Trainer> => {
    const sessions = new SessionPool(threads, createRunGate());
    pools.push(sessions);
    return Trainer.open("t", base, everyWeight, sessions);
  };
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const pool of pools.splice(0)) await pool.close();
  });

  it("computes two microbatches at a time where there are two threads", async () => {
    const library = ortLibrary();
    let [running, most] = [0, 0];
    const runAside = library.runAside;
    vi.spyOn(library, "runAside").mockImplementation(async (...args) => {
      most = Math.max(most, ++running);
      await runAside(...args).finally(() => running--);
    });
    await (await open(2)).forwardBackward(data, "cross_entropy", {});
    expect(most).toBe(2);
    most = 0;
    await (await open(1)).forwardBackward(data, "cross_entropy", {});
    expect(most).toBe(0);
  });

  it("gives the bytes of one thread: log-probs, gradients, weights after two steps", async () => {
    const [one, two] = [await open(1), await open(2)];
    for (let step = 0; step < 2; step++) {
      const a = await one.forwardBackward(data, "cross_entropy", {});
      const b = await two.forwardBackward(data, "cross_entropy", {});
      expect(b.logProbs).toEqual(a.logProbs);
      expect(b.loss).toBe(a.loss);
      expect(two.trainable.gradients).toEqual(one.trainable.gradients);
      for (const trainer of [one, two]) await trainer.optimStep({ learningRate: 1e-2 });
    }
    expect(two.trainable.values).toEqual(one.trainable.values);
  });

  it("adds the same gradient up again in a second call", async () => {
    const trainer = await open(2);
    await trainer.forwardBackward(data, "cross_entropy", {});
    const once = trainer.trainable.gradients.slice();
    await trainer.forwardBackward(data, "cross_entropy", {});
    const far = trainer.trainable.gradients.map((value, i) => Math.abs(value - 2 * once[i]!));
    expect(Math.max(...far)).toBeLessThan(1e-5);
  });

  it("keeps what was accumulated when a lane fails, and fails when no other runs any more", async () => {
    const trainer = await open(2);
    await trainer.forwardBackward(data, "cross_entropy", {});
    const before = trainer.trainable.gradients.slice();
    const library = ortLibrary();
    const runAside = library.runAside;
    let [calls, running] = [0, 0];
    vi.spyOn(library, "runAside").mockImplementation(async (...args) => {
      if (++calls === 1) throw new Error("no memory");
      running++;
      await runAside(...args).finally(() => running--);
    });
    const failing = trainer.forwardBackward(data, "cross_entropy", {});
    await expect(failing).rejects.toThrow(/RUNTIME_FAILED.*no memory/);
    expect([calls > 1, running]).toEqual([true, 0]);
    expect(trainer.trainable.gradients).toEqual(before);
    vi.restoreAllMocks();
    await trainer.forwardBackward(data, "cross_entropy", {});
    const doubled = before.map((value) => 2 * value);
    const far = trainer.trainable.gradients.map((value, i) => Math.abs(value - doubled[i]!));
    expect(Math.max(...far)).toBeLessThan(1e-5);
  });
});
