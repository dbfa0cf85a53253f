/**
 * A conversation as a template writes it, with the places of what the assistant says: behind the header of its turn, up to
 * and with the text that ends the turn.
 *
 *     <|im_start|>user\n2+2?<|im_end|>\n<|im_start|>assistant\n  4<|im_end|>  \n
 *     given                                                      said         given
 *
 * A template that marks these places itself, with `{% generation %}`, is taken at its word, as in `transformers`. Else the
 * places are found from those of the messages' parts (message-marks.ts), never by searching words of a message.
 */
import { HoneError } from "../core/errors.ts";
import type { ConversationSettings, Message } from "../core/message.ts";
import { markMessages, type MarkOptions, type PlacedPart } from "./message-marks.ts";

/** A span of characters: from `start` to before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What is needed of a template. */
export interface Writer {
  /** Names the template in error messages. */
  readonly where: string;
  /** The text of a conversation, with or without the header of the assistant's next turn. */
  write(messages: readonly Message[], generationPrompt: boolean): string;
  /** The same with the two marks around what stands in `generation` blocks; undefined when the template has none. */
  writeGenerations(
    messages: readonly Message[],
    marks: readonly [string, string],
  ): string | undefined;
  /** The texts of the tokens that end a turn. */
  readonly turnEnds: readonly string[];
}

/** The rendered text and what of it the assistant says, in order. */
export interface ConversationText {
  readonly text: string;
  readonly said: readonly Span[];
}

/**
 * @throws CHAT_TEMPLATE_LACKS when the template leaves out a part of a message; CHAT_TEMPLATE_NOT_LINEAR when it does not
 *         show where a turn begins
 */
export function conversationText(
  messages: readonly Message[],
  writer: Writer,
  { allowsCutContext = false }: Pick<ConversationSettings, "allowsCutContext"> = {},
): ConversationText {
  const text = writer.write(messages, false);
  const marking = findMarking(messages, text, writer);
  const mayBeCut = ({ role, weight }: Message): boolean =>
    allowsCutContext && role === "assistant" && weight === 0;
  if (marking !== undefined) {
    const parts = marking.parts.filter(({ message }) => !mayBeCut(messages[message]!));
    checkWhole(parts, writer.where);
  }
  // Blocks of a template cannot be told apart by message, so a message that is not learned rules them out.
  const isAllLearned = messages.every(({ weight }) => weight !== 0);
  const declared = isAllLearned ? generationSpans(messages, text, writer) : undefined;
  if (declared !== undefined) return { text, said: declared };
  const said: Span[] = [];
  for (const [i, { role, weight }] of messages.entries()) {
    if (role !== "assistant" || weight === 0) continue;
    const request = { messages, index: i, text, from: said.at(-1)?.end ?? 0, writer };
    said.push(
      (marking === undefined ? undefined : spanByMarks(request, marking)) ?? spanByPrefix(request),
    );
  }
  return { text, said };
}

/** Marks from most to fewest: the first that do not change what the template writes are used. */
const markings: readonly MarkOptions[] = [
  {},
  { edges: false },
  { names: false, edges: false },
  { message: ({ role }) => role === "assistant", names: false, edges: false },
  { message: ({ role }) => role === "assistant", names: false, values: false, edges: false },
];

/** The parts of the messages in the text, and the marks by which they were found. */
export interface Marking {
  readonly parts: readonly PlacedPart[];
  readonly options: MarkOptions;
}

/** The places of the parts of messages in their text; undefined when no marks can be put in without changing it. */
export function findMarking(
  messages: readonly Message[],
  text: string,
  writer: Pick<Writer, "write">,
  { generationPrompt = false, among = markings } = {},
): Marking | undefined {
  for (const options of among) {
    const marked = markMessages(messages, options);
    const rendered = attempt(() => writer.write(marked.messages, generationPrompt));
    const read = rendered === undefined ? undefined : marked.read(rendered);
    if (read?.text === text) return { parts: read.parts, options };
  }
  return undefined;
}

function checkWhole(parts: readonly PlacedPart[], where: string): void {
  const lost = parts.find(({ kind, place }) => place === undefined && kind !== "edge");
  if (lost === undefined) return;
  const { kind: feature, message } = lost;
  throw new HoneError("CHAT_TEMPLATE_LACKS", { where, feature, message });
}

/** The places that the template itself marks; undefined when it marks none. */
function generationSpans(
  messages: readonly Message[],
  text: string,
  writer: Writer,
): readonly Span[] | undefined {
  const [open, close] = ["\uE0F1", "\uE0F2"] as const;
  const rendered = attempt(() => writer.writeGenerations(messages, [open, close]));
  if (rendered === undefined) return undefined;
  const spans: Span[] = [];
  let plain = "";
  let start = 0;
  for (const piece of rendered.split(/([\uE0F1\uE0F2])/u)) {
    if (piece === open) start = plain.length;
    else if (piece === close) spans.push({ start, end: plain.length });
    else plain += piece;
  }
  return plain === text ? spans : undefined;
}

/** A message of the assistant in the rendered text. */
interface SpanRequest {
  readonly messages: readonly Message[];
  readonly index: number;
  readonly text: string;
  /** Where the assistant's turn before this one ended. */
  readonly from: number;
  readonly writer: Writer;
}

