/** Policies whose weights a worker loads itself: those of the run folder, on the model that training started from. */
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { HoneError, isHoneError, messageOf } from "../../core/errors.ts";
import { type Engine, openEngine } from "../../engine/engine.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { tokenizerPrint } from "../../rollouts/tokenizer-print.ts";
import type { QueuedJob } from "./rollout-job.ts";
import { folderHash } from "../../runs/checkpoint-files.ts";
import type { WorkerPolicies, WorkerPolicy } from "./worker-policies.ts";

/** Where a worker finds models and weights. */
export interface OwnPoliciesOptions {
  /** The folder of the model that training started from, in place of the trainer's. */
  readonly model: string | undefined;
  /** Where this machine sees the run's folder of weights, in place of where the trainer does. */
  readonly weights: string | undefined;
  readonly threads: number | undefined;
}

/** Keeps one model and one snapshot open. */
export class OwnPolicies implements WorkerPolicies {
  readonly #options: OwnPoliciesOptions;
  #engine:
    | { readonly folder: string; readonly engine: Engine; readonly tokenizer: string }
    | undefined;
  #policy:
    | { readonly hash: string; readonly engine: Engine; readonly client: SamplingClient }
    | undefined;

  constructor(options: OwnPoliciesOptions) {
    this.#options = options;
  }

  async policyOf(job: QueuedJob): Promise<WorkerPolicy> {
    const policy = await this.#clientOf(job);
    const { renderer, architecture } = this.#engine!.engine;
    return { policy, renderer, contextLength: architecture.contextLength };
  }

  async close(): Promise<void> {
    await this.#engine?.engine.close();
  }

  /** The policy with a job's weights. @throws WORKER_WEIGHTS_MISSING */
  async #clientOf({ weights, model, tokenizer }: QueuedJob): Promise<SamplingClient> {
    const { hash, kind } = weights;
    if (this.#policy?.hash === hash && this.#policy.engine === this.#engine?.engine)
      return this.#policy.client;
    const folder = join(this.#options.weights ?? weights.folder, hash, kind);
    await demandWeights(folder, hash);
    const engine = await this.#engineOf(
      kind === "model" ? folder : (this.#options.model ?? model),
      tokenizer,
    );
    await this.#policy?.client.close().catch(() => undefined);
    const client = await engine.createSamplingClient(kind === "model" ? {} : { adapter: folder });
    this.#policy = { hash, engine, client };
    return client;
  }

  async #engineOf(folder: string, wanted: string): Promise<Engine> {
    if (this.#engine?.folder !== folder) {
      await this.#engine?.engine.close();
      this.#engine = undefined;
      const engine = await this.#open(folder);
      this.#engine = { folder, engine, tokenizer: await tokenizerPrint(engine.renderer) };
    }
    const { engine, tokenizer } = this.#engine;
    if (tokenizer === wanted) return engine;
    throw new HoneError("WORKER_TOKENIZER_DIFFERS", { model: folder, found: tokenizer, wanted });
  }

  async #open(folder: string): Promise<Engine> {
    const { threads } = this.#options;
    try {
      return await openEngine(folder, threads === undefined ? {} : { threads });
    } catch (error) {
      if (!isHoneError(error) || !error.code.startsWith("MODEL_")) throw error;
      const reason = messageOf(error).split("\n")[0]!;
      throw new HoneError("WORKER_MODEL_MISSING", { model: folder, reason }, { cause: error });
    }
  }
}

/** How often weights are looked for, and the pause between: a shared folder may show files late. */
const looks = 5;
const lookMs = 200;

/** @throws WORKER_WEIGHTS_MISSING for a folder that is not there, or that holds others */
async function demandWeights(folder: string, hash: string): Promise<void> {
  let reason = "";
  for (let look = 1; look <= looks; look++) {
    try {
      if ((await folderHash(folder)) === hash) return;
      reason = "its files are not those that the trainer wrote";
    } catch (error) {
      reason = messageOf(error);
    }
    if (look < looks) await sleep(lookMs);
  }
  throw new HoneError("WORKER_WEIGHTS_MISSING", { folder, reason });
}
