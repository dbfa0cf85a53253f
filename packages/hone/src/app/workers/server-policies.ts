/**
 * Policies that a server samples from: a trainer with `--queue-server`, or `hone serve` on the model that training started from,
 * which is asked to load each step's adapter. The worker itself opens a tokenizer and no weights.
 */
import { join } from "node:path";
import { HoneError, isError, isHoneError, messageOf } from "../../core/errors.ts";
import type { ListedPolicy } from "../../formats/policy-wire.ts";
import type { Renderer } from "../../ports/renderer.ts";
import {
  askServer,
  awayError,
  type PolicyServer,
  servedModels,
} from "../../remote/policy-server.ts";
import { remotePolicy } from "../../remote/remote-policy.ts";
import { ServerAway } from "../../remote/server-away.ts";
import { tokenizerPrint } from "../../rollouts/tokenizer-print.ts";
import { openRenderer } from "../../text/renderer.ts";
import type { QueuedJob } from "./rollout-job.ts";
import type { WorkerPolicies, WorkerPolicy } from "./worker-policies.ts";

/** Which server, and where this machine sees files. */
export interface ServerPoliciesOptions {
  readonly server: PolicyServer;
  /** The folder of the model that training started from, for its tokenizer, in place of the trainer's. */
  readonly model: string | undefined;
  /** Where the server sees the run's folder of weights, in place of where the trainer does. */
  readonly weights: string | undefined;
  /** Is told, again and again, that the server cannot be reached. */
  readonly onAway?: ((error: Error) => void) | undefined;
}

/** Time without an answer after which a worker does not wait for an adapter to be unloaded, in ms. */
const unloadQuietMs = 5000;

/** Keeps one tokenizer, and one policy until others are asked for. */
export class ServerPolicies implements WorkerPolicies {
  readonly #options: ServerPoliciesOptions;
  #renderer: { readonly folder: string; readonly renderer: Renderer } | undefined;
  #policy: { readonly hash: string; readonly opened: WorkerPolicy } | undefined;
  /** The adapter that the server has loaded for this worker, which has it unloaded when it asks for others. */
  #loaded: string | undefined;
  /** True until the server has answered, and again when it was away. */
  #isAway = true;

  constructor(options: ServerPoliciesOptions) {
    this.#options = options;
  }

  async policyOf(job: QueuedJob, signal: AbortSignal): Promise<WorkerPolicy> {
    const { hash } = job.weights;
    if (this.#policy?.hash === hash && this.#policy.opened.gone?.aborted === false)
      return this.#policy.opened;
    const renderer = await this.#rendererOf(job);
    // Nothing of this worker runs on other weights by now. Another's that does goes back to the queue, and asks for them anew.
    if (this.#loaded !== hash) await this.#unload(signal);
    const model = await this.#modelOf(job, signal);
    const { client, gone } = remotePolicy({
      server: this.#options.server,
      model: model.id,
      weights: hash,
      weightsVersion: job.weights.name,
    });
    const opened = { policy: client, renderer, contextLength: model.contextLength, gone };
    this.#policy = { hash, opened };
    return opened;
  }

  /** Asks a server that was away whether it is back. A server that refuses is ready: a rollout that comes back says why. */
  async isReady(signal: AbortSignal): Promise<boolean> {
    if (!this.#isAway && this.#policy?.opened.gone?.aborted !== true) return true;
    try {
      await this.#reached(() => servedModels(this.#options.server, signal));
    } catch (error) {
      return !signal.aborted && !isError(error, "WORKER_SERVER_AWAY");
    }
    return true;
  }

  async close(): Promise<void> {
    this.#policy = undefined;
    await this.#unload();
  }

  /** The server's model with a job's weights, which it is asked to load where it can. @throws WORKER_SERVER_WEIGHTS */
  async #modelOf({ weights }: QueuedJob, signal: AbortSignal): Promise<ListedPolicy> {
    const { server, weights: folder = weights.folder } = this.#options;
    const { hash, kind } = weights;
    const withHash = (models: readonly ListedPolicy[]): ListedPolicy | undefined =>
      models.find((one) => one.weights === hash);
    const models = await this.#reached(() => servedModels(server, signal));
    const found = withHash(models);
    if (found !== undefined) return found;
    const hasBase = models.some((one) => one.weights === undefined);
    let failure: HoneError | undefined;
    if (kind === "adapter" && hasBase) {
      failure = await this.#load(hash, join(folder, hash, kind), signal);
      // Another worker may have had it loaded meanwhile, so what the server lists afterwards decides.
      const loaded = withHash(await this.#reached(() => servedModels(server, signal)));
      if (loaded !== undefined) return loaded;
    }
    const facts = {
      server: server.url,
      wanted: hash,
      found: models.map((one) => one.weights ?? one.id).join(", ") || "none",
      ...(failure !== undefined && { reason: firstLine(failure) }),
    };
    throw new HoneError("WORKER_SERVER_WEIGHTS", facts, { cause: failure });
  }

  /** Asks the server to load an adapter, and returns why it did not. @throws WORKER_SERVER_AWAY; the signal's reason */
  async #load(hash: string, path: string, signal: AbortSignal): Promise<HoneError | undefined> {
    const body = { lora_name: hash, lora_path: path };
    try {
      const { server } = this.#options;
      await this.#reached(() => askServer(server, "/v1/load_lora_adapter", { body, signal }));
      this.#loaded = hash;
      return undefined;
    } catch (error) {
      if (!isHoneError(error) || error.code === "WORKER_SERVER_AWAY") throw error;
      return error;
    }
  }

  /** Has the adapter unloaded that was loaded for this worker, so that a server does not keep those of all steps. */
  async #unload(signal?: AbortSignal): Promise<void> {
    const name = this.#loaded;
    if (name === undefined) return;
    this.#loaded = undefined;
    const body = { lora_name: name };
    const server = { quietMs: unloadQuietMs, ...this.#options.server };
    try {
      await askServer(server, "/v1/unload_lora_adapter", { body, signal });
    } catch (error) {
      signal?.throwIfAborted();
      // It is gone already, or its server is: what needs the server next says so.
      if (!(error instanceof ServerAway) && !isHoneError(error)) throw error;
    }
  }

  /** Does work that asks the server. @throws WORKER_SERVER_AWAY where it cannot be reached, which `onAway` is told too */
  async #reached<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.#isAway = false;
      return result;
    } catch (error) {
      if (!(error instanceof ServerAway)) throw error;
      this.#isAway = true;
      const away = awayError(this.#options.server, error);
      this.#options.onAway?.(away);
      throw away;
    }
  }

  async #rendererOf({ model, tokenizer: wanted }: QueuedJob): Promise<Renderer> {
    const folder = this.#options.model ?? model;
    if (this.#renderer?.folder === folder) return this.#renderer.renderer;
    const renderer = await openRenderer(folder).catch((error: unknown) => {
      const reason = firstLine(error);
      throw new HoneError("WORKER_MODEL_MISSING", { model: folder, reason }, { cause: error });
    });
    const found = await tokenizerPrint(renderer);
    if (found !== wanted)
      throw new HoneError("WORKER_TOKENIZER_DIFFERS", { model: folder, found, wanted });
    this.#renderer = { folder, renderer };
    return renderer;
  }
}

/** What an error says, without the lines that say what to do. */
const firstLine = (error: unknown): string => messageOf(error).split("\n")[0]!;
