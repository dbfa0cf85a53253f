import { expect, it } from "vitest";
import { HoneError } from "../../core/errors.ts";
import { advisedMemory } from "./memory-advice.ts";
import { largestModel, modelSizes } from "./model-sizes.ts";

it("counts the parameters of public models, and more memory for more work", () => {
  const sizes = modelSizes();
  // From the model's page: 0.49 B parameters, 0.36 B of them outside the embeddings.
  expect(sizes.find(({ model }) => model === "Qwen2.5-0.5B")?.parameterCount).toBe(494_032_768);
  for (const { sample, adapter, all } of sizes) {
    expect(sample).toBeGreaterThan(0);
    expect(all).toBeGreaterThan(adapter);
  }
});

it("names the largest model that fits", async () => {
  expect(largestModel("sample", 4e9)).toBe("Qwen2.5-0.5B");
  expect(largestModel("sample", 8e9)).toBe("Qwen2.5-1.5B");
  expect(largestModel("sample", 1e3)).toBeUndefined();
  const what = "the weights of big";
  const refused = Promise.reject(
    new HoneError("MEMORY_INSUFFICIENT", { what, needed: 30e9, free: 4e9 }),
  );
  await expect(advisedMemory("sample", refused)).rejects.toThrow(
    /30000 MB; 4000 MB are free\.[^]*Qwen2\.5-0\.5B is the largest of the usual sizes that fits/,
  );
});
