/**
 * A gate that every call into ONNX Runtime passes, shared between the main thread and the engine's worker.
 *
 * Danger: a process that exits while ONNX Runtime computes aborts with a core dump. `process.exit()`, an uncaught error
 * and a worker's termination all do that, so on the process's "exit" event the main thread closes the gate and waits
 * until the calls under way (products, opening and releasing sessions) have ended; the worker starts no other.
 *
 * One call does not pass the gate: the garbage collector's finalizer of a value (native-tensors.ts). It frees a small record
 * that points at our memory; it touches no session and waits for no thread of the runtime, so an exit at the same time
 * interrupts nothing.
 */
const CLOSED = 0;
/** How many calls are under way. */
const RUNNING = 1;

/** Time limit of the wait at exit, in ms: longer than any product takes. After it the process exits in any case. */
const MAX_WAIT_MS = 120_000;

export type RunGate = Int32Array<SharedArrayBuffer>;

export function createRunGate(): RunGate {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** Worker side: runs `product`. When the gate is closed, the product never starts and the promise never settles. */
export async function throughGate<T>(gate: RunGate, product: () => Promise<T>): Promise<T> {
  Atomics.add(gate, RUNNING, 1);
  if (Atomics.load(gate, CLOSED) === 1) {
    release(gate);
    // The process is about to exit. This call never settles; the thread keeps running, so that a product under way can end.
    return new Promise<T>(() => undefined);
  }
  try {
    return await product();
  } finally {
    release(gate);
  }
}

function release(gate: RunGate): void {
  Atomics.sub(gate, RUNNING, 1);
  Atomics.notify(gate, RUNNING);
}

/** Main side, synchronous, for the "exit" event: no product starts any more, and those under way have ended. */
export function closeGate(gate: RunGate): void {
  Atomics.store(gate, CLOSED, 1);
  const deadline = Date.now() + MAX_WAIT_MS;
  for (let running = Atomics.load(gate, RUNNING); running > 0;) {
    if (Atomics.wait(gate, RUNNING, running, deadline - Date.now()) === "timed-out") return;
    running = Atomics.load(gate, RUNNING);
  }
}
