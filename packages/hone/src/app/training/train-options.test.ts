import { expect, it } from "vitest";
import { grpo } from "../../algorithms/policy-gradient/grpo.ts";
import { dpo } from "../../algorithms/preferences/dpo.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import { checkTrainOptions } from "./train-options.ts";

it("training tasks may be left out where no algorithm learns from rollouts, as with preferences", () => {
  const pair = {
    prompt: [{ role: "user", content: "2 + 2?" }],
    chosen: [{ role: "assistant", content: "4" }],
    rejected: [{ role: "assistant", content: "5" }],
  } as const;
  const check = (algorithm: Algorithm): void =>
    checkTrainOptions({
      model: "tiny",
      agent: async () => "",
      reward: () => 0,
      tasks: { train: [], test: [{ id: "1" }] },
      algorithm,
    });
  expect(() => check(dpo({ pairs: [pair], learningRate: 1e-5 }))).not.toThrow();
  expect(() => check(grpo({ steps: 1, learningRate: 1e-5 }))).toThrow(/^DATA_EMPTY.*tasks.train/);
});
