/**
 * Llama 3: the whole reply is a call, one JSON object with `name` and `parameters`, behind `<|python_tag|>` or without it.
 * Several objects one behind the other, with a semicolon between them or none, are several calls.
 */
import type { CallForm } from "./call-form.ts";
import { isJson, readCall } from "./written-call.ts";

const TAG = "<|python_tag|>";
const BEGINNINGS = ['{"name":', '{"type":"function"', '{"function":'];

/** True where a text begins as a call does, white space aside. */
function begins(text: string): boolean {
  const begun = withoutTag(text).replaceAll(/\s/gu, "").slice(0, 20);
  return BEGINNINGS.some((one) => begun.startsWith(one));
}

const withoutTag = (text: string): string =>
  text.trim().replace(/^(?:<\|python_(?:tag|start|end)\|>\s*)+/u, "");

function mayBegin(text: string): boolean {
  const begun = withoutTag(text).replaceAll(/\s/gu, "");
  return [TAG, ...BEGINNINGS].some((one) => one.startsWith(begun)) || begins(text);
}

export const bareCalls: CallForm = (text, { isPartial }) => {
  if (isPartial) return { content: mayBegin(text) ? "" : text, calls: [] };
  if (!begins(text)) return { content: text, calls: [] };
  const body = withoutTag(text).replace(/<\|python_end\|>$/u, "");
  return { content: "", calls: objectsIn(body).map(readCall) };
};

/** The JSON objects of a text one by one; what is no whole object is one text more. */
function objectsIn(text: string): string[] {
  const body = text.trim();
  if (body === "" || isJson(body)) return body === "" ? [] : [body];
  for (let end = body.indexOf("}"); end >= 0; end = body.indexOf("}", end + 1)) {
    const first = body.slice(0, end + 1);
    const rest = body.slice(end + 1).replace(/^\s*[;,]?\s*/u, "");
    if (isJson(first) && begins(rest)) return [first, ...objectsIn(rest)];
  }
  return [body];
}
