/** The tools that show more of a meeting than its text: a row each. What they show are facts, as "shared=two". */
import type { Meeting } from "./attributes.ts";
import type { ToolFacts } from "./knowledge.ts";
import {
  energyValues,
  type Factor,
  factorValues,
  inputsOf,
  levelsApart,
  scheduleValues,
  sharedTopics,
} from "./model.ts";

/** One tool. */
export interface MeetingTool {
  /** What it does, for a model that follows instructions. */
  readonly description: string;
  /** What it shows of a meeting: facts by their names. */
  readonly facts: (meeting: Meeting) => Readonly<Record<string, string>>;
}

/**
 * The words of values, in the order of the values: each stands for one value of one fact, so that a small model needs no other word to know what it
 * means.
 */
export const factWords = {
  /** Of 2 to 10, the stated engagement of both together. */
  engagement: ["passive", "cool", "mild", "lukewarm", "open", "warm", "keen", "eager", "avid"],
  shared: ["zero", "one", "two", "three"],
  /** Of `energyValues`. */
  energy: ["fresh", "lively", "awake", "fine", "even", "worn", "weary", "tired", "spent"],
  /** Of `scheduleValues`. */
  time: ["missing", "pressing", "tight", "short", "fair", "ample", "plenty", "free"],
  apart: ["same", "near", "far", "extreme"],
  met: ["bad", "never", "good"],
} as const;

/** The least sum of two stated engagements. */
const LEAST_ENGAGEMENT = 2;

/** How a meeting went, by the words of `met`. */
const metHistories = ["bad", "none", "good"] as const;

/** The tools by their names. */
export const meetingTools = {
  profiles: {
    description: `the engagement that both stated at their registration, together (from the least: ${factWords.engagement.join(", ")})`,
    facts: ({ a, b }) => ({
      engagement: factWords.engagement[a.engagement + b.engagement - LEAST_ENGAGEMENT]!,
    }),
  },
  topic_overlap: {
    description: "how many topics both are interested in, of three each",
    facts: ({ a, b }) => ({ shared: factWords.shared[sharedTopics(a, b)]! }),
  },
  schedule: {
    description: `how much energy both have left after their meetings at this hour (from the most: ${factWords.energy.join(", ")}), and how much time there is (from the least: ${factWords.time.join(", ")})`,
    facts: (meeting) => {
      const { energy, schedule } = factorValues(inputsOf(meeting));
      return {
        energy: factWords.energy[energyValues.indexOf(energy)]!,
        time: factWords.time[scheduleValues.indexOf(schedule)]!,
      };
    },
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

/** What a tool answers: its facts, as "energy=worn time=short". */
export const toolAnswer = (name: MeetingToolName, meeting: Meeting): string =>
  Object.entries(meetingTools[name].facts(meeting))
    .map(([fact, value]) => `${fact}=${value}`)
    .join(" ");

/** The facts that a prediction for a reason is to name. */
export const factsOfReason: Readonly<Record<Factor, readonly string[]>> = {
  topic_alignment: ["shared"],
  seniority_match: ["apart"],
  energy: ["energy"],
  engagement: ["engagement"],
  schedule: ["time"],
};

/** The tool that shows a fact. */
const toolOfFact = {
  shared: "topic_overlap",
  apart: "seniority",
  energy: "schedule",
  time: "schedule",
  engagement: "profiles",
  met: "history",
} as const satisfies Readonly<Record<string, MeetingToolName>>;

/** The tool that shows what a reason is about. */
export const toolOfReason = (reason: Factor): MeetingToolName =>
  toolOfFact[factsOfReason[reason][0] as keyof typeof toolOfFact];

/** Facts as they were written, by their names. @example factsIn("time=short"); // { time: "short" } */
export const factsIn = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...text.matchAll(/\b([a-z_]+)=(\w+)/g)].map(([, name, value]) => [name!, value!]),
  );

/** What facts say of the model's inputs and factors. A word that is no value of its fact says nothing. */
export function toolFacts(facts: Readonly<Record<string, string>>): ToolFacts {
  const shared = placeOf("shared", facts["shared"]);
  const engagement = placeOf("engagement", facts["engagement"]);
  const energy = energyValues[placeOf("energy", facts["energy"]) ?? -1];
  const schedule = scheduleValues[placeOf("time", facts["time"]) ?? -1];
  const history = metHistories[placeOf("met", facts["met"]) ?? -1];
  return {
    ...(shared !== undefined && { shared }),
    ...(engagement !== undefined && { engagement: engagement + LEAST_ENGAGEMENT }),
    ...(energy !== undefined && { energy }),
    ...(schedule !== undefined && { schedule }),
    ...(history !== undefined && { history }),
  };
}

/** The place of a word among the values of its fact; undefined for another word. */
function placeOf(name: keyof typeof factWords, word: string | undefined): number | undefined {
  const words: readonly string[] = factWords[name];
  const place = word === undefined ? -1 : words.indexOf(word);
  return place < 0 ? undefined : place;
}
