/** Where a trace lies in the tree of files: `traces/YYYYMMDD/<agent>/trace_<id>.json`, the day in UTC. */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { dayOf } from "../../core/trace-summary.ts";
import type { TraceHead } from "../../core/trace.ts";

/** Characters of an encoded name before its rest is replaced by a hash; file systems end at 255 bytes. */
const longestName = 180;

/** Names of devices on Windows, whatever their ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * A name that is one file's name on every system: letters, digits, `_`, `-` and inner dots stay, all other bytes of its
 * UTF-8 are percent-encoded, so that `../../x` goes nowhere.
 *
 * @example encodeName("../../x"); // "%2E.%2F..%2Fx"
 */
export function encodeName(name: string): string {
  if (name === "") return "%";
  const escaped = [...Buffer.from(name)].map(encodeByte).join("");
  const outer = escaped.replace(/^\.|\.$/g, "%2E");
  const safe = DEVICE.test(outer) ? encodeByte(outer.charCodeAt(0), true) + outer.slice(1) : outer;
  if (safe.length <= longestName) return safe;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 32);
  return `${safe.slice(0, longestName - 33).replace(/%.?$/, "")}~${hash}`;
}

function encodeByte(byte: number, isForced: unknown = false): string {
  const character = String.fromCharCode(byte);
  return isForced !== true && /[A-Za-z0-9_.-]/.test(character)
    ? character
    : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

/** The name of a trace's file, without its ending: an id that starts with `trace_` already is not prefixed again. */
export const stemOf = (id: string): string =>
  id.startsWith("trace_") ? encodeName(id) : `trace_${encodeName(id)}`;

/**
 * The path of a new trace below the root, with `/`.
 *
 * `isTaken` tells that another trace has the path (`x` and `trace_x`, or two ids that differ in case where the file system
 * does not); then the file's name ends in a hash of the id.
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

/** The start of the day a path stands in, Unix milliseconds; 0 for a folder that is no day. */
export function timeOfPath(path: string): number {
  const [, year, month, day] = /^traces\/(\d{4})(\d{2})(\d{2})\//.exec(path) ?? [];
  return year === undefined ? 0 : Date.UTC(Number(year), Number(month) - 1, Number(day));
}
