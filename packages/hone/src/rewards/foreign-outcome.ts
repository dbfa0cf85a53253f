/**
 * The outcome of a team that another orchestrator ran, from the plain events it reported: rounds, answers, votes, restarts, an end.
 *
 * Orchestrators name the same things differently, so each fact is looked for under several names (`eventNames`, `fieldNames`).
 * As in hone's own teams, votes before the last answer do not count, and of each voter only the last one does.
 */
import { fieldsOf, isObject } from "../core/json.ts";
import { mostFrequent } from "../core/most-frequent.ts";
import type { CoordinationSpan } from "../core/span.ts";
import type { TeamAnswer, TeamOutcome, TeamRestart, TeamVote } from "../core/team.ts";

/** What an event means, by its name without marks and in small letters: `final_answer` and `finalAnswer` are one name. */
const eventNames = {
  round: ["round", "roundstart", "iterationstart"],
  answer: ["answer", "newanswer"],
  vote: ["vote", "votecast"],
  restart: ["restart", "restarttriggered"],
  consensus: ["consensus"],
  end: ["end", "outcome", "finalagentselected", "finalanswer", "sessionend"],
} as const;

type EventMeaning = keyof typeof eventNames;

/** Events whose details say who won. */
const endings: readonly EventMeaning[] = ["end", "consensus"];

/** Where the details of an event have a fact, the first that is there. */
const fieldNames = {
  member: ["member", "agent", "agent_id", "agentId", "from", "by"],
  voter: ["voter", "voter_id", "voterId", "from", "by"],
  choice: ["for", "choice", "target", "voted_for", "votedFor", "for_agent_id", "candidate"],
  text: ["text", "answer", "content"],
  reason: ["reason"],
  winner: ["winner", "selected_agent", "selectedAgent", "agent", "agent_id", "agentId"],
} as const;

/** The details of a vote may name its target as others name a member, where the voter is known from the span. */
const choiceOfVoter = [...fieldNames.choice, "agent", "agent_id", "agentId"] as const;

interface MeantEvent {
  readonly meaning: EventMeaning;
  readonly agent: string | undefined;
  readonly details: unknown;
}

/**
 * The outcome that a trace's coordination events add up to.
 *
 * @param events  the coordination spans of one trace, in their order
 * @param tokens  what the trace's model calls used; undefined where that is not known
 * @returns undefined where no event is an answer by a known member
 */
export function outcomeOfEvents(
  events: readonly Pick<CoordinationSpan, "event" | "details" | "agent">[],
  tokens: number | undefined,
): TeamOutcome | undefined {
  const meant = events.flatMap(meantEvent);
  const { answers, cast, restarts } = happenings(meant);
  if (answers.length === 0) return undefined;
  const votes = countedVotes(cast, answers.length);
  const members = [
    ...new Set([
      ...answers.map(({ member }) => member),
      ...cast.map(({ voter }) => voter),
      ...restarts.map(({ member }) => member),
    ]),
  ];
  const end = fieldsOf(meant.findLast(({ meaning }) => endings.includes(meaning))?.details);
  const hasAllVotes = members.every((member) => votes.some(({ voter }) => voter === member));
  const isConsensus =
    saidConsensus(end) ?? (hasAllVotes || meant.some(({ meaning }) => meaning === "consensus"));
  const winner = winnerOf(answers, votes, textIn(end, fieldNames.winner));
  return {
    members,
    ending: isConsensus ? "consensus" : "limits",
    isConsensus,
    winner,
    rejected: [],
    attempts: 1,
    rounds: roundsOf(meant, members, { answers, cast }),
    ...(tokens !== undefined && { tokens }),
    answers,
    votes,
    votesCast: cast,
    restarts,
    failures: [],
    excluded: [],
  };
}

function meantEvent({
  event,
  details,
  agent,
}: Pick<CoordinationSpan, "event" | "details" | "agent">): MeantEvent[] {
  const name = event.toLowerCase().replaceAll(/[^a-z]/g, "");
  const meanings = Object.keys(eventNames) as EventMeaning[];
  const meaning = meanings.find((one) => (eventNames[one] as readonly string[]).includes(name));
  return meaning === undefined ? [] : [{ meaning, agent, details }];
}

