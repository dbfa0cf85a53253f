import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { ortLibrary } from "../runtime/ort-library.ts";
import { createRunGate } from "../runtime/run-gate.ts";
import { SessionPool } from "../runtime/session-pool.ts";
import { loadTrainingState, saveTrainingState } from "../training/state-file.ts";
import { adamParams } from "./adam-params.ts";
import { AdamW } from "./adamw.ts";
import { Trainable } from "./trainable.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

it("refuses to step or to save weights of which some have taken a step and others have not", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hone-adamw-"));
  const pool = new SessionPool(1, createRunGate());
  try {
    const state = join(folder, "state");
    const identity = { training: "all weights", base: "none" };
    // A step of two runs.
    const trainable = new Trainable(new Map([["w", [(1 << 18) + 1]]]));
    trainable.gradients.fill(1);
    const adam = await AdamW.open(pool);
    const step = () => adam.step(trainable, adamParams({ learningRate: 0.1 }), 1);
    await saveTrainingState(state, trainable, identity);

    const library = ortLibrary();
    const run: (...given: readonly unknown[]) => void = library.run as never;
    let runs = 0;
    const spy = vi.spyOn(library as { run: typeof run }, "run").mockImplementation((...given) => {
      if (++runs === 2) throw new Error("no memory");
      run(...given);
    });
    await expect(step()).rejects.toThrow(/RUNTIME_FAILED/);
    spy.mockRestore();
    expect(trainable.step).toBe(0);
    expect(trainable.values[0]).toBeCloseTo(-0.1, 5);
    expect(trainable.values.at(-1)).toBe(0);
    await expect(step()).rejects.toThrow(/STEP_INCOMPLETE: optimStep: optimizer step 1/);
    await expect(saveTrainingState(state, trainable, identity)).rejects.toThrow(
      /STEP_INCOMPLETE: saveState/,
    );

    await loadTrainingState(state, trainable, identity, { optimizer: true });
    trainable.gradients.fill(1);
    await step();
    expect(trainable.step).toBe(1);
    expect(trainable.values.every((value) => Math.abs(value + 0.1) < 1e-5)).toBe(true);
  } finally {
    await pool.close();
    await rm(folder, { recursive: true });
  }
});
