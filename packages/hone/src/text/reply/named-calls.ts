/** Tool calls that write the name before the arguments, outside of JSON: Mistral's and DeepSeek's. */
import type { CallForm } from "./call-form.ts";
import { beforeMark } from "./certain-text.ts";
import { isJson, readCalls, type WrittenCall } from "./written-call.ts";

const MISTRAL = "[TOOL_CALLS]";

/** Mistral: `[TOOL_CALLS] [{…}, …]`, or `[TOOL_CALLS]name[ARGS]{…}` once for each call. */
export const mistralCalls: CallForm = (text, { isPartial }) => {
  const at = text.indexOf(MISTRAL);
  if (at < 0) return { content: isPartial ? beforeMark(text, MISTRAL) : text, calls: [] };
  const content = text.slice(0, at).trimEnd();
  return {
    content,
    calls: isPartial ? [] : mistralParts(text.slice(at)).flatMap(readMistralCalls),
  };
};

/** The parts behind each mark. A mark within the quotes of a part belongs to a text in it. */
function mistralParts(text: string): readonly string[] {
  const pieces = text.split(MISTRAL).slice(1);
  const quotes = pieces.map((piece) => piece.replaceAll(/\\./gsu, "").split('"').length - 1);
  const parts: string[] = [];
  for (let i = 0; i < pieces.length; i++) {
    let [end, count] = [i, quotes[i]!];
    while (count % 2 === 1 && end + 1 < pieces.length) count += quotes[++end]!;
    // Quotes that never close are a mistake of the first piece alone.
    if (count % 2 === 1) end = i;
    parts.push(pieces.slice(i, end + 1).join(MISTRAL));
    i = end;
  }
  return parts;
}

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
    const first = text.indexOf(open);
    if (first < 0) return { content: isPartial ? beforeMark(text, open) : text, calls: [] };
    let content = text.slice(0, first).trimEnd();
    const calls: WrittenCall[] = [];
    let at = first + (open === before ? 0 : open.length);
    for (;;) {
      const start = text.indexOf(before, at);
      const behind = (upTo?: number): string =>
        wordsBehind(text.slice(at, upTo), calls.length > 0 && open !== before);
      // Of a text that goes on, what stands behind the calls may become a mark.
      if (start < 0) return { content: isPartial ? content : content + behind(), calls };
      content += behind(start).trimEnd();
      const { call, end, isWhole } = readNamed(text, start + before.length, marks);
      if (isPartial && !isWhole) return { content, calls };
      calls.push(call);
      if (end === undefined) return { content, calls };
      at = end;
    }
  };
}

/** Words behind a call. Behind the last call of a form with marks around all calls such a mark stands first. */
const wordsBehind = (text: string, isMarked: boolean): string => {
  const words = isMarked ? text.replace(/^\s*<[^<>\s]+>/u, "") : text;
  return words.trim() === "" ? "" : words;
};

/** A call, and where the mark behind it ends; undefined where there is none. */
interface NamedCall {
  readonly call: WrittenCall;
  readonly end: number | undefined;
  readonly isWhole: boolean;
}

/** The call whose name begins at a place. Its arguments end at the first mark with which they are JSON, since a text may hold the mark. */
function readNamed(text: string, start: number, marks: NamedCallMarks): NamedCall {
  const { between, behind } = marks;
  const middle = text.indexOf(between, start);
  if (middle < 0) {
    const call = { name: "", arguments: text.slice(start).trim() };
    return { call, end: undefined, isWhole: false };
  }
  const name = nameIn(text.slice(start, middle), marks);
  const from = middle + between.length;
  let first: NamedCall | undefined;
  for (let at = text.indexOf(behind, from); at >= 0; at = text.indexOf(behind, at + 1)) {
    const values = text.slice(from, at).trim();
    const call = { name, arguments: values };
    const found = { call, end: at + behind.length, isWhole: isJson(values) };
    if (found.isWhole) return found;
    first ??= found;
  }
  const rest = { name, arguments: text.slice(from).trim() };
  return first ?? { call: rest, end: undefined, isWhole: false };
}

function nameIn(text: string, { prefix = "", isNumbered = false }: NamedCallMarks): string {
  const written = text.trim();
  const named = written.startsWith(prefix) ? written.slice(prefix.length) : written;
  return isNumbered ? named.replace(/:\d+$/u, "") : named;
}
