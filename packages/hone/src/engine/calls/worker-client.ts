/**
 * The main thread's side: starts the engine's worker and calls it.
 *
 * The worker keeps the process alive only while a call is under way, so a script that forgets to close still ends.
 */
import { Worker } from "node:worker_threads";
import { assert, errorFromJson, HoneError } from "../../core/errors.ts";
import { threadStart } from "../../core/thread-start.ts";
import type { CallReply, CallRequest, ThrownJson } from "./call-messages.ts";
import { Outbox } from "./outbox.ts";
import { closeGate, createRunGate, type RunGate } from "../runtime/run-gate.ts";

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly chunk: ((value: unknown) => void) | undefined;
}

export interface CallOptions {
  /** The argument will not change any more, so that it may be posted later, with other calls of this turn (outbox.ts). */
  readonly isOwn?: boolean | undefined;
  /** A call under way needs it to end, so it is posted also while the client closes. */
  readonly isAnswer?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Gets what the worker sends before its result. */
  readonly onChunk?: ((value: unknown) => void) | undefined;
}

export class WorkerClient {
  readonly #worker: Worker;
  readonly #gate: RunGate;
  readonly #pending = new Map<number, Pending>();
  readonly #onExit: () => void;
  readonly #outbox = new Outbox<CallRequest>(
    (requests) => this.#worker.postMessage(requests),
    ({ id }, error) => this.#reject(id, error as Error),
  );
  #nextId = 0;
  #closing: Promise<void> | undefined;
  #ended = false;

  /** `data` reaches the worker as workerData beside the gate. */
  constructor(url: URL, data: Readonly<Record<string, unknown>>) {
    this.#gate = createRunGate();
    this.#worker = new Worker(url, {
      ...threadStart(),
      workerData: { ...data, gate: this.#gate },
    });
    this.#worker.unref();
    this.#worker.on("message", (replies: readonly CallReply[]) => {
      for (const reply of replies) this.#receive(reply);
    });
    this.#worker.on("error", (error) => this.#fail(error as Error));
    this.#worker.on("exit", (code) =>
      this.#fail(new Error(`internal: the engine's worker ended with code ${code}`)),
    );
    this.#onExit = () => closeGate(this.#gate);
    process.on("exit", this.#onExit);
  }

  /** Calls a method of the worker. Calls start in the order they are made. */
  async call<T>(method: string, argument?: unknown, options: CallOptions = {}): Promise<T> {
    const { signal, onChunk, isOwn = false, isAnswer = false } = options;
    const isClosing = this.#closing !== undefined && method !== "close" && !isAnswer;
    if (isClosing || this.#ended) throw new HoneError("ENGINE_CLOSED", { what: method });
    if (signal?.aborted) throw new HoneError("CANCELLED", { what: method });
    const id = this.#nextId++;
    const abort = (): void => this.#outbox.send({ kind: "abort", id });
    signal?.addEventListener("abort", abort, { once: true });
    this.#worker.ref();
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#pending.set(id, {
          resolve: resolve as (value: unknown) => void,
          reject,
          chunk: onChunk,
        });
        const request = { kind: "call", id, method, argument } as const;
        if (isOwn) this.#outbox.send(request);
        else this.#outbox.sendNow(request);
      });
    } finally {
      signal?.removeEventListener("abort", abort);
      if (this.#pending.size === 0) this.#worker.unref();
    }
  }

  /** Lets calls under way end, frees what the worker holds, and waits until its thread is gone. */
  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  async #drain(): Promise<void> {
    if (this.#ended) return;
    const gone = new Promise<void>((resolve) => this.#worker.once("exit", () => resolve()));
    await this.call("close");
    this.#worker.ref();
    await gone;
    process.off("exit", this.#onExit);
  }

  #receive(reply: CallReply): void {
    const pending = this.#pending.get(reply.id);
    assert(pending !== undefined, `a reply to call ${reply.id}, which is not pending`);
    if (reply.kind === "chunk") {
      try {
        pending.chunk?.(reply.value);
      } catch (error) {
        // The caller's code failed. Other replies in the same message must still be received.
        pending.reject(error as Error);
      }
      return;
    }
    if (reply.kind === "error") this.#reject(reply.id, fromJson(reply.error));
    else {
      this.#pending.delete(reply.id);
      pending.resolve(reply.value);
    }
  }

  #reject(id: number, error: Error): void {
    this.#pending.get(id)?.reject(error);
    this.#pending.delete(id);
  }

  #fail(error: Error): void {
    this.#ended = true;
    process.off("exit", this.#onExit);
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}

function fromJson(json: ThrownJson): Error {
  if ("hone" in json) return errorFromJson(json.hone);
  const error = new Error(json.message);
  error.name = json.name;
  if (json.stack !== undefined) error.stack = json.stack;
  return error;
}
