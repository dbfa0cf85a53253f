/**
 * Takes a model's reply apart into reasoning, tool calls and text.
 *
 * Only forms that the model's own template writes are looked for, so that a model without tools can write about
 * `<tool_call>`. The forms: `<think>…</think>` before the text (the prompt may hold the opening mark),
 * `<tool_call>{…}</tool_call>` after it; with Mistral, `[TOOL_CALLS] [{…}, …]` or `[TOOL_CALLS]name[ARGS]{…}`; with Llama 3, a
 * reply that is one JSON object with `name` and `parameters`. Arguments are the model's text, letter by letter.
 */
import { randomBits } from "../core/random.ts";
import type { Message, ToolCall } from "../core/message.ts";

/** A reply cut behind its reasoning. */
interface Parts {
  readonly reasoning?: string;
  readonly rest: string;
}

/**
 * The message that a reply is.
 * @param text   the reply without its end-of-turn token
 * @param source the chat template's text
 * @param seed   decides the ids of tool calls: the same reply gives the same ids
 */
export function parseReply(text: string, source: string, seed: readonly number[] = []): Message {
  const { reasoning, rest } = source.includes("</think>") ? splitReasoning(text) : { rest: text };
  const { calls, content } = splitCalls(rest, source);
  const stem = randomBits("tool call", ...seed)
    .toString(16)
    .padStart(8, "0");
  const toolCalls = calls.map((call, i): ToolCall => ({ id: callId(stem, i), ...call }));
  return {
    role: "assistant",
    content,
    ...(reasoning !== undefined && { reasoning }),
    ...(toolCalls.length > 0 && { toolCalls }),
  };
}

/** Nine letters and digits: the templates of Mistral's models refuse every other id. */
const callId = (stem: string, index: number): string =>
  (index < 36 ? stem : randomBits(stem, index).toString(16).padStart(8, "0")) +
  (index % 36).toString(36);

function splitReasoning(text: string): Parts {
  const end = text.indexOf("</think>");
  if (end < 0) {
    // The reply was cut before the thought ended: all of it is reasoning.
    const open = /^\s*<think>\n?/u.exec(text);
    return open === null ? { rest: text } : { reasoning: text.slice(open[0].length), rest: "" };
  }
  const reasoning = text
    .slice(0, end)
    .replace(/^\s*<think>/u, "")
    .trim();
  const rest = text.slice(end + "</think>".length).replace(/^\n+/u, "");
  return reasoning === "" ? { rest } : { reasoning, rest };
}

/** A tool call before it has an id. */
type WrittenCall = Omit<ToolCall, "id"> & { readonly id?: string };

function splitCalls(text: string, source: string): { calls: WrittenCall[]; content: string } {
  if (source.includes("<tool_call>")) {
    const calls: WrittenCall[] = [];
    const content = text.replace(/\s*<tool_call>(.*?)<\/tool_call>/gsu, (_, body: string) => {
      calls.push(readCall(body.trim(), "arguments"));
      return "";
    });
    return { calls, content };
  }
  if (source.includes("[TOOL_CALLS]")) {
    const at = text.indexOf("[TOOL_CALLS]");
    if (at < 0) return { calls: [], content: text };
    const calls = text.slice(at).split("[TOOL_CALLS]").slice(1).flatMap(readMistralCalls);
    return { calls, content: text.slice(0, at).trim() };
  }
  if (source.includes("tool_calls") && source.includes('"parameters"')) {
    const body = text.trim().replace(/^<\|python_tag\|>/u, "");
    const isCall = /^\{\s*"name"\s*:.*"parameters"\s*:.*\}$/su.test(body);
    if (isCall) return { calls: [readCall(body, "parameters")], content: "" };
  }
  return { calls: [], content: text };
}

/** What stands behind one `[TOOL_CALLS]`: a list of calls, or one call as `name[ARGS]{…}` with or without `[CALL_ID]`. */
function readMistralCalls(text: string): WrittenCall[] {
  const one = /^\s*([\w.-]+?)\s*(?:\[CALL_ID\]\s*(\w+)\s*)?(?:\[ARGS\])?\s*(\{.*)$/su.exec(text);
  if (one !== null) {
    const [, name = "", id, values = ""] = one;
    return [{ name, arguments: values.trim(), ...(id !== undefined && { id }) }];
  }
  const body = text.trim();
  const items = body.startsWith("[") && isJson(body) ? partsOf(body) : [body];
  return items.map((item) => {
    const id = isJson(item) ? textOf(memberOf(item, "id")) : undefined;
    return { ...readCall(item, "arguments"), ...(id !== undefined && { id }) };
  });
}

/** The name and the arguments as written. A call that names no tool gets the name "" and its whole text as arguments. */
function readCall(body: string, key: "arguments" | "parameters"): WrittenCall {
  if (body.startsWith("{") && isJson(body)) {
    const name = textOf(memberOf(body, "name")) ?? "";
    return { name, arguments: memberOf(body, key) ?? "{}" };
  }
  const name = /"name"\s*:\s*"((?:[^"\\]|\\.)*)"/u.exec(body)?.[1] ?? "";
  const written = new RegExp(`"${key}"\\s*:\\s*(.*)\\}\\s*$`, "su").exec(body)?.[1]?.trim();
  return { name, arguments: written ?? body };
}

/** The text of a member's value in the text of a JSON object, as it is written there; undefined without the member. */
function memberOf(object: string, name: string): string | undefined {
  for (const part of partsOf(object).toReversed()) {
    const [, key = "", value = ""] = /^("(?:[^"\\]|\\.)*")\s*:\s*(.*)$/su.exec(part) ?? [];
    if (key !== "" && JSON.parse(key) === name) return value;
  }
  return undefined;
}

/** The texts between the outermost commas of the text of a JSON object or list. */
function partsOf(json: string): string[] {
  const inner = json.trim().slice(1, -1);
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of inner.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},]/gsu)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (token === "," && depth === 0) {
      parts.push(inner.slice(start, index).trim());
      start = index + 1;
    }
  }
  const last = inner.slice(start).trim();
  return last === "" ? parts : [...parts, last];
}

/** The text that a JSON string is; undefined for another value. */
function textOf(json: string | undefined): string | undefined {
  return json?.startsWith('"') ? (JSON.parse(json) as string) : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
