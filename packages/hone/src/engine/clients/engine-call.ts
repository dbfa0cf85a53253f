/** A call to the engine's worker, typed by the table of its methods. */
import type { CallOptions, WorkerClient } from "../calls/worker-client.ts";
import type { ArgumentOf, MethodName, ResultOf } from "../calls/engine-methods.ts";

export type EngineCall = <M extends MethodName>(
  method: M,
  argument: ArgumentOf<M>,
  options?: CallOptions,
) => Promise<ResultOf<M>>;

export function engineCall(worker: WorkerClient): EngineCall {
  return (method, argument, options) => worker.call(method, argument, options);
}
