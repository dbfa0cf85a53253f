/** Who scores answers by reading them: a model, or anything that keeps to these contracts. */
import type { Message } from "../core/message.ts";

/** What is judged: an answer's text, or the whole conversation that led to it. */
export type JudgedContent = string | readonly Message[];

/** No usable verdict after all tries: left out of what is trained, and counted. */
export interface ExcludedVerdict {
  readonly status: "excluded";
  /** What was wrong with the last reply. */
  readonly problem: string;
  readonly calls: number;
}

export interface RelativeVerdict {
  readonly status: "scored";
  /** In [0, 1], in the order of the candidates. */
  readonly scores: readonly number[];
  readonly reasons: readonly string[];
  /** With position swapping: the share of pairs that both orders put the same way, in [0, 1]. */
  readonly agreement?: number;
  /** Calls of the model for it; 0 when it was known. */
  readonly calls: number;
}

/** Scores the candidates of one task against each other. */
export interface RelativeJudge {
  readonly name: string;
  /** @throws CANCELLED */
  rank(request: {
    readonly task: string;
    readonly candidates: readonly JudgedContent[];
    readonly signal?: AbortSignal;
  }): Promise<RelativeVerdict | ExcludedVerdict>;
  report(): JudgeReport;
}

export interface AbsoluteVerdict {
  readonly status: "scored";
  /** Weighted mean of the criteria, in [0, 1]. */
  readonly total: number;
  readonly criteria: Readonly<Record<string, number>>;
  readonly reason: string;
  /** With position swapping: 1 − the mean difference of the criteria between both orders, in [0, 1]. */
  readonly agreement?: number;
  readonly calls: number;
}

/** Scores one answer by itself. */
export interface AbsoluteJudge {
  readonly name: string;
  /** @throws CANCELLED */
  score(request: {
    readonly task: string;
    readonly answer: JudgedContent;
    readonly reference?: string;
    readonly signal?: AbortSignal;
  }): Promise<AbsoluteVerdict | ExcludedVerdict>;
  report(): JudgeReport;
}

export interface PairVerdict {
  readonly status: "scored";
  readonly preferred: "first" | "second" | "tie";
  /** 1 when both orders gave the same, else 0, and then it is a tie; absent when only one was asked. */
  readonly agreement?: number;
  readonly reason: string;
  readonly calls: number;
}

/** Chooses the better of two. */
export interface PairJudge {
  readonly name: string;
  /** @throws CANCELLED */
  compare(request: {
    readonly task: string;
    readonly first: JudgedContent;
    readonly second: JudgedContent;
    readonly signal?: AbortSignal;
  }): Promise<PairVerdict | ExcludedVerdict>;
  report(): JudgeReport;
}

/** What a judge did so far. */
export interface JudgeReport {
  readonly asked: number;
  readonly scored: number;
  readonly excluded: number;
  /** Verdicts that were known from before. */
  readonly cached: number;
  readonly calls: number;
  /** Replies that could not be used. */
  readonly malformed: number;
  /** Calls that threw or took too long. */
  readonly failed: number;
  /** Mean agreement of the verdicts that have one; absent without position swapping. */
  readonly agreement?: number;
}

/** Keeps verdicts by the hash of everything they depend on. */
export interface VerdictCache {
  get(key: string): Promise<string | undefined> | string | undefined;
  set(key: string, verdict: string): Promise<void> | void;
}
