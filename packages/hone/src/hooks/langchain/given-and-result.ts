/** What LangChain's runs are given and give back, besides a model's messages: tasks in words, results of tools, errors. */
import { fieldsOf, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { jsonText, plainText } from "../../messages/plain-text.ts";
import { readMessages } from "../../messages/read-messages.ts";

/** The task of a chain: the user's last message in what it was given, else a text in it, else all of it as JSON. */
export function taskOf(given: unknown): string {
  if (typeof given === "string") return given;
  const fields = fieldsOf(given);
  const messages = Array.isArray(given) ? given : fields["messages"];
  if (messages !== undefined) {
    const all = readMessages(messages);
    const asked = all.findLast(({ role }) => role === "user") ?? all.at(-1);
    if (asked !== undefined) return asked.content;
  }
  const named = ["input", "question", "query", "prompt", "task"].map((key) => fields[key]);
  const text = named.find((one) => typeof one === "string");
  return typeof text === "string" ? text : jsonText(given);
}

/** The result of a tool as a value: of a ToolMessage its content, of documents their texts and metadata. */
export function resultOf(result: unknown): JsonValue {
  if (Array.isArray(result)) return result.map(resultOf);
  if (!isObject(result)) return result as JsonValue;
  if (typeof result["pageContent"] === "string") return documentOf(result);
  if ("tool_call_id" in result) return result["content"] as JsonValue;
  return result as JsonValue;
}

const documentOf = ({ pageContent, metadata, id }: JsonObject): JsonValue => ({
  pageContent: pageContent as string,
  metadata: (metadata ?? {}) as JsonValue,
  ...(typeof id === "string" ? { id } : {}),
});

/** What LangGraph throws to stop or to leave a graph, which is no failure. */
const signals = new Set(["GraphInterrupt", "NodeInterrupt", "GraphBubbleUp", "ParentCommand"]);

export const isSignal = (error: unknown): boolean =>
  isObject(error) && signals.has(plainText(error["name"]));
