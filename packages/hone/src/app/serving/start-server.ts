/** Starts the server of some models: where it listens, its limits, and how it ends. */
import { HoneError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { servingApp } from "../../server/app.ts";
import { isLoopback } from "../../server/loopback.ts";
import { ResponseMemory } from "../../server/response-memory.ts";
import { RolloutRegistry } from "../../server/rollout-registry.ts";
import { type RequestLimits, RunningRequests } from "../../server/running-requests.ts";
import type { ServedModels } from "../../server/served-models.ts";
import { listenFor } from "../../server/serving-listener.ts";
import { ServingMetrics } from "../../server/serving-metrics.ts";
import type { Solver } from "../../server/solver.ts";
import { solvingWith } from "../../server/solving.ts";
import { warnOperator } from "./warn-operator.ts";

/** Where a server listens and what it takes. */
export interface ListenSettings {
  /** The address to listen on. Default 127.0.0.1. An address that other machines reach needs a key. */
  readonly host?: string;
  /** The port to listen on. Default 8000; 0 takes a free one. */
  readonly port?: number;
  /** The key that clients must show. Default: none. */
  readonly apiKey?: string;
  /** Requests that are worked on at a time; further ones are told to come again. Default 1024. */
  readonly maxRequests?: number;
  /** Maximum size of a request's body, in bytes. Default 32 MiB. */
  readonly requestBytes?: number;
  /** Time until an answer must be complete, in seconds. Default 600. */
  readonly answerSeconds?: number;
  /** Time after which a client that reads nothing of its answer is given up, in seconds. Default 30. */
  readonly readSeconds?: number;
  /** Time that answers under way get when the server stops, in seconds. Default 30. */
  readonly stopSeconds?: number;
  /** Solutions of POST /solve that are kept to answer the same problem again; 0 keeps none. Default 1000. */
  readonly solveCache?: number;
  /** Called with errors that are the server's own fault. Default: Node prints them as warnings. */
  readonly onError?: (error: unknown) => void;
}

/** A running server. */
export interface Serving {
  /** Its address, such as "http://127.0.0.1:8000"; a client's base URL is this with /v1. */
  readonly url: string;
  /** Takes no new requests, lets those under way end within `stopSeconds`, and closes the model. */
  close(): Promise<void>;
}

/** The names of the options of `ListenSettings`. */
export const listenNames: OptionNames<ListenSettings> = {
  host: true,
  port: true,
  apiKey: true,
  maxRequests: true,
  requestBytes: true,
  answerSeconds: true,
  readSeconds: true,
  stopSeconds: true,
  solveCache: true,
  onError: true,
};

/** @throws OPTION_INVALID, SERVE_KEY_MISSING for an address that other machines reach, without a key */
export function checkKey({ host = "127.0.0.1", apiKey }: ListenSettings): void {
  if (apiKey !== undefined) optionChecks("serve").text("apiKey", apiKey);
  else if (!isLoopback(host)) throw new HoneError("SERVE_KEY_MISSING", { host });
}

/** A server that listens, with the rollouts that may be called through it. */
export interface StartedServer extends Serving {
  readonly rollouts: RolloutRegistry;
  /** Lets the process end while the server listens. */
  unref(): void;
}

/**
 * Starts a server of models.
 * @param solver  answers POST /solve. Default: nothing does
 * @throws SERVE_KEY_MISSING, LISTEN_FAILED, OPTION_INVALID
 */
export async function startServer(
  models: ServedModels,
  settings: ListenSettings,
  solver?: Solver,
): Promise<StartedServer> {
  checkKey(settings);
  const { host = "127.0.0.1", port = 8000, apiKey, readSeconds = 30 } = settings;
  const limits = limitsOf(settings);
  const metrics = new ServingMetrics();
  const running = new RunningRequests(limits, metrics);
  const rollouts = new RolloutRegistry();
  const { onError = warnOperator } = settings;
  const memory = new ResponseMemory();
  const { solveCache: cacheEntries = 1000 } = settings;
  const solving = solver && solvingWith(solver, { cacheEntries, metrics });
  const parts = {
    models,
    rollouts,
    running,
    memory,
    metrics,
    solving,
    limits,
    key: apiKey,
    onError,
  };
  const readMs = optionChecks("serve").milliseconds("readSeconds", readSeconds * 1000);
  const listening = await listenFor(servingApp(parts), {
    host,
    port,
    limits: { requestMs: 60_000, readMs },
  });
  return {
    url: listening.url,
    rollouts,
    unref: () => listening.unref(),
    close: async () => {
      await running.stop();
      // What is sent is read by then, or the client is not reading.
      await listening.close({ timeoutMs: 1000 });
    },
  };
}

function limitsOf(settings: ListenSettings): RequestLimits {
  const { maxRequests = 1024, requestBytes = 32 * 2 ** 20 } = settings;
  const { answerSeconds = 600, stopSeconds = 30 } = settings;
  const check = optionChecks("serve");
  return {
    requests: check.whole("maxRequests", maxRequests, { min: 1 }),
    bodyBytes: check.whole("requestBytes", requestBytes, { min: 1 }),
    answerMs: check.milliseconds("answerSeconds", answerSeconds * 1000),
    stopMs: check.milliseconds("stopSeconds", stopSeconds * 1000),
  };
}
