/** Turns of recorded model calls as messages alone, and their tokens once there is a policy to read them. */
import type { ConversationSettings } from "../core/message.ts";
import type { Turn } from "../core/rollout.ts";
import type { PromptSpan } from "../core/span.ts";
import { agentOfSpan } from "../core/span-tree.ts";
import type { Trace } from "../core/trace.ts";
import { answeredCalls } from "./foreign-rollout.ts";
import {
  readCall,
  type RecordedCall,
  type StartingModel,
  type UnreadableCall,
} from "./rendered-turns.ts";
import { isRolloutTrace, messagesOf } from "./trace-rollout.ts";

/** What a recorded call says besides its messages, such as the tools it offered. */
export type SettingsOfCall = (call: PromptSpan) => ConversationSettings;

/** The messages and the reply of an answered call. */
export const recordedCall = (call: PromptSpan, settingsOf?: SettingsOfCall): RecordedCall => ({
  messages: messagesOf(call.input, "user"),
  reply: messagesOf(call.output!, "assistant").at(-1)!,
  settings: settingsOf?.(call) ?? {},
});

/** The agent that made a call of a trace, where it is known. */
export function agentOfCall(trace: Trace, call: PromptSpan): Pick<Turn, "agent"> {
  const agent = isRolloutTrace(trace) ? call.agent : agentOfSpan(trace, call);
  return agent === undefined ? {} : { agent };
}

/** The answered model calls of a trace as turns without tokens. */
export const unreadTurns = (trace: Trace, settingsOf?: SettingsOfCall): readonly Turn[] =>
  answeredCalls(trace).map((call) => {
    const { messages, reply, settings } = recordedCall(call, settingsOf);
    return {
      ...{ messages, reply, ...agentOfCall(trace, call) },
      ...(settings?.tools !== undefined && { tools: settings.tools }),
      ...{ promptTokens: [], tokens: [], logProbs: [], samplingLogProbs: [] },
      ...{ temperature: 1, isTruncated: false, stopReason: "stop", weightsVersion: "recorded" },
    };
  });

/**
 * A turn of `unreadTurns` with its tokens and the policy's log-probs, or why there are none; any other turn as it is.
 * @throws as `readCall`
 */
export async function readTurn(turn: Turn, model: StartingModel): Promise<Turn | UnreadableCall> {
  if (turn.tokens.length > 0) return turn;
  const { messages, reply, tools, agent, adapter } = turn;
  const call = { messages, reply, settings: { ...(tools !== undefined && { tools }) } };
  const read = await readCall(call, model);
  if ("refusal" in read) return read;
  return {
    ...read.turn,
    ...{ messages, reply },
    ...(tools !== undefined && { tools }),
    ...(agent !== undefined && { agent }),
    ...(adapter !== undefined && { adapter }),
  };
}
