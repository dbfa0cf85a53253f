/** The endpoint of OpenTelemetry with its store: what `hone collect` runs. */
import { HoneError } from "../../core/errors.ts";
import type { OtlpResource } from "../../core/otlp.ts";
import type { IngestTotals, SpanIngest } from "../../ports/span-ingest.ts";
import { collectHandler } from "../../server/otlp-handler.ts";
import { listen } from "../../server/listen.ts";
import type { RedactionOptions } from "../../recording/cleaning/redaction.ts";
import { storeIngest } from "../../otel/store-ingest.ts";
import { openStore } from "../open-store.ts";

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
  /** Whose spans and log records are answered as if they were taken, and are not. Default: nobody's. */
  readonly leavesOut?: (sender: OtlpResource) => boolean;
  /** Hears of requests that were refused. */
  readonly onRefused?: (error: HoneError) => void;
}

/** `leftOut`: spans and log records that `leavesOut` named. */
export type CollectTotals = IngestTotals & { readonly leftOut: number };

export interface Collecting {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  totals(): CollectTotals;
  /** Answers the requests under way, completes what is open and closes the store. Default deadline 10 s. */
  close(options?: { readonly timeoutMs?: number }): Promise<CollectTotals>;
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
  const { redaction, tags = [], leavesOut } = settings;
  const stored = storeIngest(store, { tags, ...(redaction === undefined ? {} : { redaction }) });
  const chosen = leaveOut(stored, leavesOut);
  const handler = collectHandler({
    ingest: chosen.ingest,
    limits: { bodyBytes: requestBytes, totalBytes: together * requestBytes },
    ...(key === undefined || key === "" ? {} : { key }),
    ...(onRefused === undefined ? {} : { onRefused }),
  });
  const server = await listen(handler, { host, port }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const totals = (): CollectTotals => ({ ...stored.totals(), leftOut: chosen.count() });
  // A store that is away for a moment is asked again at the next sweep.
  const timer = setInterval(() => void stored.sweep().catch(() => undefined), sweepMs).unref();
  return {
    url: server.url,
    totals,
    close: async ({ timeoutMs = 10_000 } = {}) => {
      clearInterval(timer);
      await server.close({ timeoutMs });
      try {
        await stored.drain();
      } finally {
        await store.close();
      }
      return totals();
    },
  };
}

/** The ingest, which hears nothing of those senders. */
function leaveOut(
  ingest: SpanIngest,
  leavesOut: (sender: OtlpResource) => boolean = () => false,
): { readonly ingest: SpanIngest; readonly count: () => number } {
  let count = 0;
  const taken = <Item extends { readonly resource: OtlpResource }>(items: readonly Item[]) => {
    const kept = items.filter(({ resource }) => !leavesOut(resource));
    count += items.length - kept.length;
    return kept;
  };
  return {
    ingest: {
      spans: (spans) => ingest.spans(taken(spans)),
      logs: (logs) => ingest.logs(taken(logs)),
      drain: () => ingest.drain(),
      totals: () => ingest.totals(),
    },
    count: () => count,
  };
}

const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|::1)$/.test(host);
