/** A try of the agent at a meeting as a unified trajectory, with the conversation that it was. */
import { z } from "zod";
import type { Message } from "../../../core/message.ts";
import type { Rollout } from "../../../core/rollout.ts";
import type { TrajectoryStep, UnifiedTrajectory } from "../../../core/unified-trajectory.ts";
import { PREDICT } from "../../../domains/meetings/rewards.ts";
import type { MeetingTask } from "../../../domains/meetings/tasks.ts";
import { isMeetingTool, meetingTools } from "../../../domains/meetings/tools.ts";
import { defineFormat } from "../../../formats/format.ts";
import { trajectorySchema } from "../../../formats/trajectory-format.ts";
import type { Episode, EpisodeStep } from "../../../ports/environment.ts";
import { tracesCost } from "./traces-cost.ts";

const message = z.strictObject({
  role: z.enum(["system", "user", "assistant"]),
  content: z.string(),
});

const trace = z.strictObject({
  /** The id of the meeting. */
  task: z.string(),
  trajectory: trajectorySchema,
  /** Everything that was read and said, the last reply included. */
  messages: z.array(message),
});

/** One try. */
export type MeetingTrace = z.infer<typeof trace>;

/** The format of the file in which a phase keeps its tries: a line for all tries at a meeting. */
export const tracesFormat = defineFormat(
  "hone.meeting-traces",
  1,
  z.strictObject({ task: z.string(), tries: z.array(trace), cost: tracesCost.optional() }),
);

type MeetingRollout = Rollout<MeetingTask, Episode>;

/** The try of a rollout. One that failed has no reward and no pair. */
export function meetingTrace(rollout: MeetingRollout): MeetingTrace {
  const last = rollout.turns.at(-1);
  const messages = last === undefined ? [] : [...last.messages, last.reply].map(plain);
  return {
    task: rollout.task.id,
    trajectory: structuredClone(trajectoryOf(rollout, messages)) as MeetingTrace["trajectory"],
    messages,
  };
}

const plain = ({ role, content }: Message): MeetingTrace["messages"][number] => ({
  role: role === "system" || role === "assistant" ? role : "user",
  content,
});

function trajectoryOf(
  { id, task, answer, reward, isSuccess, failure, turns }: MeetingRollout,
  messages: MeetingTrace["messages"],
): UnifiedTrajectory {
  const instructions = messages.find(({ role }) => role === "system")?.content;
  const question = messages.find(({ role }) => role === "user")?.content ?? task.text;
  const steps = answer?.steps.map(stepOf) ?? [];
  const said = steps.at(-1)?.kind === "answer" ? steps.at(-1)?.text : undefined;
  const cutOff = answer?.truncated === true ? "the episode was cut off before it ended" : undefined;
  const error = failure?.message ?? cutOff;
  const components = Object.entries(reward?.components ?? {});
  return {
    id,
    domain: "meetings",
    task: { id: task.id, question, ...(instructions !== undefined && { instructions }) },
    // Phase 3 learns from them: the word says what a trajectory is for, not which split of the domain its meeting is of.
    split: "train",
    tools: Object.entries(meetingTools).map(([name, { description }]) => ({ name, description })),
    steps,
    ...(said !== undefined && { answer: said }),
    outcome: {
      status: error === undefined ? "completed" : "failed",
      isSuccess,
      ...(error !== undefined && { error }),
    },
    ...(reward && { reward: reward.total, rewards: Object.fromEntries(components) }),
    provenance: { source: "npx hone run meetings", model: turns[0]?.weightsVersion ?? "none" },
  };
}

/** A call of a tool, a prediction, or a reply that is neither. */
function stepOf({ action, reward, nextState }: EpisodeStep, index: number): TrajectoryStep {
  const common = { index, turn: index, reward };
  const { name, argument = "" } = action;
  if (isMeetingTool(name))
    return { ...common, kind: "call", tool: name, arguments: {}, observation: nextState };
  if (name === PREDICT) return { ...common, kind: "answer", tool: "finalize", text: argument };
  return { ...common, kind: "reason", tool: "reason", text: argument, observation: nextState };
}
