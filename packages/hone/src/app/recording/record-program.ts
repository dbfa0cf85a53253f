/**
 * Records another program into a store: what `hone record` does around that program.
 *
 * Node processes are recorded by a preload; other processes by the OpenTelemetry that they send to an endpoint, which
 * listens on 127.0.0.1 while the program runs. Every trace gets a tag of this recording, by which it is found again.
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
import {
  type Following,
  type TraceChange,
  TraceFollower,
} from "../../store/operations/follow-traces.ts";
import { liveRewardsOf } from "../../rewards/live-rewards.ts";
import { inTime } from "../../core/in-time.ts";
import { lastingAddress, openStore, takeKeptBatches } from "../open-store.ts";
import { endpointVariables, mayPointToEndpoint, recordVariables } from "./program-environment.ts";

/** What is recorded, and where to. */
export interface RecordSettings {
  /** The address of the store, such as `sqlite:./hone.db`. */
  readonly store: string;
  /** The agent's name in traces whose SDK names none. Default: the program's script. */
  readonly agent?: string;
  /** The rewards that are written into traces of Node programs: "tool,answer_quality". Default: those of HONE_REWARDS. */
  readonly rewards?: string;
  /** Take OpenTelemetry's spans of Node processes, too, though the preload records these processes. Default false. */
  readonly withOtel?: boolean;
  /** The environment that the program would have without being recorded. */
  readonly environment: NodeJS.ProcessEnv;
  /** Called with the error of each request that the endpoint refuses. */
  readonly onRefused?: (error: HoneError) => void;
}

/** A recording that has begun; the program may start. */
export interface Recording {
  /** The environment to start the program with. */
  readonly environment: NodeJS.ProcessEnv;
  /** The tag of every trace of the program. */
  readonly tag: string;
  /** What is recorded, as it comes, until the signal aborts. */
  changes(following: Following): AsyncIterable<readonly TraceChange[]>;
  /**
   * Ends the recording after the program has ended, and returns the traces and spans that were stored since the last of
   * `changes`. It takes some seconds at most, whatever the store does.
   *
   * @param isStuck true when the store has not answered for a while: then it is not asked for the last changes
   */
  close(isStuck?: boolean): Promise<RecordingEnd>;
}

/** How many spans are in no trace. */
export interface RecordingSums {
  /** Spans that were lost before they reached the store. */
  readonly dropped: number;
  /** OpenTelemetry's spans that were left out, since the preload records their process. */
  readonly leftOut: number;
}

/** The last changes of a recording, and what was lost of it. */
export interface RecordingEnd extends RecordingSums {
  readonly changes: readonly TraceChange[];
  /** False when the store did not give the last changes in time. */
  readonly isWhole: boolean;
}

/** Time limit of each step of the end of a recording, in ms. */
export const closeMs = 3000;

/**
 * Prepares the recording of a program: opens the store and listens for OpenTelemetry.
 * @throws STORE_URL_INVALID and the other errors of opening a store; LISTEN_FAILED
 * @example const { environment, close } = await recordProgram({ store: "sqlite:./hone.db", environment: process.env });
 */
export async function recordProgram(settings: RecordSettings): Promise<Recording> {
  if (settings.rewards !== undefined) liveRewardsOf("npx hone record", settings.rewards);
  const { environment: given } = settings;
  const url = lastingAddress(settings.store);
  const store = await openStore(url);
  const tag = `record-${newSpanId().slice(0, 8)}`;
  let collecting: Collecting | undefined;
  try {
    collecting = mayPointToEndpoint(given) ? await endpoint(url, tag, settings) : undefined;
    const folder = await mkdtemp(join(tmpdir(), "hone-record-"));
    const losses = join(folder, "losses.jsonl");
    const follower = new TraceFollower(store, { filter: { tag }, since: 0 });
    const lastLook = async (): Promise<readonly TraceChange[]> => {
      await takeKeptBatches(url, store);
      return follower.look();
    };
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
          const changes = isStuck ? undefined : await inTime(lastLook(), closeMs);
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

/** True for OpenTelemetry's SDK in a Node process. The preload records such a process, so its calls would come twice. */
const isOfNode = ({ attributes }: OtlpResource): boolean =>
  attributes["telemetry.sdk.language"] === "nodejs";

async function lostSpans(file: string): Promise<number> {
  const text = await readFile(file, "utf8").catch(() => "");
  // The last line of a process that was killed may be cut.
  const counts = text.split("\n").map((line) => parsedObject(line)?.["spans"]);
  return counts.reduce<number>((sum, count) => sum + (typeof count === "number" ? count : 0), 0);
}
