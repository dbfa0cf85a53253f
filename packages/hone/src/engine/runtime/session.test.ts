import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { add, external, input, matmul, mul, reshape, scalar } from "../../tensor/ops.ts";
import { program } from "../../tensor/program.ts";
import { heldBytes, releaseHeld } from "./native-tensors.ts";
import { ortLibrary } from "./ort-library.ts";
import { openSession } from "./session.ts";
import type { Value } from "./value.ts";

const floats = (shape: number[], ...values: number[]): Value => ({
  data: Float32Array.from(values),
  shape,
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a session", () => {
  const x = input("x", "f32", ["B", 2]);
  const y = input("y", "f32", ["B", 1]);
  const double = program("double", { z: mul(add(x, y), 2), back: x, same: x });

  it("computes outputs, also those that are inputs under other names", async () => {
    const session = await openSession(double, { threads: 1 });
    const results = await session.run({ x: floats([1, 2], 1, 2), y: floats([1, 1], 10) });
    expect([...results.z!.data]).toEqual([22, 24]);
    expect(results.z!.shape).toEqual([1, 2]);
    expect([...results.back!.data]).toEqual([1, 2]);
    expect([...results.same!.data]).toEqual([1, 2]);
    await session.release();
  });

  it("leaves outputs in the runtime's memory, for another session to read in place", async () => {
    const [first, second] = [
      await openSession(program("sum", { sum: add(x, y), back: mul(x, 1) }), { threads: 1 }),
      await openSession(double, { threads: 1 }),
    ];
    const y1 = floats([1, 1], 10);
    const { outputs, held } = await first.runHolding({ x: floats([1, 2], 1, 2), y: y1 }, ["sum"]);
    expect([...outputs["back"]!.data]).toEqual([1, 2]);
    expect(held["sum"]).toMatchObject({ dtype: "f32", shape: [1, 2] });
    expect(heldBytes(held["sum"]!)).toBe(8);
    // The session that made it may be gone.
    await first.release();
    const { z } = await second.run({ x: held["sum"]!, y: y1 }, { z: undefined });
    expect([...z!.data]).toEqual([42, 44]);
    const other = { ...held["sum"]!, dtype: "i64" } as const;
    await expect(second.run({ x: other, y: y1 })).rejects.toThrow(/got a held tensor of i64/);
    releaseHeld(held["sum"]!);
    await second.release();
  });

  it("fetches what is asked, into the memory that is given", async () => {
    const session = await openSession(double, { threads: 1 });
    const place = floats([1, 2], 0, 0);
    const results = await session.run(
      { x: floats([1, 2], 1, 2), y: floats([1, 1], 10) },
      { z: place },
    );
    expect(results).toEqual({ z: place });
    expect([...place.data]).toEqual([22, 24]);
    await session.release();
  });

  it("refuses what does not fit its inputs, by name, before native code reads it", async () => {
    const session = await openSession(double, { threads: 1 });
    const fits = { x: floats([1, 2], 1, 2), y: floats([1, 1], 10) };
    await expect(session.run({ x: fits.x })).rejects.toThrow(
      /FEED_INVALID: .*f32\[B,1\] as input "y", got nothing/,
    );
    await expect(session.run({ ...fits, w: fits.x })).rejects.toThrow(
      /no input of that name as input "w"/,
    );
    await expect(
      session.run({ ...fits, x: { data: BigInt64Array.of(1n, 2n), shape: [1, 2] } }),
    ).rejects.toThrow(/got BigInt64Array/);
    await expect(session.run({ ...fits, x: floats([1, 2], 1) })).rejects.toThrow(
      /1 values for \[1,2\]/,
    );
    await expect(session.run({ ...fits, y: floats([3, 1], 1, 2, 3) })).rejects.toThrow(
      /input "y", got \[3,1\] where B = 1/,
    );
    await session.release();
  });

  it("refuses places that do not fit its outputs, by name, before native code writes to them", async () => {
    const session = await openSession(double, { threads: 1 });
    const feeds = { x: floats([1, 2], 1, 2), y: floats([1, 1], 10) };
    const whole = { data: new Int32Array(2), shape: [1, 2] };
    await expect(session.run(feeds, { z: whole })).rejects.toThrow(
      /FEED_INVALID: .*f32\[B,2\] as the buffer of output "z", got Int32Array/,
    );
    await expect(session.run(feeds, { z: floats([1, 2], 0, 0, 0) })).rejects.toThrow(
      /output "z", got 3 values for \[1,2\]/,
    );
    await expect(session.run(feeds, { w: undefined })).rejects.toThrow(
      /no output of that name as the buffer of output "w"/,
    );
    const others = { back: floats([1, 2], 0, 0), same: floats([1, 2], 0, 0) };
    await expect(session.repeat(feeds, { ...others, z: whole }, (run) => run())).rejects.toThrow(
      /output "z", got Int32Array/,
    );
    await session.release();
  });

  it("does not take the tensor of bytes for one of truths", async () => {
    const bytes = input("bytes", "u8", [1]);
    const truths = input("truths", "bool", [1]);
    const session = await openSession(program("both", { bytes, truths }), { threads: 1 });
    const value = { data: Uint8Array.of(1), shape: [1] };
    await expect(session.run({ bytes: value, truths: value })).rejects.toThrow(
      /bound as u8 and now as bool/,
    );
    await session.release();
  });

  it("gives back every output when one of them cannot be read", async () => {
    const library = ortLibrary();
    const made: bigint[] = [];
    const run: (...given: readonly unknown[]) => void = library.run as never;
    vi.spyOn(library as { run: typeof run }, "run").mockImplementation((...given) => {
      run(...given);
      made.push(...(given.at(-1) as BigUint64Array));
    });
    const released = vi.spyOn(library, "releaseValue");
    vi.spyOn(library, "tensorData").mockImplementationOnce(() => {
      throw new Error("no memory");
    });
    const session = await openSession(double, { threads: 1 });
    await expect(session.run({ x: floats([1, 2], 1, 2), y: floats([1, 1], 10) })).rejects.toThrow(
      /RUNTIME_FAILED: .*no memory/,
    );
    const handles = released.mock.calls.map(([handle]) => handle);
    expect(made).toHaveLength(3);
    expect(new Set(handles.filter((handle) => made.includes(handle)))).toEqual(new Set(made));
    await session.release();
  });

  it("is closed after release, which may be called twice", async () => {
    const session = await openSession(double, { threads: 1 });
    await session.release();
    await session.release();
    await expect(session.run({})).rejects.toThrow(/ENGINE_CLOSED/);
  });

  it("reads symbols that only occur times a number, and products of symbols", async () => {
    const rows = input("rows", "f32", ["4*C", 3]);
    const flat = program("flat", {
      out: reshape(rows, ["C", 2, 6]),
      tall: reshape(matmul(rows, input("w", "f32", [3, "T"])), ["T", "C", 4]),
    });
    const session = await openSession(flat, { threads: 1 });
    const results = await session.run({
      rows: floats([8, 3], ...Array.from({ length: 24 }, (_, i) => i)),
      w: floats([3, 5], ...Array.from({ length: 15 }, () => 1)),
    });
    expect(results.out!.shape).toEqual([2, 2, 6]);
    expect(results.tall!.shape).toEqual([5, 2, 4]);
    await session.release();
  });

  it("reads weights from a file beside the model, at any offset", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hone-session-"));
    try {
      const bytes = new Uint8Array(3 + 8);
      bytes.set(new Uint8Array(Float32Array.of(5, 7).buffer), 3);
      await writeFile(join(folder, "weights.bin"), bytes);
      const w = external("w", "f32", [2], { location: "weights.bin", offset: 3, length: 8 });
      const session = await openSession(program("outside", { out: add(w, scalar(1)) }), {
        threads: 1,
        modelPath: join(folder, "model.onnx"),
      });
      expect([...(await session.run({})).out!.data]).toEqual([6, 8]);
      await session.release();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
