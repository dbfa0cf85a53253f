/** When a trace that has no end was last heard of. */
import type { Trace } from "./trace.ts";

/** The last start or end of a span; the start of a trace that has none. Unix milliseconds. */
export const lastSeenOf = ({ startedAt, spans }: Pick<Trace, "startedAt" | "spans">): number =>
  spans.reduce((last, span) => Math.max(last, span.endedAt ?? span.startedAt), startedAt);

/** So long after its last word a running trace may be one whose process is no more. */
const QUIET_MS = 60_000;

export const isQuiet = (lastSeen: number, now: number): boolean => now - lastSeen > QUIET_MS;
