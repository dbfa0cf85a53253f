/** Warnings of recording: something could not be recorded, and the app goes on as if nothing had happened. */
import { isHoneError, messageOf } from "../core/errors.ts";

/** Codes of errors that were said already; "" for errors without a code. */
const saidCodes = new Set<string>();

/** Says by `process.emitWarning` that a part of a trace could not be recorded; once for each code of an error. */
export function warnOnce(error: unknown): void {
  const code = isHoneError(error) ? error.code : "";
  if (saidCodes.has(code)) return;
  saidCodes.add(code);
  process.emitWarning(`hone could not record a part of a trace: ${messageOf(error)}`, {
    type: "HoneWarning",
    ...(code === "" ? {} : { code }),
  });
}
