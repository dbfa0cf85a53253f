/**
 * Turns for training from recorded messages alone: of agents that hone did not run, and of another tokenizer. The tokens are
 * those that the renderer gives the messages, and may differ from what was sampled; the log-probs are the policy's own.
 */
import { type HoneError, isError, isHoneError } from "../core/errors.ts";
import type { ConversationSettings, Message } from "../core/message.ts";
import type { Turn } from "../core/rollout.ts";
import type { Renderer } from "../ports/renderer.ts";
import type { SamplingClient } from "../ports/sampling-client.ts";
import { fatalError } from "./failures.ts";

/** A model call without tokens. */
export interface RecordedCall {
  /** What the model was given. */
  readonly messages: readonly Message[];
  /** What it answered. */
  readonly reply: Message;
  /** What the conversation says besides its messages. Default: nothing. */
  readonly settings?: ConversationSettings;
}

/** The model that a training starts from. */
export interface StartingModel {
  readonly renderer: Renderer;
  readonly policy: SamplingClient;
}

/**
 * The turn of a recorded call, as if the model had sampled the reply at temperature 1.
 * @returns undefined where the chat template gives the reply no token of its own
 * @throws  what the chat template refuses; CONTEXT_EXCEEDED for a conversation that does not fit the model
 */
export async function renderedTurn(
  { messages, reply, settings }: RecordedCall,
  { renderer, policy }: StartingModel,
): Promise<Turn | undefined> {
  const context = messages.map(asContext);
  const { weight: _, ...learned } = reply;
  const { tokens, mask } = await renderer.conversation([...context, learned], {
    ...settings,
    allowsCutContext: true,
  });
  const first = mask.indexOf(1);
  const end = mask.lastIndexOf(1) + 1;
  if (first < 1) return undefined;
  const row = tokens.slice(0, end);
  const logProbs = Array.from(await policy.logProbs(row)).slice(first);
  return {
    messages,
    reply,
    promptTokens: row.slice(0, first),
    tokens: row.slice(first),
    logProbs,
    samplingLogProbs: logProbs,
    temperature: 1,
    isTruncated: false,
    stopReason: "stop",
    weightsVersion: policy.weightsVersion,
  };
}

/** A turn that a model can read. */
export interface ReadTurn {
  readonly turn: Turn;
  /** Whether reasoning was left out of it. */
  readonly isWithout: boolean;
}

/** A call that a model cannot read. */
export interface UnreadableCall {
  /** What its template or its context refuses; undefined where the template gives the reply no token of its own. */
  readonly refusal: HoneError | undefined;
}

/**
 * The turn of a recorded call, or why the model cannot read it.
 * @throws errors that stop the run
 */
export async function readCall(
  call: RecordedCall,
  model: StartingModel,
): Promise<ReadTurn | UnreadableCall> {
  try {
    const { turn, isWithout } = await renderedWithoutReasoning(call, model);
    return turn === undefined ? { refusal: undefined } : { turn, isWithout };
  } catch (error) {
    const stops = fatalError(error) !== undefined || isError(error, "CANCELLED");
    if (!isHoneError(error) || stops) throw error;
    return { refusal: error };
  }
}

/**
 * The same as `renderedTurn`; where the model's template has no place for reasoning, without it. A recorded model thought in a way of its own,
 * and what it answered can be learned all the same.
 * @returns also whether reasoning was left out
 * @throws as `renderedTurn`
 */
async function renderedWithoutReasoning(
  call: RecordedCall,
  model: StartingModel,
): Promise<{ readonly turn: Turn | undefined; readonly isWithout: boolean }> {
  try {
    return { turn: await renderedTurn(call, model), isWithout: false };
  } catch (error) {
    const isLacking = isError(error, "CHAT_TEMPLATE_LACKS") && error.facts.feature === "reasoning";
    if (!isLacking) throw error;
    const messages = call.messages.map(withoutReasoning);
    const said = { ...call, messages, reply: withoutReasoning(call.reply) };
    return { turn: await renderedTurn(said, model), isWithout: true };
  }
}

function withoutReasoning({ reasoning: _, ...message }: Message): Message {
  return message;
}

/** Earlier answers are given, not learned. */
const asContext = (message: Message): Message =>
  message.role === "assistant" ? { ...message, weight: 0 } : message;
