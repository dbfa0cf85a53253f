/** A member's place in the team: its turns, its failures, and the turn that runs now. */
import type { TeamMember } from "../../ports/team-member.ts";
import type { TurnRecord } from "./team-record.ts";

export interface ActiveTurn {
  readonly controller: AbortController;
  readonly record: TurnRecord;
  readonly round: number;
  /** A first turn that shows no answers and that no answer disturbs. */
  readonly isIndependent: boolean;
  /** The last answer shown; −1 where none may be. */
  seen: number;
  /** Set when it is over; what comes after is refused. */
  ended?: "acted" | "restarted" | "repeated";
  /** The last refusal in it. */
  refusal?: { readonly refused: string; readonly message: string };
}

export class Seat {
  readonly name: string;
  readonly index: number;
  readonly member: TeamMember;
  /** Turns begun in this attempt. */
  rounds = 0;
  /** Turns in a row that came to nothing. */
  failuresInRow = 0;
  isExcluded = false;
  turn: ActiveTurn | undefined;
  /** What to tell the member at its next turn. */
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
