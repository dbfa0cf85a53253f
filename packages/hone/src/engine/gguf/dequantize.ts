/**
 * Stored numbers as 32-bit floats: floats of 16 and 32 bits, and blocks of 32 numbers that share a scale.
 *
 * Every product and sum is rounded to 32 bits as in ggml's reference code, so that the numbers are the same to the last bit as
 * those of `gguf.quants.dequantize` (test/golden/gguf.py). Scales are 16-bit floats, little-endian.
 * @source ggml-quants.c (dequantize_row_*); gguf-py, gguf/quants.py
 */

/** Turns whole blocks of bytes into numbers, from `target[0]` on. The arrays must have matching lengths. */
export type Dequantize = (bytes: Uint8Array, target: Float32Array) => void;

const { fround } = Math;

/** The value of every 16-bit float; the table is made when it is first needed. */
let halves: Float32Array | undefined;

/** All 65,536 values of IEEE half precision by their bits. */
export function halfValues(): Float32Array {
  if (halves !== undefined) return halves;
  halves = new Float32Array(65_536);
  for (let bits = 0; bits < 65_536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0x1f) halves[bits] = fraction === 0 ? sign * Infinity : NaN;
    else if (exponent === 0) halves[bits] = sign * fraction * 2 ** -24;
    else halves[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return halves;
}

export const f32: Dequantize = (bytes, target) => {
  new Uint8Array(target.buffer, target.byteOffset, bytes.length).set(bytes);
};

export const f16: Dequantize = (bytes, target) => {
  const half = halfValues();
  for (let i = 0; i < target.length; i++)
    target[i] = half[bytes[2 * i]! | (bytes[2 * i + 1]! << 8)]!;
};

/** A bfloat16 is the upper half of a single. */
export const bf16: Dequantize = (bytes, target) => {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < bits.length; i++) bits[i] = (bytes[2 * i]! << 16) | (bytes[2 * i + 1]! << 24);
};

/** Calls `block` with the place of each block of so many bytes, and of its 32 numbers in the target. */
function blocks(target: Float32Array, size: number, block: (at: number, to: number) => void): void {
  for (let at = 0, to = 0; to < target.length; at += size, to += 32) block(at, to);
}

/** 8-bit whole numbers: y = d · q. */
export const q80: Dequantize = (bytes, target) => {
  const half = halfValues();
  blocks(target, 34, (at, to) => {
    const d = half[bytes[at]! | (bytes[at + 1]! << 8)]!;
    for (let i = 0; i < 32; i++) target[to + i] = d * ((bytes[at + 2 + i]! << 24) >> 24);
  });
};

/** 4 bits: y = d · (q − 8). A byte holds number i in its low and number i + 16 in its high half. */
export const q40: Dequantize = (bytes, target) => {
  const half = halfValues();
  blocks(target, 18, (at, to) => {
    const d = half[bytes[at]! | (bytes[at + 1]! << 8)]!;
    for (let i = 0; i < 16; i++) {
      const q = bytes[at + 2 + i]!;
      target[to + i] = d * ((q & 15) - 8);
      target[to + 16 + i] = d * ((q >> 4) - 8);
    }
  });
};

/** 4 bits with a smallest value: y = d · q + m. */
export const q41: Dequantize = (bytes, target) => {
  const half = halfValues();
  blocks(target, 20, (at, to) => {
    const d = half[bytes[at]! | (bytes[at + 1]! << 8)]!;
    const m = half[bytes[at + 2]! | (bytes[at + 3]! << 8)]!;
    for (let i = 0; i < 16; i++) {
      const q = bytes[at + 4 + i]!;
      target[to + i] = fround(d * (q & 15)) + m;
      target[to + 16 + i] = fround(d * (q >> 4)) + m;
    }
  });
};

/** The fifth bits of a block's 32 numbers. */
const fifthBits = (bytes: Uint8Array, at: number): number =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);

/** 5 bits: y = d · (q − 16). The fifth bits of all numbers come first. */
export const q50: Dequantize = (bytes, target) => {
  const half = halfValues();
  blocks(target, 22, (at, to) => {
    const d = half[bytes[at]! | (bytes[at + 1]! << 8)]!;
    const high = fifthBits(bytes, at + 2);
    for (let i = 0; i < 16; i++) {
      const q = bytes[at + 6 + i]!;
      target[to + i] = d * (((q & 15) | (((high >>> i) & 1) << 4)) - 16);
      target[to + 16 + i] = d * (((q >> 4) | (((high >>> (i + 16)) & 1) << 4)) - 16);
    }
  });
};

/** 5 bits with a smallest value: y = d · q + m. */
export const q51: Dequantize = (bytes, target) => {
  const half = halfValues();
  blocks(target, 24, (at, to) => {
    const d = half[bytes[at]! | (bytes[at + 1]! << 8)]!;
    const m = half[bytes[at + 2]! | (bytes[at + 3]! << 8)]!;
    const high = fifthBits(bytes, at + 4);
    for (let i = 0; i < 16; i++) {
      const q = bytes[at + 8 + i]!;
      target[to + i] = fround(d * ((q & 15) | (((high >>> i) & 1) << 4))) + m;
      target[to + 16 + i] = fround(d * ((q >> 4) | (((high >>> (i + 16)) & 1) << 4))) + m;
    }
  });
};
