/** The thought before a reply's answer: `<think>…</think>`. */
import { beforeMark } from "./certain-text.ts";

const OPEN = "<think>";
const CLOSE = "</think>";

/** A reply cut behind its reasoning; `rest` is undefined while the answer has not begun. */
export interface ThoughtAndRest {
  readonly reasoning?: string;
  readonly rest: string | undefined;
}

/** What is known of a reply besides its text. */
export interface ThoughtContext {
  /** Whether the prompt opened a thought that the reply goes on with; undefined where the prompt is not known. */
  readonly isThinking?: boolean | undefined;
  /** Whether more of the reply follows. */
  readonly isPartial: boolean;
}

/** True where a prompt ends in an opened thought. */
export const opensThought = (prompt: string): boolean => /<think>\s*$/u.test(prompt);

/** Takes the reasoning off the beginning of a reply. */
export function splitThought(text: string, context: ThoughtContext): ThoughtAndRest {
  const { isThinking, isPartial } = context;
  const opening = /^\s*<think>/u.exec(text)?.[0];
  if (isPartial && OPEN.startsWith(text.trimStart())) return { rest: undefined };
  if (opening === undefined && isThinking !== true) {
    // Without the prompt, the mark at the end is the only sign of a thought that the prompt opened.
    const isThought = isThinking === undefined && text.includes(CLOSE);
    if (!isThought) return { rest: text };
  }
  const thought = text.slice(opening?.length ?? 0);
  const end = thought.indexOf(CLOSE);
  if (end < 0) {
    // The reply was cut before the thought ended, or goes on: all of it is reasoning.
    const open = thought.trimStart();
    return { reasoning: isPartial ? beforeMark(open, CLOSE) : open, rest: undefined };
  }
  const reasoning = thought.slice(0, end).trim();
  const rest = thought.slice(end + CLOSE.length).replace(/^\n+/u, "");
  return { ...(reasoning !== "" && { reasoning }), rest };
}
