/**
 * Takes a model's reply apart into reasoning, tool calls and text.
 *
 * Only forms that the model's own template writes are looked for, so that a model without tools can write about
 * `<tool_call>`. The forms: `<think>…</think>` before the text (the prompt may hold the opening mark),
 * `<tool_call>{…}</tool_call>` after it, or, with Llama 3, a reply that is one JSON object with `name` and `parameters`.
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
  const toolCalls = calls.map((call, i): ToolCall => ({ id: `call_${stem}_${i}`, ...call }));
  return {
    role: "assistant",
    content,
    ...(reasoning !== undefined && { reasoning }),
    ...(toolCalls.length > 0 && { toolCalls }),
  };
}

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
type WrittenCall = Omit<ToolCall, "id">;

function splitCalls(text: string, source: string): { calls: WrittenCall[]; content: string } {
  if (source.includes("<tool_call>")) {
    const calls: WrittenCall[] = [];
    const content = text.replace(/\s*<tool_call>(.*?)<\/tool_call>/gsu, (_, body: string) => {
      calls.push(readCall(body.trim(), "arguments"));
      return "";
    });
    return { calls, content };
  }
  if (source.includes("tool_calls") && source.includes('"parameters"')) {
    const body = text.trim().replace(/^<\|python_tag\|>/u, "");
    const isCall = /^\{\s*"name"\s*:.*"parameters"\s*:.*\}$/su.test(body);
    if (isCall) return { calls: [readCall(body, "parameters")], content: "" };
  }
  return { calls: [], content: text };
}

/** The name and the arguments as written. A call that names no tool gets the name "" and its whole text as arguments. */
function readCall(body: string, key: "arguments" | "parameters"): WrittenCall {
  const name = /"name"\s*:\s*"((?:[^"\\]|\\.)*)"/u.exec(body)?.[1] ?? "";
  const written = new RegExp(`"${key}"\\s*:\\s*(.*)\\}\\s*$`, "su").exec(body)?.[1]?.trim();
  try {
    const call = JSON.parse(body) as Record<string, unknown>;
    const values = call[key] ?? {};
    const isVerbatim = written !== undefined && isJson(written);
    return {
      name: typeof call["name"] === "string" ? call["name"] : "",
      arguments: isVerbatim ? written : JSON.stringify(values),
    };
  } catch {
    return { name, arguments: written ?? body };
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
