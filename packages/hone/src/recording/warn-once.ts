/** What cannot be recorded, by the app's fault or ours, is said once for each kind and costs the agent nothing. */
import { isHoneError, messageOf } from "../core/errors.ts";

const told = new Set<string>();

export function warnOnce(error: unknown): void {
  const code = isHoneError(error) ? error.code : "";
  if (told.has(code)) return;
  told.add(code);
  process.emitWarning(`hone could not record a part of a trace: ${messageOf(error)}`, {
    type: "HoneWarning",
    ...(code === "" ? {} : { code }),
  });
}
