/**
 * A message of ShareGPT's form, as data sets of agents write it:
 *
 *     {"from": "function_call", "value": "{\"name\": \"buy\", \"arguments\": {\"n\": 2}}"}
 *
 * It becomes a message of the common form, in which chat templates read it: `human` is the user, `gpt` the assistant,
 * `function_call` an assistant's call of one tool or a list of them, `observation` what a tool gave back.
 */
import { z } from "zod";
import { elementsOf, membersOf } from "../core/json-text.ts";
import type { Message, Role, ToolCall } from "../core/message.ts";
import { entryError, type DataEntry } from "./data-line-error.ts";

/** Who says it, by the names in use → the common role. `calls` marks an assistant's calls of tools. */
const speakers = {
  system: "system",
  human: "user",
  user: "user",
  gpt: "assistant",
  assistant: "assistant",
  chatgpt: "assistant",
  model: "assistant",
  function_call: "calls",
  tool_call: "calls",
  observation: "tool",
  tool: "tool",
  tool_response: "tool",
  function_response: "tool",
} as const satisfies Record<string, Role | "calls">;

type Speaker = keyof typeof speakers;

/** The schema of a message. */
export const shareGptMessage = z.strictObject({
  from: z.enum(Object.keys(speakers) as [Speaker, ...Speaker[]]),
  value: z.string(),
  weight: z.union([z.literal(0), z.literal(1)]).nullish(),
});

/** A checked message. */
export type ShareGptMessage = z.infer<typeof shareGptMessage>;

const calledTool = z.strictObject({
  name: z.string(),
  arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
});

/**
 * The messages in the common form. Results of tools answer the calls before them in their order.
 * @throws DATA_LINE_INVALID where a `function_call` holds no call
 */
export function shareGptMessages(
  given: readonly ShareGptMessage[],
  entry: DataEntry,
  key: string,
): Message[] {
  let callCount = 0;
  const waiting: string[] = [];
  return given.map(({ from, value, weight }, i) => {
    const role = speakers[from];
    const context = weight === 0 && { weight: 0 as const };
    if (role === "calls") {
      const calls = readCalls(value, () => entryError(entry, notACall, [key, i, "value"]));
      const toolCalls = calls.map(({ name, text }): ToolCall => ({
        id: `call_${++callCount}`,
        name,
        arguments: text,
      }));
      waiting.push(...toolCalls.map(({ id }) => id));
      const written = writtenCalls(calls);
      return { role: "assistant", content: "", toolCalls, ...context, written };
    }
    if (role !== "tool") return { role, content: value, ...context };
    const id = waiting.shift();
    const written = JSON.stringify({ role, content: value });
    return { role, content: value, ...(id !== undefined && { toolCallId: id }), written };
  });
}

const notACall =
  'expected the JSON text of a call, {"name": "…", "arguments": {…}}, or of a list of them';

/** A call, with its arguments as text and as the file has them: a JSON text, or the JSON of a text. */
interface Call {
  readonly name: string;
  readonly text: string;
  readonly written: string;
}

function readCalls(value: string, failure: () => Error): readonly Call[] {
  let json: unknown;
  try {
    json = JSON.parse(value);
  } catch {
    throw failure();
  }
  const texts = Array.isArray(json) ? elementsOf(value).map(({ text }) => text) : [value];
  const calls = z
    .array(calledTool)
    .min(1)
    .safeParse(Array.isArray(json) ? json : [json]);
  if (!calls.success) throw failure();
  return calls.data.map(({ name, arguments: given }, i) => {
    const written = membersOf(texts[i]!).get("arguments")?.text ?? "{}";
    return { name, text: typeof given === "string" ? given : written, written };
  });
}

/** The message that stands for calls in the common form. */
function writtenCalls(calls: readonly Call[]): string {
  const texts = calls.map(
    ({ name, written }) =>
      `{"type": "function", "function": {"name": ${JSON.stringify(name)}, "arguments": ${written}}}`,
  );
  return `{"role": "assistant", "content": "", "tool_calls": [${texts.join(", ")}]}`;
}
