/** The check of what an agent gives to `model.chat`, so that a slip is named there and not by a template later. */
import { editDistance } from "../core/edit-distance.ts";
import { HoneError } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import type { Message, Role } from "../core/message.ts";
import { shownValue } from "../core/shown-value.ts";

const roles: readonly Role[] = ["system", "user", "assistant", "tool"];

/** @throws MESSAGES_INVALID for what is no list of messages, an unknown role, and a content that is no text */
export function checkMessages(messages: unknown): asserts messages is readonly Message[] {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw invalid("messages", messages, "a list of at least one message");
  }
  messages.forEach((message: unknown, i) => checkMessage(message, `messages[${i}]`));
}

function checkMessage(message: unknown, part: string): void {
  if (!isObject(message)) throw invalid(part, message, "an object with role and content");
  const { role, content, toolCalls } = message;
  if (!roles.some((known) => known === role)) {
    const near = roles.find((known) => typeof role === "string" && editDistance(role, known) <= 2);
    const meant = near === undefined ? "" : ` (did you mean "${near}"?)`;
    throw invalid(`${part}.role`, role, `"system", "user", "assistant" or "tool"${meant}`);
  }
  const isCall = Array.isArray(toolCalls) && toolCalls.length > 0 && (content ?? null) === null;
  if (typeof content !== "string" && !isCall) throw invalid(`${part}.content`, content, "a text");
}

const invalid = (part: string, got: unknown, expected: string): HoneError<"MESSAGES_INVALID"> =>
  new HoneError("MESSAGES_INVALID", { where: "model.chat", part, got: shownValue(got), expected });
