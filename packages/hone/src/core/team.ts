/**
 * What a team of agents did on a task, as plain data.
 *
 * Members carry their real names here, for the record and for rewards; the members themselves never see one.
 */
import type { JsonValue } from "./json.ts";

/** An answer of a member that the team accepted. */
export interface TeamAnswer {
  /** The name of the member that gave the answer. */
  readonly member: string;
  /** The whole answer. */
  readonly text: string;
  /** Number of the answer, from 1, in the order in which answers were accepted, counted over all attempts. */
  readonly version: number;
  /** The member's turn in which the answer was given, from 1. */
  readonly round: number;
  /** The attempt of the team, from 1; each restart of the whole team begins another one. */
  readonly attempt: number;
}

/** A vote of a member that the team accepted. */
export interface TeamVote {
  /** The name of the member that voted. */
  readonly voter: string;
  /** The name of the member whose current answer was voted for. */
  readonly choice: string;
  /** Version of the newest answer at the time of the vote. An answer with a higher version cleared this vote. */
  readonly version: number;
  /** The voter's turn in which the vote was given, from 1. */
  readonly round: number;
  /** The attempt of the team, from 1. */
  readonly attempt: number;
  /** Why, in the voter's words; absent when it gave no reason. */
  readonly reason?: string;
}

/** A member that had to start again because another member gave an answer. */
export interface TeamRestart {
  /** The name of the member that had to start again. */
  readonly member: string;
  /** Version of the answer that caused it. */
  readonly version: number;
  /** The name of the member that gave that answer. */
  readonly by: string;
  /** True: the member was stopped in the middle of a turn. False: its vote was cleared. */
  readonly wasWorking: boolean;
  /** The attempt of the team, from 1. */
  readonly attempt: number;
}

/** A turn of a member that gave neither an answer nor a vote. */
export interface TeamFailure {
  /** The name of the member. */
  readonly member: string;
  /** "error": the member threw or its reply made no sense. "timeout": it took too long. "no_action": it did nothing. */
  readonly reason: "error" | "timeout" | "no_action";
  /** What went wrong, in a sentence. */
  readonly message: string;
  /** The member's turn, from 1. */
  readonly round: number;
  /** The attempt of the team, from 1. */
  readonly attempt: number;
}

/**
 * Why a team's work ended.
 *
 * "consensus": every member that takes part has voted since the last answer. "limits": all turns were used. "deadline": the
 * time limit was reached. "no_members": every member was excluded. "cancelled": it was stopped from outside.
 */
export type TeamEnding = "consensus" | "limits" | "deadline" | "no_members" | "cancelled";

/** The result of a team's work, with everything that its members did. */
export interface TeamOutcome {
  /** Names of the members, in the order of the option `members`. */
  readonly members: readonly string[];
  /** Why the work ended. */
  readonly ending: TeamEnding;
  /** True exactly when `ending` is "consensus". */
  readonly isConsensus: boolean;
  /** The answer with the most votes, the earliest among equals; absent only when there was no answer at all. */
  readonly winner?: TeamAnswer;
  /** Winning answers that `postEvaluate` did not accept, each with the instructions of the attempt after it. */
  readonly rejected: readonly { readonly answer: TeamAnswer; readonly instructions: string }[];
  /** How often the team worked on the task: 1, and 1 more for each restart of the whole team. */
  readonly attempts: number;
  /** Turns of the member that had the most, summed over attempts. */
  readonly rounds: number;
  /** Tokens of all members that reported how many they used; absent when no member did. */
  readonly tokens?: number;
  /** All accepted answers, in the order in which they were accepted. */
  readonly answers: readonly TeamAnswer[];
  /** The votes that counted at the end: given after the last answer, at most one of each member. */
  readonly votes: readonly TeamVote[];
  /** All accepted votes, also those that a later answer cleared. */
  readonly votesCast: readonly TeamVote[];
  /** Every time that a member had to start again because of another member's answer. */
  readonly restarts: readonly TeamRestart[];
  /** Every turn that gave neither an answer nor a vote. */
  readonly failures: readonly TeamFailure[];
  /** Names of members that failed too often and got no further turns; their answers stay valid. */
  readonly excluded: readonly string[];
}

/** What can happen in a team. The details of each event are listed in docs/teams.md. */
export type TeamEventName =
  | "team_start"
  | "turn_start"
  | "new_answer"
  | "answer_refused"
  | "vote"
  | "vote_refused"
  | "restart"
  | "inject"
  | "turn_failed"
  | "excluded"
  | "consensus"
  | "post_evaluation"
  | "team_restart"
  | "outcome";

/** One thing that happened in a team; the same facts are in its trace as coordination spans. */
export interface TeamEvent {
  /** Number of the event in the team's work, from 0. */
  readonly sequence: number;
  /** The kind of the event. */
  readonly event: TeamEventName;
  /** The name of the member that did it; absent for events of the whole team. */
  readonly member?: string;
  /** The attempt of the team, from 1. */
  readonly attempt: number;
  /** The facts of the event, different for each kind. */
  readonly details: JsonValue;
}
