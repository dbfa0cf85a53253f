/** A model as a server in the forms of OpenAI and Anthropic: what `hone serve` runs. */
import { HoneError } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { servingApp } from "../../server/app.ts";
import { isLoopback } from "../../server/loopback.ts";
import { ResponseMemory } from "../../server/response-memory.ts";
import { RolloutRegistry } from "../../server/rollout-registry.ts";
import { type RequestLimits, RunningRequests } from "../../server/running-requests.ts";
import { listenFor } from "../../server/serving-listener.ts";
import { ServingMetrics } from "../../server/serving-metrics.ts";
import type { ServedModels } from "../../server/served-models.ts";
import type { Engine } from "../../engine/engine.ts";
import { findModel, type FindModelOptions, type FoundModel } from "../models/find-model.ts";
import { openOptions, openFound } from "../models/open-found.ts";
import type { Solver } from "../../server/solver.ts";
import { solvingWith } from "../../server/solving.ts";
import { checkSolving, openSolving } from "./open-solving.ts";
import { ServedPolicies } from "./served-policies.ts";

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
  /** Called with errors that are the server's own fault. Default: Node prints them as warnings. */
  readonly onError?: (error: unknown) => void;
}

/** A model, its adapters, and where they are served. */
export interface ServeSettings extends ListenSettings, FindModelOptions {
  /** A folder, a run, or a Hugging Face id. Of a run that trained a team, its base is served, and each adapter under its own name. */
  readonly model: string;
  /** The name under which the model answers. Default: `model` as it is given. */
  readonly name?: string;
  /** Adapters on the model, by the names under which they answer: PEFT folders or runs. */
  readonly adapters?: Readonly<Record<string, string>>;
  /** Tokens of a reply where a request names no limit. Default 1024. */
  readonly maxTokens?: number;
  /** The domain whose problems POST /solve answers: by name, or a file. Default: that of the run that the model comes from, if any. */
  readonly domain?: string;
  /** The wording of the domain's episodes: compact, instructed, or a file with a system message. Default: as in the run, else instructed. */
  readonly prompt?: string;
  /** A store, by its address, in which solved problems and the ratings of POST /feedback are kept. Default: none. */
  readonly store?: string;
  /** Solutions that are kept to answer the same problem again; 0 keeps none. Default 1000. */
  readonly solveCache?: number;
  /** Actions until an episode of POST /solve is cut off. Default: those of the run, else 12. */
  readonly maxSteps?: number;
  /** Threads of matrix products. Default: all cores, at most 8. */
  readonly threads?: number;
}

/** A running server. */
export interface Serving {
  /** Its address, such as "http://127.0.0.1:8000"; a client's base URL is this with /v1. */
  readonly url: string;
  /** Takes no new requests, lets those under way end within `stopSeconds`, and closes the model. */
  close(): Promise<void>;
}

/** A server of a model. */
export interface ModelServing extends Serving {
  readonly found: FoundModel;
  /** The domain whose problems POST /solve answers; undefined where it answers none. */
  readonly domain: string | undefined;
  /** Adds an adapter under a name. @throws SERVE_ADAPTER_INVALID, ADAPTER_* */
  addAdapter(name: string, path: string): Promise<void>;
  /** Takes an adapter away. @throws SERVE_ADAPTER_INVALID */
  removeAdapter(name: string): Promise<void>;
}

const listenNames: OptionNames<ListenSettings> = {
  host: true,
  port: true,
  apiKey: true,
  maxRequests: true,
  requestBytes: true,
  answerSeconds: true,
  readSeconds: true,
  stopSeconds: true,
  onError: true,
};

const settingNames: OptionNames<ServeSettings> = {
  ...listenNames,
  model: true,
  name: true,
  adapters: true,
  maxTokens: true,
  domain: true,
  prompt: true,
  store: true,
  solveCache: true,
  maxSteps: true,
  threads: true,
  adapter: true,
  runs: true,
  checkpoint: true,
  withoutBase: true,
  signal: true,
  onProgress: true,
};

