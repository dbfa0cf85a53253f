/**
 * What a team of agents did on a task, as plain data.
 *
 * Members carry their real names here, for the record and for rewards; the members themselves never see one.
 */
import type { JsonValue } from "./json.ts";

/** An answer that was accepted. */
export interface TeamAnswer {
  readonly member: string;
  readonly text: string;
  /** From 1, in the order in which answers were accepted, over all attempts. */
  readonly version: number;
  /** The member's turn it was given in, from 1. */
  readonly round: number;
  /** From 1; one more after each restart of the whole team. */
  readonly attempt: number;
}

/** A vote that was accepted. */
export interface TeamVote {
  readonly voter: string;
  /** The member whose current answer it was given to. */
  readonly choice: string;
  /** The last answer there was: a later one cleared this vote. */
  readonly version: number;
  readonly round: number;
  readonly attempt: number;
  readonly reason?: string;
}

/** Work or a vote of a member that an answer of another made void. */
export interface TeamRestart {
  readonly member: string;
  /** The answer's `version`. */
  readonly version: number;
  readonly by: string;
  /** True: stopped in the middle of a turn. False: its vote was cleared. */
  readonly wasWorking: boolean;
  readonly attempt: number;
}

/** A turn that came to nothing. */
export interface TeamFailure {
  readonly member: string;
  /** It threw or answered nonsense; it took too long; it ended without an answer or a vote. */
  readonly reason: "error" | "timeout" | "no_action";
  readonly message: string;
  readonly round: number;
  readonly attempt: number;
}

/**
 * Why the work ended: all who take part have voted since the last answer; turns were used up; time was up; every member
 * was excluded; it was stopped from outside.
 */
export type TeamEnding = "consensus" | "limits" | "deadline" | "no_members" | "cancelled";

/** Everything that came of a team's work. */
export interface TeamOutcome {
  /** In the order they were given. */
  readonly members: readonly string[];
  readonly ending: TeamEnding;
  /** True exactly when `ending` is "consensus". */
  readonly isConsensus: boolean;
  /** Most votes since the last answer, the earliest answer among equals; absent only when nobody answered. */
  readonly winner?: TeamAnswer;
  /** The winning answers of attempts that were judged not enough, with the instructions that followed. */
  readonly rejected: readonly { readonly answer: TeamAnswer; readonly instructions: string }[];
  readonly attempts: number;
  /** Turns of the busiest member, summed over attempts. */
  readonly rounds: number;
  /** Tokens of all members as far as they reported them; absent when none did. */
  readonly tokens?: number;
  /** All that were accepted, in their order. */
  readonly answers: readonly TeamAnswer[];
  /** Those that counted at the end: given after the last answer, at most one of each member. */
  readonly votes: readonly TeamVote[];
  /** All that were accepted, cleared ones too. */
  readonly votesCast: readonly TeamVote[];
  readonly restarts: readonly TeamRestart[];
  readonly failures: readonly TeamFailure[];
  /** Members that failed too often and were left out from then on; their answers stay. */
  readonly excluded: readonly string[];
}

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

/** One thing that happened, as the team's coordination spans record it. */
export interface TeamEvent {
  /** From 0. */
  readonly sequence: number;
  readonly event: TeamEventName;
  /** Whose doing, where it is a member's. */
  readonly member?: string;
  readonly attempt: number;
  readonly details: JsonValue;
}
