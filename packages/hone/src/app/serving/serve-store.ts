/** A store behind an address: what `hone store serve` runs. */
import { HoneError } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { RolloutQueue } from "../../ports/rollout-queue.ts";
import { demandStoreKey } from "../../formats/store-wire.ts";
import { isLoopback } from "../../server/loopback.ts";
import { listenFor } from "../../server/serving-listener.ts";
import { storeApp } from "../../server/store-app.ts";
import { hasQueue, openQueue, openStore } from "../open-store.ts";
import { warnOperator } from "./warn-operator.ts";

/** Which store is served, where, and what a request may hold. */
export interface ServeStoreSettings {
  /** The address of the store, such as `sqlite:./hone.db`; made when it is not there. */
  readonly store: string;
  /** The address to listen on. Default 127.0.0.1. An address that other machines reach needs a key. */
  readonly host?: string;
  /** The port to listen on. Default 4319; 0 takes a free one. */
  readonly port?: number;
  /** The key that clients must show. Default: none. */
  readonly key?: string;
  /** Maximum size of one request, in bytes. Default 64 MiB. */
  readonly requestBytes?: number;
  /** Called with each part of the store that cannot be read, and with errors that are the server's own fault. */
  readonly onError?: (error: unknown) => void;
}

/** A store that is being served. */
export interface ServingStore {
  /** Its address, for `--store` and HONE_STORE. */
  readonly url: string;
  /** Answers the requests under way and closes the store. `timeoutMs`: default 10,000. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}

const settingNames: OptionNames<ServeStoreSettings> = {
  store: true,
  host: true,
  port: true,
  key: true,
  requestBytes: true,
  onError: true,
};

/** Problems of the store that clients are told of. A store with more is damaged as a whole; `check` names them all. */
const maxProblems = 1000;
/** Time until a request must have come, and without a byte of an answer being read, in ms. */
const limits = { requestMs: 300_000, readMs: 60_000 };

/**
 * Serves a store over HTTP, so that every command and `openStore` reach it by `http://…` or `https://…`: its traces and, where
 * it has one, its queue of rollouts. TLS is the task of a proxy in front of it.
 *
 * @throws OPTION_INVALID; STORE_KEY_INVALID; STORE_KEY_MISSING without a key on an address that other machines reach; LISTEN_FAILED; STORE_URL_INVALID
 *         and the other errors of opening a store
 * @example const serving = await serveStore({ store: "sqlite:./hone.db", port: 0 });
 */
export async function serveStore(settings: ServeStoreSettings): Promise<ServingStore> {
  checkOptions("serveStore", settings, settingNames);
  const { host = "127.0.0.1", port = 4319, key, requestBytes = 64 * 2 ** 20 } = settings;
  optionChecks("serveStore").whole("requestBytes", requestBytes, { min: 1024 });
  if ((key === undefined || key === "") && !isLoopback(host)) {
    throw new HoneError("STORE_KEY_MISSING", { host });
  }
  if (key !== undefined && key !== "") demandStoreKey(key);
  const { onError = warnOperator } = settings;
  const problems: HoneError[] = [];
  const onProblem = (problem: HoneError): void => {
    if (problems.length < maxProblems) problems.push(problem);
    onError(problem);
  };
  const store = await openStore(settings.store, { onProblem });
  let queue: Promise<RolloutQueue> | undefined;
  // One that could not be opened, such as a locked file, is tried again at the next request.
  const openedQueue = () =>
    (queue ??= openQueue(settings.store).catch((error: unknown) => {
      queue = undefined;
      throw error;
    }));
  const app = storeApp({
    store,
    // Opened when it is first asked for: a store of traces alone gets no lock and no connections for it.
    queue: hasQueue(settings.store) ? openedQueue : undefined,
    problems: () => problems,
    requestBytes,
    key: key === "" ? undefined : key,
    onError,
  });
  const listening = await listenFor(app, { host, port, limits }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  return {
    url: listening.url,
    close: async ({ timeoutMs = 10_000 } = {}) => {
      await listening.close({ timeoutMs });
      // A queue that could not be opened has told its client so, and has nothing to close.
      const opened = await queue?.catch(() => undefined);
      const closed = await Promise.allSettled([store.close(), opened?.close()]);
      for (const one of closed) if (one.status === "rejected") throw one.reason;
    },
  };
}
