/** A worker: plays the rollouts of trainers that share a queue. What `hone worker` runs. */
import { hostname } from "node:os";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { type WorkerCounts, workOnQueue } from "../../rollouts/queue-worker.ts";
import { packageVersion } from "../../runs/environment.ts";
import { findModel } from "../models/find-model.ts";
import { openQueue } from "../open-store.ts";
import { OwnPolicies } from "./own-policies.ts";
import { RolloutPlayer } from "./rollout-player.ts";
import { ServerPolicies } from "./server-policies.ts";
import type { WorkPrograms } from "./work-programs.ts";
import type { WorkerPolicies } from "./worker-policies.ts";

export type { WorkerCounts } from "../../rollouts/queue-worker.ts";

/** Which queue a worker takes rollouts from, and how it plays them. */
export interface WorkSettings {
  /** The address of the queue: that of the trainer's `--queue`. */
  readonly queue: string;
  /**
   * The server that answers the model's calls, so that this worker loads no weights: that of the trainer's `--queue-server`, or of
   * `hone serve` on the model that training started from, whose adapters it is asked to load. Default: the worker samples itself.
   */
  readonly server?: string;
  /** What that server asks clients for. Default: HONE_API_KEY of the environment. */
  readonly serverKey?: string;
  /**
   * The code of runs of `train({ queue })`, by the `name` of each. Default: none, so that only rollouts of domains are played.
   * @example { shop: workProgram({ agent, reward }) }
   */
  readonly programs?: WorkPrograms;
  /** The model that training started from; beside a server its tokenizer. Default: the folder that the trainer names. */
  readonly model?: string;
  /** Where this machine, or the server, sees the folder `weights` of the run. Default: where the trainer sees it. */
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
  /** Is told, again and again, that the queue or the server cannot be reached. */
  readonly onAway?: (error: Error) => void;
}

const settingNames: OptionNames<WorkSettings> = {
  queue: true,
  server: true,
  serverKey: true,
  // Their names are the user's.
  programs: true,
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
 *         WORKER_DOMAIN_DIFFERS for rollouts that this worker cannot play, which it hands back; WORKER_WEIGHTS_MISSING,
 *         WORKER_SERVER_WEIGHTS and WORKER_SERVER_REFUSED where five requests in a row gave it no weights to play with
 * WORKER_PROGRAM_MISSING ends it likewise.
 * @example const { ended } = await work({ queue: "postgres://ada@db.example/runs", idleSeconds: 60 });
 */
export async function work(settings: WorkSettings): Promise<WorkerCounts> {
  checkOptions("work", settings, settingNames);
  const { concurrency = 16, leaseSeconds = 30, idleSeconds, model } = settings;
  const { name = `${hostname()}-${process.pid}`, signal = new AbortController().signal } = settings;
  const check = optionChecks("work");
  check.whole("concurrency", concurrency, { min: 1 });
  const leaseMs = check.milliseconds("leaseSeconds", leaseSeconds * 1000);
  const idleMs =
    idleSeconds === undefined ? undefined : check.milliseconds("idleSeconds", idleSeconds * 1000);
  if (settings.server !== undefined) check.text("server", settings.server);
  const found = model === undefined ? undefined : await findModel(model);
  const queue = await openQueue(settings.queue);
  const player = new RolloutPlayer({
    version: await packageVersion(),
    programs: settings.programs ?? {},
    policies: policiesOf(settings, found?.folder),
    concurrency,
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

/** Where the worker's policies come from. @param model  the folder of the model, in place of the trainer's */
function policiesOf(settings: WorkSettings, model: string | undefined): WorkerPolicies {
  const { server: url, serverKey = process.env["HONE_API_KEY"], onAway } = settings;
  const { weightsFolder: weights, threads } = settings;
  if (url === undefined) return new OwnPolicies({ model, weights, threads });
  const server = { url: url.replace(/\/+(?:v1\/?)?$/, ""), key: serverKey };
  return new ServerPolicies({ server, model, weights, onAway });
}
