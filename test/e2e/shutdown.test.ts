/** The engine computes in its worker: the caller's thread stays free, and ending the process never aborts it. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openEngine } from "../../packages/hone/src/engine/engine.ts";
import { findsHone } from "../doubles/own-code.ts";
import type { Datum } from "../../packages/hone/src/ports/training-client.ts";

const model = join(import.meta.dirname, "../golden/models/qwen2");

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
    import { openEngine } from "hone-rl/engine";
    const engine = await openEngine(${JSON.stringify(model)}, { threads: 2 });
    const training = await engine.createTrainingClient({ lora: false });
    const tokens = Array.from({ length: 60 }, (_, t) => t * 3);
    const rows = Array.from({ length: 3000 }, () => ({ tokens, targets: tokens, weights: new Float32Array(60).fill(1) }));
    training.forwardBackward(rows, "cross_entropy").catch(() => undefined);
    setTimeout(() => { ${ending} }, ${delayMs});
  `;
  const args = [...findsHone, "--input-type=module", "--eval", program];
  const child = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: "ignore" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve({ code, signal }));
  });
}

/** Opens a model, trains, samples and saves: all that a run asks of the engine. */
async function useEngine(folder: string): Promise<void> {
  const engine = await openEngine(model, { threads: 1 });
  try {
    const training = await engine.createTrainingClient({ lora: false });
    await training.forwardBackward(rows(400), "cross_entropy");
    await training.optimStep({ learningRate: 1e-3 });
    const policy = await training.saveWeightsForSampler();
    const prompt = await engine.renderer.prompt([{ role: "user", content: "hello" }]);
    await policy.sample(prompt, 16, { maxTokens: 32 });
    await training.saveState(join(folder, "state"));
  } finally {
    await engine.close();
  }
}

/** While `work` runs: the longest time between two turns of the event loop, and the most that this thread computed in one. */
async function longestGap(work: () => Promise<void>): Promise<{ wallMs: number; cpuMs: number }> {
  const cpuNow = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let [wallMs, cpuMs] = [0, 0];
  let last = { wall: performance.now(), cpu: cpuNow() };
  const turn = (): void => {
    const now = { wall: performance.now(), cpu: cpuNow() };
    wallMs = Math.max(wallMs, now.wall - last.wall);
    cpuMs = Math.max(cpuMs, now.cpu - last.cpu);
    last = now;
  };
  const timer = setInterval(turn, 1);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  turn();
  return { wallMs, cpuMs };
}

describe("the engine's thread", () => {
  it("never keeps the caller's event loop from turning for 50 ms", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hone-loop-"));
    try {
      // On a busy machine other processes keep a thread from its core for longer than that, now and then (measured: up to
      // 0.3 s beside three of them on two cores, with 2 ms of work of our own). What we block, we block in every run.
      const gaps: number[] = [];
      do {
        const { wallMs, cpuMs } = await longestGap(() => useEngine(join(folder, `${gaps.length}`)));
        expect(cpuMs).toBeLessThan(50);
        gaps.push(wallMs);
      } while (gaps.at(-1)! >= 50 && gaps.length < 10);
      expect(Math.min(...gaps)).toBeLessThan(50);
    } finally {
      rmSync(folder, { recursive: true, force: true });
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
