/** Where in which conversation a request stands, so that the results of tools reach the trace that called them. */
import { createHash } from "node:crypto";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { WireRequest } from "../../messages/wires/wire.ts";

export interface Place {
  readonly request: WireRequest;
  /** The provider's id of the answer that the request goes on from, where it does not repeat the conversation. */
  readonly previous?: string;
  /** The provider's id of the conversation, where the provider keeps it. */
  readonly thread?: string;
}

/** By what a call of a tool knows the request that goes on from it. */
export interface Beginning {
  readonly responseId: string | undefined;
  readonly thread: string | undefined;
  /** How many messages, besides instructions, had been said, and their digest. */
  readonly messages: number;
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
 * Whether a request goes on from a call, besides the call's id, which some servers count from 0 in every conversation: it
 * names the answer or the conversation, or repeats word for word what had been said.
 */
export function goesOn(place: Place, beginning: Beginning): boolean {
  if (place.previous !== undefined) return place.previous === beginning.responseId;
  if (place.thread !== undefined) return place.thread === beginning.thread;
  const messages = said(place.request);
  if (beginning.messages === 0 || messages.length <= beginning.messages) return false;
  return digest(messages.slice(0, beginning.messages)) === beginning.digest;
}

/** Instructions may change from request to request: the time is in many. */
const said = ({ input }: WireRequest): readonly Message[] =>
  typeof input === "string" ? [] : input.filter(({ role }) => role !== "system");

const digest = (messages: readonly Message[]): string =>
  createHash("sha256").update(JSON.stringify(messages)).digest("base64");
