/** A worker: plays the rollouts of trainers that share a queue. What `hone worker` runs. */
import { hostname } from "node:os";
import type { HoneError } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { withoutUser } from "../../core/shown-address.ts";
import { type PolicyServer, policyServerUrl } from "../../remote/policy-server.ts";
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
  /** Is told why a rollout was handed back that this worker cannot play, each time. */
  readonly onUnready?: (error: HoneError) => void;
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
  onUnready: true,
};

/**
 * Plays rollouts of a queue until the signal aborts, or none came for `idleSeconds`. Each is played with the weights, the sampling and
 * the seed that its trainer names, so it is the rollout that the trainer itself would have played.
 *
 * @throws OPTION_INVALID; as `openQueue`; WORKER_VERSION_DIFFERS, WORKER_TOKENIZER_DIFFERS, WORKER_MODEL_MISSING and
 *         WORKER_DOMAIN_DIFFERS for rollouts that this worker cannot play, which it hands back. Rollouts of programs and weights that it
 *         does not have it hands back too, tells `onUnready`, and goes on.
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
  const server = serverOf(settings);
  const found = model === undefined ? undefined : await findModel(model);
  const queue = await openQueue(settings.queue);
  const player = new RolloutPlayer({
    version: await packageVersion(),
    programs: settings.programs ?? {},
    policies: policiesOf(settings, { server, model: found?.folder }),
    concurrency,
  });
  try {
    return await workOnQueue({
      ...{ queue, name, concurrency, leaseMs, idleMs, signal },
      isReady: (stop) => player.isReady(stop),
      play: (leases, to, stop) => player.play(leases, to, stop),
      ...(settings.onChange && { onChange: settings.onChange }),
      ...(settings.onAway && { onAway: settings.onAway }),
      ...(settings.onUnready && { onUnready: settings.onUnready }),
    });
  } finally {
    await player.close();
    await queue.close();
  }
}

/** The server that samples for the worker. @throws OPTION_INVALID */
function serverOf({ server, serverKey, threads }: WorkSettings): PolicyServer | undefined {
  if (server === undefined) return undefined;
  const check = optionChecks("work");
  const url = policyServerUrl(check.text("server", server));
  if (url === undefined) {
    const expected = "an address such as http://gpu:8001, without a user or a password in it";
    throw check.invalid("server", withoutUser(server).replace(/[?#].*$/s, ""), expected);
  }
  if (threads !== undefined) {
    const expected = "left out beside `server`, which computes for this worker";
    throw check.invalid("threads", threads, expected);
  }
  // An empty variable is what shells leave of a key that was taken away.
  const key = serverKey ?? (process.env["HONE_API_KEY"] || undefined);
  if (key !== undefined) check.text("serverKey", key);
  return { url, key };
}

/** Where the worker's policies come from. @param of.model  the folder of the model, in place of the trainer's */
function policiesOf(
  { weightsFolder: weights, threads, onAway }: WorkSettings,
  {
    server,
    model,
  }: { readonly server: PolicyServer | undefined; readonly model?: string | undefined },
): WorkerPolicies {
  if (server === undefined) return new OwnPolicies({ model, weights, threads });
  return new ServerPolicies({ server, model, weights, onAway });
}
