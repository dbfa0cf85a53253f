/** One tool call in the text of a reply, read letter by letter. */
import type { ToolCall } from "../../core/message.ts";
import { elementsOf, membersOf } from "../../core/json-text.ts";

/** A tool call as it was written: without an id where the form has none. */
export type WrittenCall = Omit<ToolCall, "id"> & { readonly id?: string };

/** The members in which calls hold their arguments, by how common they are. */
const argumentKeys = ["arguments", "parameters"] as const;

/**
 * The name and the arguments of a call that is a JSON object. Arguments are the model's text, letter by letter.
 *
 * A text that is no JSON keeps the name where one can be read, and what stands behind its arguments' key. A call that names
 * no tool gets the name "" and its whole text as arguments.
 */
export function readCall(body: string): WrittenCall {
  if (body.startsWith("{") && isJson(body)) return readWhole(body);
  const name = /"name"\s*:\s*"((?:[^"\\]|\\.)*)"/u.exec(body)?.[1] ?? "";
  const written = /"(?:arguments|parameters)"\s*:\s*(.*)$/su.exec(body)?.[1]?.trim();
  return { name, arguments: written === undefined ? body : withoutLastBrace(written) };
}

/** The object's own closing brace is no part of its last member. A text that is cut has none. */
function withoutLastBrace(text: string): string {
  const inner = text.replace(/\}\s*$/u, "").trimEnd();
  return isJson(text) ? text : inner;
}

function readWhole(body: string): WrittenCall {
  const members = membersOf(body);
  const inner = members.get("function")?.text;
  if (!members.has("name") && inner?.startsWith("{") === true) return readWhole(inner);
  const name = stringOf(members.get("name")?.text ?? inner) ?? "";
  const key = argumentKeys.find((one) => members.has(one));
  const id = stringOf(members.get("id")?.text);
  const written = key === undefined ? undefined : members.get(key)?.text;
  return { name, arguments: written ?? "{}", ...(id !== undefined && { id }) };
}

/** The calls of a JSON list of them; the whole text as one call where it is no list. */
export function readCallList(text: string): WrittenCall[] {
  const body = text.trim();
  if (!body.startsWith("[") || !isJson(body)) return [readCall(body)];
  return elementsOf(body).map((item) => readCall(item.text));
}

/** The text that a JSON string is; undefined for another value. */
function stringOf(json: string | undefined): string | undefined {
  return json?.startsWith('"') === true ? (JSON.parse(json) as string) : undefined;
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
