/** The endpoint of OpenTelemetry with its store: what `hone collect` runs. */
import { HoneError } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import type { OtlpResource } from "../../core/otlp.ts";
import type { IngestTotals } from "../../ports/span-ingest.ts";
import { collectHandler } from "../../server/otlp-handler.ts";
import { listen } from "../../server/listen.ts";
import { isLoopback } from "../../server/loopback.ts";
import type { RedactionOptions } from "../../recording/cleaning/redaction.ts";
import { leaveOut } from "../../otel/leave-out.ts";
import { storeIngest } from "../../otel/store-ingest.ts";
import { openStore } from "../open-store.ts";

/** Where an endpoint listens, what it takes and where it stores that. */
export interface CollectSettings {
  /** The address of the store that traces go to, such as `sqlite:./hone.db`. */
  readonly store: string;
  /** The address to listen on. Default 127.0.0.1. An address that other machines reach needs a key. */
  readonly host?: string;
  /** The port to listen on. Default 4318, the standard port of OTLP over HTTP; 0 takes a free one. */
  readonly port?: number;
  /** The key that senders must show. Default: none. */
  readonly key?: string;
  /** Maximum size of one request, inflated, in bytes. Default 64 MiB. */
  readonly requestBytes?: number;
  /** Which secrets are taken out of what is stored. Default: the usual ones; false: none. */
  readonly redaction?: RedactionOptions | false;
  /** Tags that every trace gets besides its own. */
  readonly tags?: readonly string[];
  /** Senders whose spans and log records are acknowledged and not stored. Default: no sender. */
  readonly leavesOut?: (sender: OtlpResource) => boolean;
  /** Called with the error of each request that is refused. */
  readonly onRefused?: (error: HoneError) => void;
}

/** What an endpoint stored; `leftOut` counts the spans and log records of senders that `leavesOut` names. */
export type CollectTotals = IngestTotals & { readonly leftOut: number };

/** A running endpoint for OpenTelemetry's spans, as `collect` starts it. */
export interface Collecting {
  /** Its address, for OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  /** What it stored so far. */
  totals(): CollectTotals;
  /** Answers the requests under way, completes open traces and closes the store. `timeoutMs`: default 10,000. */
  close(options?: { readonly timeoutMs?: number }): Promise<CollectTotals>;
}

const settingNames: OptionNames<CollectSettings> = {
  store: true,
  host: true,
  port: true,
  key: true,
  requestBytes: true,
  redaction: true,
  tags: true,
  leavesOut: true,
  onRefused: true,
};

const defaultRequestBytes = 64 * 1024 * 1024;
/** How many requests of full size may be under way at a time. */
const maxFullRequests = 4;
/** Time between two attempts to complete traces whose last spans have come, in ms. */
const sweepMs = 10_000;

/**
 * Listens for OpenTelemetry's spans and events (OTLP over HTTP) and stores them as traces.
 *
 * @throws OPTION_INVALID for an option that there is not; COLLECT_KEY_MISSING without a key on an address that other machines reach; LISTEN_FAILED; STORE_URL_INVALID and
 *         the other errors of opening a store
 * @example const collecting = await collect({ store: "sqlite:./hone.db", port: 0 });
 */
export async function collect(settings: CollectSettings): Promise<Collecting> {
  checkOptions("collect", settings, settingNames);
  const {
    host = "127.0.0.1",
    port = 4318,
    key,
    requestBytes = defaultRequestBytes,
    onRefused,
  } = settings;
  if ((key === undefined || key === "") && !isLoopback(host)) {
    throw new HoneError("COLLECT_KEY_MISSING", { host });
  }
  const store = await openStore(settings.store);
  const { redaction, tags = [], leavesOut } = settings;
  const stored = storeIngest(store, { tags, ...(redaction === undefined ? {} : { redaction }) });
  const chosen = leaveOut(stored, leavesOut);
  const handler = collectHandler({
    ingest: chosen.ingest,
    limits: { bodyBytes: requestBytes, totalBytes: maxFullRequests * requestBytes },
    ...(key === undefined || key === "" ? {} : { key }),
    ...(onRefused === undefined ? {} : { onRefused }),
  });
  const server = await listen(handler, { host, port }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const totals = (): CollectTotals => ({ ...stored.totals(), leftOut: chosen.leftOut() });
  // A store that cannot be reached now is written to at the next sweep.
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
