import { expect, it, vi } from "vitest";
import { inTime } from "./in-time.ts";

it("gives a result that comes in time, and undefined for work that is late or fails, before or after the limit", async () => {
  vi.useFakeTimers();
  try {
    expect(await inTime(Promise.resolve(4), 10)).toBe(4);
    expect(await inTime(Promise.reject(new Error("no")), 10)).toBeUndefined();
    let fail: (error: Error) => void = () => undefined;
    const late = inTime(new Promise((_, reject) => (fail = reject)), 10);
    await vi.advanceTimersByTimeAsync(10);
    expect(await late).toBeUndefined();
    fail(new Error("too late"));
    await vi.advanceTimersByTimeAsync(10);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
