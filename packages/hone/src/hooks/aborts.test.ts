import { APIUserAbortError } from "openai";
import { describe, expect, it } from "vitest";
import { isAbort } from "./aborts.ts";

const named = (name: string) => Object.assign(new Error("x"), { name });

describe("an abort", () => {
  it("is known by the names and words of the platform and of libraries", () => {
    const aborts: unknown[] = [
      new DOMException("This operation was aborted", "AbortError"),
      AbortSignal.abort().reason,
      named("AbortError"),
      named("ModelAbortError"),
      new APIUserAbortError(),
      new Error("Abort"),
      new Error("Aborted"),
      new Error("AbortError"),
      Object.assign(named("AI_RetryError"), { reason: "abort" }),
    ];
    expect(aborts.map((error) => isAbort(error))).toEqual(aborts.map(() => true));
  });

  it("is not any other end", () => {
    const failures: unknown[] = [
      new Error("Aborted by the provider"),
      Object.assign(named("AI_RetryError"), { reason: "maxRetriesExceeded" }),
      new DOMException("too slow", "TimeoutError"),
      "abort",
      null,
      undefined,
    ];
    expect(failures.map((error) => isAbort(error))).toEqual(failures.map(() => false));
  });

  it("is whatever comes of a signal that aborted, for any reason but the time", () => {
    const left = AbortSignal.abort(new Error("the user left"));
    expect(isAbort(left.reason, left)).toBe(true);
    expect(isAbort("gone", AbortSignal.abort("gone"))).toBe(true);
    expect(isAbort(new Error("fetch failed"), new AbortController().signal)).toBe(false);
    const late = AbortSignal.abort(new DOMException("too slow", "TimeoutError"));
    expect(isAbort(late.reason, late)).toBe(false);
    expect(isAbort(named("AbortError"), late)).toBe(false);
  });
});
