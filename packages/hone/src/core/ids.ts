/** Ids of traces and spans: random, of the sizes of W3C Trace Context, so that they travel in OpenTelemetry unchanged. */

/** 32 hex digits, never all zero. */
export const newTraceId = (): string => randomHex(16);

/** Makes a span's id: 16 random hex digits, never all zero. */
export const newSpanId = (): string => randomHex(8);

const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Random bytes are fetched 4,096 at a time, because each call of the generator costs more than the bytes. */
const pool = new Uint8Array(4096);
let used = pool.length;

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  let text = "";
  let sum = 0;
  for (let i = 0; i < bytes; i++) {
    const byte = pool[used++]!;
    sum += byte;
    text += digits[byte]!;
  }
  return sum === 0 ? randomHex(bytes) : text;
}
