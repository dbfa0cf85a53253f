import { expect, it } from "vitest";
import { retryAfterMs } from "./retry-after.ts";

it("reads seconds and dates of a Retry-After header, and nothing of what is neither", () => {
  expect(retryAfterMs("2")).toBe(2000);
  expect(retryAfterMs("Thu, 01 Jan 1970 00:00:00 GMT")).toBe(0);
  const later = new Date(Date.now() + 3_600_000).toUTCString();
  expect(retryAfterMs(later)).toBeGreaterThan(0);
  for (const header of ["soon", null, undefined]) expect(retryAfterMs(header)).toBeUndefined();
});
