/** Preference pairs, a better and a worse answer to one prompt, made of human feedback. */
import type { CorrectionFeedback, Feedback, RatingFeedback } from "../core/feedback.ts";
import { checkOptions } from "../core/known-options.ts";
import { addToList } from "../core/lists-by-key.ts";
import { optionChecks } from "../core/option-checks.ts";
import type { PreferencePair } from "../core/preference.ts";
import { compareText } from "../core/text-order.ts";
import type { Trace } from "../core/trace.ts";
import { authorsOf, isComparison, isRating, lastWords, shareOfScale } from "./feedback-rewards.ts";
import { answerOf, promptOf } from "./trace-answer.ts";

/**
 * Why feedback gave no pair: its trace is not among those given, a trace has no answer, the two traces have different
 * prompts, as many authors prefer one side as the other, both answers are the same, or the ratings are too close.
 */
export type LeftOut =
  | "trace_missing"
  | "no_answer"
  | "other_prompt"
  | "tie"
  | "same_answer"
  | "too_close";

/** Pairs, and the feedback that gave none. */
export interface PreferencePairs {
  /** The pairs: of comparisons, then of corrections, then of ratings. */
  readonly pairs: readonly PreferencePair[];
  /** How much feedback gave no pair, by its reason. */
  readonly leftOut: Readonly<Partial<Record<LeftOut, number>>>;
}

/** Which feedback gives pairs. */
export interface PairOptions {
  /**
   * Difference of two ratings from which on they give a pair, as a share of their scales, 0 to 1. Default: ratings give
   * no pairs.
   */
  readonly ratingMargin?: number;
}

/**
 * Makes preference pairs of human feedback.
 *
 * A comparison gives a pair when more authors prefer one side; a correction gives one with the corrected answer chosen;
 * ratings give one for two traces of the same task that are far enough apart. Of each author the last word counts.
 *
 * @param traces  the traces that the feedback is about; others are ignored
 * @throws OPTION_INVALID
 * @example const { pairs, leftOut } = preferencePairs(await readFeedback(lines), traces);
 */
export function preferencePairs(
  feedback: readonly Feedback[],
  traces: readonly Trace[],
  options: PairOptions = {},
): PreferencePairs {
  checkOptions("preferencePairs", options, { ratingMargin: true });
  const { ratingMargin } = options;
  if (ratingMargin !== undefined)
    optionChecks("preferencePairs").share("ratingMargin", ratingMargin);
  const byId = new Map(traces.map((trace) => [trace.id, trace]));
  const last = lastWords(feedback);
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

/** A pair, or why there is none. */
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
  minMargin: number,
): Result[] {
  const said = new Map<string, RatingFeedback[]>();
  for (const rating of feedback.filter(isRating)) {
    addToList(said, rating.traceId, rating);
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
      if (margin < minMargin || margin === 0) results.push("too_close");
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
