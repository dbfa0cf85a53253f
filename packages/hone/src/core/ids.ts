/** Ids of traces and spans: random, of the sizes of W3C Trace Context, so that they travel in OpenTelemetry unchanged. */

/** 32 hex digits, never all zero. */
export const newTraceId = (): string => randomHex(16);

/** 16 hex digits, never all zero. */
export const newSpanId = (): string => randomHex(8);

function randomHex(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  if (random.every((byte) => byte === 0)) return randomHex(bytes);
  return [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
