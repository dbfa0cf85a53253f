/** What the contract suites of stores share: traces of the fewest fields, and comparisons. */
import { expect } from "vitest";
import { type ErrorCode, isError } from "../core/errors.ts";
import type { Span } from "../core/span.ts";
import type { Trace, TraceHead } from "../core/trace.ts";
import type { TraceStore } from "../ports/trace-store.ts";

/** The store of the test that runs. */
export type Current = () => TraceStore;

export const noon = Date.UTC(2025, 0, 9, 12);

/** A head with the required fields only. */
export function head(id: string, more: Partial<TraceHead> = {}): TraceHead {
  const fixed = {
    agent: "a",
    task: "t",
    attempt: 1,
    status: "completed",
    startedAt: noon,
  } as const;
  return { id, ...fixed, tags: [], metadata: {}, rewards: [], ...more };
}

/** The fields that every span must have. */
export const base = (traceId: string, sequence: number) =>
  ({ id: `s${sequence}`, traceId, sequence, startedAt: noon, attributes: {} }) as const;

export const content = (traceId: string, sequence: number, text: string): Span => ({
  ...base(traceId, sequence),
  kind: "content",
  content: text,
});

export const trace = (id: string, more: Partial<Trace> = {}): Trace => ({
  ...head(id),
  spans: [],
  ...more,
});

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

export const withCode = (code: ErrorCode) => (error: unknown) => isError(error, code);

/** Checks that statistics are equal up to the rounding of sums in another order. */
export function expectNear(got: unknown, wanted: unknown): void {
  if (typeof wanted === "number") {
    expect(Math.abs((got as number) - wanted)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(wanted)));
  } else if (typeof wanted === "object" && wanted !== null) {
    expect(Object.keys(got as object).toSorted()).toEqual(Object.keys(wanted).toSorted());
    for (const [key, value] of Object.entries(wanted)) {
      expectNear((got as Record<string, unknown>)[key], value);
    }
  } else {
    expect(got).toBe(wanted);
  }
}
