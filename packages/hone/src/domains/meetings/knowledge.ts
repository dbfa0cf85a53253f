/** What a reader knows of a meeting, from its text and from tools, and the best estimate from that. */
import { logistic } from "../../core/logistic.ts";
import {
  type Day,
  days,
  earlierMeetings,
  gaps,
  histories,
  type History,
  type Hour,
  moods,
  type Role,
  roles,
  seniorities,
  type Seniority,
  topics,
} from "./attributes.ts";
import { certain, type Distribution, merged, product, sums } from "./distribution.ts";
import {
  BIAS,
  type Factor,
  factors,
  factorTerms,
  factorWeights,
  type FactorInputs,
} from "./model.ts";

/** What a text says. */
export interface TextFacts {
  readonly roles: readonly [Role, Role];
  /** Levels of seniority between the two. */
  readonly apart: number;
  /** Whether both have the same main interest. */
  readonly isSameMain: boolean;
  readonly day: Day;
  readonly hour: Hour;
  /** Meetings that person A has had on this day. */
  readonly earlierA: number;
}

/** What tools have shown, as far as they were called. */
export interface ToolFacts {
  readonly shared?: number;
  /** Stated engagement of both together. */
  readonly engagement?: number;
  /** The value of the factor. */
  readonly energy?: number;
  /** The value of the factor. */
  readonly schedule?: number;
  readonly history?: History;
}

const pattern =
  /^Person A: (\S+) (\S+), interested in (\S+)\. Person B: (\S+) (\S+), interested in (\S+)\. Day ([1-3]), (\d+):00\. A has had ([0-4]) meetings today\./;

/** What a text of `meetingText` says; undefined for any other text. */
export function textFacts(text: string): TextFacts | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, levelA, roleA, topicA, levelB, roleB, topicB, day, hour, earlierA] = match;
  const apart = Math.abs(
    seniorities.indexOf(levelA as Seniority) - seniorities.indexOf(levelB as Seniority),
  );
  const both = [roleA, roleB].filter((role): role is Role => role !== undefined && role in roles);
  const [first, second] = both;
  if (first === undefined || second === undefined || !isHour(Number(hour))) return undefined;
  return {
    roles: [first, second],
    apart,
    isSameMain: topicA === topicB,
    day: days[Number(day) - 1]!,
    hour: Number(hour) as Hour,
    earlierA: Number(earlierA),
  };
}

const isHour = (hour: number): hour is Hour => Object.hasOwn(earlierMeetings, hour);

/** The best estimate from what is known. */
export interface Estimate {
  /** The expected probability of success. */
  readonly probability: number;
  /** How likely it is that the probability is at least 0.5. */
  readonly positive: number;
  /** How likely each factor is to be the reason. */
  readonly reasons: Readonly<Record<Factor, number>>;
}

/**
 * The exact estimate from a text and from what tools have shown: all that is not known is integrated out.
 * @example estimate(textFacts(task.text)!, { shared: 2 }).probability;
 */
export const estimate = (text: TextFacts, tools: ToolFacts = {}): Estimate =>
  estimateOfTerms(termsGiven(text, tools));

/** The distribution of each factor's term, given what is known. */
export type TermDistributions = Readonly<Record<Factor, Distribution<number>>>;

