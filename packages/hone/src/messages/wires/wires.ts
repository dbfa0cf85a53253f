/** The table of endpoints: the path under which a provider is asked → the wire it speaks. */
import type { JsonObject } from "../../core/json.ts";
import { anthropicMessages } from "./anthropic-messages.ts";
import { chatCompletions } from "./chat-completions.ts";
import { embeddings } from "./embeddings.ts";
import { responses } from "./responses.ts";
import type { Wire } from "./wire.ts";

export const endpoints: Readonly<Record<string, Wire>> = {
  "chat/completions": chatCompletions,
  completions: chatCompletions,
  responses,
  messages: anthropicMessages,
  embeddings,
};

/** The wire that a body is an answer of. */
export const wireOfAnswer = (body: JsonObject): Wire | undefined =>
  Object.values(endpoints).find((wire) => wire.isAnswer(body));
