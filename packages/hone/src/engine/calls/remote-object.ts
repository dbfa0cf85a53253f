/** The main thread's side of the table: objects whose methods are calls to the engine's worker. */
import {
  type EngineObjects,
  engineMethods,
  type MethodRow,
  type ObjectKind,
} from "./engine-methods.ts";
import { AsyncQueue } from "./async-queue.ts";
import type { CallOptions, WorkerClient } from "./worker-client.ts";

/** An object of the worker by its kind and id; the id is "" where there is one of its kind. */
export type RemoteObjects = <Kind extends ObjectKind>(
  kind: Kind,
  id?: string,
) => EngineObjects[Kind];

export function remoteObjects(worker: WorkerClient): RemoteObjects {
  return <Kind extends ObjectKind>(kind: Kind, id = "") => {
    const rows: Readonly<Record<string, MethodRow>> = engineMethods[kind];
    const methods = Object.entries(rows).map(([name, row]) => {
      const method = { name: `${kind}.${name}`, object: id, row };
      return [name, row.isStream === true ? streamOf(worker, method) : callOf(worker, method)];
    });
    // A loop over the rows makes a record of functions; that each has its method's signature is the table's promise.
    return Object.fromEntries(methods) as EngineObjects[Kind];
  };
}

interface RemoteMethod {
  /** "trainer.forward" */
  readonly name: string;
  readonly object: string;
  readonly row: MethodRow;
}

/** What is posted of a call. */
export interface CallArgument {
  readonly object: string;
  readonly args: readonly unknown[];
}

const callOf =
  (worker: WorkerClient, method: RemoteMethod) =>
  (...args: readonly unknown[]): Promise<unknown> =>
    worker.call(method.name, argumentOf(method, args), optionsOf(method, args));

/** Why the signal of a stream that was left aborts. Without a reason each would make an exception with its stack. */
const over = "the stream was left";

const streamOf = (worker: WorkerClient, method: RemoteMethod) =>
  async function* stream(...args: readonly unknown[]): AsyncGenerator<unknown, void> {
    const arrived = new AsyncQueue<unknown>();
    // Aborts the call in the worker when the reader leaves the stream before its end.
    const stop = new AbortController();
    const { signal, ...options } = optionsOf(method, args);
    const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
    const onChunk = (value: unknown): void => arrived.push(value);
    worker
      .call(method.name, argumentOf(method, args), { ...options, signal: either, onChunk })
      .then(
        () => arrived.end(),
        (error: unknown) => arrived.fail(error),
      );
    try {
      yield* arrived;
    } finally {
      stop.abort(over);
    }
  };

/** The arguments that are posted: all but a signal and a callback. */
function argumentOf({ object, row }: RemoteMethod, args: readonly unknown[]): CallArgument {
  const sent = args.map((arg, i) => (i === row.signal || i === row.callback ? undefined : arg));
  return { object, args: row.travels === "together" ? sent.map(ownCopy) : sent };
}

function optionsOf({ row }: RemoteMethod, args: readonly unknown[]): CallOptions {
  const { signal, callback, travels, isAnswer } = row;
  return {
    isOwn: travels === "together",
    isAnswer,
    signal: signal === undefined ? undefined : (args[signal] as AbortSignal | undefined),
    onChunk: callback === undefined ? undefined : (args[callback] as (value: unknown) => void),
  };
}

/** A copy that the caller cannot change. Lists of token ids are the common case, and cheaper to copy by hand. */
function ownCopy(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const isNumbers = Array.isArray(value) && value.every((item) => typeof item === "number");
  return isNumbers ? [...value] : structuredClone(value);
}
