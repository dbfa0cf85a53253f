/** The queue of rollouts of a store that another process serves over HTTP (`hone store serve`). */
import { randomUUID } from "node:crypto";
import { HoneError } from "../core/errors.ts";
import { storeInfo, type WireMethod } from "../formats/store-wire.ts";
import type {
  HeldRollout,
  Lease,
  LeaseKey,
  QueuedRollout,
  QueuedStatus,
  RolloutQueue,
} from "../ports/rollout-queue.ts";
import { type RemoteOptions, StoreConnection } from "./store-connection.ts";

/**
 * Opens the queue of a store that a server offers. Deadlines are those of the server's clock.
 *
 * @param url  the server's address, such as `https://traces.example`
 * @throws STORE_REFUSED, STORE_UNREACHABLE; STORE_WITHOUT_QUEUE for a server of traces in files
 * @example const queue = await openRemoteQueue("http://127.0.0.1:4319", { key });
 */
export async function openRemoteQueue(
  url: string,
  options: RemoteOptions = {},
): Promise<RolloutQueue> {
  const connection = new StoreConnection(url, options);
  const { hasQueue } = storeInfo.parse(await connection.open());
  if (!hasQueue) throw new HoneError("STORE_WITHOUT_QUEUE", { store: url });
  const ask = async (method: WireMethod, request: object): Promise<unknown> =>
    connection.ask(method, jsonOf(request));
  return {
    enqueue: async (rollouts) => (await ask("queue/enqueue", { rollouts })) as number,
    // The token makes a repetition after a lost answer the same request.
    lease: async ({ worker, leaseMs, limit = 1, token = randomUUID(), except = [] }) =>
      (await ask("queue/lease", {
        ...{ worker, leaseMs, limit, token },
        ...(except.length > 0 && { except }),
      })) as readonly Lease[],
    heartbeat: async (lease, leaseMs) =>
      (await ask("queue/heartbeat", { lease: keyOf(lease), leaseMs })) as Lease,
    complete: async (lease, result) =>
      void (await ask("queue/complete", { lease: keyOf(lease), result })),
    fail: async (lease, error, { retryAfterMs = 0, isFinal = false, isAttempt = true } = {}) =>
      (await ask("queue/fail", {
        lease: keyOf(lease),
        error,
        retryAfterMs,
        isFinal,
        ...(isAttempt ? {} : { isAttempt }),
      })) as QueuedStatus,
    cancel: async (id) => (await ask("queue/cancel", { id })) as boolean,
    get: async (id) => ((await ask("queue/get", { id })) ?? undefined) as QueuedRollout | undefined,
    ended: async (ids) => (await ask("queue/ended", { ids })) as readonly QueuedRollout[],
    held: async () => (await ask("queue/held", {})) as readonly HeldRollout[],
    remove: async (ids) => (await ask("queue/remove", { ids })) as number,
    counts: async () => (await ask("queue/counts", {})) as Readonly<Record<QueuedStatus, number>>,
    close: () => connection.close(),
  };
}

const keyOf = ({ rollout: { id }, token, worker }: LeaseKey): object => ({ id, token, worker });

function jsonOf(request: object): string {
  try {
    return JSON.stringify(request);
  } catch (error) {
    const problem = "JSON cannot hold its content";
    throw new HoneError("ROLLOUT_INVALID", { name: "rollout", problem }, { cause: error });
  }
}
