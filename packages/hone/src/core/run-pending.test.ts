import { expect, it } from "vitest";
import { runPending } from "./run-pending.ts";

it("does together what is asked for at a time, and what waits meanwhile in the next pass", async () => {
  const passes: (readonly number[])[] = [];
  const first = Promise.withResolvers<void>();
  const double = runPending(async (items: readonly number[]) => {
    passes.push(items);
    if (passes.length === 1) await first.promise;
    if (items.includes(0)) throw new Error("no zero");
    return items.map((item) => 2 * item);
  });
  const early = Promise.all([1, 2].map(double));
  while (passes.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const late = Promise.allSettled([double(3), double(0)]);
  first.resolve();
  expect(await early).toEqual([2, 4]);
  expect((await late).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  // A pass that failed does not fail later ones.
  expect(await double(5)).toBe(10);
  expect(passes).toEqual([[1, 2], [3, 0], [5]]);
});
