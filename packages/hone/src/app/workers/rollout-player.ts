/** Plays rollouts of a queue with the weights that each names: an engine, a domain and a snapshot, which are kept while they are asked for. */
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { policyChatModels } from "../../agents/policy-chat-model.ts";
import { HoneError, isError, isHoneError, messageOf } from "../../core/errors.ts";
import { addToList } from "../../core/lists-by-key.ts";
import { type Engine, openEngine } from "../../engine/engine.ts";
import type { Lease } from "../../ports/rollout-queue.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import type { PlayedRollouts } from "../../rollouts/queue-worker.ts";
import { tokenizerPrint } from "../../rollouts/tokenizer-print.ts";
import { domainRollouts } from "../domains/domain-rollouts.ts";
import { type Domain, openDomain } from "../domains.ts";
import { isDomainFile } from "../domains/import-domain.ts";
import { formatOf } from "../training/prompt-wording.ts";
import { fileDigest } from "../user-module.ts";
import { demandJob, type DomainPlay, type QueuedJob, writeResult } from "./rollout-job.ts";
import { folderHash } from "./shared-weights.ts";

/** What a worker has of its own. */
export interface PlayerOptions {
  /** This package's version. */
  readonly version: string;
  /** The folder of the model that training started from, in place of the trainer's. */
  readonly model: string | undefined;
  /** Where this machine sees the run's folder of weights, in place of where the trainer does. */
  readonly weights: string | undefined;
  /** Rollouts that are played side by side. */
  readonly concurrency: number;
  readonly threads: number | undefined;
}

interface Played {
  readonly lease: Lease;
  readonly job: QueuedJob;
}

/** Plays rollouts; `close` frees the model. */
export class RolloutPlayer {
  readonly #options: PlayerOptions;
  #engine:
    | { readonly folder: string; readonly engine: Engine; readonly tokenizer: string }
    | undefined;
  #policy:
    | { readonly hash: string; readonly engine: Engine; readonly client: SamplingClient }
    | undefined;
  #domain: { readonly key: string; readonly domain: Domain } | undefined;

  constructor(options: PlayerOptions) {
    this.#options = options;
  }

  /** @throws WORKER_VERSION_DIFFERS, WORKER_TOKENIZER_DIFFERS, WORKER_MODEL_MISSING, WORKER_DOMAIN_DIFFERS; what playing throws that stops a run */
  async play(leases: readonly Lease[], to: PlayedRollouts, signal: AbortSignal): Promise<void> {
    const played = leases.flatMap((lease) => this.#readable(lease, to));
    const alikes = new Map<string, Played[]>();
    for (const one of played) addToList(alikes, sharedKey(one.job), one);
    for (const alike of alikes.values()) {
      if (signal.aborted) return;
      await this.#playAlike(alike, to, signal);
    }
  }

  async close(): Promise<void> {
    await this.#engine?.engine.close();
    await this.#domain?.domain.close();
  }

  /** The job of a lease; none for a row that cannot be read, which has failed. @throws WORKER_VERSION_DIFFERS */
  #readable(lease: Lease, to: PlayedRollouts): readonly Played[] {
    try {
      return [{ lease, job: demandJob(lease.rollout.payload, this.#options.version) }];
    } catch (error) {
      if (!isError(error, "WORKER_JOB_INVALID")) throw error;
      to.failed(lease, error);
      return [];
    }
  }

  /** Plays rollouts that differ in task and seed alone. */
  async #playAlike(
    played: readonly Played[],
    to: PlayedRollouts,
    signal: AbortSignal,
  ): Promise<void> {
    const { job } = played[0]!;
    let policy: SamplingClient;
    try {
      policy = await this.#policyOf(job);
    } catch (error) {
      // Another worker may see these weights, or this one later.
      if (!isError(error, "WORKER_WEIGHTS_MISSING")) throw error;
      for (const { lease } of played) to.unready(lease, error);
      return;
    }
    const { engine } = this.#engine!;
    const { renderer } = engine;
    const { contextLength } = engine.architecture;
    const runner = (await this.#tasksOf(job.play)).openRunner({
      chatModel: policyChatModels({ renderer, sampling: samplingOf(job), contextLength }),
      renderer,
      concurrency: this.#options.concurrency,
      deadlineMs: job.deadlineMs,
    });
    const byId = new Map(played.map((one, at) => [String(at), one]));
    await runner.run({
      policy,
      jobs: played.map((one, at) => ({
        id: String(at),
        task: one.job.task,
        seed: one.job.seed,
      })),
      ...(job.temperature === undefined ? {} : { temperature: job.temperature }),
      onEnd: (rollout) => {
        const { lease, job: own } = byId.get(rollout.id)!;
        to.ended(lease, writeResult({ ...rollout, id: own.id }, own));
      },
      signal,
    });
  }

  async #tasksOf(play: DomainPlay) {
    const { form, system, maxActions } = play;
    const domain = await this.#domainOf(play);
    const settled = { prompt: form };
    const format = formatOf(domain.formats, {
      form,
      settled,
      ...(system !== undefined && { system }),
    });
    return domainRollouts(domain, [], { format, maxActions });
  }

  async #domainOf({ domain: name, digest }: DomainPlay): Promise<Domain> {
    const key = `${name} ${digest}`;
    if (this.#domain?.key === key) return this.#domain.domain;
    if (isDomainFile(name)) await demandSameFile(name, digest);
    await this.#domain?.domain.close();
    this.#domain = { key, domain: await openDomain(name) };
    return this.#domain.domain;
  }

  /** The policy with a job's weights. @throws WORKER_WEIGHTS_MISSING */
  async #policyOf({ weights, model, tokenizer }: QueuedJob): Promise<SamplingClient> {
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

/** The same for jobs that can be played side by side. */
const sharedKey = ({
  id: _id,
  seed: _seed,
  task: _task,
  phase: _phase,
  ...shared
}: QueuedJob): string => JSON.stringify(shared);

function samplingOf({ sampling }: QueuedJob) {
  const { maxTokens, temperature, topK, topP, minP, stopStrings } = sampling;
  return {
    maxTokens,
    ...(temperature !== undefined && { temperature }),
    ...(topK !== undefined && { topK }),
    ...(topP !== undefined && { topP }),
    ...(minP !== undefined && { minP }),
    ...(stopStrings !== undefined && { stopStrings }),
  };
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

async function demandSameFile(domain: string, digest: string | undefined): Promise<void> {
  const found = await fileDigest(domain).catch((error: unknown) => {
    const reason = messageOf(error);
    throw new HoneError("WORKER_DOMAIN_DIFFERS", { domain, reason }, { cause: error });
  });
  if (found !== digest)
    throw new HoneError("WORKER_DOMAIN_DIFFERS", { domain, reason: "the file is another one" });
}
