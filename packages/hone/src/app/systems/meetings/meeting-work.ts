/** What the phases share: the meetings to learn from and to measure, and how they are tried. */
import { environmentAgent } from "../../../environments/environment-agent.ts";
import type { ChatFormat } from "../../../environments/chat-format.ts";
import { meetingEnvironment } from "../../../domains/meetings/environment.ts";
import {
  compactMeetingFormat,
  instructedMeetingFormat,
  instructedTextFormat,
} from "../../../domains/meetings/format.ts";
import { meetingMaxActions } from "../../../domains/meetings/limits.ts";
import { meetingReward } from "../../../domains/meetings/rewards.ts";
import { type MeetingTask, meetingTasks, type TextTask } from "../../../domains/meetings/tasks.ts";
import type { Agent } from "../../../ports/agent.ts";
import type { Episode } from "../../../ports/environment.ts";
import { agentTasks, type RunnableTasks } from "../../../rollouts/agent-tasks.ts";
import { meaningfulSettings } from "../../training/setting-rules.ts";
import { meetingsSettings } from "../meetings-settings.ts";
import { isFromNothing, type ResolvedMeetings } from "./resolved-settings.ts";

/** Actions until an episode is cut off: with tools, and, where a text is all there is, the prediction alone. */
const maxActionsWith = { tools: meetingMaxActions, text: 1 } as const;

/** Whether an agent has tools, or reads the text alone. */
type Reading = keyof typeof maxActionsWith;

/** How episodes are written: short for a model made from nothing, with the rules for any other. */
export const formatsOf = (
  settings: Pick<ResolvedMeetings, "model">,
): { readonly tools: ChatFormat; readonly text: ChatFormat } =>
  isFromNothing(settings)
    ? { tools: compactMeetingFormat, text: compactMeetingFormat }
    : { tools: instructedMeetingFormat, text: instructedTextFormat };

/** The held-out meetings. */
export const heldOutMeetings = ({
  testRows: count,
  seed,
}: Pick<ResolvedMeetings, "testRows" | "seed">): readonly MeetingTask[] =>
  meetingTasks({ split: "test", count, seed });

/** An agent that tries meetings in their environment. */
export function meetingAgent(
  settings: Pick<ResolvedMeetings, "model">,
  reading: Reading,
): Agent<MeetingTask | TextTask, Episode> {
  const maxActions = maxActionsWith[reading];
  const format = formatsOf(settings)[reading];
  const environment = () => meetingEnvironment({ maxActions });
  return environmentAgent<MeetingTask | TextTask>(environment, { format, maxActions });
}

/** Meetings that are tried by that agent. */
export const tried = (
  tasks: readonly (MeetingTask | TextTask)[],
  settings: Pick<ResolvedMeetings, "model">,
  reading: Reading,
): RunnableTasks =>
  agentTasks({ tasks, agent: meetingAgent(settings, reading), reward: meetingReward });

/** What the trainings of both phases have in common. */
export const pipelineOf = (settings: ResolvedMeetings) => ({
  sampling: { maxTokens: settings.maxTokens, temperature: settings.temperature },
  evaluationMode: "greedy" as const,
  samplesPerTask: 1,
  seed: settings.seed,
  threads: settings.threads,
  concurrency: settings.concurrency,
  deadline: settings.deadline,
  checkpointEvery: settings.checkpointEvery,
  keepRollouts: "none" as const,
});

/** Settings of the phases after the first, which may change until the phase that they decide has begun. */
export const laterSettings = {
  traces: ["scenarios", "tries", "temperature"],
  /** Of the pairs that phase 3 learns from, which are made anew. */
  pairs: ["minMargin"],
  dpo: ["beta", "dpoSteps", "dpoBatchSize", "dpoLearningRate"],
} as const;

const isLater = (key: string): boolean =>
  Object.values(laterSettings).some((keys) => keys.some((later) => later === key));

/** Recorded settings without those of later phases, as phase 1 records them. */
export const withoutLater = (
  config: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(config).filter(([key]) => !isLater(key)));

/** The settings that decide the result, as the runs of both phases record them. */
export function recordedSettings(settings: ResolvedMeetings): Readonly<Record<string, unknown>> {
  const { out: _out, threads: _threads, phase: _phase, layout: _layout, ...decisive } = settings;
  const meaningful = meaningfulSettings(meetingsSettings, decisive);
  const given = Object.entries(meaningful).filter(([, value]) => value !== undefined);
  // As `hone eval` and `hone serve` read it, to write tasks as the model learned them.
  const prompt = isFromNothing(settings) ? "compact" : "instructed";
  return { command: "run meetings", prompt, model: "tiny", ...Object.fromEntries(given) };
}
