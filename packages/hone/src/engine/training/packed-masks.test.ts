/** Masks of the vocabulary take a bit a token, are unpacked a chunk at a time, and are part of the estimate. */
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { packKept } from "../../core/kept-tokens.ts";
import { uniform } from "../../core/random.ts";
import type { Datum } from "../../ports/training-client.ts";
import { createRunGate } from "../runtime/run-gate.ts";
import { PooledSession, SessionPool } from "../runtime/session-pool.ts";
import { loadBaseModel } from "../weights/base-model.ts";
import { estimateTraining, maskedEntries } from "./estimate.ts";
import { PackedMasks } from "./packed-masks.ts";
import { Trainer } from "./trainer.ts";
import { everyWeight } from "./trainer-fixture.ts";

describe("masks of a bit a token", () => {
  it.each([1, 7, 8, 9, 31, 64, 317])(
    "hold what positions can have of %d tokens, all tokens where nothing is said",
    (vocabularySize) => {
      const masks = new PackedMasks(3, vocabularySize);
      const mask = Uint8Array.from({ length: vocabularySize }, (_, id) =>
        Number(uniform("mask", id) < 0.5),
      );
      // The second position's mask is written twice: nothing stays of the first time.
      masks.write(1, (into) => into.fill(1));
      masks.write(1, (into) => into.set(mask));
      const bytes = Math.ceil(vocabularySize / 8);
      expect(masks.bits).toHaveLength(3 * bytes);
      const bit = (position: number, id: number): number =>
        (masks.bits[position * bytes + (id >> 3)]! >> (id & 7)) & 1;
      for (let id = 0; id < vocabularySize; id++)
        expect([0, 1, 2].map((position) => bit(position, id))).toEqual([1, mask[id], 1]);
    },
  );
});

describe("rows that filters cut", async () => {
  const sessions = new SessionPool(1, createRunGate());
  afterAll(() => sessions.close());
  const base = await loadBaseModel(
    join(import.meta.dirname, "../../../../../test/golden/models/qwen2"),
  );
  const { vocabularySize } = base.architecture;
  const targets = Array.from({ length: 40 }, (_, i) => 3 + ((7 * i) % 50));
  const row: Datum = {
    tokens: [2, ...targets.slice(0, -1)],
    targets,
    weights: new Float32Array(40).fill(1),
    kept: targets.map((target) => packKept(Int32Array.of(target, target + 60))),
  };

  it("are fed an eighth of a byte a token and position, and unpacked in chunks that fit beside their logits", async () => {
    const run = vi.spyOn(PooledSession.prototype, "run");
    const trainer = await Trainer.open(
      "t",
      base,
      { ...everyWeight, positionsPerChunk: 8 },
      sessions,
    );
    const { logProbs } = await trainer.forwardBackward([row], "cross_entropy");
    const [feeds, sizes] = run.mock.calls.at(-1)!;
    run.mockRestore();
    // 40 positions in chunks of at most 6, of equal size.
    expect(maskedEntries(8)).toBe(6);
    expect(sizes).toMatchObject({ C: 7, S: 6, M: 42 });
    expect(feeds["allowed"]).toHaveLength(42 * Math.ceil(vocabularySize / 8));
    const larger = Object.entries(feeds).filter(
      ([name, values]) =>
        !base.shapes.has(name.replace(/^sum:/, "")) &&
        "length" in values &&
        values.length > 42 * Math.ceil(vocabularySize / 8),
    );
    expect(larger.map(([name]) => name)).toEqual([]);
    // Of two tokens that were kept one was drawn.
    for (const logProb of logProbs[0]!) expect(logProb).toBeLessThan(0);
    const whole = await Trainer.open("t", base, everyWeight, sessions);
    const output = await whole.forwardBackward([row], "cross_entropy");
    output.logProbs[0]!.forEach((logProb, t) => expect(logProbs[0]![t]).toBeCloseTo(logProb, 5));
  });

  it("are counted in the estimate: a bit for each token of the vocabulary, at every position", () => {
    const wide = { ...base.architecture, vocabularySize: 151_936 };
    const { text } = estimateTraining(wide, {
      trained: 1000,
      recompute: false,
      tokensPerMicrobatch: 10_000,
    });
    // Two lanes of 10,000 positions.
    expect(text).toContain(`masks ${Math.round((2 * 10_000 * 151_936) / 8 / 1e6)} MB`);
  });
});
