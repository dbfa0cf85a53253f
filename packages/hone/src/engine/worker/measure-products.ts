/** How fast this machine multiplies matrices with ONNX Runtime. */
import { ownModule } from "../../core/own-module.ts";
import { WorkerClient } from "../calls/worker-client.ts";

/** Which matrix products are measured, and for how long. */
export interface ProductMeasurement {
  /** Threads of a product. */
  readonly threads: number;
  /** Rows and columns of both matrices. */
  readonly size: number;
  /** How long products are repeated, in seconds. */
  readonly seconds: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Multiplies two f32 matrices [size, size] again and again in a thread of its own.
 * @returns the speed of the median product, in GFLOP/s
 * @throws  DEPENDENCY_MISSING when ONNX Runtime cannot be loaded; RUNTIME_FAILED
 */
export async function measureProducts(measurement: ProductMeasurement): Promise<number> {
  const { threads, size, seconds, signal } = measurement;
  const worker = new WorkerClient(ownModule(new URL("./benchmark-worker.ts", import.meta.url)), {
    threads,
  });
  try {
    return await worker.call<number>("measure", { size, seconds }, { signal });
  } finally {
    await worker.close();
  }
}
