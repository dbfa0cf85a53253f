/** Pairs of trajectories of one task, as rows of preferences: the better first. */
import type { Message } from "../../core/message.ts";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { lineMessage } from "../trace-conversations.ts";
import { messagesOfTrajectory } from "../trajectories/messages-of-steps.ts";

/** Why trajectories of a task give no pair. */
export type NoPair =
  | "no reward"
  | "alone with its task"
  | "rewards differ too little"
  | "the same answers";

/** The pairs of a task's trajectories, and what gave none. */
export interface TaskPairs {
  readonly rows: readonly object[];
  readonly none: readonly NoPair[];
}

/**
 * The best is paired with the worst, the second best with the second worst, and so on, so that each trajectory is in one pair at most.
 * @param minMargin  least difference of two rewards, above 0
 */
export function pairsOfTask(
  trajectories: readonly UnifiedTrajectory[],
  minMargin: number,
): TaskPairs {
  const rewarded = trajectories.filter(({ reward }) => reward !== undefined);
  const none: NoPair[] = trajectories.slice(rewarded.length).map(() => "no reward");
  if (rewarded.length === 1) none.push("alone with its task");
  const ranked = rewarded.toSorted((a, b) => b.reward! - a.reward!);
  const rows: object[] = [];
  for (let i = 0; i < Math.floor(ranked.length / 2); i++) {
    const [better, worse] = [ranked[i]!, ranked[ranked.length - 1 - i]!];
    const row = better.reward! - worse.reward! < minMargin ? undefined : rowOf(better, worse);
    if (row !== undefined) rows.push(row);
    else
      none.push(
        better.reward! - worse.reward! < minMargin
          ? "rewards differ too little"
          : "the same answers",
      );
  }
  return { rows, none };
}

/** Undefined where both did the same. */
function rowOf(better: UnifiedTrajectory, worse: UnifiedTrajectory): object | undefined {
  const [chosen, rejected] = [better, worse].map((one) =>
    messagesOfTrajectory(one).map((message) => lineMessage(message)),
  );
  const isAnswer = (messages: readonly Message[]): number =>
    messages.findIndex(({ role }) => role === "assistant");
  const [from, other] = [better, worse].map((one) => isAnswer(messagesOfTrajectory(one)));
  if (JSON.stringify(chosen!.slice(from)) === JSON.stringify(rejected!.slice(other)))
    return undefined;
  return {
    prompt: chosen!.slice(0, from),
    chosen: chosen!.slice(from),
    rejected: rejected!.slice(other),
    ...(better.tools.length > 0 && {
      tools: better.tools.map((tool) => ({ type: "function", function: tool })),
    }),
  };
}
