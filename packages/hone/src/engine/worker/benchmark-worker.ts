/** The thread of `measureProducts`: each product passes the engine's gate, so that the process may end at any moment. */
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../core/errors.ts";
import { type RunGate, throughGate } from "../runtime/run-gate.ts";
import { serve } from "../calls/serve.ts";
import { openSession } from "../runtime/session.ts";
import { input, matmul } from "../../tensor/ops.ts";
import { program } from "../../tensor/program.ts";

assert(parentPort !== null, "the benchmark's worker was started as a program");
const { threads, gate } = workerData as { readonly threads: number; readonly gate: RunGate };
const port = parentPort;

/** Multiplies two [size, size] matrices again and again; the median product's speed in GFLOP/s. */
async function measure(argument: {
  readonly size: number;
  readonly seconds: number;
}): Promise<number> {
  const { size, seconds } = argument;
  const [a, b] = ["a", "b"].map((name) => input(name, "f32", [size, size]));
  const product = program("benchmark", { c: matmul(a!, b!) });
  const session = await throughGate(gate, () => openSession(product, { threads }));
  const value = (): { data: Float32Array; shape: number[] } => ({
    data: new Float32Array(size * size).fill(0.5),
    shape: [size, size],
  });
  const [feeds, fetches] = [{ a: value(), b: value() }, { c: value() }];
  const times: number[] = [];
  const end = performance.now() + 1000 * seconds;
  do {
    const start = performance.now();
    await throughGate(gate, () => session.run(feeds, fetches));
    times.push(performance.now() - start);
  } while (performance.now() < end);
  await throughGate(gate, () => session.release());
  const median = times.toSorted((x, y) => x - y)[Math.floor(times.length / 2)]!;
  return (2 * size ** 3) / (median * 1e6);
}

serve(port, {
  measure,
  close: () => void setImmediate(() => port.close()),
});
