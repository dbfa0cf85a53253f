/** Tells messages in our own form, which need no reading, from those of other libraries. */
import { isObject, type JsonObject } from "../core/json.ts";
import type { Message } from "../core/message.ts";

const fields: ReadonlySet<string> = new Set(
  "role content images reasoning toolCalls toolCallId".split(" "),
);

const roles: ReadonlySet<unknown> = new Set(["system", "user", "assistant", "tool"]);

/** True for a message that has only the fields of a `Message`, each of its own type. */
export function isOwnMessage(value: unknown): value is Message {
  if (!isObject(value) || !roles.has(value["role"]) || typeof value["content"] !== "string") {
    return false;
  }
  for (const key of Object.keys(value)) if (!fields.has(key)) return false;
  const { images, reasoning, toolCalls, toolCallId } = value;
  return (
    isTextOrAbsent(reasoning) &&
    isTextOrAbsent(toolCallId) &&
    isListOf(
      images,
      ({ url, mediaType }) => typeof url === "string" && isTextOrAbsent(mediaType),
    ) &&
    isListOf(toolCalls, (call) => ["id", "name", "arguments"].every((key) => isText(call[key])))
  );
}

const isText = (value: unknown): boolean => typeof value === "string";

const isTextOrAbsent = (value: unknown): boolean => value === undefined || isText(value);

const isListOf = (value: unknown, isOne: (one: JsonObject) => boolean): boolean =>
  value === undefined ||
  (Array.isArray(value) && value.every((one) => isObject(one) && isOne(one)));
