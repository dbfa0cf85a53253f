/** Tool calls between two marks, such as `<tool_call>{…}</tool_call>`: any number of them, with words before and behind. */
import type { CallForm } from "./call-form.ts";
import { beforeMark } from "./certain-text.ts";
import { isJson, readCalls, type WrittenCall } from "./written-call.ts";

/** What stands between the marks. */
export interface MarkedBody {
  /** Whether a text is a whole body. An end mark behind one that is not belongs to the text of an argument. */
  readonly isWhole: (body: string) => boolean;
  /**
   * The calls of a body, also of one that is cut or malformed; what such a call gets as arguments is no JSON.
   * @param isClosed whether the end mark was written; a body without it may be cut. Default true
   */
  readonly read: (
    body: string,
    tools: string | undefined,
    isClosed?: boolean,
  ) => readonly WrittenCall[];
}

/** A body that is one JSON object, a list of them, or several on lines of their own. */
export const jsonBody: MarkedBody = { isWhole: isJson, read: readCalls };

/** @param close the mark behind a call; "" where the reply's end is the only one */
export function markedCalls(open: string, close: string, body = jsonBody): CallForm {
  return (text, context) => {
    const calls: WrittenCall[] = [];
    let content = "";
    let at = 0;
    for (;;) {
      const start = text.indexOf(open, at);
      if (start < 0) {
        const rest = text.slice(at);
        return { content: content + (context.isPartial ? beforeMark(rest, open) : rest), calls };
      }
      content += text.slice(at, start).trimEnd();
      const region = regionOf(text, { start: start + open.length, close }, body);
      if (context.isPartial && !region.isWhole) return { content, calls };
      const isClosed = close === "" || region.end !== undefined;
      calls.push(...body.read(region.body, context.tools, isClosed));
      if (region.end === undefined) return { content, calls };
      at = region.end;
    }
  };
}

/** A body, and where its closing mark ends; undefined where there is none. */
interface Region {
  readonly body: string;
  readonly end: number | undefined;
  readonly isWhole: boolean;
}

/** The body up to the first closing mark with which it is whole, since a text in it may hold the mark. */
function regionOf(
  text: string,
  { start, close }: { readonly start: number; readonly close: string },
  { isWhole }: MarkedBody,
): Region {
  const rest = { body: text.slice(start).trim(), end: undefined, isWhole: false };
  if (close === "") return rest;
  let first: Region | undefined;
  for (let at = text.indexOf(close, start); at >= 0; at = text.indexOf(close, at + 1)) {
    const body = text.slice(start, at).trim();
    const found = { body, end: at + close.length, isWhole: isWhole(body) };
    if (found.isWhole) return found;
    first ??= found;
  }
  return first ?? rest;
}
