/** How much people agree in their feedback about the same traces, beyond chance. */
import type { Feedback } from "../core/feedback.ts";
import { compareText } from "../core/text-order.ts";
import { authorsOf, isComparison, isRating, lastWords, shareOfScale } from "./feedback-rewards.ts";
import { krippendorffAlpha, type Rating } from "./rater-agreement.ts";

/** Krippendorff's alpha of one kind of feedback. */
export interface FeedbackAgreement {
  /** Krippendorff's alpha; undefined when nothing was judged by two people, or all judgements are the same. */
  readonly alpha: number | undefined;
  /** Number of traces, or of pairs of traces, that two or more people judged. */
  readonly judgedTwice: number;
}

/**
 * Measures how much the authors of feedback agree.
 *
 * Ratings are compared as shares of their scales, with interval distance; comparisons as labels (one trace of the pair, the
 * other, or a tie). When an author judged the same thing twice, only the last judgement counts.
 *
 * @source Krippendorff 2011, Computing Krippendorff's Alpha-Reliability
 */
export function feedbackAgreement(feedback: readonly Feedback[]): {
  readonly ratings: FeedbackAgreement;
  readonly comparisons: FeedbackAgreement;
} {
  const last = lastWords(feedback);
  const ratings = last.filter(isRating).map((one) => ({
    author: one.author,
    subject: one.traceId,
    value: shareOfScale(one),
  }));
  const comparisons = last.filter(isComparison).map(({ author, first, second, preferred }) => {
    const pair = [first, second].toSorted(compareText);
    const winner = { first, second, tie: undefined }[preferred];
    return { author, subject: JSON.stringify(pair), value: pair.indexOf(winner ?? "") };
  });
  const authors = authorsOf(last);
  return {
    ratings: agreementOf(ratings, authors, "interval"),
    comparisons: agreementOf(comparisons, authors, "nominal"),
  };
}

/** What one author said about one trace or pair. */
interface Judgement {
  readonly author: string;
  readonly subject: string;
  readonly value: Rating;
}

function agreementOf(
  judgements: readonly Judgement[],
  authors: readonly string[],
  scale: "interval" | "nominal",
): FeedbackAgreement {
  const counts = new Map<string, number>();
  for (const { subject } of judgements) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  const subjects = new Map([...counts.keys()].map((subject, i) => [subject, i]));
  const rows = new Map(
    authors.map((author) => [author, new Array<Rating | undefined>(counts.size).fill(undefined)]),
  );
  for (const { author, subject, value } of judgements) {
    rows.get(author)![subjects.get(subject)!] = value;
  }
  return {
    alpha: krippendorffAlpha([...rows.values()], scale),
    judgedTwice: [...counts.values()].filter((count) => count > 1).length,
  };
}
