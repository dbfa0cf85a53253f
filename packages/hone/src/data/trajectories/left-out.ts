/** What a conversion leaves out, counted by its reason with the place of the first. */
import type { NoTrajectory } from "./steps-of-messages.ts";

/** Why a form cannot hold a trajectory. */
export type NotInForm =
  | "no reply"
  | "no question"
  | "calls of tools"
  | "a thought between two replies"
  | "a call without its result before others"
  | "a user's words behind the last reply"
  | "no reward"
  | "without a partner"
  | "rewards differ too little"
  | "the same answers"
  | "additional histories";

/** Why something is left out. */
export type LeftOutReason = NoTrajectory | NotInForm | "an unknown key in a message";

/** What was left out, by its reason. */
export class LeftOutTrajectories {
  readonly #reasons = new Map<LeftOutReason, { count: number; readonly first: string }>();

  add(reason: LeftOutReason, place: string): void {
    const known = this.#reasons.get(reason);
    if (known === undefined) this.#reasons.set(reason, { count: 1, first: place });
    else known.count++;
  }

  /** Each reason with its count and the place of the first. */
  get reasons(): readonly {
    readonly reason: LeftOutReason;
    readonly count: number;
    readonly first: string;
  }[] {
    return [...this.#reasons].map(([reason, facts]) => ({ reason, ...facts }));
  }
}
