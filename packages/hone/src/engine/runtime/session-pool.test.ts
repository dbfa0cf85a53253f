import { describe, expect, it } from "vitest";
import { input, matmul } from "../../tensor/ops.ts";
import { program } from "../../tensor/program.ts";
import { CoreLoad } from "./core-load.ts";
import { createRunGate } from "./run-gate.ts";
import { PooledSession } from "./session-pool.ts";

describe("a pooled session", () => {
  it("gives the same bytes while cores become crowded and free again, also for calls under way", async () => {
    let [now, idle] = [0, 0];
    const load = new CoreLoad(2, { now: () => now, times: () => ({ idle, own: 0 }) });
    const product = program("product", {
      y: matmul(input("a", "f32", ["M", 64]), input("b", "f32", [64, 48])),
    });
    const session = await PooledSession.open(product, 2, load, createRunGate());
    const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i));
    const feeds = { a: numbers(96 * 64), b: numbers(64 * 48) };
    const run = async () => [...(await session.run(feeds, { M: 96 })).y!.data];
    const expected = await run();
    for (const idleCores of [0, 0, 0, 2, 2, 2]) {
      now += 1000;
      idle += 1000 * idleCores;
      for (const bytes of await Promise.all([run(), run(), run()])) expect(bytes).toEqual(expected);
    }
    await session.release();
  });
});
