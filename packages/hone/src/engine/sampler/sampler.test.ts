import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadBaseModel } from "../base-model.ts";
import { createRunGate } from "../runtime/run-gate.ts";
import { SessionPool } from "../runtime/session-pool.ts";
import { Sampler } from "./sampler.ts";

const golden = join(import.meta.dirname, "../../../../../test/golden/models");
describe.each(["qwen2", "qwen3", "llama", "gemma3"])("%s", (family) => {
  const sessions = new SessionPool(1, createRunGate());
  afterAll(() => sessions.close());
  it("continues greedily as transformers does", async () => {
    const base = await loadBaseModel(join(golden, family));
    const expected = JSON.parse(readFileSync(join(golden, family, "golden.json"), "utf8"));
    const sampler = new Sampler({ ...base, sessions });
    for (const { prompt, continuation: tokens } of [expected.greedy].flat()) {
      const [sequence] = await sampler.request(prompt, 1, {
        maxTokens: tokens.length,
        temperature: 0,
      });
      expect(sequence!.tokens).toEqual(tokens);
      const lp = await sampler.logProbs([...prompt, ...tokens]);
      expect(
        Math.max(...sequence!.logProbs.map((v, i) => Math.abs(v - lp[prompt.length + i]!))),
      ).toBeLessThan(1e-4);
    }
  });
});
