/** A team's outcome out of a stored trace: the coordination span "outcome" holds all of it. */
import { isObject, type JsonValue } from "../core/json.ts";
import type { Trace } from "../core/trace.ts";
import type { TeamOutcome } from "../core/team.ts";

/** The last outcome in the trace; undefined where no team came to its end, or its span was cut for its length. */
export function outcomeOf(trace: Trace): TeamOutcome | undefined {
  const span = trace.spans.findLast(
    (one) => one.kind === "coordination" && one.event === "outcome" && isOutcome(one.details),
  );
  return span?.kind === "coordination" ? (span.details as unknown as TeamOutcome) : undefined;
}

const lists = ["members", "answers", "votes", "votesCast", "restarts", "failures", "excluded"];

function isOutcome(details: JsonValue): boolean {
  return (
    isObject(details) &&
    lists.every((field) => Array.isArray(details[field])) &&
    typeof details["rounds"] === "number" &&
    typeof details["isConsensus"] === "boolean" &&
    (details["winner"] === undefined || isObject(details["winner"]))
  );
}
