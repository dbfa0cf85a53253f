/**
 * The forms in which models write tool calls into a reply. Each takes a text apart into words and calls, also one that is
 * still being written: then it leaves out what may turn out otherwise.
 */
import { beforeMark } from "./certain-text.ts";
import { isJson, readCall, readCallList, type WrittenCall } from "./written-call.ts";

/** A reply without its reasoning, taken apart. */
export interface WordsAndCalls {
  readonly content: string;
  readonly calls: readonly WrittenCall[];
}

/**
 * Takes a text apart.
 * @param isPartial whether more of it follows. What is returned then is the beginning of what the whole text gives
 */
export type CallForm = (text: string, isPartial: boolean) => WordsAndCalls;

/** `<tool_call>{…}</tool_call>`, any number of them, with words before and behind. */
export function taggedCalls(open: string, close: string): CallForm {
  return (text, isPartial) => {
    const calls: WrittenCall[] = [];
    let content = "";
    let at = 0;
    for (;;) {
      const start = text.indexOf(open, at);
      if (start < 0) {
        const rest = text.slice(at);
        return { content: content + (isPartial ? beforeMark(rest, open) : rest), calls };
      }
      content += text.slice(at, start).trimEnd();
      const bodyStart = start + open.length;
      const end = endOfBody(text, bodyStart, close);
      const body = text.slice(bodyStart, end).trim();
      if (isPartial && (end === undefined || !isJson(body))) return { content, calls };
      calls.push(readCall(body));
      if (end === undefined) return { content, calls };
      at = end + close.length;
    }
  };
}

/** Where the mark behind a call's body is: the first one with which the body is JSON, since a text in it may hold the mark. */
function endOfBody(text: string, start: number, close: string): number | undefined {
  const first = text.indexOf(close, start);
  for (let end = first; end >= 0; end = text.indexOf(close, end + 1)) {
    if (isJson(text.slice(start, end).trim())) return end;
  }
  return first < 0 ? undefined : first;
}

/** Mistral: `[TOOL_CALLS] [{…}, …]`, or `[TOOL_CALLS]name[ARGS]{…}` once for each call. */
export const mistralCalls: CallForm = (text, isPartial) => {
  const at = text.indexOf(MISTRAL);
  if (at < 0) return { content: isPartial ? beforeMark(text, MISTRAL) : text, calls: [] };
  const content = text.slice(0, at).trim();
  const parts = text.slice(at).split(MISTRAL).slice(1);
  return { content, calls: isPartial ? [] : parts.flatMap(readMistralCalls) };
};

const MISTRAL = "[TOOL_CALLS]";

function readMistralCalls(text: string): WrittenCall[] {
  const one = /^\s*([\w.-]+?)\s*(?:\[CALL_ID\]\s*(\w+)\s*)?(?:\[ARGS\])?\s*(\{.*)$/su.exec(text);
  if (one === null) return readCallList(text);
  const [, name = "", id, values = ""] = one;
  return [{ name, arguments: values.trim(), ...(id !== undefined && { id }) }];
}

/** Llama 3: the whole reply is one JSON object with `name` and `parameters`, behind `<|python_tag|>` or without it. */
export const bareCalls: CallForm = (text, isPartial) => {
  const body = text.trim().replace(/^<\|python_tag\|>/u, "");
  if (isPartial) {
    const begun = body.replaceAll(/\s/gu, "");
    const mayBeCall =
      BARE.startsWith(begun.slice(0, BARE.length)) || "<|python_tag|>".startsWith(begun);
    return { content: mayBeCall ? "" : text, calls: [] };
  }
  const isCall = /^\{\s*"name"\s*:.*"parameters"\s*:/su.test(body);
  return isCall ? { content: "", calls: [readCall(body)] } : { content: text, calls: [] };
};

const BARE = '{"name":';
