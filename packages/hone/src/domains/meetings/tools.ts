/** The tools that show more of a meeting than its text: a row each. What they show are facts, as "shared=two". */
import type { Meeting } from "./attributes.ts";
import type { ToolFacts } from "./knowledge.ts";
import { type Factor, levelsApart, sharedTopics } from "./model.ts";

/** One tool. */
export interface MeetingTool {
  /** What it does, for a model that follows instructions. */
  readonly description: string;
  /** What it shows of a meeting: facts by their names. */
  readonly facts: (meeting: Meeting) => Readonly<Record<string, string>>;
}

/**
 * The words of values, from the least: each stands for one value of one fact, so that a small model needs no other word to know what it
 * means.
 */
export const factWords = {
  engagement: ["passive", "lukewarm", "open", "keen", "eager"],
  shared: ["zero", "one", "two", "three"],
  earlier: ["fresh", "warm", "busy", "tired", "worn"],
  gap: ["tight", "short", "ample"],
  apart: ["same", "near", "far", "extreme"],
  met: ["bad", "never", "good"],
} as const;

/** Minutes until the next appointment, by the words of `gap`. */
const gapMinutes = [0, 15, 45] as const;

/** How a meeting went, by the words of `met`. */
const metHistories = ["bad", "none", "good"] as const;

/** The tools by their names. */
export const meetingTools = {
  profiles: {
    description: `the engagement that both stated at their registration (${factWords.engagement.join(", ")})`,
    facts: ({ a, b }) => ({
      engagement_a: factWords.engagement[a.engagement - 1]!,
      engagement_b: factWords.engagement[b.engagement - 1]!,
    }),
  },
  topic_overlap: {
    description: "how many topics both are interested in, of three each",
    facts: ({ a, b }) => ({ shared: factWords.shared[sharedTopics(a, b)]! }),
  },
  schedule: {
    description: `how 0 to 4 meetings today have left person B (${factWords.earlier.join(", ")}), and the time until the next appointment (${factWords.gap.join(", ")}: 0, 15, 45 minutes)`,
    facts: ({ b, gap }) => ({
      earlier_b: factWords.earlier[b.earlier]!,
      gap: factWords.gap[gapMinutes.indexOf(gap)]!,
    }),
  },
  seniority: {
    description: `how far the two are apart in seniority (${factWords.apart.join(", ")}: 0 to 3 levels)`,
    facts: ({ a, b }) => ({ apart: factWords.apart[levelsApart(a, b)]! }),
  },
  history: {
    description: "how their last meeting went: good, bad, or never if they have not met",
    facts: ({ history }) => ({ met: factWords.met[metHistories.indexOf(history)]! }),
  },
} as const satisfies Readonly<Record<string, MeetingTool>>;

/** The name of a tool. */
export type MeetingToolName = keyof typeof meetingTools;

/** The names of all tools. */
export const meetingToolNames = Object.keys(meetingTools) as readonly MeetingToolName[];

export const isMeetingTool = (name: string): name is MeetingToolName =>
  Object.hasOwn(meetingTools, name);

/** What a tool answers: its facts, as "earlier_b=tired gap=short". */
export const toolAnswer = (name: MeetingToolName, meeting: Meeting): string =>
  Object.entries(meetingTools[name].facts(meeting))
    .map(([fact, value]) => `${fact}=${value}`)
    .join(" ");

/** The facts that a prediction for a reason is to name. */
export const factsOfReason: Readonly<Record<Factor, readonly string[]>> = {
  topic_alignment: ["shared"],
  seniority_match: ["apart"],
  energy: ["earlier_b"],
  engagement: ["engagement_a", "engagement_b"],
  schedule: ["gap"],
};

/** The tool that shows a fact. */
const toolOfFact = {
  shared: "topic_overlap",
  apart: "seniority",
  earlier_b: "schedule",
  gap: "schedule",
  engagement_a: "profiles",
  engagement_b: "profiles",
  met: "history",
} as const satisfies Readonly<Record<string, MeetingToolName>>;

/** The tool that shows what a reason is about. */
export const toolOfReason = (reason: Factor): MeetingToolName =>
  toolOfFact[factsOfReason[reason][0] as keyof typeof toolOfFact];

/** Facts as they were written, by their names. @example factsIn("gap=short"); // { gap: "short" } */
export const factsIn = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...text.matchAll(/\b([a-z_]+)=(\w+)/g)].map(([, name, value]) => [name!, value!]),
  );

/** What facts say of the model's inputs. A word that is no value of its fact says nothing. */
export function toolFacts(facts: Readonly<Record<string, string>>): ToolFacts {
  const { engagement_a: a, engagement_b: b } = facts;
  const stated = [a, b].map((word) => placeOf("engagement", word));
  const shared = placeOf("shared", facts["shared"]);
  const earlierB = placeOf("earlier", facts["earlier_b"]);
  const gap = gapMinutes[placeOf("gap", facts["gap"]) ?? -1];
  const history = metHistories[placeOf("met", facts["met"]) ?? -1];
  const engagement = stated.reduce(
    (sum, place) => (sum ?? Number.NaN) + (place ?? Number.NaN) + 1,
    0,
  );
  return {
    ...(shared !== undefined && { shared }),
    ...(engagement !== undefined && Number.isFinite(engagement) && { engagement }),
    ...(earlierB !== undefined && { earlierB }),
    ...(gap !== undefined && { gap }),
    ...(history !== undefined && { history }),
  };
}

/** The place of a word among the values of its fact; undefined for another word. */
function placeOf(name: keyof typeof factWords, word: string | undefined): number | undefined {
  const words: readonly string[] = factWords[name];
  const place = word === undefined ? -1 : words.indexOf(word);
  return place < 0 ? undefined : place;
}
