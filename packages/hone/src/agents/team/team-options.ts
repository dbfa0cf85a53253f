/** What a team is made of and how it works, defaults filled in and checked. */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { type OptionChecks, optionChecks } from "../../core/option-checks.ts";
import type { TeamEvaluator, TeamMember } from "../../ports/team-member.ts";
import type { Tracer } from "../../ports/tracer.ts";

export interface TeamOptions {
  readonly task: string;
  /** By name. Names are for the record; no member ever sees one. */
  readonly members: Readonly<Record<string, TeamMember>>;
  /** The team's own name in traces. Default "team". */
  readonly name?: string;
  /** Decides labels, the order of turns and each turn's seed. Default 0. */
  readonly seed?: number;
  /** What a new answer does to members at work: stops and starts them again, or waits to be asked for. Default "restart". */
  readonly onNewAnswer?: "restart" | "inject";
  /** A member that has not answered yet finishes its first turn undisturbed by the others' answers. Default true. */
  readonly independentStart?: boolean;
  /** Turns at the same time. 1 gives the same course of events however long members take. Default: all. */
  readonly concurrency?: number;
  /** Default 3. */
  readonly maxAnswersPerMember?: number;
  /** Of the whole team in an attempt. Default: `maxAnswersPerMember` times the members. */
  readonly maxAnswers?: number;
  /** Turns of one member in an attempt. Default: `maxAnswers` + 4, enough for everyone to vote after every answer. */
  readonly maxTurns?: number;
  /** Failures of one member in an attempt before it is left out. Default 2. */
  readonly maxFailures?: number;
  /** An answer that shares more of its words with an earlier one is refused, in [0, 1]. Default 0.9; 1 takes everything. */
  readonly maxSimilarity?: number;
  /** Default 100,000. */
  readonly maxAnswerCharacters?: number;
  /** Whether members may vote for their own answer. Default true. */
  readonly selfVotes?: boolean;
  /** Of one turn. Default 120,000. */
  readonly turnTimeoutMs?: number;
  /** Of the whole work. Default 600,000. */
  readonly timeoutMs?: number;
  /** Looks at the winning answer; what it does not accept starts the team again with its instructions. */
  readonly postEvaluate?: TeamEvaluator;
  /** Restarts of the whole team at most. Default 1. */
  readonly maxTeamRestarts?: number;
  /** Takes the coordination spans: into the trace that runs now, or into one of the team's own. */
  readonly tracer?: Tracer;
  readonly signal?: AbortSignal;
}

/** The same with nothing left open. */
export type TeamSettings = Required<Omit<TeamOptions, "postEvaluate" | "tracer" | "signal">> &
  Pick<TeamOptions, "postEvaluate" | "tracer" | "signal">;

const check: OptionChecks = optionChecks("teamEvents");

const teamOptions: OptionNames<TeamOptions> = {
  task: true,
  members: true,
  name: true,
  seed: true,
  onNewAnswer: true,
  independentStart: true,
  concurrency: true,
  maxAnswersPerMember: true,
  maxAnswers: true,
  maxTurns: true,
  maxFailures: true,
  maxSimilarity: true,
  maxAnswerCharacters: true,
  selfVotes: true,
  turnTimeoutMs: true,
  timeoutMs: true,
  postEvaluate: true,
  maxTeamRestarts: true,
  tracer: true,
  signal: true,
};

/** @throws OPTION_INVALID */
export function teamSettings(options: TeamOptions): TeamSettings {
  checkOptions("teamEvents", options, teamOptions);
  const names = Object.keys(options.members);
  const maxAnswersPerMember = options.maxAnswersPerMember ?? 3;
  const maxAnswers = options.maxAnswers ?? maxAnswersPerMember * names.length;
  const settings: TeamSettings = {
    name: "team",
    seed: 0,
    onNewAnswer: "restart",
    independentStart: true,
    concurrency: Math.max(1, names.length),
    maxTurns: maxAnswers + 4,
    maxFailures: 2,
    maxSimilarity: 0.9,
    maxAnswerCharacters: 100_000,
    selfVotes: true,
    turnTimeoutMs: 120_000,
    timeoutMs: 600_000,
    maxTeamRestarts: 1,
    ...options,
    maxAnswersPerMember,
    maxAnswers,
  };
  checkMembers(names, options.members);
  checkValues(settings);
  if (!settings.selfVotes && names.length < 2) {
    throw check.invalid(
      "selfVotes",
      false,
      "true in a team of one, which could not vote otherwise",
    );
  }
  return settings;
}

function checkMembers(names: readonly string[], members: TeamOptions["members"]): void {
  if (names.length === 0) throw check.invalid("members", {}, "an object with at least one member");
  for (const name of names) {
    if (name.trim() === "") throw check.invalid("members", name, "names with letters");
    check.callable(`members[${JSON.stringify(name)}]`, members[name]);
  }
  const folded = names.map((name) => name.normalize("NFKC").toLowerCase());
  const twin = names.find((_, i) => folded.indexOf(folded[i]!) !== i);
  if (twin !== undefined) {
    throw check.invalid("members", twin, "names that differ in more than case");
  }
}

const counts = [
  "concurrency",
  "maxAnswersPerMember",
  "maxAnswers",
  "maxTurns",
  "maxFailures",
  "maxAnswerCharacters",
] as const;

function checkValues(settings: TeamSettings): void {
  check.text("task", settings.task);
  check.text("name", settings.name);
  for (const option of counts) check.whole(option, settings[option], { min: 1 });
  check.whole("maxTeamRestarts", settings.maxTeamRestarts, { min: 0 });
  check.share("maxSimilarity", settings.maxSimilarity);
  check.whole("seed", settings.seed);
  check.milliseconds("turnTimeoutMs", settings.turnTimeoutMs);
  check.milliseconds("timeoutMs", settings.timeoutMs);
  check.flag("independentStart", settings.independentStart);
  check.flag("selfVotes", settings.selfVotes);
  check.oneOf("onNewAnswer", settings.onNewAnswer, ["restart", "inject"]);
}
