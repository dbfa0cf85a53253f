/**
 * The texts of a JSON text's parts, as they were written: numbers keep their digits, keys their order. The text must be known
 * to be JSON; what `JSON.parse` takes is.
 */

/** A part of a JSON text. */
export interface JsonPart {
  /** The part as it was written. */
  readonly text: string;
  /** Where it begins in the whole text. */
  readonly start: number;
}

/**
 * The values of a JSON object by their names. Of a name that occurs twice the last one counts, as in `JSON.parse`.
 * @returns nothing for a text of anything but an object
 * @example membersOf('{"a": 5.0, "b": [1]}').get("a")?.text // "5.0"
 */
export function membersOf(text: string): ReadonlyMap<string, JsonPart> {
  const members = new Map<string, JsonPart>();
  let at = afterSpace(text, 0);
  if (text[at] !== "{") return members;
  for (at = afterSpace(text, at + 1); text[at] === '"'; at = nextItem(text, at)) {
    const nameEnd = endOfValue(text, at);
    const start = afterSpace(text, afterSpace(text, nameEnd) + 1);
    const end = endOfValue(text, start);
    members.set(JSON.parse(text.slice(at, nameEnd)) as string, {
      text: text.slice(start, end),
      start,
    });
    at = end;
  }
  return members;
}

/**
 * The elements of a JSON list.
 * @returns nothing for a text of anything but a list
 * @example elementsOf("[1.0, 2]").map(({ text }) => text) // ["1.0", "2"]
 */
export function elementsOf(text: string): readonly JsonPart[] {
  const elements: JsonPart[] = [];
  let at = afterSpace(text, 0);
  if (text[at] !== "[") return elements;
  at = afterSpace(text, at + 1);
  while (at < text.length && text[at] !== "]") {
    const end = endOfValue(text, at);
    elements.push({ text: text.slice(at, end), start: at });
    at = nextItem(text, end);
  }
  return elements;
}

/** Behind white space and a comma. */
function nextItem(text: string, from: number): number {
  const at = afterSpace(text, from);
  return text[at] === "," ? afterSpace(text, at + 1) : at;
}

function afterSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\r\n".includes(text[at]!)) at++;
  return at;
}

/** Behind the value that begins at `start`. Depth is counted, not recursed into. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') at = endOfString(text, at) - 1;
    else if (character === "{" || character === "[") depth++;
    else if (depth > 0) {
      if (character === "}" || character === "]") depth--;
    } else if (",]}: \t\r\n".includes(character)) return at;
    if (depth === 0 && '"}]'.includes(character)) return at + 1;
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}
