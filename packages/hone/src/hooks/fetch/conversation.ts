/** Tells which conversation a request goes on with, so that results of tools are recorded in the trace that called them. */
import { createHash } from "node:crypto";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { WireRequest } from "../../messages/wires/wire.ts";

/** What is known of the place of a request in its conversation. */
export interface Place {
  readonly request: WireRequest;
  /** The provider's id of the answer before, in a request that sends only what is new. */
  readonly previous?: string;
  /** The provider's id of the conversation, in a request that sends only what is new. */
  readonly thread?: string;
}

/** What a later request must agree with to go on from a model call that called tools. */
export interface Beginning {
  readonly responseId: string | undefined;
  readonly thread: string | undefined;
  /** How many messages, without instructions, the call was given. */
  readonly messages: number;
  /** SHA-256 of these messages. */
  readonly digest: string;
}

export function placeOf(request: WireRequest, body: JsonObject): Place {
  const { previous_response_id: previous, conversation } = body;
  const thread = isObject(conversation) ? conversation["id"] : conversation;
  return {
    request,
    ...(typeof previous === "string" ? { previous } : {}),
    ...(typeof thread === "string" ? { thread } : {}),
  };
}

export function beginningOf({ request, thread }: Place, responseId?: string): Beginning {
  const messages = said(request);
  return { responseId, thread, messages: messages.length, digest: digest(messages) };
}

/**
 * Whether a request goes on from a model call: it names that call's answer or its conversation, or repeats its messages word for
 * word. Ids of tool calls do not decide, since some servers count them from 0 in every conversation.
 */
export function goesOn(place: Place, beginning: Beginning): boolean {
  if (place.previous !== undefined) return place.previous === beginning.responseId;
  if (place.thread !== undefined) return place.thread === beginning.thread;
  const messages = said(place.request);
  if (beginning.messages === 0 || messages.length <= beginning.messages) return false;
  return digest(messages.slice(0, beginning.messages)) === beginning.digest;
}

/** The messages without instructions, which may change from request to request: many hold the time. */
const said = ({ input }: WireRequest): readonly Message[] =>
  typeof input === "string" ? [] : input.filter(({ role }) => role !== "system");

const digest = (messages: readonly Message[]): string =>
  createHash("sha256").update(JSON.stringify(messages)).digest("base64");
