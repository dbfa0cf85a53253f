/** One tool call in the text of a reply, read letter by letter. */
import type { ToolCall } from "../../core/message.ts";
import { elementsOf, membersOf } from "../../core/json-text.ts";

/** A tool call as it was written: without an id where the form has none. */
export type WrittenCall = Omit<ToolCall, "id"> & { readonly id?: string };

/** The members in which calls hold their name and their arguments, by how common they are. */
const nameKeys = ["name", "tool_name"] as const;
const argumentKeys = ["arguments", "parameters"] as const;

/**
 * The name and the arguments of a call that is a JSON object. Arguments are the model's text, letter by letter.
 *
 * A text that is no JSON keeps the name where one can be read, and what stands behind its arguments' key. A call that names
 * no tool gets the name "" and its whole text as arguments.
 */
export function readCall(body: string): WrittenCall {
  if (body.startsWith("{") && isJson(body)) return readWhole(body);
  const values = /"(?:arguments|parameters)"\s*:\s*(.*)$/su.exec(body);
  const written = values?.[1]?.trim();
  // A name among the arguments is not the tool's: before them it counts, and as the object's last member.
  const name =
    /"(?:tool_)?name"\s*:\s*"((?:[^"\\]|\\.)*)"/u.exec(body.slice(0, values?.index))?.[1] ??
    /\}\s*,\s*"(?:tool_)?name"\s*:\s*"((?:[^"\\]|\\.)*)"\s*\}\s*$/u.exec(body)?.[1] ??
    "";
  if (written === undefined) return { name, arguments: body };
  // The object's own closing brace is no part of its last member. A text that is cut has none.
  const isClosed = body.split("{").length === body.split("}").length;
  return { name, arguments: isClosed ? written.replace(/\s*\}$/u, "") : written };
}

function readWhole(body: string): WrittenCall {
  const members = membersOf(body);
  const inner = members.get("function")?.text;
  const hasName = nameKeys.some((key) => members.has(key));
  if (!hasName && inner?.startsWith("{") === true) return readWhole(inner);
  const named = nameKeys.flatMap((key) => members.get(key)?.text ?? [])[0];
  const name = stringOf(named ?? inner) ?? "";
  const key = argumentKeys.find((one) => members.has(one));
  const id = stringOf(members.get("id")?.text);
  const written = key === undefined ? undefined : members.get(key)?.text;
  return { name, arguments: written ?? "{}", ...(id !== undefined && { id }) };
}

/** The calls of a text that is one JSON object, a list of them, or several on lines of their own. */
export function readCalls(body: string): WrittenCall[] {
  if (isJson(body)) {
    return body.startsWith("[")
      ? elementsOf(body).map(({ text }) => readCall(text))
      : [readCall(body)];
  }
  const lines = body.split("\n").filter((line) => line.trim() !== "");
  return lines.length > 1 && lines.every(isJson)
    ? lines.map((line) => readCall(line.trim()))
    : [readCall(body)];
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