/** The distribution of each factor's term of the logit. Given a text, the factors do not depend on each other. */
export function termsGiven(text: TextFacts, tools: ToolFacts): TermDistributions {
  const { day, hour, apart, earlierA } = text;
  const inputs: FactorInputs = {
    ...{ shared: 0, apart, earlier: 0, hour, engagement: 6, history: "none", gap: 0, day },
  };
  const shared = given(tools.shared, sharedDistribution(text.isSameMain));
  const engagement = engagementDistribution(text.roles, tools.engagement);
  const term = <Value>(
    factor: Factor,
    values: Distribution<Value>,
    inputOf: (value: Value) => Partial<FactorInputs>,
  ): Distribution<number> =>
    merged(values.map(([value, p]) => [factorTerms({ ...inputs, ...inputOf(value) })[factor], p]));
  return {
    topic_alignment: term("topic_alignment", shared, (value) => ({ shared: value })),
    seniority_match: term("seniority_match", certain(apart), (value) => ({ apart: value })),
    energy:
      shown("energy", tools.energy) ??
      term("energy", earlierMeetings[hour], (value) => ({ earlier: earlierA + value })),
    engagement: term(
      "engagement",
      product(engagement, given(tools.history, histories)),
      ([sum, history]) => ({ engagement: sum, history }),
    ),
    schedule: shown("schedule", tools.schedule) ?? term("schedule", gaps, (gap) => ({ gap })),
  };
}

/** The term of a factor whose value a tool has shown. */
const shown = (factor: Factor, value: number | undefined): Distribution<number> | undefined =>
  value === undefined ? undefined : certain(factorWeights[factor] * value);

/** The estimate from distributions of terms that do not depend on each other. */
export function estimateOfTerms(terms: TermDistributions): Estimate {
  const found = { probability: 0, positive: 0 };
  const reasons: Record<Factor, number> = {
    ...{ topic_alignment: 0, seniority_match: 0, energy: 0, engagement: 0, schedule: 0 },
  };
  forEachOutcome(terms, (logit, reason, weight) => {
    found.probability += weight * logistic(logit);
    if (logit >= 0) found.positive += weight;
    reasons[reason] += weight;
  });
  return { ...found, reasons };
}

/** Visits every combination of terms with its logit, its reason and its probability. */
function forEachOutcome(
  terms: TermDistributions,
  visit: (logit: number, reason: Factor, weight: number) => void,
): void {
  const from = (at: number, logit: number, most: number, reason: Factor, weight: number): void => {
    const factor = factors[at];
    if (factor === undefined) return visit(logit, reason, weight);
    for (const [term, p] of terms[factor]) {
      const isMost = Math.abs(term) > most;
      from(
        at + 1,
        logit + term,
        isMost ? Math.abs(term) : most,
        isMost ? factor : reason,
        weight * p,
      );
    }
  };
  from(0, BIAS, -1, factors[0]!, 1);
}

/** The factor that is most likely to be the reason. */
export const likeliestReason = ({ reasons }: Pick<Estimate, "reasons">): Factor =>
  factors.reduce((best, factor) => (reasons[factor] > reasons[best] ? factor : best));

const given = <Value>(value: Value | undefined, otherwise: Distribution<Value>) =>
  value === undefined ? otherwise : certain(value);

/** Engagement of both on the day: what they stated, or what their roles let expect, and their moods. */
function engagementDistribution(
  [a, b]: readonly [Role, Role],
  stated: number | undefined,
): Distribution<number> {
  const both = given(stated, sums(roles[a], roles[b]));
  return sums(both, sums(moods, moods));
}

/** How many topics two people share, of whom each has two more interests than the main one, all pairs of them equally likely. */
const sharedDistribution = (isSameMain: boolean): Distribution<number> =>
  isSameMain ? sharedOfSame : sharedOfOther;

const sharedOfSame = sharedOf(interestsWith(0), interestsWith(0));
const sharedOfOther = sharedOf(interestsWith(0), interestsWith(1));

type Interests = readonly number[];

function sharedOf(some: readonly Interests[], others: readonly Interests[]): Distribution<number> {
  const p = 1 / (some.length * others.length);
  return merged(
    some.flatMap((a) => others.map((b) => [a.filter((x) => b.includes(x)).length, p] as const)),
  );
}

/** All interests of a person with this main one. */
function interestsWith(main: number): readonly Interests[] {
  const rest = topics.map((_, i) => i).filter((topic) => topic !== main);
  return rest.flatMap((x, i) => rest.slice(i + 1).map((y) => [main, x, y]));
}
