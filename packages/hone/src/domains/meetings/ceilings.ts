/** How well meetings can be predicted at best, computed exactly from the model: from the text alone, and with all tools. */
import {
  days,
  earlierMeetings,
  histories,
  hours,
  roleNames,
  roles,
  seniorities,
  topics,
} from "./attributes.ts";
import { type Distribution, merged, product, sums } from "./distribution.ts";
import {
  type Estimate,
  estimate,
  estimateOfTerms,
  likeliestReason,
  type TermDistributions,
  type TextFacts,
  termsGiven,
} from "./knowledge.ts";

/** The best that can be reached. All shares are exact but for rounding. */
export interface Ceilings {
  /** Share of meetings whose probability is at least 0.5. */
  readonly positive: number;
  /** Mean probability of success: the base rate. */
  readonly meanProbability: number;
  /** From the text alone. */
  readonly text: Ceiling;
  /** From the text and all five tools. What is missing to 1 are the moods, which nothing shows. */
  readonly tools: Ceiling;
}

/** The best predictor with some knowledge. */
export interface Ceiling {
  /** Share of meetings of which it says rightly whether the probability is at least 0.5. */
  readonly accuracy: number;
  /** Share of meetings whose reason it names. */
  readonly reason: number;
}

let computed: Ceilings | undefined;

/** Both ceilings. Takes about a second the first time. @example meetingCeilings().text.accuracy; // 0.78 */
export const meetingCeilings = (): Ceilings => (computed ??= ceilings());

function ceilings(): Ceilings {
  const found = { positive: 0, mean: 0, text: { accuracy: 0, reason: 0 } };
  for (const [text, p] of textClasses()) {
    const best = estimate(text);
    found.positive += p * best.positive;
    found.mean += p * best.probability;
    addCeiling(found.text, best, p);
  }
  return {
    positive: found.positive,
    meanProbability: found.mean,
    text: found.text,
    tools: toolCeiling(),
  };
}

function addCeiling(
  found: { accuracy: number; reason: number },
  best: Estimate,
  weight: number,
): void {
  found.accuracy += weight * Math.max(best.positive, 1 - best.positive);
  found.reason += weight * best.reasons[likeliestReason(best)];
}

/** Texts that say the same for the model, with their probabilities. */
function* textClasses(): Generator<readonly [TextFacts, number]> {
  const pair = roleNames.flatMap((a) => roleNames.map((b) => [a, b] as const));
  for (const isSameMain of [true, false])
    for (const [apart, pApart] of apartDistribution())
      for (const day of days)
        for (const hour of hours)
          for (const [earlierA, pEarlier] of earlierMeetings[hour])
            for (const [both, pRoles] of roleClasses(pair)) {
              const pMain = isSameMain ? 1 / topics.length : 1 - 1 / topics.length;
              const p = (pMain * pApart * pEarlier * pRoles) / days.length / hours.length;
              yield [{ isSameMain, apart, day, hour, earlierA, roles: both }, p];
            }
}

type Roles = TextFacts["roles"];

/** Pairs of roles with the same engagements once, with their share. */
function roleClasses(pairs: readonly Roles[]): readonly (readonly [Roles, number])[] {
  const classes = Map.groupBy(pairs, ([a, b]) => JSON.stringify([roles[a], roles[b]]));
  return [...classes.values()].map((some) => [some[0]!, some.length / pairs.length]);
}

function apartDistribution(): Distribution<number> {
  const count = seniorities.length;
  return seniorities.map((_, apart) => [
    apart,
    (apart === 0 ? count : 2 * (count - apart)) / count ** 2,
  ]);
}

/** With all tools only the moods are open. Without a text all factors are independent of each other, so that each is summed alone. */
function toolCeiling(): Ceiling {
  const found = { accuracy: 0, reason: 0 };
  const parts = openFactors();
  for (const [topic, p1] of parts.topic_alignment)
    for (const [match, p2] of parts.seniority_match)
      for (const [energy, p3] of parts.energy)
        for (const [schedule, p4] of parts.schedule)
          for (const [engagement, p5] of parts.engagement) {
            const best = estimateOfTerms({
              topic_alignment: [[topic, 1]],
              seniority_match: [[match, 1]],
              energy: [[energy, 1]],
              schedule: [[schedule, 1]],
              engagement,
            });
            addCeiling(found, best, p1 * p2 * p3 * p4 * p5);
          }
  return found;
}

/** How often each term occurs over all meetings; of engagement how often each distribution over the moods does. */
function openFactors(): Omit<TermDistributions, "engagement"> & {
  readonly engagement: Distribution<Distribution<number>>;
} {
  const all = [...textClasses()].map(([text, p]) => [termsGiven(text, {}), p] as const);
  const terms = (of: keyof TermDistributions): Distribution<number> =>
    merged(all.flatMap(([given, p]) => given[of].map(([term, q]) => [term, p * q] as const)));
  return {
    topic_alignment: terms("topic_alignment"),
    seniority_match: terms("seniority_match"),
    energy: terms("energy"),
    schedule: terms("schedule"),
    engagement: statedEngagement(),
  };
}

/** The terms of engagement over the moods, for every sum of stated engagements and every history. */
function statedEngagement(): Distribution<Distribution<number>> {
  const share = 1 / roleNames.length;
  const person = merged(
    roleNames.flatMap((role) => roles[role].map(([value, p]) => [value, p * share] as const)),
  );
  const known = product(sums(person, person), histories);
  return known.map(([[engagement, history], p]) => [
    termsGiven(anyText, { engagement, history }).engagement,
    p,
  ]);
}

/** A text, for terms that do not depend on it. */
const anyText: TextFacts = {
  ...{ roles: ["founder", "founder"], apart: 0, isSameMain: true },
  ...{ day: 1, hour: 9, earlierA: 0 },
};
