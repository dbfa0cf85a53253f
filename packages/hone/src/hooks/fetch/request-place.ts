/** Tells which conversation a request goes on with, so that results of tools are recorded in the trace that called them. */
import { createHash } from "node:crypto";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { WireRequest } from "../../messages/wires/wire.ts";

/** What is known of the place of a request in its conversation. */
export interface RequestPlace {
  readonly request: WireRequest;
  /** What the request goes through. Default "fetch". */
  readonly via?: string;
  /** The provider's id of the answer before, in a request that sends only what is new. */
  readonly previous?: string;
  /** The provider's id of the conversation, in a request that sends only what is new. */
  readonly thread?: string;
}

/** What a later request must agree with to go on from a model call that called tools. */
export interface CallPlace {
  /** The provider's id of the answer. */
  readonly responseId: string | undefined;
  /** The provider's id of the conversation. */
  readonly thread: string | undefined;
  /** How many messages, without instructions, the call was given. */
  readonly messages: number;
  /** SHA-256 of these messages. */
  readonly digest: string;
}

/** Reads the place of a request from its body. */
export function placeOfRequest(request: WireRequest, body: JsonObject): RequestPlace {
  const { previous_response_id: previous, conversation } = body;
  const thread = isObject(conversation) ? conversation["id"] : conversation;
  return {
    request,
    ...(typeof previous === "string" ? { previous } : {}),
    ...(typeof thread === "string" ? { thread } : {}),
  };
}

/** The place of a model call, once it is answered. */
export function placeOfCall({ request, thread }: RequestPlace, responseId?: string): CallPlace {
  const messages = said(request);
  return { responseId, thread, messages: messages.length, digest: digest(messages) };
}

/**
 * Whether a request goes on from a model call: it names that call's answer or its conversation, or repeats its messages word for
 * word. Ids of tool calls do not decide, since some servers count them from 0 in every conversation.
 */
export function continuesFrom(place: RequestPlace, call: CallPlace): boolean {
  if (place.previous !== undefined) return place.previous === call.responseId;
  if (place.thread !== undefined) return place.thread === call.thread;
  const messages = said(place.request);
  if (call.messages === 0 || messages.length <= call.messages) return false;
  return digest(messages.slice(0, call.messages)) === call.digest;
}

/** The messages without instructions, which may change from request to request: many hold the time. */
const said = ({ input }: WireRequest): readonly Message[] =>
  typeof input === "string" ? [] : input.filter(({ role }) => role !== "system");

const digest = (messages: readonly Message[]): string =>
  createHash("sha256").update(JSON.stringify(messages)).digest("base64");
