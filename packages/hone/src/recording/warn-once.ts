/** Warnings of recording: something could not be recorded, and the app goes on as if nothing had happened. */
import { writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { HoneError, isHoneError, messageOf } from "../core/errors.ts";

/** How often a warning of each code was due. */
const counts = new Map<string, number>();

/** How many parts of traces were not recorded in this process, by the code of the reason. */
export const partsNotRecorded = (): ReadonlyMap<string, number> => counts;

/** The folder of hone's own code. */
const ownCode = import.meta.url.replace(/recording\/warn-once\.[jt]s$/, "");

/**
 * True for an error that code of the app threw while it was called: a getter of one of its values, a callback that it gave, a
 * `JSON.stringify` that it has replaced.
 */
export function isAppsOwn(error: unknown): boolean {
  if (!(error instanceof Error) || isHoneError(error)) return false;
  const frames = String(error.stack)
    .split("\n")
    .filter((line) => /^\s+at /.test(line));
  // Built-in functions, such as that of a Proxy, are called by the frame below them.
  const thrower = frames.find((line) => !/\(<anonymous>\)$|\(native\)$/.test(line));
  if (thrower === undefined || /[( ]node:/.test(thrower)) return false;
  return !thrower.includes(ownCode) && !thrower.includes(fileURLToPath(ownCode));
}

/**
 * Says by `process.emitWarning` that a part of a trace could not be recorded: once for each code of an error, and at the end of
 * the process how often in all.
 */
export function warnOnce(error: unknown): void {
  const problem = messageOf(error);
  const known = isHoneError(error)
    ? error
    : new HoneError(isAppsOwn(error) ? "APP_CODE_THREW" : "PART_NOT_RECORDED", { problem });
  const { code } = known;
  const before = counts.get(code) ?? 0;
  if (counts.size === 0) process.once("exit", sayCounts);
  counts.set(code, before + 1);
  if (before > 0) return;
  process.emitWarning(`hone could not record a part of a trace: ${known.message}`, {
    type: "HoneWarning",
    code,
  });
}

function sayCounts(): void {
  for (const [code, count] of counts) {
    if (count === 1) continue;
    try {
      writeSync(2, `hone: ${count} parts of traces were not recorded for the reason ${code}\n`);
    } catch {
      // Writing to a closed terminal fails; the notice is lost then.
    }
  }
}
