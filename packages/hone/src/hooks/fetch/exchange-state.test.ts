import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Received, withChunk, withEnd, withHead } from "./exchange-state.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const head = (status: number) => ({ status, statusText: "", isStream: true });
const onTimeout = vi.fn();
const headed = (status: number, at: number): Received =>
  withHead(head(status), at, () => setTimeout(onTimeout, 1000));

it("ends a response that failed by its status at the time of the status, whatever is read later", () => {
  for (const received of [headed(429, 5), withChunk(headed(429, 5), () => 6)]) {
    expect(withEnd(received, { how: "done" }, 9)).toMatchObject({ endedAt: 5 });
  }
  expect(withEnd(headed(200, 5), { how: "done" }, 9)).toMatchObject({ endedAt: 9 });
});

it("waits for the app to read what was refused, until a chunk or the end comes", () => {
  expect(withChunk(headed(500, 1), () => 2)).toMatchObject({ kind: "body", firstAt: 2 });
  withEnd(headed(500, 1), { how: "stopped" }, 2);
  headed(200, 1);
  expect(vi.getTimerCount()).toBe(0);
  headed(500, 1);
  vi.advanceTimersByTime(1000);
  expect(onTimeout).toHaveBeenCalledOnce();
});

it("notes the time of the first chunk only", () => {
  const first = withChunk(headed(200, 1), () => 2);
  expect(withChunk(first, () => 3)).toBe(first);
  expect(withChunk({ kind: "nothing" }, () => 4)).toMatchObject({ firstAt: 4, head: undefined });
});
