/** A member's place in the team: its turns, its failures, and the turn that runs now. */
import type { TeamMember } from "../../ports/team-member.ts";
import type { TurnRecord } from "./team-record.ts";

/** A turn that runs. */
export interface ActiveTurn {
  /** Aborts the signal that the member was given. */
  readonly controller: AbortController;
  readonly record: TurnRecord;
  /** Number of the member's turn, from 1. */
  readonly round: number;
  /** True for a first turn that shows no answers and that no answer interrupts. */
  readonly isIndependent: boolean;
  /** Version of the newest answer that was shown to the member; −1 in an independent turn. */
  seen: number;
  /** Set when the turn is over; calls after it are refused. */
  ended?: "acted" | "restarted" | "repeated";
  /** The last refused call of the turn. */
  refusal?: { readonly refused: string; readonly message: string };
}

/** The state of one member in a team. */
export class Seat {
  readonly name: string;
  readonly index: number;
  readonly member: TeamMember;
  /** Turns begun in this attempt. */
  rounds = 0;
  /** Turns in a row that gave neither an answer nor a vote. */
  failuresInRow = 0;
  isExcluded = false;
  turn: ActiveTurn | undefined;
  /** Why the member's last call was refused, to tell it at its next turn. */
  note: string | undefined;

  constructor(name: string, index: number, member: TeamMember) {
    this.name = name;
    this.index = index;
    this.member = member;
  }

  /** Begins an attempt. */
  reset(): void {
    this.rounds = 0;
    this.failuresInRow = 0;
    this.note = undefined;
  }
}
