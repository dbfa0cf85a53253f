import { expect, it } from "vitest";
import type { RolloutSource } from "../../ports/rollout-source.ts";
import { SamplingClock, timeMetrics } from "./sampling-clock.ts";

it("says how fast rollouts were sampled and rows were trained", () => {
  const step = { metrics: { tokens_sampled: 600, tokens: 300 } };
  expect(timeMetrics(step, 5, 2)).toEqual({
    seconds: 5,
    sampling_seconds: 2,
    tokens_per_second_sampling: 300,
    tokens_per_second_training: 100,
  });
  expect(timeMetrics({ metrics: { tokens: 10 } }, 2)).toEqual({
    seconds: 2,
    tokens_per_second_training: 5,
  });
  // A step without signal updates nothing.
  expect(timeMetrics({ metrics: { tokens_sampled: 6 } }, 3, 3)).toEqual({
    seconds: 3,
    sampling_seconds: 3,
    tokens_per_second_sampling: 2,
  });
});

it("counts the requests of a step only, failed ones included", async () => {
  const clock = new SamplingClock();
  const waits: RolloutSource = {
    groups: async ({ step }) => {
      const end = performance.now() + 2;
      while (performance.now() < end);
      if (step === 2) throw new Error("no rollouts");
      return [];
    },
  };
  const source = clock.timed(waits);
  const request = (step: number) =>
    ({ step, groupCount: 1, groupSize: 1 }) as Parameters<RolloutSource["groups"]>[0];
  await source.groups(request(1));
  expect(clock.take()).toBeGreaterThanOrEqual(0.002);
  expect(clock.take()).toBe(0);
  await expect(source.groups(request(2))).rejects.toThrow("no rollouts");
  expect(clock.take()).toBeGreaterThanOrEqual(0.002);
});