/** Answers, votes and restarts in their order; an event that does not say whose it is counts as none. */
function happenings(events: readonly MeantEvent[]) {
  const answers: TeamAnswer[] = [];
  const cast: TeamVote[] = [];
  const restarts: TeamRestart[] = [];
  const turns = new Map<string, number>();
  const nextRound = (member: string): number => {
    const round = (turns.get(member) ?? 0) + 1;
    turns.set(member, round);
    return round;
  };
  for (const { meaning, agent, details } of events) {
    const fields = fieldsOf(details);
    const member = agent ?? textIn(fields, fieldNames.member);
    if (meaning === "answer" && member !== undefined) {
      const text = typeof details === "string" ? details : (textIn(fields, fieldNames.text) ?? "");
      const round = nextRound(member);
      answers.push({ member, text, version: answers.length + 1, round, attempt: 1 });
    }
    if (meaning === "vote") {
      const vote = voteOf(agent, fields);
      if (vote === undefined) continue;
      const round = nextRound(vote.voter);
      cast.push({ ...vote, version: answers.length, round, attempt: 1 });
    }
    const last = answers.at(-1);
    if (meaning === "restart" && member !== undefined && last !== undefined) {
      const { version, member: by } = last;
      restarts.push({ member, version, by, wasWorking: true, attempt: 1 });
    }
  }
  return { answers, cast, restarts };
}

function voteOf(
  agent: string | undefined,
  fields: Readonly<Record<string, unknown>>,
): Pick<TeamVote, "voter" | "choice" | "reason"> | undefined {
  const said = textIn(fields, fieldNames.voter);
  const known = agent ?? said;
  const voter = known ?? textIn(fields, fieldNames.member);
  const choice = textIn(fields, known === undefined ? fieldNames.choice : choiceOfVoter);
  if (voter === undefined || choice === undefined) return undefined;
  const reason = textIn(fields, fieldNames.reason);
  return { voter, choice, ...(reason !== undefined && { reason }) };
}

const countedVotes = (cast: readonly TeamVote[], version: number): TeamVote[] => {
  const last = new Map(
    cast.filter((vote) => vote.version === version).map((vote) => [vote.voter, vote]),
  );
  return [...last.values()];
};

/** The last answer of the author that the orchestrator names, else of the one with most votes, else the first answer. */
function winnerOf(
  answers: readonly TeamAnswer[],
  votes: readonly TeamVote[],
  named: string | undefined,
): TeamAnswer {
  const authors = [...new Set(answers.map(({ member }) => member))];
  // Among equals the earliest author wins, so authors come in the order of their answers.
  const choices = authors.flatMap((author) => votes.filter(({ choice }) => choice === author));
  // The event that ends a team's work may name the orchestrator instead of a member that answered.
  const isAuthor = named !== undefined && authors.includes(named);
  const chosen = isAuthor ? named : mostFrequent(choices, ({ choice }) => choice)?.choice;
  return answers.findLast(({ member }) => member === chosen) ?? answers[0]!;
}

/** The rounds that were reported, else the turns of the member that had the most. */
function roundsOf(
  events: readonly MeantEvent[],
  members: readonly string[],
  {
    answers,
    cast,
  }: { readonly answers: readonly TeamAnswer[]; readonly cast: readonly TeamVote[] },
): number {
  const reported = events.filter(({ meaning }) => meaning === "round").length;
  if (reported > 0) return reported;
  const turns = (member: string): number =>
    answers.filter((answer) => answer.member === member).length +
    cast.filter((vote) => vote.voter === member).length;
  return Math.max(1, ...members.map(turns));
}

function saidConsensus(end: Readonly<Record<string, unknown>>): boolean | undefined {
  const said = ["consensus", "is_consensus", "isConsensus"]
    .map((name) => end[name])
    .find((value) => typeof value === "boolean");
  return typeof said === "boolean" ? said : undefined;
}

/** The text of the first field that has one; numbers are names, too, and an object may name itself by its id. */
function textIn(
  fields: Readonly<Record<string, unknown>>,
  names: readonly string[],
): string | undefined {
  for (const name of names) {
    const value = fields[name];
    const named = isObject(value) ? (value["id"] ?? value["name"]) : value;
    if (typeof named === "string" && named !== "") return named;
    if (typeof named === "number") return String(named);
  }
  return undefined;
}
