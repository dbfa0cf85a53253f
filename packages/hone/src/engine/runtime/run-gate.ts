/**
 * A gate that every call into ONNX Runtime passes, shared between the main thread and the engine's worker.
 *
 * Danger: a process that exits while ONNX Runtime computes aborts with a core dump. `process.exit()`, an uncaught error
 * and a worker's termination all do that, so on the process's "exit" event the main thread closes the gate and waits
 * until the calls under way (products, opening and releasing sessions) have ended; the worker starts no other.
 *
 * One call goes past the gate: the garbage collector's finalizer of a value (native-tensors.ts). It frees a small record
 * that points at memory of ours; it touches no session and waits for no thread of the runtime, so an exit beside it
 * interrupts nothing.
 */
const CLOSED = 0;
/** How many calls are under way. */
const RUNNING = 1;

/** No product of ours takes longer; past it the exit goes ahead. */
const LONGEST_WAIT_MS = 120_000;

export type RunGate = Int32Array<SharedArrayBuffer>;

export function createRunGate(): RunGate {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** Worker side: runs `product` unless the gate is closed, in which case nothing of it ever happens. */
export async function throughGate<T>(gate: RunGate, product: () => Promise<T>): Promise<T> {
  Atomics.add(gate, RUNNING, 1);
  if (Atomics.load(gate, CLOSED) === 1) {
    release(gate);
    // The process is about to be gone. The thread goes on, so that a product under way can end.
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
  const deadline = Date.now() + LONGEST_WAIT_MS;
  for (let running = Atomics.load(gate, RUNNING); running > 0;) {
    if (Atomics.wait(gate, RUNNING, running, deadline - Date.now()) === "timed-out") return;
    running = Atomics.load(gate, RUNNING);
  }
}
