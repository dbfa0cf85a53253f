/** Reads a team's outcome from a stored trace, where the coordination span "outcome" holds all of it. */
import { isObject } from "../core/json.ts";
import type { Trace } from "../core/trace.ts";
import type { TeamOutcome } from "../core/team.ts";

/**
 * The outcome of the team that worked in a trace; of several, the last one.
 *
 * @returns undefined when no team finished in the trace, or when the span was too long and was cut
 * @example const outcome = outcomeOf(trace); if (outcome) teamRewards(outcome, { quality });
 */
export function outcomeOf(trace: Trace): TeamOutcome | undefined {
  const details: readonly unknown[] = trace.spans.flatMap((span) =>
    span.kind === "coordination" && span.event === "outcome" ? [span.details] : [],
  );
  return details.findLast(isOutcome);
}

const lists = ["members", "answers", "votes", "votesCast", "restarts", "failures", "excluded"];

function isOutcome(details: unknown): details is TeamOutcome {
  return (
    isObject(details) &&
    lists.every((field) => Array.isArray(details[field])) &&
    typeof details["rounds"] === "number" &&
    typeof details["isConsensus"] === "boolean" &&
    (details["winner"] === undefined || isObject(details["winner"]))
  );
}
