/**
 * A store in a thread of its own, so that its batches and locks never block the agent's event loop.
 *
 * The thread's module opens the store and calls `serveTraceWriter`. The first batch starts the thread, and a batch after the
 * thread crashed starts it again. The thread runs no preload of the app, and does not keep the process alive unless it is asked to.
 */
import { rmSync } from "node:fs";
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from "node:worker_threads";
import { errorFromJson, type ErrorJson } from "../../core/errors.ts";
import { writeSpool } from "../../formats/write-spool.ts";
import type { BatchText } from "./batch-text.ts";
import type { BatchWriter, WrittenNow } from "./batch-writer.ts";
import { WriterBlocks } from "./writer-blocks.ts";

/** What the thread is started with. */
export interface WriterThreadData {
  readonly url: string;
  readonly port: MessagePort;
  /** [0] counts the thread's answers, so that a blocked thread can wait for the next one. */
  readonly answers: Int32Array<SharedArrayBuffer>;
}

export type WriterRequest =
  | {
      readonly id: number;
      /** Holds the batch's JSON text as UTF-8 in its first `bytes` bytes. */
      readonly block: SharedArrayBuffer;
      readonly bytes: number;
    }
  | { readonly id: number; readonly open: true }
  | { readonly id: number; readonly close: true };

/** Sent when an answer takes long. */
export interface WriterNotice {
  /** Why the store has to wait, such as a lock of another process. */
  readonly waitingFor: string;
}

export interface WriterAnswer {
  readonly id: number;
  /** Absent when the request was done. */
  readonly error?: ErrorJson;
}

/**
 * @param module  the thread's module, which calls `serveTraceWriter`
 * @param url  the store's address, handed to the thread
 * @param spool  the folder for batches that the store did not take before the process ended. Default: none, they are lost
 * @param keepsAlive  whether the process stays alive while a write is under way, as a program that awaits one needs. Default: false, so that a
 *   recorded app ends when it would end without hone
 */
export function workerWriter(
  module: URL,
  url: string,
  spool?: string,
  keepsAlive = false,
): BatchWriter {
  const writer = new WorkerWriter(module, url, keepsAlive);
  if (spool === undefined) return writer;
  return Object.assign(writer, {
    keep: (batches: readonly BatchText[]) => {
      const file = writeSpool(spool, batches);
      return () => rmSync(file, { force: true });
    },
  });
}

interface WriterThread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly answers: Int32Array<SharedArrayBuffer>;
}

/** A request without an answer so far. */
interface PendingCall {
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

class WorkerWriter implements BatchWriter {
  readonly url: string;
  readonly #module: URL;
  readonly #keepsAlive: boolean;
  readonly #calls = new Map<number, PendingCall>();
  #thread: WriterThread | undefined;
  readonly #blocks = new WriterBlocks();
  #count = 0;
  #waitingFor: string | undefined;

  constructor(module: URL, url: string, keepsAlive: boolean) {
    this.#module = module;
    this.#keepsAlive = keepsAlive;
    this.url = url;
  }

  warmUp(): void {
    const { port } = this.#open();
    // Where opening fails, the first batch tries again and gets the error.
    this.#call(port, (id) => ({ id, open: true })).catch(() => undefined);
  }

  async write(batch: BatchText): Promise<void> {
    const { port } = this.#open();
    const filled = this.#blocks.fill(batch);
    await this.#call(port, (id) => ({ id, ...filled }));
    // After an error the thread may still read the block, so it is not used again.
    this.#blocks.release(filled.block);
  }

  writeNow(batches: readonly BatchText[], timeoutMs: number): WrittenNow {
    const end = performance.now() + timeoutMs;
    const thread = this.#open();
    const first = this.#count;
    for (const batch of batches) {
      thread.port.postMessage({ id: this.#count++, ...this.#blocks.fill(batch) });
    }
    thread.port.postMessage({ id: this.#count++, close: true });
    const results = new Map<number, ErrorJson | undefined>();
    while (results.size <= batches.length) {
      const seen = Atomics.load(thread.answers, 0);
      for (let got = receive(thread.port); got !== undefined; got = receive(thread.port)) {
        if ("waitingFor" in got) this.#waitingFor = got.waitingFor;
        else if (got.id >= first) results.set(got.id - first, got.error);
        // An answer to an earlier `write`, whose promise settles when this thread is no longer blocked.
        else this.#settle(got);
      }
      const left = end - performance.now();
      if (results.size > batches.length || left <= 0) break;
      Atomics.wait(thread.answers, 0, seen, left);
    }
    const failed = batches.findIndex((_, i) => !results.has(i) || results.get(i) !== undefined);
    if (failed === -1) return { batches: batches.length };
    const error = results.get(failed);
    if (error !== undefined) return { batches: failed, problem: errorFromJson(error) };
    if (this.#waitingFor === undefined) return { batches: failed };
    return {
      batches: failed,
      problem: new Error(`it did not answer in time (${this.#waitingFor})`),
    };
  }

  async close(timeoutMs: number): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
    const closed = this.#call(thread.port, (id) => ({ id, close: true }));
    await Promise.race([closed.catch(() => undefined), deadline]);
    clearTimeout(timer);
    this.#thread = undefined;
    thread.port.close();
    await thread.worker.terminate();
  }

  #call(port: MessagePort, request: (id: number) => WriterRequest): Promise<void> {
    return new Promise((done, failed) => {
      const id = this.#count++;
      this.#calls.set(id, { done, failed });
      if (this.#keepsAlive) port.ref();
      port.postMessage(request(id));
    });
  }

  #open(): WriterThread {
    this.#thread ??= this.#start();
    return this.#thread;
  }

  #start(): WriterThread {
    const { port1: port, port2 } = new MessageChannel();
    const answers = new Int32Array(new SharedArrayBuffer(4));
    const data: WriterThreadData = { url: this.url, port: port2, answers };
    const worker = new Worker(this.#module, {
      name: "hone-traces",
      workerData: data,
      transferList: [port2],
      execArgv: [],
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    const thread = { worker, port, answers };
    port.on("message", (message: WriterAnswer | WriterNotice) => {
      if ("waitingFor" in message) this.#waitingFor = message.waitingFor;
      else this.#settle(message);
    });
    worker.on("error", (error) => this.#threadEnded(thread, error as Error));
    worker.on("exit", () =>
      this.#threadEnded(
        thread,
        new Error("the thread that writes traces stopped before it had written them"),
      ),
    );
    worker.unref();
    port.unref();
    return thread;
  }

  #settle({ id, error }: WriterAnswer): void {
    this.#waitingFor = undefined;
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (this.#calls.size === 0) this.#thread?.port.unref();
    if (error === undefined) call?.done();
    else call?.failed(errorFromJson(error));
  }

  #threadEnded(thread: WriterThread, error: Error): void {
    if (this.#thread === thread) this.#thread = undefined;
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const { failed } of calls) failed(error);
  }
}

const receive = (port: MessagePort): WriterAnswer | WriterNotice | undefined =>
  (receiveMessageOnPort(port) as { message: WriterAnswer | WriterNotice } | undefined)?.message;
