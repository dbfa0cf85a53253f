/** When a running trace gave its last sign of life. */
import type { Trace } from "./trace.ts";

/** The last start or end of a span, or the start of a trace without spans. Unix milliseconds. */
export const lastSeenOf = ({ startedAt, spans }: Pick<Trace, "startedAt" | "spans">): number =>
  spans.reduce((last, span) => Math.max(last, span.endedAt ?? span.startedAt), startedAt);

/** After so much silence, in ms, the process of a running trace may have ended. */
const QUIET_MS = 60_000;

/** Whether a running trace has been silent for more than a minute. Times are Unix milliseconds. */
export const isQuiet = (lastSeen: number, now: number): boolean => now - lastSeen > QUIET_MS;
