/** A worker: plays the rollouts of trainers that share a queue. What `hone worker` runs. */
import { hostname } from "node:os";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { type WorkerCounts, workOnQueue } from "../../rollouts/queue-worker.ts";
import { packageVersion } from "../../runs/environment.ts";
import { findModel } from "../models/find-model.ts";
import { openQueue } from "../open-store.ts";
import { RolloutPlayer } from "./rollout-player.ts";

export type { WorkerCounts } from "../../rollouts/queue-worker.ts";

/** Which queue a worker takes rollouts from, and how it plays them. */
export interface WorkSettings {
  /** The address of the queue: that of the trainer's `--queue`. */
  readonly queue: string;
  /** The model that training started from. Default: the folder that the trainer names. */
  readonly model?: string;
  /** Where this machine sees the folder `weights` of the run. Default: where the trainer sees it. */
  readonly weightsFolder?: string;
  /** Rollouts that are held and played at a time. Default 16. */
  readonly concurrency?: number;
  /** Length of a lease in seconds; a worker that is killed keeps its rollouts so long. Default 30. */
  readonly leaseSeconds?: number;
  /** Ends the worker after so many seconds without a rollout. Default: never. */
  readonly idleSeconds?: number;
  /** Names the worker in the queue. Default: the machine and the process. */
  readonly name?: string;
  /** Threads of matrix products. Default: all cores, at most 8. */
  readonly threads?: number;
  /** Ends the worker, which then hands back what it holds. Default: nothing does. */
  readonly signal?: AbortSignal;
  /** Is told the counts whenever they change, and how many rollouts the worker holds. */
  readonly onChange?: (counts: Readonly<WorkerCounts>, held: number) => void;
  /** Is told, again and again, that the queue cannot be reached. */
  readonly onAway?: (error: Error) => void;
}

const settingNames: OptionNames<WorkSettings> = {
  queue: true,
  model: true,
  weightsFolder: true,
  concurrency: true,
  leaseSeconds: true,
  idleSeconds: true,
  name: true,
  threads: true,
  signal: true,
  onChange: true,
  onAway: true,
};

/**
 * Plays rollouts of a queue until the signal aborts, or none came for `idleSeconds`. Each is played with the weights, the sampling and
 * the seed that its trainer names, so it is the rollout that the trainer itself would have played.
 *
 * @throws OPTION_INVALID; as `openQueue`; WORKER_VERSION_DIFFERS, WORKER_TOKENIZER_DIFFERS, WORKER_MODEL_MISSING and
 *         WORKER_DOMAIN_DIFFERS for rollouts that this worker cannot play, which it hands back
 * @example const { ended } = await work({ queue: "postgres://ada@db.example/runs", idleSeconds: 60 });
 */
export async function work(settings: WorkSettings): Promise<WorkerCounts> {
  checkOptions("work", settings, settingNames);
  const {
    concurrency = 16,
    leaseSeconds = 30,
    idleSeconds,
    model,
    weightsFolder,
    threads,
  } = settings;
  const { name = `${hostname()}-${process.pid}`, signal = new AbortController().signal } = settings;
  const check = optionChecks("work");
  check.whole("concurrency", concurrency, { min: 1 });
  const leaseMs = check.milliseconds("leaseSeconds", leaseSeconds * 1000);
  const idleMs =
    idleSeconds === undefined ? undefined : check.milliseconds("idleSeconds", idleSeconds * 1000);
  const found = model === undefined ? undefined : await findModel(model);
  const queue = await openQueue(settings.queue);
  const player = new RolloutPlayer({
    version: await packageVersion(),
    model: found?.folder,
    ...{ weights: weightsFolder, concurrency, threads },
  });
  try {
    return await workOnQueue({
      ...{ queue, name, concurrency, leaseMs, idleMs, signal },
      play: (leases, to, stop) => player.play(leases, to, stop),
      ...(settings.onChange && { onChange: settings.onChange }),
      ...(settings.onAway && { onAway: settings.onAway }),
    });
  } finally {
    await player.close();
    await queue.close();
  }
}
