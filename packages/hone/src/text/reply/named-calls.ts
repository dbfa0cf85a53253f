/** Tool calls that write the name before the arguments, outside of JSON: Mistral's and DeepSeek's. */
import type { CallForm } from "./call-form.ts";
import { beforeMark } from "./certain-text.ts";
import { readCalls, type WrittenCall } from "./written-call.ts";

const MISTRAL = "[TOOL_CALLS]";

/** Mistral: `[TOOL_CALLS] [{…}, …]`, or `[TOOL_CALLS]name[ARGS]{…}` once for each call. */
export const mistralCalls: CallForm = (text, { isPartial }) => {
  const at = text.indexOf(MISTRAL);
  if (at < 0) return { content: isPartial ? beforeMark(text, MISTRAL) : text, calls: [] };
  const content = text.slice(0, at).trimEnd();
  const parts = text.slice(at).split(MISTRAL).slice(1);
  return { content, calls: isPartial ? [] : parts.flatMap(readMistralCalls) };
};

function readMistralCalls(text: string): readonly WrittenCall[] {
  const one = /^\s*([\w.-]+?)\s*(?:\[CALL_ID\]\s*(\w+)\s*)?(?:\[ARGS\])?\s*(\{.*)$/su.exec(text);
  if (one === null) return readCalls(text.trim());
  const [, name = "", id, values = ""] = one;
  return [{ name, arguments: values.trim(), ...(id !== undefined && { id }) }];
}

/** What a template writes around the names and arguments of calls. */
export interface NamedCallMarks {
  /** Before the first call of a reply. */
  readonly open: string;
  /** Before each name. */
  readonly before: string;
  /** Between a name and its arguments. */
  readonly between: string;
  /** Behind the arguments. */
  readonly behind: string;
  /** What stands before a name between its marks, such as `functions.`; left out where it does. Default: nothing. */
  readonly prefix?: string;
  /** Whether a number stands behind a name, as `:0` does. Default false. */
  readonly isNumbered?: boolean;
}

/**
 * DeepSeek: `<｜tool▁call▁begin｜>name<｜tool▁sep｜>{…}<｜tool▁call▁end｜>` and the like, within marks around all calls; Kimi K2, whose names
 * are written as `functions.name:0`.
 */
export function namedCalls(marks: NamedCallMarks): CallForm {
  const { open, before } = marks;
  return (text, { isPartial }) => {
    const at = text.indexOf(open);
    if (at < 0) return { content: isPartial ? beforeMark(text, open) : text, calls: [] };
    const content = text.slice(0, at).trimEnd();
    const parts = text.slice(at).split(before).slice(1);
    // A part that another follows is whole.
    const read = isPartial ? parts.slice(0, -1) : parts;
    return { content, calls: read.map((part) => readNamed(part, marks)) };
  };
}

function readNamed(
  part: string,
  { between, behind, prefix = "", isNumbered = false }: NamedCallMarks,
): WrittenCall {
  const middle = part.indexOf(between);
  if (middle < 0) return { name: "", arguments: part.trim() };
  const rest = part.slice(middle + between.length);
  const end = rest.lastIndexOf(behind);
  const written = part.slice(0, middle).trim();
  const named = written.startsWith(prefix) ? written.slice(prefix.length) : written;
  return {
    name: isNumbered ? named.replace(/:\d+$/u, "") : named,
    arguments: (end < 0 ? rest : rest.slice(0, end)).trim(),
  };
}
