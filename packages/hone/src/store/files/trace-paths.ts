/** Where a trace lies in the tree of files: `traces/YYYYMMDD/<agent>/trace_<id>.json`, the day in UTC. */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { dayOf } from "../../core/time-text.ts";
import type { TraceHead } from "../../core/trace.ts";
import { encodeName } from "../../formats/file-names.ts";

/** The name of a trace's file without `.json`: `trace_` and the id, or the id alone where it starts with `trace_`. */
export const stemOf = (id: string): string =>
  id.startsWith("trace_") ? encodeName(id) : `trace_${encodeName(id)}`;

/**
 * The path of a new trace below the root, with `/`.
 *
 * @param isTaken  whether another trace has the path: the ids `x` and `trace_x` share one, and so do ids that differ only in
 *   case on a file system that ignores case. The name of the file then ends in a hash of the id.
 */
export function pathOf(head: TraceHead, isTaken: (path: string) => boolean): string {
  const folder = posix.join("traces", dayFolder(head.startedAt), encodeName(head.agent));
  const path = posix.join(folder, `${stemOf(head.id)}.json`);
  if (!isTaken(path)) return path;
  const hash = createHash("sha256").update(head.id).digest("hex").slice(0, 32);
  return posix.join(folder, `${stemOf(head.id)}~${hash}.json`);
}

/** @example dayFolder(Date.UTC(2025, 0, 9)); // "20250109" */
const dayFolder = (time: number): string => dayOf(time).replaceAll("-", "");

/** The start of the day that a path names, in Unix milliseconds; 0 for a folder that is not named by a day. */
export function timeOfPath(path: string): number {
  const [, year, month, day] = /^traces\/(\d{4})(\d{2})(\d{2})\//.exec(path) ?? [];
  return year === undefined ? 0 : Date.UTC(Number(year), Number(month) - 1, Number(day));
}
