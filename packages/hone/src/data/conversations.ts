/**
 * Reads a user's conversations: a file with one JSON object on each line, a common format for teaching chat models.
 *
 *     {"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}], "weight": 2}
 *
 * Every assistant message is learned; the others are context. A message may also have `reasoning_content`, `tool_calls` and
 * `tool_call_id`. Empty lines are skipped. A line that cannot be used is an error that names line and column.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { HoneError, messageOf } from "../core/errors.ts";
import type { Message } from "../core/message.ts";

/** One conversation of a file. */
export interface Conversation {
  /** Its line in the file, from 1. */
  readonly line: number;
  readonly messages: readonly Message[];
  /** How much it counts, relative to the others. */
  readonly weight: number;
}

/** A file of conversations. */
export interface ConversationFile {
  readonly conversations: readonly Conversation[];
  /** SHA-256 of the file, by which a resumed run knows that the file is the same. */
  readonly digest: string;
}

const toolCall = z.strictObject({
  id: z.string(),
  type: z.literal("function").optional(),
  function: z.strictObject({ name: z.string(), arguments: z.string() }),
});

const message = z.strictObject({
  role: z.enum(["system", "user", "assistant", "tool"]),
  /** Many files have null beside tool calls. */
  content: z.string().nullable(),
  reasoning_content: z.string().optional(),
  tool_calls: z.array(toolCall).optional(),
  tool_call_id: z.string().optional(),
});

const conversation = z.strictObject({
  messages: z.array(message).min(1),
  weight: z.number().positive().default(1),
});

/**
 * The conversations of a file, in its order.
 * @throws DATA_UNREADABLE, DATA_EMPTY; DATA_LINE_INVALID, CONFIG_UNKNOWN_KEY naming line and column
 * @example const { conversations } = await readConversations("support.jsonl");
 */
export async function readConversations(file: string): Promise<ConversationFile> {
  const { bytes, text } = await readData(file);
  const conversations = text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    return [readLine(line, { file, line: i + 1 })];
  });
  if (conversations.length === 0) throw new HoneError("DATA_EMPTY", { where: file });
  return { conversations, digest: createHash("sha256").update(bytes).digest("hex") };
}

async function readData(file: string): Promise<{ bytes: Buffer; text: string }> {
  try {
    const bytes = await readFile(file);
    return { bytes, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (cause) {
    throw new HoneError("DATA_UNREADABLE", { file, reason: messageOf(cause) }, { cause });
  }
}

/** A line of a file. */
interface LinePlace {
  readonly file: string;
  readonly line: number;
}

function readLine(text: string, place: LinePlace): Conversation {
  const json = parseJson(text, place);
  const result = conversation.safeParse(json);
  if (!result.success) throw refusal(text, json, result.error.issues, place);
  const { messages, weight } = result.data;
  if (!messages.some(({ role }) => role === "assistant")) {
    const problem = "it has no assistant message, so there is nothing to learn from it";
    throw new HoneError("DATA_LINE_INVALID", { ...place, problem });
  }
  return { line: place.line, weight, messages: messages.map(toMessage) };
}

function parseJson(text: string, place: LinePlace): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const said = messageOf(cause);
    const offset = /at position (\d+)/.exec(said)?.[1];
    const column = offset === undefined ? {} : { column: Number(offset) + 1 };
    const problem = `it is not JSON (${said.replace(/ in JSON at position .*$/s, "")})`;
    throw new HoneError("DATA_LINE_INVALID", { ...place, ...column, problem }, { cause });
  }
}

/** The error of a line, with the path and the column of the wrong part. A misspelt key is named before a missing one. */
function refusal(
  text: string,
  json: unknown,
  issues: readonly z.core.$ZodIssue[],
  place: LinePlace,
): HoneError {
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0]!;
  const isUnknown = issue.code === "unrecognized_keys";
  const path = isUnknown ? [...issue.path, issue.keys[0]!] : issue.path;
  const column = columnOf(text, path, isUnknown);
  const at = { ...(column === undefined ? {} : { column }) };
  const key = pathText(path);
  if (isUnknown) {
    const { file: where, line } = place;
    const known = knownKeys(issue.path);
    return column === undefined
      ? new HoneError("CONFIG_UNKNOWN_KEY", { where: `${where}:${line}`, key, known })
      : new HoneError("CONFIG_UNKNOWN_KEY", { where, line, column, key, known });
  }
  const said = issue.message.replace(/^Invalid (input|option): /, "");
  const problem = `${key === "" ? "" : `${key}: `}${said}, got ${shown(json, path)}`;
  return new HoneError("DATA_LINE_INVALID", { ...place, ...at, problem });
}

/** The start of the value at a path. */
function shown(json: unknown, path: readonly PropertyKey[]): string {
  let value = json;
  for (const part of path) value = (value as Record<PropertyKey, unknown>)[part];
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** The keys that the object at a path may have; the deepest is `messages.0.tool_calls.0.function`. */
function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  const names = path.filter((part) => typeof part === "string");
  const object = { "": conversation, messages: message, tool_calls: toolCall }[names.at(-1) ?? ""];
  return Object.keys((object ?? toolCall.shape.function).shape);
}

/** `messages[1].tool_calls[0].id` */
const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");

/** The column of a key or of its value in a line, from 1. The parser of YAML, which includes JSON, keeps positions. */
function columnOf(text: string, path: readonly PropertyKey[], isKey: boolean): number | undefined {
  const document = parseDocument(text, { lineCounter: new LineCounter(), prettyErrors: false });
  const parent: unknown = document.getIn(path.slice(0, -1), true);
  const pairs = (parent as { readonly items?: readonly unknown[] } | undefined)?.items ?? [];
  const name = path.at(-1);
  const node: unknown = isKey
    ? (pairs as readonly { readonly key?: { readonly value?: unknown } }[]).find(
        ({ key }) => key?.value === name,
      )?.key
    : document.getIn(path, true);
  const range = (node as { readonly range?: readonly number[] } | undefined)?.range;
  return range === undefined ? undefined : range[0]! + 1;
}

function toMessage(given: z.infer<typeof message>): Message {
  const { role, content, reasoning_content: reasoning, tool_calls: calls } = given;
  return {
    role,
    content: content ?? "",
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(calls === undefined
      ? {}
      : { toolCalls: calls.map(({ id, function: called }) => ({ id, ...called })) }),
    ...(given.tool_call_id === undefined ? {} : { toolCallId: given.tool_call_id }),
  };
}
