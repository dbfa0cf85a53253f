/**
 * Takes a model's reply apart into reasoning, tool calls and text.
 *
 * Only forms that the model's own template writes are looked for, so that a model without tools can write about
 * `<tool_call>`. The forms: `<think>…</think>` before the text (the prompt may hold the opening mark), and calls
 * (tools/find-call-form.ts finds their form). Arguments are the model's text, letter by letter.
 */
import type { Message, ToolCall } from "../../core/message.ts";
import { randomBits } from "../../core/random.ts";
import type { CallForm, WordsAndCalls } from "./call-form.ts";
import { splitThought, type ThoughtAndRest } from "./thought.ts";
import type { WrittenCall } from "./written-call.ts";

/** How a template writes what a reply holds. */
export interface ReplyForm {
  /** Whether a thought may stand before the answer. */
  readonly thinks: boolean;
  /** How tool calls are written; undefined when there are none. */
  readonly calls: CallForm | undefined;
}

/** What is known of a reply besides its text. */
export interface ReplyContext {
  /** Whether the prompt opened a thought that the reply goes on with; undefined where the prompt is not known. */
  readonly isThinking?: boolean | undefined;
  /** Whether more of the reply follows. What is certain of it so far is then returned. Default false. */
  readonly isPartial?: boolean;
  /** Whether the turn ended by itself, not by a limit. Default false. */
  readonly hasEnded?: boolean;
  /** Whether the reply ends where a limit or a stop text cut it. A last call whose name is not whole then stays text. Default false. */
  readonly isCut?: boolean;
  /** The tools that may be called: JSON text of a list. */
  readonly tools?: string | undefined;
  /** Sets the ids of tool calls apart from those of other replies: the length of the prompt. Default 0. */
  readonly salt?: number;
}

/**
 * The message that a reply is.
 * @param text the reply without its end-of-turn token
 */
export function parseReply(text: string, form: ReplyForm, context: ReplyContext = {}): Message {
  const { isThinking, isPartial = false, tools, salt = 0 } = context;
  const split: ThoughtAndRest = form.thinks
    ? splitThought(text, { isThinking, isPartial })
    : { rest: text };
  // Some models call without closing their thought first: where the turn has ended so, the call is made.
  const open = split.rest === undefined && (isPartial || context.hasEnded === true);
  const inThought = open ? form.calls?.(split.reasoning ?? "", { isPartial, tools }) : undefined;
  if (inThought !== undefined && (isPartial || inThought.calls.length > 0)) {
    const calls = isPartial ? [] : inThought.calls;
    return messageOf({ reasoning: inThought.content, content: "", calls, salt });
  }
  const rest = split.rest ?? "";
  const read = form.calls?.(rest, { isPartial, tools }) ?? { content: rest, calls: [] };
  const { content, calls } = context.isCut === true ? withoutCutCall(read, rest, form) : read;
  return messageOf({ reasoning: split.reasoning, content, calls, salt });
}

/**
 * The words and calls of a reply that was cut. A call that was cut before its name was whole calls nothing: what was written of
 * it is text. One that was written to its end without a name stays a call, which is malformed.
 */
function withoutCutCall(
  read: WordsAndCalls,
  text: string,
  { calls: form }: ReplyForm,
): WordsAndCalls {
  const last = read.calls.at(-1);
  if (form === undefined || last === undefined || last.name !== "") return read;
  const whole = form(text, { isPartial: true });
  if (whole.calls.length >= read.calls.length) return read;
  const words =
    read.content === ""
      ? ""
      : `${read.content}
`;
  return { content: words + last.arguments, calls: read.calls.slice(0, -1) };
}

function messageOf(parts: {
  readonly reasoning: string | undefined;
  readonly content: string;
  readonly calls: readonly WrittenCall[];
  readonly salt: number;
}): Message {
  const { reasoning, content, calls, salt } = parts;
  return {
    role: "assistant",
    content,
    ...(reasoning !== undefined && reasoning !== "" && { reasoning }),
    ...(calls.length > 0 && { toolCalls: calls.map((call, i) => withId(call, [salt, i])) }),
  };
}

/** Nine letters and digits: the templates of Mistral's models refuse every other id. The same call keeps its id as a reply grows. */
function withId(call: WrittenCall, [salt, index]: readonly [number, number]): ToolCall {
  const bits = randomBits("tool call", salt, index, call.name, call.arguments);
  const id = bits.toString(16).padStart(8, "0") + (index % 36).toString(36);
  return { id, ...call };
}
