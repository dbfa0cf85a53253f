/** Warnings of recording: something could not be recorded, and the app goes on as if nothing had happened. */
import { fileURLToPath } from "node:url";
import { isHoneError, messageOf } from "../core/errors.ts";

/** Codes of errors that were said already; "" for errors without a code. */
const saidCodes = new Set<string>();

/** The folder of hone's own code. */
const ownCode = import.meta.url.replace(/recording\/warn-once\.[jt]s$/, "");

/**
 * True for an error that code of the app threw while it was called, such as a getter of one of its values or a `JSON.stringify`
 * that it has replaced: the app knows of it by itself.
 */
function isAppsOwn(error: unknown): boolean {
  if (!(error instanceof Error) || isHoneError(error)) return false;
  const frames = String(error.stack)
    .split("\n")
    .filter((line) => /^\s+at /.test(line));
  // Built-in functions, such as that of a Proxy, are called by the frame below them.
  const thrower = frames.find((line) => !/\(<anonymous>\)$|\(native\)$/.test(line));
  if (thrower === undefined || /[( ]node:/.test(thrower)) return false;
  return !thrower.includes(ownCode) && !thrower.includes(fileURLToPath(ownCode));
}

/** Says by `process.emitWarning` that a part of a trace could not be recorded; once for each code of an error. */
export function warnOnce(error: unknown): void {
  if (isAppsOwn(error)) return;
  const code = isHoneError(error) ? error.code : "";
  if (saidCodes.has(code)) return;
  saidCodes.add(code);
  process.emitWarning(`hone could not record a part of a trace: ${messageOf(error)}`, {
    type: "HoneWarning",
    ...(code === "" ? {} : { code }),
  });
}
