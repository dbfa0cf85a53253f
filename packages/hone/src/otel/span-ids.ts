/** Ids derived from other values: the same values give the same id, so that what is sent twice is stored once. */
import { createHash } from "node:crypto";

/** A span's id: 16 hex digits. */
export const derivedSpanId = (...parts: readonly (string | number)[]): string => derived(parts, 16);

/** A trace's id: 32 hex digits. */
export const derivedTraceId = (...parts: readonly (string | number)[]): string =>
  derived(parts, 32);

const derived = (parts: readonly (string | number)[], digits: number): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, digits);
