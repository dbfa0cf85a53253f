import { expect, it } from "vitest";
import { drawItems } from "../../../rewards/queues/queue-items.ts";
import { memoryStore } from "../../../store/memory-store.ts";
import { answeredTrace } from "../../../testing/answered-trace.ts";

it("draws the items of a queue by its seed, each once, and of pairs answers to one task", async () => {
  const store = memoryStore();
  await store.put([
    ...Array.from({ length: 6 }, (_, i) => answeredTrace(`t${i}`, `${i}`, `task ${i % 2}`)),
    { ...answeredTrace("silent", "", "task 0") },
    { ...answeredTrace("running", "1", "task 0"), status: "running" as const },
  ]);
  const draw = (kind: "rate" | "compare" | "correct", seed: number, size = 100) =>
    drawItems(store, { kind, filter: {}, seed, size });
  const rate = await draw("rate", 0);
  expect(rate.flat().toSorted()).toEqual(["silent", "t0", "t1", "t2", "t3", "t4", "t5"]);
  expect(await draw("rate", 0)).toEqual(rate);
  expect(await draw("rate", 1)).not.toEqual(rate);
  expect(await draw("rate", 0, 3)).toEqual(rate.slice(0, 3));
  expect((await draw("correct", 0)).flat()).not.toContain("silent");
  const pairs = await draw("compare", 0);
  expect(pairs).toHaveLength(6);
  for (const [a, b] of pairs) expect(Number(a.slice(1)) % 2).toBe(Number(b!.slice(1)) % 2);
});
