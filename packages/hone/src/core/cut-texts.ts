/**
 * Cuts texts that are too long to store, visibly: a model that is handed a 50 MB file must not make a span that cannot be
 * opened.
 *
 * A text keeps its beginning and says how long it was; the attribute `hone.cut` names the fields that were cut. Cutting a
 * second time changes nothing.
 */
import { fieldsOf, type JsonValue, setOwn } from "./json.ts";
import { filledFields } from "./span-fields.ts";
import type { Span } from "./span.ts";
import type { TraceHead } from "./trace.ts";

/** Characters of JSON a span or a head may have before its texts are cut. */
export const spanLimit = 1_000_000;

/** One field may fill an eighth of the limit; a span has at most six fields that may be long. */
const share = 8;

/** The attribute that names the fields that were cut, each with its characters of JSON before. */
export const cutAttribute = "hone.cut";

/** The fields that may be long, as JSON. */
const longFields = (span: Span): Readonly<Record<string, JsonValue>> =>
  Object.fromEntries(
    filledFields(span).flatMap(({ name, form, value }) =>
      // Messages are JSON, though the compiler does not see it of an interface.
      form === "prompt"
        ? [[name, value as JsonValue]]
        : form === "text" || form === "json"
          ? [[name, value]]
          : [],
    ),
  );

/** The span, with texts cut where it has more than `limit` characters as JSON. */
export function cutSpan(span: Span, limit: number = spanLimit): Span {
  if (sizeOf(span) <= limit) return span;
  const room = Math.floor(limit / share);
  const cut = cutFields(longFields(span), room);
  const attributes = cutFields(span.attributes, Math.floor(room / 2));
  const kept = sizeOf(attributes.values) > room ? {} : attributes.values;
  const lost = kept === attributes.values ? {} : { attributes: sizeOf(span.attributes) };
  const before = fieldsOf(span.attributes[cutAttribute]);
  const mark = { ...attributes.lengths, ...cut.lengths, ...lost, ...before };
  const { error } = span;
  return {
    ...span,
    ...cut.values,
    ...(error === undefined ? {} : { error: { ...error, message: cutText(error.message, room) } }),
    attributes: { ...kept, [cutAttribute]: mark },
  };
}

/** The head, with its task cut to an eighth of `limit`, and its metadata where that has more than `limit` characters as JSON. */
export function cutHead<H extends TraceHead>(head: H, limit: number = spanLimit): H {
  const room = Math.floor(limit / share);
  const task = head.task.length > room ? cutText(head.task, room) : head.task;
  if (sizeOf(head.metadata) <= limit) return task === head.task ? head : { ...head, task };
  const { values, lengths } = cutFields(head.metadata, room);
  const kept = sizeOf(values) > limit ? {} : values;
  const mark = kept === values ? lengths : { metadata: sizeOf(head.metadata) };
  return { ...head, task, metadata: { ...kept, [cutAttribute]: mark } };
}

interface CutFields {
  readonly values: Readonly<Record<string, JsonValue>>;
  /** The fields that were cut, each with its characters of JSON before. */
  readonly lengths: Readonly<Record<string, number>>;
}

/** Each field in at most `room` characters: first its long texts are cut, then, where that is not enough, its JSON. */
function cutFields(
  content: Readonly<Record<string, JsonValue | undefined>>,
  room: number,
): CutFields {
  const values: Record<string, JsonValue> = {};
  const lengths: Record<string, number> = {};
  for (const [name, value] of Object.entries(content)) {
    if (value === undefined) continue;
    const size = sizeOf(value);
    setOwn(values, name, value);
    if (size <= room || name === cutAttribute) continue;
    const shorter = typeof value === "string" ? cutText(value, room) : cutTexts(value, room / 4);
    // A text longer than its room only by the escapes of JSON is left whole, with its note in `hone.cut`.
    const fits = typeof shorter === "string" || sizeOf(shorter) <= room;
    setOwn(values, name, fits ? shorter : cutText(JSON.stringify(value), room));
    setOwn(lengths, name, size);
  }
  return { values, lengths };
}

function cutTexts(value: JsonValue, room: number): JsonValue {
  if (typeof value === "string") return cutText(value, room);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((v) => cutTexts(v, room));
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, cutTexts(v, room)]));
}

/**
 * Cuts a text to at most `room` characters, with a note at its end that says so.
 *
 * @param room  characters, the note included
 * @param had  characters of the whole text, where `text` is only its beginning. Default: those of `text`
 * @example cutText("a".repeat(1000), 100); // "aaa… [cut by hone: it had 1000 characters]"
 */
export function cutText(text: string, room: number, had: number = text.length): string {
  if (text.length <= room && had === text.length) return text;
  const note = `… [cut by hone: it had ${had} characters]`;
  let end = Math.max(0, Math.floor(room) - note.length);
  // The two halves of a surrogate pair stay together.
  if (/[\ud800-\udbff]/.test(text[end - 1] ?? "")) end--;
  return text.slice(0, end) + note;
}

const sizeOf = (value: unknown): number => JSON.stringify(value).length;
