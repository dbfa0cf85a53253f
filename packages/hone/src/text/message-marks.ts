/**
 * Finds where a template writes each part of each message, without knowing anything about the template.
 *
 * The parts (words, reasoning, names and texts of tool calls) are given a mark before and behind, the conversation is
 * rendered once more, and the marks are taken out again. When what is left is the text as it was without marks, the
 * places of the marks are the places of the parts, and a part whose marks are missing was left out by the template:
 *
 *     rendered   <|im_start|>assistant\n blue <|im_end|>\n
 *     marked     <|im_start|>assistant\n [blue] <|im_end|>\n
 *
 * A mark stands inside the white space around a part, because templates trim.
 */
import type { Message, ToolCall } from "../core/message.ts";

/** What of a message a mark belongs to; an "edge" only says how far the words reach. */
export type PartKind = "words" | "reasoning" | "tool calls" | "edge";

/** A part of a message and where it is in the rendered text. */
export interface PlacedPart {
  /** Index of the message. */
  readonly message: number;
  readonly kind: PartKind;
  /** The characters from `start` to before `end`; undefined when the template leaves the part out or cuts it. */
  readonly place: { readonly start: number; readonly end: number } | undefined;
}

/** Which parts get marks. Some templates compare a part with something, and then write another text for a marked one. */
export interface MarkOptions {
  readonly message?: (message: Message, index: number) => boolean;
  /** Mark the names of tool calls. Default true. */
  readonly names?: boolean;
  /** Mark the texts in the arguments of tool calls. Default true. */
  readonly values?: boolean;
  /**
   * Mark also what some templates look at: the keys in the arguments of tool calls, tags at both ends of words, and
   * the place of words where a message says nothing. Default true.
   */
  readonly edges?: boolean;
}

/** Messages with marks in them. */
export interface MarkedMessages {
  readonly messages: readonly Message[];
  /** Takes the marks out of a rendered text and says where the parts are in it. */
  read(rendered: string): { readonly text: string; readonly parts: readonly PlacedPart[] };
}

/** Puts marks around the parts of messages. */
export function markMessages(
  messages: readonly Message[],
  { message: isMarked = () => true, names = true, values = true, edges = true }: MarkOptions = {},
): MarkedMessages {
  const stem = unusedStem(messages);
  const parts: Omit<PlacedPart, "place">[] = [];
  const marked = messages.map((message, index): Message => {
    if (!isMarked(message, index)) return message;
    const markAs =
      (kind: PartKind) =>
      (text: string): string => {
        const part = parts.push({ message: index, kind }) - 1;
        return `${stem}b${part}z${text}${stem}d${part}z`;
      };
    const { reasoning, toolCalls } = message;
    const markCall = markAs("tool calls");
    return {
      ...message,
      ...(reasoning !== undefined && { reasoning: inside(reasoning, markAs("reasoning")) }),
      content: markContent(message, markAs("words"), edges ? markAs("edge") : undefined),
      ...(toolCalls !== undefined && {
        toolCalls: toolCalls.map((call) => ({
          ...call,
          ...(names && { name: inside(call.name, markCall) }),
          ...(values && { arguments: markValues(call, markCall, edges) }),
        })),
      }),
    };
  });
  return { messages: marked, read: (rendered) => readMarks(rendered, stem, parts) };
}

function readMarks(rendered: string, stem: string, parts: readonly Omit<PlacedPart, "place">[]) {
  const begins = parts.map((): number[] => []);
  const ends = parts.map((): number[] => []);
  let text = "";
  let from = 0;
  for (const mark of rendered.matchAll(new RegExp(`${stem}([bd])(\\d+)z`, "giu"))) {
    text += rendered.slice(from, mark.index);
    from = mark.index + mark[0].length;
    (mark[1]!.toLowerCase() === "b" ? begins : ends)[Number(mark[2])]!.push(text.length);
  }
  text += rendered.slice(from);
  const placed = parts.map((part, i): PlacedPart => {
    const [start, end] = [begins[i]![0], ends[i]!.at(-1)];
    return {
      ...part,
      place: start === undefined || end === undefined ? undefined : { start, end },
    };
  });
  return { text, parts: placed };
}

/** The beginning of all marks: letters only, so that JSON and XML do not escape it, and in none of the messages. */
function unusedStem(messages: readonly Message[]): string {
  const all = JSON.stringify(messages).toLowerCase();
  let stem = "qhonemark";
  while (all.includes(stem)) stem += "q";
  return stem;
}

/** Tags by which templates cut a content, such as </think> and [THINK]. */
const TAG = /(<[^<>\s]{1,40}>|\[\/?[A-Z_]+\]|◁[^▷\s]{1,40}▷)/u;

type Mark = (text: string) => string;

/** A message that says nothing at all gets an empty mark, by which its place is found. */
function markContent(message: Message, mark: Mark, markEdge: Mark = () => ""): string {
  const { content, reasoning = "", toolCalls = [] } = message;
  const saysNothing = content.trim() === "" && reasoning.trim() === "" && toolCalls.length === 0;
  if (saysNothing) return markEdge("") + content;
  return markWords(content, mark, markEdge);
}

/**
 * Marks the pieces between tags one by one, since a template may write some pieces and leave out others. A tag in front of all
 * of them or behind them gets an empty mark beside it: the words reach to there, also where the tag reads like a turn's end.
 */
function markWords(content: string, mark: Mark, markEdge: Mark): string {
  const pieces = content.split(TAG);
  const hasWords = pieces.some((piece, i) => i % 2 === 0 && piece.trim() !== "");
  if (!hasWords) return inside(content, mark);
  const first = pieces.findIndex((piece) => piece.trim() !== "");
  const last = pieces.findLastIndex((piece) => piece.trim() !== "");
  return pieces
    .map((piece, i) => {
      if (i % 2 === 0) return inside(piece, mark);
      return (i === first ? markEdge("") : "") + piece + (i === last ? markEdge("") : "");
    })
    .join("");
}

/** The text with its core marked; white space around it stays outside. A blank text gets no mark. */
function inside(text: string, mark: Mark): string {
  const core = text.trim();
  if (core === "") return text;
  const start = text.indexOf(core);
  return text.slice(0, start) + mark(core) + text.slice(start + core.length);
}

/** Marks the texts among a call's arguments, keys too if asked to; arguments that are not JSON are marked as a whole. */
function markValues(call: ToolCall, mark: Mark, keys: boolean): string {
  const text = call.arguments;
  try {
    JSON.parse(text);
  } catch {
    return inside(text, mark);
  }
  return text.replace(/"((?:[^"\\]|\\.)*)"(\s*:)?/gsu, (whole, value: string, colon?: string) =>
    (keys || colon === undefined) && value.trim() !== "" ? `"${mark(value)}"${colon ?? ""}` : whole,
  );
}
