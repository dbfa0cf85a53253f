/**
 * What people said, as preference pairs.
 *
 * A comparison gives a pair when more of its authors prefer one side; a correction gives one with the corrected answer
 * chosen; ratings give one for two traces of a task that are far enough apart. What gives none is counted by its reason.
 */
import type { CorrectionFeedback, Feedback, RatingFeedback } from "../core/feedback.ts";
import type { PreferencePair } from "../core/preference.ts";
import { compareText } from "../core/text-order.ts";
import type { Trace } from "../core/trace.ts";
import { authorsOf, isComparison, isRating, lastWords, shareOfScale } from "./feedback-rewards.ts";
import { answerOf, promptOf } from "./trace-answer.ts";

/** Why something said gave no pair. */
export type LeftOut =
  | "trace_missing"
  | "no_answer"
  | "other_prompt"
  | "tie"
  | "same_answer"
  | "too_close";

export interface PreferencePairs {
  readonly pairs: readonly PreferencePair[];
  readonly leftOut: Readonly<Partial<Record<LeftOut, number>>>;
}

export interface PairOptions {
  /** Ratings nearer than this, as shares of their scales, give no pair. Default: ratings give none at all. */
  readonly ratingMargin?: number;
}

/** @param traces those the feedback speaks of; others are passed over */
export function preferencePairs(
  feedback: readonly Feedback[],
  traces: readonly Trace[],
  options: PairOptions = {},
): PreferencePairs {
  const byId = new Map(traces.map((trace) => [trace.id, trace]));
  const last = lastWords(feedback);
  const { ratingMargin } = options;
  const results = [
    ...pairsOfComparisons(last, byId),
    ...last.flatMap((one) => (one.kind === "correction" ? [pairOfCorrection(one, byId)] : [])),
    ...(ratingMargin === undefined ? [] : pairsOfRatings(last, byId, ratingMargin)),
  ];
  const leftOut: Partial<Record<LeftOut, number>> = {};
  for (const one of results) {
    if (typeof one === "string") leftOut[one] = (leftOut[one] ?? 0) + 1;
  }
  return { pairs: results.filter((one) => typeof one !== "string"), leftOut };
}

type Result = PreferencePair | LeftOut;

function pairsOfComparisons(
  feedback: readonly Feedback[],
  traces: ReadonlyMap<string, Trace>,
): Result[] {
  const comparisons = feedback.filter(isComparison);
  const keyOf = (a: string, b: string): string => JSON.stringify([a, b].toSorted(compareText));
  const keys = [...new Set(comparisons.map(({ first, second }) => keyOf(first, second)))];
  return keys.map((key) => {
    const said = comparisons.filter(({ first, second }) => keyOf(first, second) === key);
    const [a, b] = JSON.parse(key) as [string, string];
    const winners = said.flatMap((one) =>
      one.preferred === "tie" ? [] : [one.preferred === "first" ? one.first : one.second],
    );
    const forA = winners.filter((winner) => winner === a).length;
    const forB = winners.length - forA;
    if (forA === forB) return "tie";
    const [chosen, rejected] = forA > forB ? [a, b] : [b, a];
    const agreeing = said.filter(
      (one) =>
        one.preferred !== "tie" && (one.preferred === "first" ? one.first : one.second) === chosen,
    );
    const margin = Math.max(forA, forB) / winners.length;
    return pairOf(traces, { chosen, rejected, source: "comparison", said: agreeing, margin });
  });
}

function pairsOfRatings(
  feedback: readonly Feedback[],
  traces: ReadonlyMap<string, Trace>,
  least: number,
): Result[] {
  const said = new Map<string, RatingFeedback[]>();
  for (const rating of feedback.filter(isRating)) {
    said.set(rating.traceId, [...(said.get(rating.traceId) ?? []), rating]);
  }
  const rated = [...said].map(([id, own]) => ({
    id,
    own,
    task: traces.has(id) ? taskOf(traces.get(id)!) : undefined,
    share: own.reduce((sum, one) => sum + shareOfScale(one), 0) / own.length,
  }));
  const results: Result[] = rated.flatMap(({ task }) =>
    task === undefined ? ["trace_missing"] : [],
  );
  for (const [i, a] of rated.entries()) {
    for (const b of rated.slice(i + 1)) {
      if (a.task === undefined || a.task !== b.task) continue;
      const [better, worse] = a.share >= b.share ? [a, b] : [b, a];
      const margin = better.share - worse.share;
      if (margin < least || margin === 0) results.push("too_close");
      else {
        const both = [...better.own, ...worse.own];
        const sides = { chosen: better.id, rejected: worse.id };
        results.push(pairOf(traces, { ...sides, source: "rating", said: both, margin }));
      }
    }
  }
  return results;
}

function pairOf(
  traces: ReadonlyMap<string, Trace>,
  known: {
    readonly chosen: string;
    readonly rejected: string;
    readonly source: PreferencePair["source"];
    readonly said: readonly Feedback[];
    readonly margin: number;
  },
): Result {
  const chosenTrace = traces.get(known.chosen);
  const rejectedTrace = traces.get(known.rejected);
  if (chosenTrace === undefined || rejectedTrace === undefined) return "trace_missing";
  const chosen = answerOf(chosenTrace);
  const rejected = answerOf(rejectedTrace);
  if (chosen === undefined || rejected === undefined) return "no_answer";
  const prompt = promptOf(chosenTrace);
  if (JSON.stringify(prompt) !== JSON.stringify(promptOf(rejectedTrace))) return "other_prompt";
  if (JSON.stringify(chosen) === JSON.stringify(rejected)) return "same_answer";
  return {
    prompt,
    chosen,
    rejected,
    source: known.source,
    task: taskOf(chosenTrace),
    chosenTrace: known.chosen,
    rejectedTrace: known.rejected,
    authors: authorsOf(known.said),
    at: Math.max(...known.said.map(({ at }) => at)),
    margin: known.margin,
  };
}

function pairOfCorrection(said: CorrectionFeedback, traces: ReadonlyMap<string, Trace>): Result {
  const trace = traces.get(said.traceId);
  if (trace === undefined) return "trace_missing";
  const rejected = answerOf(trace);
  if (rejected === undefined) return "no_answer";
  if (rejected.at(-1)!.content.trim() === said.answer.trim()) return "same_answer";
  return {
    prompt: promptOf(trace),
    chosen: [{ role: "assistant", content: said.answer }],
    rejected,
    source: "correction",
    task: taskOf(trace),
    rejectedTrace: trace.id,
    authors: [said.author],
    at: said.at,
    margin: 1,
  };
}

const taskOf = (trace: Trace): string => trace.taskId ?? trace.task;