/**
 * Serves a model in the forms of OpenAI (chat completions, completions, responses) and of Anthropic (messages).
 *
 * @throws OPTION_INVALID; SERVE_KEY_MISSING without a key on an address that other machines reach; LISTEN_FAILED;
 *         SERVE_ADAPTER_INVALID; DOMAIN_PROBLEMS_ABSENT for a domain that is asked for and makes no tasks of texts; the errors of
 *         `findModel`, `openDomain`, `openStore` and of opening a model
 * @example
 * const serving = await serve({ model: "Qwen/Qwen3-0.6B", adapters: { mine: "runs/math-7f3a" } });
 * serving.url; // "http://127.0.0.1:8000"
 */
export async function serve(settings: ServeSettings): Promise<ModelServing> {
  const { adapters = {}, ...checkable } = settings;
  checkOptions<object>("serve", checkable, settingNames);
  const { model, name = model, maxTokens = 1024 } = settings;
  optionChecks("serve").whole("maxTokens", maxTokens, { min: 1 });
  checkKey(settings);
  checkSolving(settings);
  const found = await findModel(model, { ...settings, team: "allowed" });
  const { team, ...base } = found;
  const { engine, policy } = await openFound(base, openOptions(settings));
  const solving = await closingOnError(engine, () =>
    openSolving({ engine, policy, found, settings }),
  );
  try {
    const models = new ServedPolicies({
      engine,
      name,
      policy,
      maxTokens,
      findAdapter: (path) => adapterFolder(model, path, settings),
    });
    const all = [...Object.entries(team?.folders ?? {}), ...Object.entries(adapters)];
    for (const [id, path] of all) await models.addAdapter(id, path);
    const server = await startServer(models, settings, solving?.solver);
    return {
      found,
      domain: solving?.domain,
      url: server.url,
      addAdapter: (id, path) => models.addAdapter(id, path),
      removeAdapter: (id) => models.removeAdapter(id),
      close: async () => {
        await server.close();
        await solving?.close();
        await engine.close();
      },
    };
  } catch (error) {
    await solving?.close();
    await engine.close();
    throw error;
  }
}

async function closingOnError<Opened>(
  engine: Engine,
  open: () => Promise<Opened>,
): Promise<Opened> {
  try {
    return await open();
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** Adapters by their names, from texts such as "math=runs/math-7f3a". @throws SERVE_ADAPTER_INVALID */
export function adaptersNamed(texts: readonly string[]): Readonly<Record<string, string>> {
  const named = texts.map((text) => {
    const [, name, path] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    if (name !== undefined && path !== undefined) return [name, path] as const;
    throw new HoneError("SERVE_ADAPTER_INVALID", {
      name: text,
      problem: "is not of the form name=path",
    });
  });
  const twice = named.find(([name], i) => named.findIndex(([other]) => other === name) !== i);
  if (twice !== undefined) {
    throw new HoneError("SERVE_ADAPTER_INVALID", { name: twice[0], problem: "is named twice" });
  }
  return Object.fromEntries(named);
}

/** The folder of an adapter on the served model. @throws ADAPTER_ABSENT and the errors of `findModel` */
async function adapterFolder(
  model: string,
  path: string,
  { runs, signal }: ServeSettings,
): Promise<string> {
  const options = { ...(runs === undefined ? {} : { runs }), ...(signal ? { signal } : {}) };
  const { adapter } = await findModel(model, { ...options, adapter: path });
  if (adapter === undefined) throw new HoneError("ADAPTER_ABSENT", { name: path, model });
  return adapter;
}

function checkKey({ host = "127.0.0.1", apiKey }: ListenSettings): void {
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
  settings: ListenSettings & Pick<ServeSettings, "solveCache">,
  solver?: Solver,
): Promise<StartedServer> {
  checkKey(settings);
  const { host = "127.0.0.1", port = 8000, apiKey, readSeconds = 30 } = settings;
  const limits = limitsOf(settings);
  const metrics = new ServingMetrics();
  const running = new RunningRequests(limits, metrics);
  const rollouts = new RolloutRegistry();
  const { onError = emitWarning } = settings;
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

const emitWarning = (error: unknown): void =>
  process.emitWarning(error instanceof Error ? error : String(error));
