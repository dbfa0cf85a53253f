/** The steps of a trajectory as a conversation; the other way is data/trajectories/steps-of-messages.ts. */
import type { Message, ToolCall } from "./message.ts";
import type { TrajectoryStep, UnifiedTrajectory } from "./unified-trajectory.ts";

/** The conversation of a trajectory: instructions, question, then each turn with what came of it. */
export function messagesOfTrajectory({ task, steps }: UnifiedTrajectory): readonly Message[] {
  const turns = [...Map.groupBy(steps, ({ turn }) => turn).values()];
  return [
    ...said("system", task.instructions),
    ...said("user", task.question),
    ...turns.flatMap(messagesOfTurn),
  ];
}

const said = (role: "system" | "user", content: string | undefined): readonly Message[] =>
  content === undefined ? [] : [{ role, content }];

function messagesOfTurn(steps: readonly TrajectoryStep[]): readonly Message[] {
  const [first] = steps;
  const { thought, text = "", observation } = first!;
  const calls = steps.filter(({ kind }) => kind === "call");
  const reply: Message = {
    role: "assistant",
    content: text,
    ...(thought !== undefined && { reasoning: thought }),
    ...(calls.length > 0 && { toolCalls: calls.map(toolCall) }),
  };
  if (calls.length === 0) return [reply, ...said("user", observation)];
  const results = calls.flatMap((step): Message[] =>
    step.observation === undefined
      ? []
      : [{ role: "tool", content: step.observation, toolCallId: idOf(step) }],
  );
  return [reply, ...results];
}

const toolCall = (step: TrajectoryStep): ToolCall => ({
  id: idOf(step),
  name: step.name ?? step.tool,
  arguments: argumentsText(step),
});

const idOf = ({ callId, index }: TrajectoryStep): string => callId ?? `call_${index}`;

const argumentsText = ({ arguments: given = {} }: TrajectoryStep): string =>
  typeof given === "string" ? given : JSON.stringify(given);
