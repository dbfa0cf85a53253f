import { afterEach, describe, expect, it, vi } from "vitest";
import { add, input, matmul } from "../../tensor/ops.ts";
import { program } from "../../tensor/program.ts";
import { CoreLoad } from "./core-load.ts";
import { ortLibrary } from "./ort-library.ts";
import { createRunGate } from "./run-gate.ts";
import { PooledSession, SessionPool } from "./session-pool.ts";

const sums = () => program("sums", { y: add(input("a", "f32", ["M"]), input("s", "f32", [])) });

/** The load of two cores of which we are told how many were idle in a second. */
function loadOfTwo() {
  let [now, idle] = [0, 0];
  const load = new CoreLoad(2, { now: () => now, times: () => ({ idle, own: 0 }) });
  /** Four products, of which one is watched. */
  const seconds = async (idleCores: number): Promise<void> => {
    for (let i = 0; i < 4; i++) {
      await load.during(async () => {
        now += 1000;
        idle += 1000 * idleCores;
      });
    }
  };
  return { load, seconds };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a pooled session", () => {
  it("gives the same bytes while cores become crowded and free again, also for calls under way", async () => {
    const { load, seconds } = loadOfTwo();
    const product = program("product", {
      y: matmul(input("a", "f32", ["M", 64]), input("b", "f32", [64, 48])),
    });
    const opening = vi.spyOn(ortLibrary(), "createSessionFromArray");
    const session = await PooledSession.open(
      product,
      { threads: 2, isAside: false },
      load,
      createRunGate(),
    );
    const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i));
    const feeds = { a: numbers(96 * 64), b: numbers(64 * 48) };
    const run = async () => [...(await session.run(feeds, { M: 96 })).y!.data];
    const expected = await run();
    for (const idleCores of [0, 0, 0, 2, 2, 2]) {
      await seconds(idleCores);
      for (const bytes of await Promise.all([run(), run(), run()])) expect(bytes).toEqual(expected);
    }
    expect(opening).toHaveBeenCalledTimes(3);
    await session.release();
  });

  it("goes on with the session it has when the other one does not open, and asks once per load", async () => {
    const { load, seconds } = loadOfTwo();
    const session = await PooledSession.open(
      sums(),
      { threads: 2, isAside: false },
      load,
      createRunGate(),
    );
    const opening = vi.spyOn(ortLibrary(), "createSessionFromArray").mockImplementation(() => {
      throw new Error("no memory");
    });
    const attempts: number[] = [];
    for (const idleCores of [0, 0, 0, 2, 2, 2, 0, 0, 0]) {
      await seconds(idleCores);
      const feeds = { a: Float32Array.of(1, 2), s: Float32Array.of(3) };
      expect([...(await session.run(feeds, { M: 2 })).y!.data]).toEqual([4, 5]);
      attempts.push(opening.mock.calls.length);
    }
    expect(attempts).toEqual([0, 1, 1, 1, 1, 1, 1, 2, 2]);
    await session.release();
  });

  it("tells a scalar from a row of one in the same memory", async () => {
    const pool = new SessionPool(1, createRunGate());
    const session = await pool.open("sums", sums);
    const one = Float32Array.of(2);
    expect([...(await session.run({ s: one, a: one }, { M: 1 })).y!.data]).toEqual([4]);
    await pool.close();
  });
});

describe("a pool", () => {
  it("releases every session when it closes, also after one that fails", async () => {
    const pool = new SessionPool(1, createRunGate());
    await pool.open("first", sums);
    await pool.open("second", sums);
    const library = ortLibrary();
    const release = library.releaseSession;
    let failures = 0;
    const releasing = vi.spyOn(library, "releaseSession").mockImplementation((handle) => {
      release(handle);
      if (failures++ === 0) throw new Error("the first release failed");
    });
    await expect(pool.close()).rejects.toThrow("the first release failed");
    expect(releasing).toHaveBeenCalledTimes(2);
  });
});
