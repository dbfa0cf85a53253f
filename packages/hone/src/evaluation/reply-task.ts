/** Measures how well a policy knows a conversation: whether it says the last reply, and how likely it finds all replies. */
import { conversationRows, type RowsPer } from "../core/conversation-turns.ts";
import type { ConversationSettings, Message } from "../core/message.ts";
import type { Reward, Task } from "../core/rollout.ts";
import type { ChatAgent } from "../ports/agent.ts";
import type { Renderer } from "../ports/renderer.ts";
import type { UnscoredRollout } from "../ports/reward.ts";
import type { OnScored, RolloutRunner } from "../ports/rollout-runner.ts";
import type { SamplingClient } from "../ports/sampling-client.ts";
import { withTaskScores } from "./task-scores.ts";

/** The task to reply as the last assistant message of a conversation does. */
export interface ReplyTask extends Task {
  readonly messages: readonly Message[];
  /** What the conversation says besides its messages. */
  readonly settings?: ConversationSettings;
  /** The agent whose reply it is, where a policy has several. */
  readonly agent?: string;
  /** The adapter that answers this agent, where the policy has an adapter for each part of a team. */
  readonly adapter?: string;
}

/** The tasks of a conversation: one for each row that is made of it. */
export function replyTasks(
  { line, messages, ...rest }: NumberedConversation,
  rowsPer: RowsPer = "conversation",
): readonly ReplyTask[] {
  const rows = conversationRows(messages, rest, rowsPer);
  return rows.map((row, turn) => ({
    ...row,
    id: rowsPer === "turn" ? `line ${line}, turn ${turn + 1}` : `line ${line}`,
  }));
}

/** A conversation of a file. */
interface NumberedConversation extends ConversationSettings {
  /** Its line, from 1. */
  readonly line: number;
  readonly messages: readonly Message[];
}

/** An agent that reads everything before the last reply, and replies. */
export const replyAgent: ChatAgent<ReplyTask, Message> = (
  { messages, settings, agent },
  { model, signal },
) =>
  model.chat(messages.slice(0, lastReply(messages)), {
    signal,
    ...(settings && { settings }),
    ...(agent !== undefined && { agent }),
  });

/** Success is the same reply, word for word, with the same tool calls. White space around the reply is ignored. */
export function replyReward({ task, answer }: UnscoredRollout<ReplyTask, Message>): Reward {
  const expected = task.messages[lastReply(task.messages)]!;
  const isSame = answer !== undefined && wording(answer) === wording(expected);
  const success = isSame ? 1 : 0;
  return { total: success, components: { success }, source: "rule" };
}

/**
 * A runner whose rewards are the mean log-prob of the assistant's tokens, nats per token; their component "loss" is the
 * held-out loss, minus that.
 * Success stays what `replyReward` says. A task that is tried several times in a request is scored once.
 */
export function likelihoodRunner(
  runner: RolloutRunner<ReplyTask, Message>,
  renderer: Renderer,
  onScored?: OnScored,
): RolloutRunner<ReplyTask, Message> {
  return {
    async run(request) {
      const { signal } = request;
      return withTaskScores(await runner.run(request), {
        scoreOf: (task) => {
          const policy = (task.adapter && request.policy.adapter?.(task.adapter)) || request.policy;
          return meanLogProb(policy, renderer, task);
        },
        add: (reward, total) => ({
          ...reward,
          total,
          components: { ...reward.components, loss: -total },
        }),
        ...{ signal, onScored },
      });
    },
  };
}

/** The mean log-prob of what the assistant says in a conversation, in nats per token. */
export async function meanLogProb(
  policy: SamplingClient,
  renderer: Renderer,
  { messages, settings }: Pick<ReplyTask, "messages" | "settings">,
): Promise<number> {
  const { tokens, mask } = await renderer.conversation(messages, settings);
  const logProbs = await policy.logProbs(tokens);
  let [sum, count] = [0, 0];
  // The first token has no token before it, so it is not predicted.
  for (let t = 1; t < tokens.length; t++) {
    sum += mask[t]! * logProbs[t]!;
    count += mask[t]!;
  }
  return sum / Math.max(1, count);
}

/** The last message that the conversation is there to teach. */
const lastReply = (messages: readonly Message[]): number =>
  messages.findLastIndex(({ role, weight }) => role === "assistant" && weight !== 0);

const wording = ({ content, toolCalls = [] }: Message): string =>
  JSON.stringify([content.trim(), toolCalls.map((call) => [call.name, call.arguments])]);
