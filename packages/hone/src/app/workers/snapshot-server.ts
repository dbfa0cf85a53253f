/** Where a trainer answers the model calls of workers that load no weights. */
import { HoneError } from "../../core/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { startServer } from "../serving/start-server.ts";
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
 * @param address  `host:port`, or a port of 127.0.0.1; port 0 takes a free one
 * @throws QUEUE_NOT_POSSIBLE for an address that is none; SERVE_KEY_MISSING, LISTEN_FAILED
 */
export async function openSnapshotServer(address: string, engine: Engine): Promise<SnapshotServer> {
  const snapshots = new ServedSnapshots(engine);
  const apiKey = process.env["HONE_API_KEY"] || undefined;
  const server = await startServer(snapshots, {
    ...placeOf(address),
    ...(apiKey !== undefined && { apiKey }),
  });
  return {
    url: server.url,
    served: (snapshot, hash) => snapshots.served(snapshot, hash),
    close: () => server.close(),
  };
}

function placeOf(address: string): { readonly host: string; readonly port: number } {
  const [, host = "127.0.0.1", digits] = /^(?:(.+):)?(\d{1,5})$/.exec(address) ?? [];
  const port = Number(digits);
  if (port <= 65_535) return { host: host.replace(/^\[(.*)\]$/, "$1"), port };
  const reason = `"${address}" is no address to answer workers at, such as 0.0.0.0:8001`;
  throw new HoneError("QUEUE_NOT_POSSIBLE", { reason });
}
