/** The endpoint of OpenTelemetry with its store: what `hone collect` runs. */
import { HoneError } from "../core/errors.ts";
import type { IngestTotals } from "../ports/span-ingest.ts";
import { collectHandler } from "../server/collect.ts";
import { listen } from "../server/listen.ts";
import type { RedactionOptions } from "../tracing/redaction.ts";
import { storeIngest } from "../tracing/otel/store-ingest.ts";
import { openStore } from "./open-store.ts";

export interface CollectSettings {
  /** Where traces go. */
  readonly store: string;
  /** Default 127.0.0.1. Any address that other machines reach needs a key. */
  readonly host?: string;
  /** Default 4318, OpenTelemetry's own; 0: a free one. */
  readonly port?: number;
  /** What senders must show. */
  readonly key?: string;
  /** Bytes of one request, inflated. Default 64 MiB. */
  readonly requestBytes?: number;
  /** Which secrets are taken out. Default: the usual ones; false: none. */
  readonly redaction?: RedactionOptions | false;
  /** Tags of every trace that comes, besides its own. */
  readonly tags?: readonly string[];
  /** Hears of requests that were refused. */
  readonly onRefused?: (error: HoneError) => void;
}

export interface Collecting {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  totals(): IngestTotals;
  /** Answers the requests under way, completes what is open and closes the store. Default deadline 10 s. */
  close(options?: { readonly timeoutMs?: number }): Promise<IngestTotals>;
}

const defaultBytes = 64 * 1024 * 1024;
/** Requests that may be under way at a time, each of full size. */
const together = 4;
const sweepMs = 10_000;

/**
 * Listens for OTLP over HTTP and stores what comes.
 *
 * @throws COLLECT_KEY_MISSING, LISTEN_FAILED; as `openStore`
 * @example const collecting = await collect({ store: "sqlite:./hone.db", port: 0 });
 */
export async function collect(settings: CollectSettings): Promise<Collecting> {
  const { host = "127.0.0.1", port = 4318, key, requestBytes = defaultBytes, onRefused } = settings;
  if ((key === undefined || key === "") && !isLoopback(host)) {
    throw new HoneError("COLLECT_KEY_MISSING", { host });
  }
  const store = await openStore(settings.store);
  const { redaction, tags = [] } = settings;
  const ingest = storeIngest(store, { tags, ...(redaction === undefined ? {} : { redaction }) });
  const handler = collectHandler({
    ingest,
    limits: { bodyBytes: requestBytes, totalBytes: together * requestBytes },
    ...(key === undefined || key === "" ? {} : { key }),
    ...(onRefused === undefined ? {} : { onRefused }),
  });
  const server = await listen(handler, { host, port }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  // A store that is away for a moment is asked again at the next sweep.
  const timer = setInterval(() => void ingest.sweep().catch(() => undefined), sweepMs).unref();
  return {
    url: server.url,
    totals: () => ingest.totals(),
    close: async ({ timeoutMs = 10_000 } = {}) => {
      clearInterval(timer);
      await server.close({ timeoutMs });
      try {
        await ingest.drain();
      } finally {
        await store.close();
      }
      return ingest.totals();
    },
  };
}

const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|::1)$/.test(host);
