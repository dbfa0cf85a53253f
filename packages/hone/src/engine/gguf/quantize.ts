/**
 * 32-bit floats as the bytes of the types that hone writes into GGUF files. The bytes are those of `gguf.quants.quantize`.
 * @source ggml-quants.c (quantize_row_q8_0_ref); gguf-py, gguf/quants.py
 */

/** Turns numbers into bytes. Undefined where a number does not fit into the type. */
export type Quantize = (values: Float32Array) => Uint8Array | undefined;

const { fround } = Math;
const HALF_MAX = 65_504;

export const toF32: Quantize = (values) =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();

/** The bits of the nearest half, ties to even; a number beyond ±65,504 becomes infinite. */
function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65_520) return sign | 0x7c00;
  // Numbers below the smallest normal half are multiples of 2^-24.
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
  const steps = roundToEven(size / 2 ** (exponent - 10));
  // A carry out of the fraction is the next exponent, and a subnormal has the exponent 0.
  return sign | (((exponent + 14) << 10) + steps);
}

/** Whole numbers below 2^23 have an exact half between them, so the comparison is exact. */
function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0);
}

export const toF16: Quantize = (values) => {
  const bytes = new Uint8Array(2 * values.length);
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]!) > HALF_MAX) return undefined;
    const bits = halfBits(values[i]!);
    bytes[2 * i] = bits & 255;
    bytes[2 * i + 1] = bits >> 8;
  }
  return bytes;
};

/** The upper half of a single, rounded to nearest, ties to even. */
export const toBF16: Quantize = (values) => {
  const singles = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bytes = new Uint8Array(2 * values.length);
  for (let i = 0; i < values.length; i++) {
    const bits = singles[i]!;
    const rounded = Math.floor((bits + 0x7fff + ((bits >>> 16) & 1)) / 65_536);
    // A number that rounds up to infinity does not fit.
    if ((rounded & 0x7fff) >= 0x7f80) return undefined;
    bytes[2 * i] = rounded & 255;
    bytes[2 * i + 1] = rounded >> 8;
  }
  return bytes;
};

/** Blocks of 32: d = max|x| / 127 as a half, q = x / d rounded to nearest, ties away from zero. */
export const toQ80: Quantize = (values) => {
  const bytes = new Uint8Array((values.length / 32) * 34);
  for (let from = 0, at = 0; from < values.length; from += 32, at += 34) {
    let largest = 0;
    for (let i = 0; i < 32; i++) largest = Math.max(largest, Math.abs(values[from + i]!));
    const d = fround(largest / 127);
    const inverse = d === 0 ? 0 : fround(1 / d);
    if (d > HALF_MAX) return undefined;
    const bits = halfBits(d);
    bytes[at] = bits & 255;
    bytes[at + 1] = bits >> 8;
    for (let i = 0; i < 32; i++) {
      const scaled = fround(values[from + i]! * inverse);
      bytes[at + 2 + i] = Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5);
    }
  }
  return bytes;
};
