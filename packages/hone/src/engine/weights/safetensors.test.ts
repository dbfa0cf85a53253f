import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTensor } from "./safetensors.ts";
import { openSafetensors } from "./safetensors-header.ts";
import { writeSafetensors } from "./safetensors-writer.ts";

const golden = join(import.meta.dirname, "../../../../../test/golden/weights");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-safetensors-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A file with this header, these many data bytes, and, if given, another length in front. */
async function fileWith(header: unknown, dataBytes: number, length?: bigint): Promise<string> {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const front = Buffer.alloc(8);
  front.writeBigUInt64LE(length ?? BigInt(json.length));
  const path = join(folder, "made.safetensors");
  await writeFile(path, Buffer.concat([front, json, Buffer.alloc(dataBytes)]));
  return path;
}

const row = (shape: number[], begin: number, end: number, dtype = "F32") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe("reading", () => {
  it("gives the numbers PyTorch stored, for every type, subnormals and extremes included", async () => {
    const { tensors, metadata } = await openSafetensors(join(golden, "types.safetensors"));
    const expected = JSON.parse(await readFile(join(golden, "types.json"), "utf8"));
    expect(metadata).toEqual({ format: "pt" });
    for (const name of ["scalar", "empty", "single", "half", "bfloat"]) {
      const entry = tensors.get(name)!;
      expect(entry.shape).toEqual(expected[name].shape);
      expect(await readTensor(entry)).toEqual(new Float32Array(expected[name].values));
    }
    expect(Object.is((await readTensor(tensors.get("half")!))[1], -0)).toBe(true);
  });

  it("opens a file that also holds other types, and names the type only when such a tensor is read", async () => {
    const { tensors } = await openSafetensors(join(golden, "types.safetensors"));
    await expect(readTensor(tensors.get("positions")!)).rejects.toThrow(
      /TENSOR_DTYPE_UNSUPPORTED: .*types\.safetensors: "positions" is stored as I64; hone reads F32, F16, BF16/,
    );
  });

  it("fills the given array in place, also a part of a larger one", async () => {
    const { tensors } = await openSafetensors(join(golden, "types.safetensors"));
    const all = new Float32Array(7).fill(9);
    await readTensor(tensors.get("bfloat")!, all.subarray(1, 6));
    expect([...all]).toEqual([
      9,
      1,
      -3.140625,
      Math.fround(3.3895313892515355e38),
      Math.fround(9.183549615799121e-41),
      0.00099945068359375,
      9,
    ]);
    await expect(readTensor(tensors.get("bfloat")!, all)).rejects.toMatchObject({
      code: "SHAPE_MISMATCH",
    });
  });

  it("reads tensors larger than one chunk, F32 and halves, without a gap", async () => {
    const count = 5_000_001;
    const values = Float32Array.from({ length: count }, (_, i) => (i % 251) - 100);
    const path = join(folder, "large.safetensors");
    await writeSafetensors(path, [{ name: "w", shape: [count], data: values }]);
    expect(
      Buffer.compare(
        bytesOf(await readTensor((await openSafetensors(path)).tensors.get("w")!)),
        bytesOf(values),
      ),
    ).toBe(0);

    const halves = new Uint16Array(new Uint32Array(values.buffer).map((bits) => bits >>> 16));
    const made = await fileWith({ w: row([count], 0, count * 2, "BF16") }, 0);
    await writeFile(made, halves, { flag: "a" });
    expect(
      Buffer.compare(
        bytesOf(await readTensor((await openSafetensors(made)).tensors.get("w")!)),
        bytesOf(values),
      ),
    ).toBe(0);
  });

  it.each([
    ["F32", 0x7fc00000, "NaN"],
    ["F32", 0xff800000, "-Infinity"],
    ["F16", 0x7c00, "Infinity"],
    ["F16", 0xfe00, "NaN"],
    ["BF16", 0x7fc0, "NaN"],
  ])(
    "names the tensor and the place of a number that is not finite: %s %i",
    async (dtype, bits, value) => {
      const width = dtype === "F32" ? 4 : 2;
      const path = await fileWith(
        { ok: row([1], 0, width, dtype), bad: row([3], width, 4 * width, dtype) },
        3 * width,
      );
      const last = Buffer.alloc(width);
      last.writeUIntLE(bits, 0, width);
      await writeFile(path, last, { flag: "a" });
      await expect(
        readTensor((await openSafetensors(path)).tensors.get("bad")!),
      ).rejects.toMatchObject({
        code: "WEIGHTS_NOT_FINITE",
        facts: { file: path, tensor: "bad", index: 2, value },
      });
    },
  );

  it("reads what lies beyond 2 GB of a file", async () => {
    const path = await fileWith(
      {
        big: row([3_000_000_000], 0, 3_000_000_000, "U8"),
        w: row([2], 3_000_000_000, 3_000_000_008),
      },
      0,
    );
    const start = (await stat(path)).size;
    await truncate(path, start + 3_000_000_000); // Sparse: takes no space.
    await appendFile(path, new Uint8Array(new Float32Array([1.5, -2]).buffer));
    expect(await readTensor((await openSafetensors(path)).tensors.get("w")!)).toEqual(
      new Float32Array([1.5, -2]),
    );
    await rm(path);
  });

  it("says so when the file became shorter after its header was read", async () => {
    const path = join(folder, "shrinks.safetensors");
    await writeSafetensors(path, [{ name: "w", shape: [4], data: new Float32Array(4) }]);
    const { tensors } = await openSafetensors(path);
    await truncate(path, tensors.get("w")!.offset + 5);
    await expect(readTensor(tensors.get("w")!)).rejects.toMatchObject({
      code: "SAFETENSORS_TRUNCATED",
    });
  });
});

