/**
 * Reads a team's outcome from a trace: of `runTeam` from the coordination span "outcome", which holds all of it; of another
 * orchestrator from its events.
 */
import { isObject } from "../core/json.ts";
import type { Span } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";
import type { TeamOutcome } from "../core/team.ts";
import { outcomeOfEvents } from "./foreign-outcome.ts";

/**
 * The outcome of the team that worked in a trace; of several, the last one. Where another orchestrator ran the team, its events
 * are read: an answer and a vote by their members, restarts, rounds, an end.
 *
 * @returns undefined when no team finished in the trace, when no event is an answer by a known member, or when the outcome of
 *          `runTeam` was too long and was cut
 * @example const outcome = outcomeOf(trace); if (outcome) teamRewards(outcome, { quality });
 */
export function outcomeOf({ spans }: Pick<Trace, "spans">): TeamOutcome | undefined {
  const events = spans.filter((span) => span.kind === "coordination");
  const whole: readonly unknown[] = events.flatMap(({ event, details }) =>
    event === "outcome" ? [details] : [],
  );
  const outcome = whole.findLast(isOutcome);
  if (outcome !== undefined) return outcome;
  // The events of `runTeam` have other details, and their sum is the outcome alone.
  if (events.some(({ event }) => event === "team_start")) return undefined;
  return outcomeOfEvents(events, tokensOf(spans));
}

/** Tokens of all model calls that say how many they used. */
function tokensOf(spans: readonly Span[]): number | undefined {
  const known = spans.flatMap((span) =>
    span.kind === "prompt" && span.usage !== undefined ? [span.usage] : [],
  );
  if (known.length === 0) return undefined;
  return known.reduce((sum, { input, output }) => sum + input + output, 0);
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
