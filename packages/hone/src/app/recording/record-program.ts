/**
 * Another program's calls into a store: what `hone record` does around it.
 *
 * Node processes are recorded by what is preloaded into them; others by OpenTelemetry, for which an endpoint of our own
 * listens on 127.0.0.1. Every trace gets a tag of this recording, by which it is found among those of other programs.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HoneError } from "../../core/errors.ts";
import { newSpanId } from "../../core/ids.ts";
import { parsedObject } from "../../core/json.ts";
import type { OtlpResource } from "../../core/otlp.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { collect, type Collecting } from "../serving/collector.ts";
import { type Following, type TraceChange, TraceFollower } from "../traces/follow-traces.ts";
import { inTime } from "../../core/in-time.ts";
import { lastingAddress, openStore } from "../open-store.ts";

export interface RecordSettings {
  readonly store: string;
  /** Name of traces whose SDK names no agent. */
  readonly agent?: string;
  /** OpenTelemetry's spans of Node processes are taken too, though the preload records these. Default false. */
  readonly withOtel?: boolean;
  /** What the program would find without us. */
  readonly environment: NodeJS.ProcessEnv;
  /** Hears of requests to the endpoint that were refused. */
  readonly onRefused?: (error: HoneError) => void;
}

export interface Recording {
  /** What the program finds. */
  readonly environment: NodeJS.ProcessEnv;
  /** The tag of every trace of the program. */
  readonly tag: string;
  /** What happens, until the signal. */
  changes(following: Following): AsyncIterable<readonly TraceChange[]>;
  /**
   * When the program has ended: what came last, and what became of the spans that came in no trace. It takes some seconds
   * at most, whatever the store does.
   *
   * @param isStuck  the store has not answered for a while: it is not asked again
   */
  close(isStuck?: boolean): Promise<RecordingEnd>;
}

export interface RecordingSums {
  /** Spans that were lost on their way. */
  readonly dropped: number;
  /** Spans by OpenTelemetry that were not taken, since their process is recorded by the preload. */
  readonly leftOut: number;
}

export interface RecordingEnd extends RecordingSums {
  readonly changes: readonly TraceChange[];
  /** False when the store did not say in time what came last. */
  readonly isWhole: boolean;
}

/** How long each part of the end may take when the program has ended. */
export const closeMs = 3000;

/**
 * @throws STORE_URL_INVALID, as `openStore`; LISTEN_FAILED
 * @example const { environment, close } = await recordProgram({ store: "sqlite:./hone.db", environment: process.env });
 */
export async function recordProgram(settings: RecordSettings): Promise<Recording> {
  const { environment: given } = settings;
  const url = lastingAddress(settings.store);
  const store = await openStore(url);
  const tag = `record-${newSpanId().slice(0, 8)}`;
  let collecting: Collecting | undefined;
  try {
    collecting = wantsEndpoint(given) ? await endpoint(url, tag, settings) : undefined;
    const folder = await mkdtemp(join(tmpdir(), "hone-record-"));
    const losses = join(folder, "losses.jsonl");
    const follower = new TraceFollower(store, { filter: { tag }, since: 0 });
    return {
      tag,
      environment: {
        ...given,
        ...recordVariables(settings, { url, tag, losses }),
        ...(collecting === undefined ? {} : endpointVariables(settings, collecting.url)),
      },
      changes: (following) => follower.changes(following),
      close: async (isStuck = false) => {
        try {
          const totals = await collecting?.close({ timeoutMs: isStuck ? 0 : closeMs });
          const changes = isStuck ? undefined : await inTime(follower.look(), closeMs);
          const dropped = (totals?.rejected ?? 0) + (await lostSpans(losses));
          const isWhole = changes !== undefined;
          return { changes: changes ?? [], isWhole, dropped, leftOut: totals?.leftOut ?? 0 };
        } finally {
          await closeAll(store, folder);
        }
      },
    };
  } catch (error) {
    await collecting?.close({ timeoutMs: 0 });
    await store.close();
    throw error;
  }
}

async function closeAll(store: TraceStore, folder: string): Promise<void> {
  try {
    await inTime(store.close(), closeMs);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function endpoint(store: string, tag: string, settings: RecordSettings): Promise<Collecting> {
  const { onRefused, withOtel = false, environment } = settings;
  const heard = onRefused === undefined ? {} : { onRefused };
  const isRecordedTwice = !withOtel && environment["HONE_TRACES"] !== "off";
  const leavesOut = isRecordedTwice ? { leavesOut: isOfNode } : {};
  return collect({ store, port: 0, tags: [tag], ...heard, ...leavesOut });
}

/** Sent by OpenTelemetry's SDK in a Node process: the preload is there too, and its calls would come twice. */
const isOfNode = ({ attributes }: OtlpResource): boolean =>
  attributes["telemetry.sdk.language"] === "nodejs";

/** Whoever has an endpoint keeps it, and gRPC is not spoken here. */
function wantsEndpoint(given: NodeJS.ProcessEnv): boolean {
  const isSet = (name: string): boolean => (given[name] ?? "") !== "";
  const protocol = given["OTEL_EXPORTER_OTLP_PROTOCOL"] ?? "";
  return (
    !isSet("OTEL_EXPORTER_OTLP_ENDPOINT") &&
    !isSet("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") &&
    (protocol === "" || protocol.startsWith("http/"))
  );
}

function recordVariables(
  { agent, environment: given }: RecordSettings,
  { url, tag, losses }: { readonly url: string; readonly tag: string; readonly losses: string },
): NodeJS.ProcessEnv {
  const preload = `--import=${new URL("../../../bin/register.js", import.meta.url).href}`;
  const tags = [given["HONE_TAGS"], tag].filter((one) => one).join(",");
  return {
    NODE_OPTIONS: [given["NODE_OPTIONS"], preload].filter((one) => one).join(" "),
    HONE_STORE: url,
    HONE_TAGS: tags,
    HONE_LOSSES: losses,
    ...(agent === undefined ? {} : { HONE_AGENT: agent }),
  };
}

/** What points programs to the endpoint, where the user has not said otherwise. */
function endpointVariables(
  { agent, environment: given }: RecordSettings,
  url: string,
): NodeJS.ProcessEnv {
  const wanted = {
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    // Metrics are not kept; an exporter of them would complain of us in the program's output.
    OTEL_METRICS_EXPORTER: "none",
    OTEL_SERVICE_NAME: agent,
  };
  const missing = Object.entries(wanted).filter(
    ([name, value]) => value !== undefined && (given[name] ?? "") === "",
  );
  return Object.fromEntries(missing);
}

async function lostSpans(file: string): Promise<number> {
  const text = await readFile(file, "utf8").catch(() => "");
  // A process that was killed may have written half a line.
  const counts = text.split("\n").map((line) => parsedObject(line)?.["spans"]);
  return counts.reduce<number>((sum, count) => sum + (typeof count === "number" ? count : 0), 0);
}
