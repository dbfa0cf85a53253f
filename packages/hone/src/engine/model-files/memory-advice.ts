/** What is said where a model does not fit into memory: which one would. */
import { HoneError, isError } from "../../core/errors.ts";
import type { ModelUse } from "./model-sizes.ts";

/**
 * Waits for work that takes memory.
 * @throws as the work; MEMORY_INSUFFICIENT then names the largest model of the usual sizes that can be used so
 */
export async function advisedMemory<T>(use: ModelUse, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isError(error, "MEMORY_INSUFFICIENT")) throw error;
    const { largestModel } = await import("./model-sizes.ts");
    const largest = largestModel(use, error.facts.free);
    if (largest === undefined) throw error;
    throw new HoneError("MEMORY_INSUFFICIENT", { ...error.facts, largest }, { cause: error });
  }
}
