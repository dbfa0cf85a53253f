/** The engine computes in its worker: the caller's thread stays free, and ending the process never aborts it. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { describe, expect, it } from "vitest";
import { openEngine } from "../../packages/hone/src/engine/engine.ts";
import type { Datum } from "../../packages/hone/src/ports/training-client.ts";

const model = join(import.meta.dirname, "../golden/models/qwen2");
const engineFile = join(import.meta.dirname, "../../packages/hone/src/engine/engine.ts");

/** Enough rows that one call computes for a second or so. */
const rows = (count: number): Datum[] =>
  Array.from({ length: count }, (_, row) => {
    const tokens = Array.from({ length: 60 }, (_, t) => (row * 7 + t * 3) % 300);
    return { tokens, targets: tokens, weights: new Float32Array(60).fill(1) };
  });

/** A program that starts a long call and, after `delayMs`, does `ending`; its exit code and signal. */
function endWhileComputing(
  ending: string,
  delayMs: number,
): Promise<{ code: number | null; signal: string | null }> {
  const program = `
    import { openEngine } from ${JSON.stringify(engineFile)};
    const engine = await openEngine(${JSON.stringify(model)}, { threads: 2 });
    const training = await engine.createTrainingClient({ lora: false });
    const tokens = Array.from({ length: 60 }, (_, t) => t * 3);
    const rows = Array.from({ length: 3000 }, () => ({ tokens, targets: tokens, weights: new Float32Array(60).fill(1) }));
    training.forwardBackward(rows, "cross_entropy").catch(() => undefined);
    setTimeout(() => { ${ending} }, ${delayMs});
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: "ignore",
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve({ code, signal }));
  });
}

describe("the engine's thread", () => {
  it("leaves the caller's event loop free for all but 50 ms while it computes", async () => {
    const engine = await openEngine(model, { threads: 1 });
    try {
      const training = await engine.createTrainingClient({ lora: false });
      const data = rows(400);
      await training.forwardBackward(data.slice(0, 2), "cross_entropy");
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const startedAt = performance.now();
      await training.forwardBackward(data, "cross_entropy");
      await training.optimStep({ learningRate: 1e-3 });
      const seconds = (performance.now() - startedAt) / 1000;
      delay.disable();
      expect(seconds).toBeGreaterThan(0.1); // else nothing was measured
      // Another process on a busy machine may take the core away for a while; a blocked loop would show in most of the time.
      expect(delay.percentile(95) / 1e6).toBeLessThan(50);
    } finally {
      await engine.close();
    }
  });

  it("ends with the right code when the process exits in the middle of a product", async () => {
    for (const delayMs of [0, 20, 40, 150, 300]) {
      expect(await endWhileComputing("process.exit(7)", delayMs)).toEqual({
        code: 7,
        signal: null,
      });
    }
  });

  it("ends with an error's code, not a core dump, when the caller throws", async () => {
    const ended = await endWhileComputing('throw new Error("the caller broke")', 150);
    expect(ended).toEqual({ code: 1, signal: null });
  });
});
