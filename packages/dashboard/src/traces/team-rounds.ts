/** What the members of a team did, in rounds: read from the events that a trace holds. */
import type { Span } from "./spans.ts";

/** Something that a member did, or that happened to the team. */
export interface TeamStep {
  readonly spanId: string;
  /** The event: "new_answer", "vote", "restart", … */
  readonly event: string;
  /** What it says in a word or two: the answer, for whom the vote is, why it was refused. */
  readonly says: string;
  readonly hasFailed: boolean;
}

/** One round: what each member did in it. */
export interface TeamRound {
  /** "1", or "2.1" after the team has begun anew. */
  readonly name: string;
  readonly byMember: ReadonlyMap<string, readonly TeamStep[]>;
}

/** A team at work. */
export interface TeamWork {
  readonly members: readonly string[];
  readonly rounds: readonly TeamRound[];
  /** Events of the whole team, as a consensus or a restart, in their order. */
  readonly together: readonly TeamStep[];
  readonly winner?: string;
}

/** The team of a trace; undefined where fewer than two agents took part. */
export function teamOf(spans: readonly Span[]): TeamWork | undefined {
  const events = spans.flatMap((span) => (span.span_type === "coordination" ? [span] : []));
  const members = new Set(
    events.flatMap(({ hone }) => (hone.agent === undefined ? [] : [hone.agent])),
  );
  if (members.size < 2) return undefined;
  const rounds = new Map<string, Map<string, TeamStep[]>>();
  const together: TeamStep[] = [];
  let winner: string | undefined;
  for (const { hone } of events) {
    const details = isRecord(hone.details) ? hone.details : {};
    const step: TeamStep = {
      ...{ spanId: hone.id, event: hone.event, says: saysOf(hone, details) },
      hasFailed: hone.error !== undefined,
    };
    if (hone.event === "consensus") winner = textOf(details["winner"]);
    const round = details["round"];
    if (hone.agent === undefined || typeof round !== "number") {
      together.push(step);
      continue;
    }
    // A turn that went well says no more than what was done in it.
    if (hone.event === "turn" && !step.hasFailed) continue;
    const attempt = Number(hone.attributes?.["attempt"] ?? 1);
    const name = attempt > 1 ? `${attempt}.${round}` : String(round);
    const byMember = rounds.get(name) ?? new Map<string, TeamStep[]>();
    rounds.set(name, byMember);
    byMember.set(hone.agent, [...(byMember.get(hone.agent) ?? []), step]);
  }
  return {
    members: [...members].toSorted(),
    rounds: [...rounds].map(([name, byMember]) => ({ name, byMember })),
    together,
    ...(winner !== undefined && winner !== "" && { winner }),
  };
}

function saysOf(
  { event, agent }: { readonly event: string; readonly agent?: string | undefined },
  details: Readonly<Record<string, unknown>>,
): string {
  const { text, choice, refused, winner, instructions, by } = details;
  if (event === "vote") return `for ${textOf(choice)}`;
  if (event === "restart" && agent !== undefined)
    return `${agent}, after the answer of ${textOf(by)}`;
  if (event === "outcome") return outcomeText(details);
  return textOf(text ?? refused ?? winner ?? instructions);
}

/** Why the work ended, and the answer that won: "consensus, cleo: 107 is prime". */
function outcomeText({ ending, winner }: Readonly<Record<string, unknown>>): string {
  const answer = isRecord(winner) ? `${textOf(winner["member"])}: ${textOf(winner["text"])}` : "";
  return [textOf(ending), answer].filter((part) => part !== "").join(", ");
}

const textOf = (value: unknown): string =>
  value === undefined || value === null
    ? ""
    : typeof value === "string"
      ? value
      : JSON.stringify(value);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What each member earned: the parts of a reward whose names are "agent/" and the member. */
export function rewardsByMember(rewards: unknown): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const reward of Array.isArray(rewards) ? rewards : []) {
    const components: unknown = isRecord(reward) ? reward["components"] : undefined;
    for (const [name, value] of Object.entries(isRecord(components) ? components : {}))
      if (name.startsWith("agent/") && typeof value === "number")
        found.set(name.slice("agent/".length), value);
  }
  return found;
}
