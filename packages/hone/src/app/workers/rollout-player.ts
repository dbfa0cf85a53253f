/** Plays rollouts of a queue with the weights that each names, in the domain that each names, which is kept while it is asked for. */
import { policyChatModels } from "../../agents/policy-chat-model.ts";
import { HoneError, isError, messageOf } from "../../core/errors.ts";
import { addToList } from "../../core/lists-by-key.ts";
import type { Lease } from "../../ports/rollout-queue.ts";
import type { RunnableTasks } from "../../rollouts/agent-tasks.ts";
import type { PlayedRollouts } from "../../rollouts/queue-worker.ts";
import { domainRollouts } from "../domains/domain-rollouts.ts";
import { type Domain, openDomain } from "../domains.ts";
import { isDomainFile } from "../domains/import-domain.ts";
import { formatOf } from "../training/prompt-wording.ts";
import { fileDigest } from "../user-module.ts";
import { programTasks, type WorkPrograms } from "./work-programs.ts";
import {
  demandJob,
  type DomainPlay,
  type QueuedJob,
  type QueuedPlay,
  writeResult,
} from "./rollout-job.ts";
import type { WorkerPolicies, WorkerPolicy } from "./worker-policies.ts";

/** What a worker has of its own. */
export interface PlayerOptions {
  /** This package's version. */
  readonly version: string;
  /** What answers the model's calls. The player closes it. */
  readonly policies: WorkerPolicies;
  /** The agents of programs, by the names of their runs. */
  readonly programs: WorkPrograms;
  /** Rollouts that are played side by side. */
  readonly concurrency: number;
}

interface Played {
  readonly lease: Lease;
  readonly job: QueuedJob;
}

/** Plays rollouts; `close` frees models and domains. */
export class RolloutPlayer {
  readonly #options: PlayerOptions;
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

  /** Whether rollouts may be taken now. */
  async isReady(signal: AbortSignal): Promise<boolean> {
    return (await this.#options.policies.isReady?.(signal)) ?? true;
  }

  async close(): Promise<void> {
    await this.#options.policies.close();
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
    let opened: WorkerPolicy;
    let tasks: RunnableTasks;
    try {
      tasks = await this.#tasksOf(job.play);
      opened = await this.#options.policies.policyOf(job, signal);
    } catch (error) {
      if (!isUnready(error)) throw error;
      for (const { lease } of played) to.unready(lease, error);
      return;
    }
    const { policy, renderer, contextLength, gone } = opened;
    const runner = tasks.openRunner({
      chatModel: policyChatModels({ renderer, sampling: samplingOf(job), contextLength }),
      renderer,
      concurrency: this.#options.concurrency,
      deadlineMs: job.deadlineMs,
    });
    const left = new Map(played.map((one, at) => [String(at), one]));
    const running = runner.run({
      policy,
      jobs: played.map((one, at) => ({
        id: String(at),
        task: one.job.task,
        seed: one.job.seed,
      })),
      ...(job.temperature === undefined ? {} : { temperature: job.temperature }),
      onEnd: (rollout) => {
        const { lease, job: own } = left.get(rollout.id)!;
        left.delete(rollout.id);
        to.ended(lease, writeResult({ ...rollout, id: own.id }, own));
      },
      signal: gone === undefined ? signal : AbortSignal.any([signal, gone]),
    });
    await running.catch((error: unknown) => {
      if (gone?.aborted !== true || signal.aborted) throw error;
      if (!isUnready(gone.reason)) throw gone.reason;
      for (const { lease } of left.values()) to.unready(lease, gone.reason);
    });
  }

  async #tasksOf(play: QueuedPlay): Promise<RunnableTasks> {
    if ("program" in play) return programTasks(play.program, this.#options.programs);
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
}

/** Errors of what this worker does not have now; another worker may have it, or this one later. */
const unreadyCodes = [
  "WORKER_PROGRAM_MISSING",
  "WORKER_WEIGHTS_MISSING",
  "WORKER_SERVER_WEIGHTS",
  "WORKER_SERVER_AWAY",
  "WORKER_SERVER_REFUSED",
  "WORKER_SERVER_FAILED",
] as const;

const isUnready = (error: unknown): error is HoneError =>
  unreadyCodes.some((code) => isError(error, code));

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

async function demandSameFile(domain: string, digest: string | undefined): Promise<void> {
  const found = await fileDigest(domain).catch((error: unknown) => {
    const reason = messageOf(error);
    throw new HoneError("WORKER_DOMAIN_DIFFERS", { domain, reason }, { cause: error });
  });
  if (found !== digest)
    throw new HoneError("WORKER_DOMAIN_DIFFERS", { domain, reason: "the file is another one" });
}