describe("a damaged or lying file is refused, naming file and tensor", () => {
  it.each<[string, unknown, number, bigint | undefined, string, RegExp]>([
    ["a huge header", {}, 0, 1n << 60n, "SAFETENSORS_HEADER", /1152921504606846976 bytes long/],
    [
      "a header longer than the file",
      {},
      0,
      1000n,
      "SAFETENSORS_TRUNCATED",
      /the header needs 1008 bytes, the file has 10/,
    ],
    ["a header that is no JSON", "{oops", 0, undefined, "SAFETENSORS_HEADER", /not JSON/],
    ["a header that is a list", [], 0, undefined, "SAFETENSORS_HEADER", /not a JSON object/],
    [
      "metadata that are no texts",
      { __metadata__: { a: 1 } },
      0,
      undefined,
      "SAFETENSORS_HEADER",
      /__metadata__/,
    ],
    [
      "a cut-off tensor",
      { w: row([4], 0, 16) },
      15,
      undefined,
      "SAFETENSORS_TRUNCATED",
      /"w" needs \d+ bytes/,
    ],
    [
      "overlapping tensors",
      { a: row([2], 0, 8), w: row([2], 4, 12) },
      12,
      undefined,
      "SAFETENSORS_TENSOR",
      /"w".*overlap/,
    ],
    [
      "a gap",
      { a: row([1], 0, 4), w: row([1], 8, 12) },
      12,
      undefined,
      "SAFETENSORS_TENSOR",
      /"w".*gap/,
    ],
    [
      "bytes of no tensor",
      { w: row([1], 0, 4) },
      9,
      undefined,
      "SAFETENSORS_HEADER",
      /5 bytes after the last/,
    ],
    [
      "offsets that do not fit the shape",
      { w: row([3], 0, 16) },
      16,
      undefined,
      "SAFETENSORS_TENSOR",
      /takes 12 bytes, .* say 16/,
    ],
    [
      "offsets that run backwards",
      { w: row([1], 4, 0) },
      4,
      undefined,
      "SAFETENSORS_TENSOR",
      /say -4/,
    ],
    [
      "a negative offset",
      { w: row([1], -4, 0) },
      4,
      undefined,
      "SAFETENSORS_TENSOR",
      /whole numbers/,
    ],
    [
      "an unknown type",
      { w: row([1], 0, 4, "F33") },
      4,
      undefined,
      "SAFETENSORS_TENSOR",
      /"F33" is none of/,
    ],
    [
      "a type named like an object's method",
      { w: row([1], 0, 4, "toString") },
      4,
      undefined,
      "SAFETENSORS_TENSOR",
      /none of/,
    ],
    [
      "a shape that is no list",
      { w: { ...row([1], 0, 4), shape: 1 } },
      4,
      undefined,
      "SAFETENSORS_TENSOR",
      /shape/,
    ],
    [
      "a shape beyond exact integers",
      { w: row([2 ** 40, 2 ** 40], 0, 4) },
      4,
      undefined,
      "SAFETENSORS_TENSOR",
      /takes/,
    ],
    ["a row that is no object", { w: 3 }, 0, undefined, "SAFETENSORS_TENSOR", /not a JSON object/],
    [
      "one name twice",
      `{"w":${JSON.stringify(row([1], 0, 4))},"w":${JSON.stringify(row([1], 4, 8))}}`,
      8,
      undefined,
      "SAFETENSORS_TENSOR",
      /gap/,
    ],
  ])("%s", async (_name, header, dataBytes, length, code, message) => {
    const path = await fileWith(header, dataBytes, length);
    const error = await openSafetensors(path).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, facts: { file: path } });
    expect((error as Error).message).toMatch(message);
  });

  it("an empty file, and no file", async () => {
    const path = join(folder, "empty.safetensors");
    await writeFile(path, "");
    await expect(openSafetensors(path)).rejects.toMatchObject({ code: "SAFETENSORS_TRUNCATED" });
    await expect(openSafetensors(join(folder, "none.safetensors"))).rejects.toMatchObject({
      code: "MODEL_FILE_MISSING",
      facts: { folder, file: "none.safetensors" },
    });
  });
});

describe("writing", () => {
  it("gives back what was written, and puts the data at a multiple of 8 bytes", async () => {
    const path = join(folder, "written.safetensors");
    await writeSafetensors(path, [
      { name: "a", shape: [], data: new Float32Array([1.5]) },
      { name: "ü", shape: [2, 1], data: async () => new Float32Array([-2, 1e-45]) },
    ]);
    const { tensors, metadata } = await openSafetensors(path);
    expect(metadata).toEqual({ format: "pt" });
    expect([...tensors.keys()]).toEqual(["a", "ü"]);
    expect(tensors.get("a")!.offset % 8).toBe(0);
    expect(await readTensor(tensors.get("ü")!)).toEqual(new Float32Array([-2, 1e-45]));
  });
});

const bytesOf = (values: Float32Array) =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength);
