/** A trajectory as one row of the files that teach chat models: OpenAI's, TRL's, ShareGPT's, Alpaca's. */
import type { JsonObject } from "../../../core/json.ts";
import type { TrajectoryStep, UnifiedTrajectory } from "../../../core/unified-trajectory.ts";
import { lineMessage, trlMessage } from "../../line-message.ts";
import type { NotInForm } from "../left-out.ts";
import { messagesOfTrajectory } from "../../../core/messages-of-steps.ts";
import { isAnsweredReason } from "../trajectory-parts.ts";

/** Tools in the form that chat templates read. */
export const toolsMember = (tools: readonly JsonObject[]) =>
  tools.length === 0 ? {} : { tools: tools.map((tool) => ({ type: "function", function: tool })) };

const rewardMember = ({ reward }: UnifiedTrajectory) => (reward === undefined ? {} : { reward });

/** OpenAI's form. */
export const chatRow = (one: UnifiedTrajectory): object => ({
  messages: messagesOfTrajectory(one).map((message) => lineMessage(message)),
  ...toolsMember(one.tools),
  ...rewardMember(one),
});

/** TRL's form of prompt and completion: what stands before the first reply, and everything from it on. */
export function promptCompletionRow(one: UnifiedTrajectory): object | NotInForm {
  const messages = messagesOfTrajectory(one);
  const first = messages.findIndex(({ role }) => role === "assistant");
  if (first < 0) return "no reply";
  if (first === 0) return "no question";
  const lines = messages.map((message) => trlMessage(message));
  return {
    prompt: lines.slice(0, first),
    completion: lines.slice(first),
    ...toolsMember(one.tools),
    ...rewardMember(one),
  };
}

/** ShareGPT's form, with `function_call` and `observation`; results of calls that were made together stand in their order. */
export function shareGptRow(one: UnifiedTrajectory): object | NotInForm {
  const turns = [...Map.groupBy(one.steps, ({ turn }) => turn).values()];
  if (hasGap(one.steps)) return "a call without its result before others";
  const { question, instructions } = one.task;
  return {
    ...(instructions !== undefined && { system: instructions }),
    conversations: [
      ...(question === undefined ? [] : [{ from: "human", value: question }]),
      ...turns.flatMap(shareGptTurn),
    ],
    ...(one.tools.length > 0 && { tools: JSON.stringify(one.tools) }),
    ...rewardMember(one),
  };
}

/** Whether a result stands behind a call without one: readers give results to calls by their order alone. */
function hasGap(steps: readonly TrajectoryStep[]): boolean {
  const calls = steps.filter(({ kind }) => kind === "call");
  const missing = calls.findIndex(({ observation }) => observation === undefined);
  return missing >= 0 && calls.slice(missing).some(({ observation }) => observation !== undefined);
}

function shareGptTurn(steps: readonly TrajectoryStep[]): readonly object[] {
  const calls = steps.filter(({ kind }) => kind === "call");
  if (calls.length === 0) {
    const { text = "", observation } = steps[0]!;
    return [
      { from: "gpt", value: text },
      ...(observation === undefined ? [] : [{ from: "human", value: observation }]),
    ];
  }
  const called = calls.map(({ name, tool, arguments: given = {} }) => ({
    name: name ?? tool,
    arguments: given,
  }));
  const value = JSON.stringify(called.length === 1 ? called[0] : called);
  const results = calls.flatMap(({ observation }) =>
    observation === undefined ? [] : [{ from: "observation", value: observation }],
  );
  return [{ from: "function_call", value }, ...results];
}

/** Alpaca's form: questions and answers without tools; all but the last are its history. */
export function alpacaRow(one: UnifiedTrajectory): object | NotInForm {
  const { steps, task } = one;
  if (task.question === undefined) return "no question";
  if (steps.some(({ kind }) => kind === "call")) return "calls of tools";
  const isThought = (step: TrajectoryStep): boolean =>
    step.kind === "reason" && !isAnsweredReason(step);
  if (steps.some(isThought)) return "a thought between two replies";
  const last = steps.at(-1);
  if (last === undefined) return "no reply";
  if (last.observation !== undefined) return "a user's words behind the last reply";
  const questions = [task.question, ...steps.slice(0, -1).map((step) => step.observation ?? "")];
  const turns = steps.map(({ text = "" }, i) => [questions[i]!, text] as const);
  const [instruction, output] = turns.at(-1)!;
  return {
    ...(task.instructions !== undefined && { system: task.instructions }),
    ...{ instruction, input: "", output },
    ...(turns.length > 1 && { history: turns.slice(0, -1) }),
    ...rewardMember(one),
  };
}
