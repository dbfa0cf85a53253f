/** Calls of functions in the reply of a model. */
import { type TypedDict, dictText, typedJson, type TypedValue } from "./typed-json.ts";

/** A call that a reply makes. */
export interface BfclCall {
  readonly name: string;
  readonly arguments: TypedDict;
}

/** What models write around calls, at either end of a line: a Markdown fence, and the marks of Hermes' form. */
const around = /^\s*(?:```(?:json)?|<tool_call>)|(?:```|<\/tool_call>)\s*$/gm;

/**
 * The calls of a reply: JSON objects with a name and arguments, as a list or one a line. A reply with anything beside them calls nothing.
 * @returns an empty list for a reply in words
 * @example callsIn('{"name": "add", "arguments": {"a": 1}}').length; // 1
 */
export function callsIn(reply: string): readonly BfclCall[] {
  const text = reply.replaceAll(around, "\n").trim();
  return callsOf([reply]) ?? callsOf([text]) ?? callsOf(linesOf(text)) ?? [];
}

const linesOf = (text: string): readonly string[] =>
  text.split("\n").filter((line) => line.trim() !== "");

/** The calls that all of the texts are; undefined where one of them is something else. */
function callsOf(texts: readonly string[]): readonly BfclCall[] | undefined {
  try {
    const values = texts.map(typedJson);
    const calls = values.flatMap((one) => (one.kind === "list" ? one.value : [one])).map(callOf);
    return calls.every((call) => call !== undefined) ? calls : undefined;
  } catch {
    return undefined;
  }
}

function callOf(value: TypedValue): BfclCall | undefined {
  if (value.kind !== "dict") return undefined;
  const [name, given] = [value.value.get("name"), value.value.get("arguments")];
  if (name?.kind !== "string" || given?.kind !== "dict") return undefined;
  return { name: name.value, arguments: given.value };
}

/** Calls as a reply, one a line. */
export const callsText = (calls: readonly BfclCall[]): string =>
  calls
    .map(
      ({ name, arguments: given }) =>
        `{"name": ${JSON.stringify(name)}, "arguments": ${dictText(given)}}`,
    )
    .join("\n");
