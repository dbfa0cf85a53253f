/**
 * Lists of numbers as short texts, exact to the last bit: token ids and log-probs in stored spans.
 *
 * A text is a type, a colon and the base64 of the numbers' bytes, little-endian: `u16:AQACAA==` is [1, 2]. The type is the
 * smallest that holds every number of the list as it is: `u16` and `i32` for whole numbers, `f32` and `f64` for others.
 */

/** A list of numbers as a text, made by `packNumbers`. */
export type PackedNumbers = string;

const types = {
  u16: Uint16Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

type PackedType = keyof typeof types;

/** What a packed text looks like, for schemas. */
export const packedPattern = /^(?:u16|i32|f32|f64):[A-Za-z0-9+/]*={0,2}$/;

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** @example packNumbers([1, 2]) // "u16:AQACAA==" */
export function packNumbers(numbers: readonly number[]): PackedNumbers {
  const type = smallestType(numbers);
  const { buffer } = new types[type](numbers);
  return `${type}:${inLittleEndian(Buffer.from(buffer), type).toString("base64")}`;
}

/**
 * The numbers of a packed text.
 * @returns undefined for a text that `packNumbers` does not make
 * @example unpackNumbers("u16:AQACAA==") // [1, 2]
 */
export function unpackNumbers(packed: PackedNumbers): number[] | undefined {
  if (!packedPattern.test(packed) || packed.length % 4 !== 0) return undefined;
  const type = packed.slice(0, 3) as PackedType;
  const { BYTES_PER_ELEMENT: size } = types[type];
  const read = Buffer.from(packed.slice(4), "base64");
  if (read.length % size !== 0) return undefined;
  // A copy at the start of its own memory: typed arrays begin at a multiple of their size.
  const bytes = new Uint8Array(inLittleEndian(read, type));
  return Array.from(new types[type](bytes.buffer, 0, bytes.length / size));
}

/** How many numbers a packed text holds, without reading them. */
export function countPacked(packed: PackedNumbers): number {
  const size = types[packed.slice(0, 3) as PackedType]?.BYTES_PER_ELEMENT ?? 1;
  const padding = packed.endsWith("==") ? 2 : packed.endsWith("=") ? 1 : 0;
  return Math.floor((((packed.length - 4) / 4) * 3 - padding) / size);
}

function smallestType(numbers: readonly number[]): PackedType {
  let isWhole = true;
  let isShort = true;
  let isSingle = true;
  for (const number of numbers) {
    // Object.is: a typed array of whole numbers loses the sign of -0.
    isWhole &&= Object.is(number | 0, number);
    isShort &&= number >= 0 && number <= 0xffff;
    isSingle &&= Object.is(Math.fround(number), number);
  }
  if (isWhole) return isShort ? "u16" : "i32";
  return isSingle ? "f32" : "f64";
}

function inLittleEndian(bytes: Buffer, type: PackedType): Buffer {
  if (isLittleEndian) return bytes;
  const { BYTES_PER_ELEMENT: size } = types[type];
  return size === 2 ? bytes.swap16() : size === 4 ? bytes.swap32() : bytes.swap64();
}
