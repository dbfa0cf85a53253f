/** Where a trainer answers the model calls of workers that load no weights. */
import type { Engine } from "../../engine/engine.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { startServer } from "../serving/start-server.ts";
import type { ListenAddress } from "./listen-address.ts";
import { ServedSnapshots } from "./served-snapshots.ts";

/** A server of a run's snapshots. */
export interface SnapshotServer {
  /** Its address, such as "http://127.0.0.1:8001". */
  readonly url: string;
  /** The snapshot, which answers there until it is closed. */
  served(snapshot: SamplingClient, hash: string): SamplingClient;
  close(): Promise<void>;
}

/**
 * Starts the server of a run. Its key is HONE_API_KEY of the environment.
 * @throws SERVE_KEY_MISSING, LISTEN_FAILED
 */
export async function openSnapshotServer(
  address: ListenAddress,
  engine: Engine,
): Promise<SnapshotServer> {
  const snapshots = new ServedSnapshots(engine);
  const apiKey = process.env["HONE_API_KEY"] || undefined;
  const server = await startServer(snapshots, {
    ...address,
    ...(apiKey !== undefined && { apiKey }),
  });
  return {
    url: server.url,
    served: (snapshot, hash) => snapshots.served(snapshot, hash),
    close: () => server.close(),
  };
}
