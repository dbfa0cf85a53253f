import { expect, it } from "vitest";
import { modelSizes } from "./model-sizes.ts";

it("counts the parameters of public models, and more memory for more work", () => {
  const sizes = modelSizes();
  // From the model's page: 0.49 B parameters, 0.36 B of them outside the embeddings.
  expect(sizes.find(({ model }) => model === "Qwen2.5-0.5B")?.parameterCount).toBe(494_032_768);
  for (const { sample, adapter, all } of sizes) {
    expect(sample).toBeGreaterThan(0);
    expect(all).toBeGreaterThan(adapter);
  }
});
