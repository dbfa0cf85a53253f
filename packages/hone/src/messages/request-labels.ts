/** What a request to a model says of its conversation and user, beside the messages: `user`, `metadata`, `conversation`. */
import { fieldsOf, isObject, type JsonObject, type JsonValue } from "../core/json.ts";
import {
  completeLabels,
  labelsOfMetadata,
  labelText,
  type TraceLabels,
} from "../core/trace-labels.ts";

/** Fields that identify a request for its provider and are no user or session of the app: kept as metadata. */
const kept = ["safety_identifier", "prompt_cache_key"] as const;

/**
 * The labels in the body of a request: OpenAI's `user`, `metadata` and `conversation`, Anthropic's `metadata.user_id`.
 * @example labelsOfRequest({ model: "gpt-4o", user: "u1", metadata: { session_id: "s1" } }); // { user: "u1", session: "s1", … }
 */
export function labelsOfRequest(body: JsonObject): TraceLabels {
  const { metadata, user, conversation } = body;
  const others = kept.flatMap((name) =>
    typeof body[name] === "string" ? [[name, body[name] as JsonValue] as const] : [],
  );
  const given = { ...(isObject(metadata) ? metadata : {}), ...Object.fromEntries(others) };
  // OpenAI's Responses name a stored conversation by its id, or by an object with the id.
  const session = labelText(conversation) ?? labelText(fieldsOf(conversation)["id"]);
  const named = labelText(user);
  const own = {
    ...(session === undefined ? {} : { session }),
    ...(named === undefined ? {} : { user: named }),
  };
  return completeLabels(own, labelsOfMetadata(given));
}
