/** A fault of ours in recording is said once and costs the agent nothing. */
import { messageOf } from "../core/errors.ts";

let hasWarned = false;

export function warnOnce(error: unknown): void {
  if (hasWarned) return;
  hasWarned = true;
  process.emitWarning(`hone could not record a part of a trace: ${messageOf(error)}`, {
    type: "HoneWarning",
  });
}
