/** Contracts of judges, which score answers by reading them: a model, or a user's own code. */
import type { Message } from "../core/message.ts";

/** What is judged: an answer's text, or the whole conversation that led to it. */
export type JudgedContent = string | readonly Message[];

/** The judge gave no usable verdict in all its tries. Such rollouts are counted and not trained on. */
export interface ExcludedVerdict {
  readonly status: "excluded";
  /** What was wrong with the last reply. */
  readonly problem: string;
  /** Calls of the model that were made for it. */
  readonly calls: number;
}

/** A score for each candidate of a task, found by comparing them. */
export interface RelativeVerdict {
  readonly status: "scored";
  /** A score from 0 to 1 for each candidate, in the order of the candidates. */
  readonly scores: readonly number[];
  /** The reason for each score in words, in the order of the candidates; empty text where the judge gave none. */
  readonly reasons: readonly string[];
  /** With position swapping: the share of pairs that were ranked the same way in both orders, from 0 to 1. */
  readonly agreement?: number;
  /** Calls of the model that were made for it; 0 when the verdict was cached. */
  readonly calls: number;
}

/** A judge that scores the candidates of one task against each other. */
export interface RelativeJudge {
  /** Names the judge in records and errors. */
  readonly name: string;
  /** Scores all candidates of one task. @throws CANCELLED when the signal aborts */
  rank(request: {
    readonly task: string;
    readonly candidates: readonly JudgedContent[];
    readonly signal?: AbortSignal;
  }): Promise<RelativeVerdict | ExcludedVerdict>;
  /** What the judge did since it was made. */
  report(): JudgeReport;
}

/** The scores of one answer. */
export interface AbsoluteVerdict {
  readonly status: "scored";
  /** Weighted mean of the criteria, from 0 to 1. */
  readonly total: number;
  /** The score of each criterion by its name, from 0 to 1. */
  readonly criteria: Readonly<Record<string, number>>;
  /** The reason for the scores in words; empty when the judge gave none. */
  readonly reason: string;
  /** With position swapping: 1 − the mean difference of the criteria between both orders, from 0 to 1. */
  readonly agreement?: number;
  /** Calls of the model that were made for it; 0 when the verdict was cached. */
  readonly calls: number;
}

/** A judge that scores one answer by itself. */
export interface AbsoluteJudge {
  /** Names the judge in records and errors. */
  readonly name: string;
  /** Scores one answer. @throws CANCELLED when the signal aborts */
  score(request: {
    readonly task: string;
    readonly answer: JudgedContent;
    readonly reference?: string;
    readonly signal?: AbortSignal;
  }): Promise<AbsoluteVerdict | ExcludedVerdict>;
  /** What the judge did since it was made. */
  report(): JudgeReport;
}

/** Which of two answers is better. */
export interface PairVerdict {
  readonly status: "scored";
  /** The better answer, or "tie". */
  readonly preferred: "first" | "second" | "tie";
  /** With position swapping: 1 when both orders gave the same verdict, else 0, and then the verdict is "tie". */
  readonly agreement?: number;
  /** The reason in words; empty when the judge gave none. */
  readonly reason: string;
  /** Calls of the model that were made for it; 0 when the verdict was cached. */
  readonly calls: number;
}

/** A judge that chooses the better of two answers. */
export interface PairJudge {
  /** Names the judge in records and errors. */
  readonly name: string;
  /** Compares two answers to one task. @throws CANCELLED when the signal aborts */
  compare(request: {
    readonly task: string;
    readonly first: JudgedContent;
    readonly second: JudgedContent;
    readonly signal?: AbortSignal;
  }): Promise<PairVerdict | ExcludedVerdict>;
  /** What the judge did since it was made. */
  report(): JudgeReport;
}

/** Counts of a judge's work since it was made. */
export interface JudgeReport {
  /** Verdicts that were asked for. */
  readonly asked: number;
  /** Verdicts with a score. */
  readonly scored: number;
  /** Verdicts without one, after all tries. */
  readonly excluded: number;
  /** Verdicts that came from the cache, without a call. */
  readonly cached: number;
  /** Calls of the model. */
  readonly calls: number;
  /** Replies that could not be used. */
  readonly malformed: number;
  /** Calls that threw or took too long. */
  readonly failed: number;
  /** Mean agreement of the verdicts that have one; absent without position swapping. */
  readonly agreement?: number;
}

/** Keeps verdicts, so that the same question is asked once. A key is a hash of all that the verdict depends on. */
export interface VerdictCache {
  /** The verdict that was kept under the key; undefined when there is none. */
  get(key: string): Promise<string | undefined> | string | undefined;
  /** Keeps a verdict. */
  set(key: string, verdict: string): Promise<void> | void;
}
