/**
 * The "K" types: blocks of 256 numbers, whose groups of 16 or 32 have small scales of their own under a 16-bit float d (and
 * dmin, for the groups' smallest values). Rounded as in `dequantize.ts`.
 * @source ggml-quants.c (dequantize_row_q2_K … q6_K); gguf-py, gguf/quants.py
 */
import { type Dequantize, halfValues } from "./dequantize.ts";

const { fround } = Math;
const BLOCK = 256;

/** The 16-bit float at a place. */
const halfAt = (bytes: Uint8Array, at: number): number =>
  halfValues()[bytes[at]! | (bytes[at + 1]! << 8)]!;

/** 2 bits in groups of 16: y = d·s·q − dmin·m, with s and m the low and high half of the group's byte. */
export const q2K: Dequantize = (bytes, target) => {
  for (let at = 0, to = 0; to < target.length; at += 84, to += BLOCK) {
    const d = halfAt(bytes, at + 80);
    const dmin = halfAt(bytes, at + 82);
    for (let i = 0; i < BLOCK; i++) {
      const scales = bytes[at + (i >> 4)]!;
      // A byte holds the numbers i, i + 32, i + 64 and i + 96 of its half of the block.
      const q = (bytes[at + 16 + (i >> 7) * 32 + (i & 31)]! >> (2 * ((i >> 5) & 3))) & 3;
      target[to + i] = fround(fround(d * (scales & 15)) * q) - fround(dmin * (scales >> 4));
    }
  }
};

/** 3 bits in groups of 16: y = d · (s − 32) · (q − 4 where the third bit is not set). */
export const q3K: Dequantize = (bytes, target) => {
  const scales = new Int8Array(16);
  for (let at = 0, to = 0; to < target.length; at += 110, to += BLOCK) {
    const d = halfAt(bytes, at + 108);
    for (let group = 0; group < 16; group++) {
      const low = (bytes[at + 96 + (group & 7)]! >> (group < 8 ? 0 : 4)) & 15;
      const high = (bytes[at + 104 + (group & 3)]! >> (2 * (group >> 2))) & 3;
      scales[group] = (low | (high << 4)) - 32;
    }
    for (let i = 0; i < BLOCK; i++) {
      const low = (bytes[at + 32 + (i >> 7) * 32 + (i & 31)]! >> (2 * ((i >> 5) & 3))) & 3;
      const high = (bytes[at + (i & 31)]! >> (i >> 5)) & 1;
      target[to + i] = fround(d * scales[i >> 4]!) * (low - 4 * (1 - high));
    }
  }
};

/** The scale and the smallest value of each of the 8 groups of Q4_K and Q5_K, 6 bits each, packed into 12 bytes. */
function groupScales(bytes: Uint8Array, at: number, into: Uint8Array): void {
  for (let group = 0; group < 4; group++) {
    const [first, second, rest] = [
      bytes[at + group]!,
      bytes[at + 4 + group]!,
      bytes[at + 8 + group]!,
    ];
    into[group] = first & 63;
    into[8 + group] = second & 63;
    into[4 + group] = (rest & 15) | ((first >> 2) & 48);
    into[12 + group] = (rest >> 4) | ((second >> 2) & 48);
  }
}

/** 4 bits in groups of 32: y = d·s·q − dmin·m. */
export const q4K: Dequantize = (bytes, target) => {
  const scales = new Uint8Array(16);
  for (let at = 0, to = 0; to < target.length; at += 144, to += BLOCK) {
    const d = halfAt(bytes, at);
    const dmin = halfAt(bytes, at + 2);
    groupScales(bytes, at + 4, scales);
    for (let i = 0; i < BLOCK; i++) {
      const group = i >> 5;
      const q = (bytes[at + 16 + (i >> 6) * 32 + (i & 31)]! >> (4 * (group & 1))) & 15;
      target[to + i] = fround(fround(d * scales[group]!) * q) - fround(dmin * scales[8 + group]!);
    }
  }
};

/** As Q4_K, with a fifth bit of every number. */
export const q5K: Dequantize = (bytes, target) => {
  const scales = new Uint8Array(16);
  for (let at = 0, to = 0; to < target.length; at += 176, to += BLOCK) {
    const d = halfAt(bytes, at);
    const dmin = halfAt(bytes, at + 2);
    groupScales(bytes, at + 4, scales);
    for (let i = 0; i < BLOCK; i++) {
      const group = i >> 5;
      const low = (bytes[at + 48 + (i >> 6) * 32 + (i & 31)]! >> (4 * (group & 1))) & 15;
      const high = (bytes[at + 16 + (i & 31)]! >> group) & 1;
      const q = low | (high << 4);
      target[to + i] = fround(fround(d * scales[group]!) * q) - fround(dmin * scales[8 + group]!);
    }
  }
};

/** 6 bits in groups of 16: y = d · s · (q − 32). */
export const q6K: Dequantize = (bytes, target) => {
  for (let at = 0, to = 0; to < target.length; at += 210, to += BLOCK) {
    const d = halfAt(bytes, at + 208);
    for (let i = 0; i < BLOCK; i++) {
      const scale = (bytes[at + 192 + (i >> 4)]! << 24) >> 24;
      const low = (bytes[at + (i >> 7) * 64 + (i & 63)]! >> (4 * ((i >> 6) & 1))) & 15;
      const high = (bytes[at + 128 + (i >> 7) * 32 + (i & 31)]! >> (2 * ((i >> 5) & 3))) & 3;
      target[to + i] = fround(d * scale) * ((low | (high << 4)) - 32);
    }
  }
};
