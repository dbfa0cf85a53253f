/**
 * The state of a team's attempt: its answers and votes, and which answer wins. No time, no agents, no I/O.
 *
 * A vote is valid when its voter had seen the last answer; a new answer clears all votes. The winner is the member with
 * the most votes; among equals, and with no vote at all, the one whose current answer is the earliest.
 */
import type { TeamAnswer, TeamVote } from "../../core/team.ts";
import { similarityOf } from "./novelty.ts";

/** Which answers and votes a board accepts; the options of a team have the same names. */
export interface BoardLimits {
  readonly maxAnswersPerMember: number;
  readonly maxAnswers: number;
  readonly maxSimilarity: number;
  readonly maxAnswerCharacters: number;
  readonly selfVotes: boolean;
}

/** An answer that a member wants to give. */
export interface AnswerOffer {
  readonly member: string;
  readonly text: string;
  readonly round: number;
}

/** A vote that a member wants to give. */
export interface VoteOffer {
  readonly voter: string;
  readonly choice: string;
  readonly reason?: string | undefined;
  readonly round: number;
  /** Version of the newest answer that the voter has seen. */
  readonly seen: number;
}

/** Why an answer or a vote was not accepted. */
export interface Refusal {
  /** A word for the record, such as "stale". */
  readonly refused: string;
  /** A sentence for the member. */
  readonly message: string;
}

/** Takes answers and votes, and knows the winner. */
export class Board {
  readonly attempt: number;
  readonly #limits: BoardLimits;
  readonly #answers: TeamAnswer[] = [];
  readonly #votesCast: TeamVote[] = [];
  #votes = new Map<string, TeamVote>();
  #version: number;

  /** @param version  version of the newest answer of the attempt before; 0 in the first attempt */
  constructor(attempt: number, version: number, limits: BoardLimits) {
    this.attempt = attempt;
    this.#version = version;
    this.#limits = limits;
  }

  /** Version of the newest answer. */
  get version(): number {
    return this.#version;
  }

  get answers(): readonly TeamAnswer[] {
    return this.#answers;
  }

  get votesCast(): readonly TeamVote[] {
    return this.#votesCast;
  }

  /** The votes since the newest answer. */
  get votes(): readonly TeamVote[] {
    return [...this.#votes.values()];
  }

  hasVoted(member: string): boolean {
    return this.#votes.has(member);
  }

  /** The newest answer of each member. */
  current(): ReadonlyMap<string, TeamAnswer> {
    return new Map(this.#answers.map((answer) => [answer.member, answer]));
  }

  mayAnswer(member: string): boolean {
    const own = this.#answers.filter((answer) => answer.member === member).length;
    const { maxAnswersPerMember, maxAnswers } = this.#limits;
    return own < maxAnswersPerMember && this.#answers.length < maxAnswers;
  }

  /** Accepts an answer, which clears the votes, or returns why not. */
  answer(offer: AnswerOffer): TeamAnswer | Refusal {
    const refusal = this.#refusalOf(offer);
    if (refusal) return refusal;
    this.#version++;
    const answer = { ...offer, version: this.#version, attempt: this.attempt };
    this.#answers.push(answer);
    this.#votes = new Map();
    return answer;
  }

  #refusalOf({ member, text }: AnswerOffer): Refusal | undefined {
    const { maxAnswerCharacters, maxSimilarity } = this.#limits;
    if (!this.mayAnswer(member)) return refuse("limit", "No further answers are taken; vote.");
    if (text.trim() === "") return refuse("empty", "The answer is empty.");
    if (text.length > maxAnswerCharacters) {
      return refuse(
        "too_long",
        `The answer has ${text.length} characters; at most ${maxAnswerCharacters} are allowed. Give a shorter one.`,
      );
    }
    const isKnown = this.#answers.some((old) => similarityOf(old.text, text) > maxSimilarity);
    return isKnown
      ? refuse("not_novel", "The answer says hardly anything that an earlier one does not; vote.")
      : undefined;
  }

  /** Accepts a vote or returns why not. */
  vote({ seen, ...offer }: VoteOffer): TeamVote | Refusal {
    if (!this.current().has(offer.choice)) {
      return refuse("no_such_answer", "There is no answer under that label.");
    }
    if (seen < this.#version) {
      return refuse(
        "stale",
        "An answer came that you have not seen yet; look at it and vote again.",
      );
    }
    if (offer.choice === offer.voter && !this.#limits.selfVotes) {
      return refuse("own_answer", "That answer is your own; vote for another one.");
    }
    const { reason, ...rest } = offer;
    const vote: TeamVote = {
      ...rest,
      ...(reason === undefined ? {} : { reason }),
      version: this.#version,
      attempt: this.attempt,
    };
    this.#votes.set(vote.voter, vote);
    this.#votesCast.push(vote);
    return vote;
  }

  /** The answer that wins now; undefined only while there is no answer. */
  winner(): TeamAnswer | undefined {
    const counts = new Map<string, number>();
    for (const { choice } of this.#votes.values()) {
      counts.set(choice, (counts.get(choice) ?? 0) + 1);
    }
    const votesFor = (answer: TeamAnswer): number => counts.get(answer.member) ?? 0;
    return [...this.current().values()].toSorted(
      (a, b) => votesFor(b) - votesFor(a) || a.version - b.version,
    )[0];
  }
}

const refuse = (refused: string, message: string): Refusal => ({ refused, message });

export const isRefusal = (result: object): result is Refusal => "refused" in result;
