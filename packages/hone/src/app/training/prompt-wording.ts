/** The default wording of tasks: the one of the run that the model comes from. */
import type { RunRecord } from "../../formats/run-format.ts";

/** @param run  the run's configuration; undefined for a model that comes from no run, which is given instructions */
export function promptOf(run: RunRecord["config"] = {}): "compact" | "instructed" {
  const isFromNothing = run["command"] === "run math" || run["model"] === "tiny";
  return run["prompt"] === "compact" || (run["prompt"] === undefined && isFromNothing)
    ? "compact"
    : "instructed";
}