function spanByMarks(request: SpanRequest, { parts, options }: Marking): Span | undefined {
  const { index, text, writer, from } = request;
  const own = placesOf(parts, (message) => message === index);
  if (own === undefined || own.start < from) return undefined;
  const before = placesOf(parts, (message) => message < index)?.end ?? 0;
  const start = startOfTurn(request, options, { before, to: own.start });
  const next = placesOf(parts, (message) => message > index)?.start ?? text.length;
  const end = endOfTurn(text.slice(own.end, next), writer.turnEnds);
  return { start, end: end === undefined ? endWithoutMark(request, own.end) : own.end + end };
}

/** Where the parts of some messages begin and end. */
function placesOf(
  parts: readonly PlacedPart[],
  isWanted: (message: number) => boolean,
): Span | undefined {
  const places = parts.flatMap(({ message, place }) => (isWanted(message) && place ? [place] : []));
  if (places.length === 0) return undefined;
  return {
    start: Math.min(...places.map(({ start }) => start)),
    end: Math.max(...places.map(({ end }) => end)),
  };
}

/**
 * Where a turn begins: where the prompt before it ends. A prompt may hold more than the transcript does, such as the opening
 * of a thought, or an older turn in another form. Then the two are compared between the parts of the messages before it
 * (which end at `before`), or the assistant's turn before it if that ends later, and the first part of this one (`to`).
 */
function startOfTurn(
  request: SpanRequest,
  options: MarkOptions,
  place: { readonly before: number; readonly to: number },
): number {
  const { messages, index, text, writer } = request;
  const { to } = place;
  const from = Math.max(request.from, place.before);
  const before = markMessages(messages.slice(0, index), options);
  const rendered = attempt(() => writer.write(before.messages, true));
  if (rendered === undefined) return to;
  const prompt = before.read(rendered);
  if (prompt.text.length >= from && prompt.text.length <= to && text.startsWith(prompt.text)) {
    return prompt.text.length;
  }
  const glue = text.slice(from, to);
  // All three are taken from the same place behind the last part before the turn.
  const skipped = from - place.before;
  const header = prompt.text.slice((placesOf(prompt.parts, () => true)?.end ?? 0) + skipped);
  // What the template writes before plain words, so that "<think>" and "<tool_call>" do not share their "<t".
  const plain = messages.with(index, { role: "assistant", content: "words" });
  const marked = markMessages(plain, options);
  const other = attempt(() => marked.read(writer.write(marked.messages, false)));
  const words = other && placesOf(other.parts, (message) => message === index);
  const plainBefore = (other && placesOf(other.parts, (message) => message < index)?.end) ?? 0;
  const plainGlue = other && words ? other.text.slice(plainBefore + skipped, words.start) : glue;
  const length = Math.min(commonLength(glue, header), commonLength(plainGlue, header));
  return length === 0 && header !== "" ? to : from + length;
}

/** Where a turn ends in what a template writes behind its words: behind the first text that ends turns. */
export function endOfTurn(glue: string, turnEnds: readonly string[]): number | undefined {
  const ends = turnEnds.flatMap((end) => {
    const at = glue.indexOf(end);
    return at < 0 ? [] : [{ at, length: end.length }];
  });
  const first = ends.toSorted((a, b) => a.at - b.at || b.length - a.length)[0];
  return first && first.at + first.length;
}

/** Without a text that ends turns: where the text ends if no message follows. */
function endWithoutMark({ messages, index, text, writer }: SpanRequest, from: number): number {
  const alone = attempt(() => writer.write(messages.slice(0, index + 1), false));
  return Math.max(from, alone === undefined ? from : commonLength(alone, text));
}

/** A turn without parts that can be marked, by the prompt before it and the transcript up to it. */
function spanByPrefix({ messages, index, text, from, writer }: SpanRequest): Span {
  const prompt = attempt(() => writer.write(messages.slice(0, index), true));
  const alone = attempt(() => writer.write(messages.slice(0, index + 1), false));
  const isLinear =
    prompt !== undefined &&
    alone !== undefined &&
    prompt.length >= from &&
    text.startsWith(prompt) &&
    text.startsWith(alone);
  if (isLinear)
    return { start: prompt.length, end: lastEnd(alone, prompt.length, writer.turnEnds) };
  const problem = "the conversation before it is written differently when it follows";
  throw new HoneError("CHAT_TEMPLATE_NOT_LINEAR", { where: writer.where, turn: index, problem });
}

/** Behind the last text that ends turns and is not before `from`; where there is none, the end of the text. */
export function lastEnd(text: string, from: number, turnEnds: readonly string[]): number {
  const ends = turnEnds.flatMap((end) => {
    const at = text.lastIndexOf(end);
    return at < from ? [] : [at + end.length];
  });
  return ends.length === 0 ? Math.max(from, text.length) : Math.max(...ends);
}

/** How many characters at the beginning of two texts are equal. */
export function commonLength(a: string, b: string): number {
  const max = Math.min(a.length, b.length);
  let n = 0;
  while (n < max && a.charCodeAt(n) === b.charCodeAt(n)) n++;
  return n;
}

/** What a rendering gives; undefined when the template refuses or cannot be run. */
export function attempt<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
