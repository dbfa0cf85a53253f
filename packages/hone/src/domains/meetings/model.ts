/**
 * The generative model: how likely a meeting is to succeed.
 *
 *     p = σ( −0.45 + 1.5·topic_alignment + 1.8·seniority_match + 1.3·energy + 1.8·engagement + 1.0·schedule )
 *
 * Each factor is a number from −1 to 1; README.md has their tables. The reason of a meeting is the factor whose term has the largest
 * absolute value. Setting that factor to 0 would change the log-odds of success most.
 */
import { logistic } from "../../core/logistic.ts";
import {
  type Attendee,
  type Day,
  days,
  type Gap,
  gaps,
  type History,
  type Hour,
  type Meeting,
  seniorities,
} from "./attributes.ts";

/** The factors with their weights. */
export const factorWeights = {
  topic_alignment: 1.5,
  seniority_match: 1.8,
  energy: 1.3,
  engagement: 1.8,
  schedule: 1,
} as const;

/** A factor of a meeting's success. */
export type Factor = keyof typeof factorWeights;

/** All factors, in the order in which ties are decided. */
export const factors = Object.keys(factorWeights) as readonly Factor[];

/** The logit of a meeting whose factors are all 0. */
export const BIAS = -0.45;

/** What the factors depend on. */
export interface FactorInputs {
  /** Topics that both are interested in, 0 to 3. */
  readonly shared: number;
  /** Levels of seniority between the two, 0 to 3. */
  readonly apart: number;
  /** Earlier meetings of both together, 0 to 8. */
  readonly earlier: number;
  readonly hour: Hour;
  /** Engagement on the day of both together, with their moods: 0 to 12. */
  readonly engagement: number;
  readonly history: History;
  readonly gap: Gap;
  readonly day: Day;
}

const byShared = [-1, -0.2, 0.6, 1] as const;
const byApart = [1, 0.4, -0.5, -1] as const;
/** How tired an hour makes, in earlier meetings: after lunch and in the evening. */
const tiredness: Readonly<Record<Hour, number>> = { 9: 0, 11: 0, 13: 3, 15: 1, 17: 3 };
const byHistory: Readonly<Record<History, number>> = { none: 0, good: 0.5, bad: -0.75 };
const byGap: Readonly<Record<Gap, number>> = { 0: -1, 15: 0.2, 45: 0.8 };
const byDay: Readonly<Record<Day, number>> = { 1: 0.3, 2: 0.2, 3: -0.5 };

/** The factors of a meeting, each from −1 to 1. */
export const factorValues = (of: FactorInputs): Readonly<Record<Factor, number>> => ({
  topic_alignment: byShared[of.shared]!,
  seniority_match: byApart[of.apart]!,
  energy: limited(1 - (of.earlier + tiredness[of.hour]) / 4),
  engagement: limited((of.engagement - 6) / 4 + byHistory[of.history]),
  schedule: limited(byGap[of.gap] + byDay[of.day]),
});

/** The values that energy can have, from the most. */
export const energyValues: readonly number[] = Array.from({ length: 9 }, (_, i) => 1 - i / 4);

/** The values that the factor of the schedule can have, from the least. */
export const scheduleValues: readonly number[] = [
  ...new Set(days.flatMap((day) => gaps.map(([gap]) => limited(byGap[gap] + byDay[day])))),
].toSorted((a, b) => a - b);

function limited(value: number): number {
  return Math.max(-1, Math.min(1, value));
}

/** Each factor's term of the logit. */
export function factorTerms(of: FactorInputs): Readonly<Record<Factor, number>> {
  const { topic_alignment, seniority_match, energy, engagement, schedule } = factorValues(of);
  return {
    topic_alignment: factorWeights.topic_alignment * topic_alignment,
    seniority_match: factorWeights.seniority_match * seniority_match,
    energy: factorWeights.energy * energy,
    engagement: factorWeights.engagement * engagement,
    schedule: factorWeights.schedule * schedule,
  };
}

/** What is true of a meeting: the probability that it succeeds, and the factor that moves it most. */
export interface Truth {
  /** The probability that it succeeds. */
  readonly probability: number;
  /** The factor whose term of the logit has the largest absolute value. */
  readonly reason: Factor;
}

/**
 * What is true of a meeting.
 * @example truthOf(meetingTasks({ split: "test", count: 1 })[0]!.meeting).probability;
 */
export function truthOf(meeting: Meeting): Truth {
  const terms = factorTerms(inputsOf(meeting));
  const logit = factors.reduce((sum, factor) => sum + terms[factor], BIAS);
  const reason = factors.reduce((most, factor) =>
    Math.abs(terms[factor]) > Math.abs(terms[most]) ? factor : most,
  );
  return { probability: logistic(logit), reason };
}

/** What the factors of a meeting depend on. */
export const inputsOf = ({ a, b, day, hour, gap, history }: Meeting): FactorInputs => ({
  shared: sharedTopics(a, b),
  apart: levelsApart(a, b),
  earlier: a.earlier + b.earlier,
  hour,
  engagement: a.engagement + a.mood + b.engagement + b.mood,
  history,
  gap,
  day,
});

/** How many topics both are interested in. */
export const sharedTopics = (a: Attendee, b: Attendee): number =>
  a.interests.filter((topic) => b.interests.includes(topic)).length;

/** How many levels of seniority are between the two. */
export const levelsApart = (a: Attendee, b: Attendee): number =>
  Math.abs(seniorities.indexOf(a.seniority) - seniorities.indexOf(b.seniority));
