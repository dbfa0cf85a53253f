/** Stored types against gguf-py: `test/golden/gguf_blocks.py` made the values. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { toBF16, toF16, toF32, toQ80 } from "./quantize.ts";
import { readableTypes, tensorType, type TensorType } from "./tensor-types.ts";

interface Golden {
  readonly read: readonly {
    readonly type: string;
    readonly bytes: string;
    readonly values: string;
  }[];
  readonly write: readonly {
    readonly type: string;
    readonly numbers: string;
    readonly bytes: string;
    readonly values: string;
  }[];
}

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../../../test/golden/gguf/blocks.json"), "utf8"),
) as Golden;

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));
const singlesOf = (text: string): Float32Array => new Float32Array(bytesOf(text).buffer);

function typeOf(name: string): TensorType {
  const found = Array.from({ length: 40 }, (_, number) => tensorType(number)).find(
    (type) => typeof type === "object" && type.name === name,
  );
  if (typeof found !== "object") throw new Error(`no type ${name}`);
  return found;
}

function dequantized(name: string, bytes: Uint8Array): Float32Array {
  const { blockSize, blockBytes, dequantize } = typeOf(name);
  const target = new Float32Array((bytes.length / blockBytes) * blockSize);
  dequantize(bytes, target);
  return target;
}

describe("stored types of GGUF", () => {
  it("are all held against gguf-py", () => {
    const held = [...golden.read, ...golden.write].map(({ type }) => type);
    expect([...readableTypes].filter((name) => !held.includes(name))).toEqual([]);
  });

  it.each(golden.read)("$type is read as the same 32 bits", ({ type, bytes, values }) => {
    const expected = singlesOf(values);
    expect(expected.length).toBeGreaterThanOrEqual(96);
    expect(dequantized(type, bytesOf(bytes))).toEqual(expected);
  });

  it.each(golden.write)(
    "$type is read and written as the same bytes",
    ({ type, numbers, bytes, values }) => {
      const write = { F32: toF32, F16: toF16, BF16: toBF16, Q8_0: toQ80 }[type]!;
      expect(write(singlesOf(numbers))).toEqual(bytesOf(bytes));
      expect(dequantized(type, bytesOf(bytes))).toEqual(singlesOf(values));
    },
  );

  it("rounds to 16 bits every single between two neighbours, and refuses what does not fit", () => {
    // Between 1 and 1 + 2^-10, the halves' neighbours, and at the far end of the type.
    const near = Float32Array.of(
      1 + 2 ** -12,
      1 + 2 ** -11 + 2 ** -20,
      65_504,
      -65_504,
      2 ** -24,
      2 ** -25,
    );
    expect([...dequantized("F16", toF16(near)!)]).toEqual([
      1,
      1 + 2 ** -10,
      65_504,
      -65_504,
      2 ** -24,
      0,
    ]);
    expect(toF16(Float32Array.of(65_505))).toBeUndefined();
    expect(toBF16(Float32Array.of(3.4e38))).toBeUndefined();
    expect(toQ80(new Float32Array(32).fill(8e6))).toBeDefined();
    expect(toQ80(new Float32Array(32).fill(9e6))).toBeUndefined();
  });
});
