/** Ids of one size made from anything, the same each time, so that what is sent twice is stored once. */
import { createHash } from "node:crypto";

/** 16 hex digits. */
export const derivedSpanId = (...parts: readonly (string | number)[]): string => derived(parts, 16);

/** 32 hex digits. */
export const derivedTraceId = (...parts: readonly (string | number)[]): string =>
  derived(parts, 32);

const derived = (parts: readonly (string | number)[], digits: number): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, digits);
