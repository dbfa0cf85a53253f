import { expect, it } from "vitest";
import { examine, type Finding } from "./examine-machine.ts";
import { modelSizes } from "../../engine/model-files/model-sizes.ts";

it("examines the machine, the engine's speed among the findings", async () => {
  const findings: Finding[] = [];
  for await (const finding of examine({ threads: 1, seconds: 0.02 })) findings.push(finding);
  expect(findings.map(({ name }) => name)).toEqual([
    "node",
    "cores",
    "memory",
    "disk",
    "model cache",
    "engine",
    "largest models",
  ]);
  expect(findings.filter(({ status }) => status === "problem")).toEqual([]);
  for (const { status, fix } of findings) expect(fix === undefined).toBe(status === "ok");
  const { gflops } = findings.find(({ name }) => name === "engine")!.facts as { gflops: number };
  expect(gflops).toBeGreaterThan(1);
});

it("counts the parameters of public models, and more memory for more work", () => {
  const sizes = modelSizes();
  // From the model's page: 0.49 B parameters, 0.36 B of them outside the embeddings.
  expect(sizes.find(({ model }) => model === "Qwen2.5-0.5B")?.parameterCount).toBe(494_032_768);
  for (const { sample, adapter, all } of sizes) {
    expect(sample).toBeGreaterThan(0);
    expect(all).toBeGreaterThan(adapter);
  }
});
