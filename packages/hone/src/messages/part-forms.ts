/**
 * The table of forms: what each kind of part of a message holds, by the name that its provider, SDK or telemetry dialect
 * gives it. Every reader uses it; a new kind is one row.
 */
import { messageOf } from "../core/errors.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import type { ToolCall } from "../core/message.ts";
import { MessageBuilder, type MessageParts, type ToolMessage } from "./message-builder.ts";
import { isImageType, readFile } from "./message-images.ts";
import { firstField, jsonText, plainText } from "./plain-text.ts";
import { sdkResultText } from "./tool-results.ts";

type PartForm = (part: JsonObject, into: MessageParts) => void;

const text: PartForm = (part, into) => {
  const said = textIn(part);
  if (said === undefined) into.unplaced(part);
  else into.text(said);
};

const reasoning: PartForm = (part, into) => into.reasoning(reasoningText(part));

const call: PartForm = (part, into) => readCall(part, into);

/** A call whose arguments are an object: without any, they are `{}`. */
const callWithObject: PartForm = (part, into) => readCall(part, into, "{}");

const result: PartForm = (part, into) => {
  const id = callIdOf(part);
  const message = readResult(firstField(part, resultFields), into);
  into.result({ ...message, ...(id === "" ? {} : { toolCallId: id }) });
};

const approval: PartForm = ({ approvalId, approved, reason }, into) =>
  into.result({ content: jsonText({ approvalId, approved, reason }) });

const file: PartForm = (part, into) => {
  const found = readFile(part, into.options.maxImageCharacters);
  if (found === undefined) return into.unplaced(part);
  if (typeof found !== "string") return into.image(found);
  into.text(found);
  into.leftOut();
};

/** Reads one of the pictures that a message lists beside its content. */
export function readImage(image: unknown, into: MessageParts): void {
  if (isObject(image)) file(image, into);
  else into.unplaced(image);
}

/** A part that says what other parts or spans say already: it is left out. */
const repeated: PartForm = (_, into) => into.leftOut();

/** Each kind as it is spelt with `_` and with `-`. */
const spellings = (kinds: string): readonly string[] =>
  kinds.split(" ").flatMap((kind) => [kind, kind.replaceAll("_", "-")]);

const rows = (kinds: string, form: PartForm): (readonly [string, PartForm])[] =>
  spellings(kinds).map((kind) => [kind, form]);

/** Kind of part → how it is read. */
const partForms: ReadonlyMap<string, PartForm> = new Map([
  ...rows("text input_text output_text summary_text refusal", text),
  ...rows("reasoning reasoning_text thinking", reasoning),
  ...rows("tool_call function_call", call),
  ...rows("tool_use", callWithObject),
  ...rows("tool_result tool_error tool_call_response", result),
  ...rows("tool_approval_response", approval),
  ...rows("image image_url uri blob file", file),
  ...rows("tool_approval_request source step_start", repeated),
]);

/** Kinds of parts that repeat the calls which a message lists beside its content. */
const callKinds: ReadonlySet<string> = new Set(
  spellings("tool_use tool_call tool_call_chunk function_call input_json_delta"),
);

const textFields = ["text", "content", "refusal", "transcript"];
const reasoningFields = ["text", "content", "thinking", "reasoning", "summary"];
const argumentFields = ["arguments", "input", "args"];
const callIdFields = ["toolCallId", "callId", "call_id", "tool_call_id", "tool_use_id", "id"];
const resultFields = ["response", "result", "output", "content", "error"];

/** The id of a call, in the call and in its result; empty where there is none. */
export const callIdOf = (given: JsonObject): string => plainText(firstField(given, callIdFields));

export const isCallPart = (part: unknown): boolean => isObject(part) && callKinds.has(kindOf(part));

/** Reads the content of a message: a text, a part, or a list of both. */
export function readContent(content: unknown, into: MessageParts): void {
  if (content === undefined || content === null) return;
  if (!Array.isArray(content)) return readPart(content, into);
  for (const part of content) readPart(part, into);
}

function readPart(given: unknown, into: MessageParts): void {
  if (typeof given === "string") return into.text(given);
  if (!isObject(given)) return into.unplaced(given);
  const part = withoutPrefix(given);
  const form = formOf(part);
  if (form !== undefined) return form(part, into);
  // Of a kind that the table does not have, the text can still be read.
  const said = textIn(part);
  if (said === undefined) return into.unplaced(part);
  into.text(said);
  into.leftOut();
}

const kindOf = ({ type }: JsonObject): string => (typeof type === "string" ? type : "text");

function formOf(part: JsonObject): PartForm | undefined {
  const kind = kindOf(part);
  return partForms.get(kind) ?? (isImageType(kind) ? file : undefined);
}

function textIn(part: JsonObject): string | undefined {
  const name = textFields.find((field) => typeof part[field] === "string");
  return name === undefined ? undefined : (part[name] as string);
}

/** What a model thought: a text, a part that holds one, or the list of texts of a summary. */
export function reasoningText(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(reasoningText).filter(Boolean).join("\n");
  return isObject(value) ? reasoningText(firstField(value, reasoningFields)) : "";
}

/**
 * Reads a call of a tool.
 *
 * @param absent  what stands for the arguments of a call without any. Default: an empty text
 */
export function readCall(given: unknown, into: MessageParts, absent = ""): void {
  const found = isObject(given) ? toolCall(given, into, absent) : undefined;
  if (found === undefined) into.unplaced(given);
  else into.call(found);
}

function toolCall(given: JsonObject, into: MessageParts, absent: string): ToolCall | undefined {
  const outer = isObject(given["tool_call"]) ? given["tool_call"] : given;
  const inner = isObject(outer["function"]) ? outer["function"] : outer;
  const id = callIdOf(outer);
  const name = plainText(firstField(inner, ["name", "toolName"]));
  if (name === "" && id === "") return undefined;
  return { id, name, arguments: argumentsText(firstField(inner, argumentFields) ?? absent, into) };
}

/** Text that the model wrote stays as it is. Parsing and writing it again would cost long numbers their last digits. */
function argumentsText(given: unknown, { options: { toText = jsonText } }: MessageParts): string {
  return typeof given === "string" ? given : toText(given);
}

/** What a tool gave back: its texts and pictures, data as JSON. */
export function readResult(value: unknown, into: MessageParts): ToolMessage {
  const { toText = jsonText } = into.options;
  if (typeof value === "string") return { content: value };
  if (value === undefined || value === null) return { content: "" };
  if (value instanceof Error) return { content: messageOf(value) };
  const text = isObject(value) ? sdkResultText(value, toText) : undefined;
  if (text !== undefined) return { content: text };
  const parts = Array.isArray(value) ? value : [value];
  if (!isPartList(parts)) return { content: toText(value) };
  const builder = new MessageBuilder(into.options);
  readContent(parts, builder);
  if (!builder.isWhole) into.leftOut();
  const [{ role: _, ...message } = { role: "tool", content: "" }] = builder.messages("tool");
  return message;
}

/** True for a list of message parts, false for other data: some part must be of a known kind. */
const isPartList = (values: readonly unknown[]): boolean =>
  values.every((one) => isObject(one) && typeof one["type"] === "string") &&
  values.some((one) => formOf(one as JsonObject) !== undefined);

/** OpenInference names fields `message_content.text`, `tool_call.id`; as trees they stand one level deeper. */
export function withoutPrefix(value: JsonObject): JsonObject {
  const inner = value["message_content"] ?? value["tool_call"];
  return isObject(inner) && Object.keys(value).length === 1 ? inner : value;
}
