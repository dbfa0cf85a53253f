/** How tasks are told to a model, where nobody says it: as in the run that it comes from. */
import type { RunRecord } from "../../formats/run-format.ts";

/** @param run the configuration of the run; none: a model that follows instructions */
export function promptOf(run: RunRecord["config"] = {}): "compact" | "instructed" {
  const isFromNothing = run["command"] === "run math" || run["model"] === "tiny";
  return run["prompt"] === "compact" || (run["prompt"] === undefined && isFromNothing)
    ? "compact"
    : "instructed";
}
