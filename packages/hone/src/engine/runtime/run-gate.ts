/**
 * A gate that every product passes, shared between the main thread and the engine's worker.
 *
 * Danger: a process that exits while ONNX Runtime computes aborts with a core dump. `process.exit()`, an uncaught error
 * and a worker's termination all do that, so on the process's "exit" event the main thread closes the gate and waits
 * until the product under way has ended; the worker starts no other.
 */
const CLOSED = 0;
const RUNNING = 1;

/** No product of ours takes longer; past it the exit goes ahead. */
const LONGEST_WAIT_MS = 120_000;

export type RunGate = Int32Array<SharedArrayBuffer>;

export function createRunGate(): RunGate {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** Worker side: runs `product` unless the gate is closed, in which case the thread parks until the process is gone. */
export async function throughGate<T>(gate: RunGate, product: () => Promise<T>): Promise<T> {
  Atomics.store(gate, RUNNING, 1);
  if (Atomics.load(gate, CLOSED) === 1) {
    release(gate);
    Atomics.wait(gate, CLOSED, 1);
  }
  try {
    return await product();
  } finally {
    release(gate);
  }
}

function release(gate: RunGate): void {
  Atomics.store(gate, RUNNING, 0);
  Atomics.notify(gate, RUNNING);
}

/** Main side, synchronous, for the "exit" event: no product starts any more, and the one under way has ended. */
export function closeGate(gate: RunGate): void {
  Atomics.store(gate, CLOSED, 1);
  Atomics.wait(gate, RUNNING, 1, LONGEST_WAIT_MS);
}
