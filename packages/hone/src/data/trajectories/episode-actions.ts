/**
 * The actions of an episode in an environment, which a rollout's trace holds as its answer. A model says each action as text, so to a
 * conversation they are replies; here each gets the action's name as its tool, its argument, and what it earned.
 */
import { fieldsOf, isObject } from "../../core/json.ts";
import type { TraceHead } from "../../core/trace.ts";
import { toolOfKind, type TrajectoryStep } from "../../core/unified-trajectory.ts";
import { UNREADABLE_ACTION } from "../../core/unreadable-action.ts";
import { toolSet } from "./steps-of-messages.ts";

/** Steps of a conversation, and its answer. */
interface Conversation {
  readonly steps: readonly TrajectoryStep[];
  readonly answer: string | undefined;
}

/**
 * The same conversation with the episode's actions, where the trace is a rollout of an episode and each reply was one action; else
 * unchanged. The answer is what the last action says.
 */
export function withActions(conversation: Conversation, { metadata }: TraceHead): Conversation {
  const { steps, answer } = conversation;
  const actions = isObject(metadata["rollout"]) ? actionsOf(metadata["answer"]) : [];
  const isEpisode =
    actions.length === steps.length &&
    steps.every(({ kind }) => kind !== "call" && kind !== "reason");
  if (!isEpisode) return conversation;
  return {
    steps: steps.map((step, i) => ({ ...step, ...partsOf(actions[i]!) })),
    answer: answer === undefined ? undefined : (actions.at(-1)?.argument ?? answer),
  };
}

interface TakenAction {
  readonly name: string;
  readonly argument: string | undefined;
  readonly reward: number | undefined;
}

function actionsOf(answer: unknown): readonly TakenAction[] {
  const { steps } = fieldsOf(answer);
  if (!Array.isArray(steps)) return [];
  return steps.map((step: unknown) => {
    const { action, reward } = fieldsOf(step);
    const { name, argument } = fieldsOf(action);
    return {
      name: typeof name === "string" ? name : "",
      argument: typeof argument === "string" ? argument : undefined,
      reward: typeof reward === "number" ? reward : undefined,
    };
  });
}

/** A reply that named no action stays what it was to the conversation; one that only states a reason is a thought. */
function partsOf({ name, argument, reward }: TakenAction): Partial<TrajectoryStep> {
  const tool = toolSet(name);
  if (name === toolOfKind.reason)
    return { kind: "reason", tool, ...(reward !== undefined && { reward }) };
  const isNamed = name !== "" && name !== UNREADABLE_ACTION;
  return {
    ...(isNamed && { tool }),
    ...(isNamed && tool !== name && { name }),
    ...(isNamed && argument !== undefined && { arguments: argument }),
    ...(reward !== undefined && { reward }),
  };
}
