import { expect, it } from "vitest";
import { combine } from "./policy-update.ts";

it("outputs are combined by their tokens, and the largest ratio stays the largest", () => {
  const outputs = [
    { loss: 1, metrics: { tokens: 1, kl_old: 4, ratio_max: 1.5 } },
    { loss: 2, metrics: { tokens: 3, kl_old: 0, ratio_max: 1.1 } },
  ];
  expect(combine(outputs)).toEqual({
    loss: 3,
    metrics: { tokens: 4, kl_old: 1, ratio_max: 1.5 },
  });
});
