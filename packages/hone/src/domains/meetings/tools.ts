/** The tools that show more of a meeting than its text: a row each. What they show are facts, as "shared=2". */
import { histories, type Meeting } from "./attributes.ts";
import type { ToolFacts } from "./knowledge.ts";
import { type Factor, levelsApart, sharedTopics } from "./model.ts";

/** One tool. */
export interface MeetingTool {
  /** What it does, for a model that follows instructions. */
  readonly description: string;
  /** What it shows of a meeting: facts by their names. */
  readonly facts: (meeting: Meeting) => Readonly<Record<string, string | number>>;
}

/** The tools by their names. */
export const meetingTools = {
  profiles: {
    description: "the engagement that both stated at their registration, 1 to 5",
    facts: ({ a, b }) => ({ engagement_a: a.engagement, engagement_b: b.engagement }),
  },
  topic_overlap: {
    description: "how many topics both are interested in, 0 to 3",
    facts: ({ a, b }) => ({ shared: sharedTopics(a, b) }),
  },
  schedule: {
    description: "how many meetings person B has had today, and minutes until the next appointment",
    facts: ({ b, gap }) => ({ earlier_b: b.earlier, gap }),
  },
  seniority: {
    description: "how many levels of seniority are between the two, 0 to 3",
    facts: ({ a, b }) => ({ apart: levelsApart(a, b) }),
  },
  history: {
    description: "what they made of their last meeting: good, bad, or none if they have not met",
    facts: ({ history }) => ({ met: history }),
  },
} as const satisfies Readonly<Record<string, MeetingTool>>;

/** The name of a tool. */
export type MeetingToolName = keyof typeof meetingTools;

/** The names of all tools. */
export const meetingToolNames = Object.keys(meetingTools) as readonly MeetingToolName[];

export const isMeetingTool = (name: string): name is MeetingToolName =>
  Object.hasOwn(meetingTools, name);

/** What a tool answers: its facts, as "earlier_b=3 gap=15". */
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

/** Facts as they were written, by their names. @example factsIn("earlier_b=3 gap=15"); // { earlier_b: "3", gap: "15" } */
export const factsIn = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...text.matchAll(/\b([a-z_]+)=(\w+)/g)].map(([, name, value]) => [name!, value!]),
  );

/** What facts say of the model's inputs. */
export function toolFacts(facts: Readonly<Record<string, string>>): ToolFacts {
  const { shared, engagement_a: a, engagement_b: b, earlier_b: earlier, gap, met } = facts;
  const history = histories.map(([name]) => name).find((name) => name === met);
  return {
    ...(shared !== undefined && { shared: Number(shared) }),
    ...(a !== undefined && b !== undefined && { engagement: Number(a) + Number(b) }),
    ...(earlier !== undefined && { earlierB: Number(earlier) }),
    ...(gap !== undefined && { gap: gap === "0" ? 0 : gap === "15" ? 15 : 45 }),
    ...(history !== undefined && { history }),
  };
}
