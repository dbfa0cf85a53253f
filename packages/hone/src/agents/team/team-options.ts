/** Options of a team, their defaults and their checks. */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { type OptionChecks, optionChecks } from "../../core/option-checks.ts";
import type { TeamEvaluator, TeamMember } from "../../ports/team-member.ts";
import type { Tracer } from "../../ports/tracer.ts";

/** What a team works on, who is in it and how it works. */
export interface TeamOptions {
  /** The task, in words. */
  readonly task: string;
  /** The members by name. Names are kept in the outcome and in traces; members never see them. */
  readonly members: Readonly<Record<string, TeamMember>>;
  /** The team's own name in traces. Default "team". */
  readonly name?: string;
  /** Decides labels, the order of turns and each turn's seed. Default 0. */
  readonly seed?: number;
  /**
   * What a new answer does to members in the middle of a turn. "restart": they are stopped and start again. "inject": they
   * work on and get the answer from `updates()`. Default "restart".
   */
  readonly onNewAnswer?: "restart" | "inject";
  /** True: a member's first turn shows it no answers, and no answer interrupts it. Default true. */
  readonly independentStart?: boolean;
  /** Turns that run at the same time. With 1, events come in the same order however long members take. Default: all. */
  readonly concurrency?: number;
  /** Answers of one member in an attempt at most. Default 3. */
  readonly maxAnswersPerMember?: number;
  /** Answers of all members in an attempt at most. Default: `maxAnswersPerMember` times the number of members. */
  readonly maxAnswers?: number;
  /** Turns of one member in an attempt at most. Default: `maxAnswers` + 4, enough to vote after every answer. */
  readonly maxTurns?: number;
  /** Failed turns in a row after which a member gets no further turns in this attempt. Default 2. */
  readonly maxFailures?: number;
  /** An answer that shares more than this part of its words with an earlier one is refused, 0 to 1. Default 0.9; 1: none is. */
  readonly maxSimilarity?: number;
  /** Characters of an answer at most. Default 100,000. */
  readonly maxAnswerCharacters?: number;
  /** Whether members may vote for their own answer. Default true. */
  readonly selfVotes?: boolean;
  /** Time limit of one turn, in ms. Default 120,000. */
  readonly turnTimeoutMs?: number;
  /** Time limit of the whole work, in ms. Default 600,000. */
  readonly timeoutMs?: number;
  /** Looks at the winning answer. An answer that it does not accept starts the team again with its instructions. */
  readonly postEvaluate?: TeamEvaluator;
  /** How often the whole team is started again at most. Default 1. */
  readonly maxTeamRestarts?: number;
  /** Records the team as coordination spans: in the trace that runs now, or in a trace of its own. Default: no record. */
  readonly tracer?: Tracer;
  /** Stops the team; the outcome's `ending` is then "cancelled". */
  readonly signal?: AbortSignal;
}

/** The options with their defaults filled in. */
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

/** Fills in defaults. @throws OPTION_INVALID naming the option that cannot be */
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
