/** Filters that give text. */
import { bind, integer } from "./arguments.ts";
import { SPACE } from "./characters.ts";
import { percentFormat } from "./percent-format.ts";
import { textOf } from "./print.ts";
import type { Filter } from "./runtime.ts";
import { capitalize, lines, pad, replace, strip } from "./string-methods.ts";
import { TemplateFault } from "./faults.ts";
import { checkSize } from "./steps.ts";
import { Dict, Tuple, isTrue, itemsOf, lengthOf, type Value } from "./values.ts";

/** A filter of the text of its value, without arguments. */
const ofText =
  (change: (text: string) => Value): Filter =>
  (value, call) => {
    bind("filter", call);
    return change(textOf(value));
  };

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "'": "&#39;",
  '"': "&#34;",
};
/** A text as HTML shows it. */
export const escaped = (text: string): string =>
  text.replaceAll(/[&<>'"]/gu, (char) => ENTITIES[char]!);

const escape = ofText(escaped);

/** Each word begins large; words begin behind white space, hyphens and opening brackets. */
const title = ofText((text) =>
  text
    .split(new RegExp(`([-${SPACE}({\\[<]+)`, "u"))
    .map((word) => capitalize(word))
    .join(""),
);

const indent: Filter = (value, call) => {
  const [width, isFirst, isBlank] = bind(
    "indent",
    call,
    ["width", 4n],
    ["first", false],
    ["blank", false],
  ) as [Value, Value, Value];
  const margin =
    typeof width === "string" ? width : " ".repeat(checkSize(Math.max(0, Number(integer(width)))));
  const all = lines(`${textOf(value)}\n`);
  checkSize(all.length * margin.length);
  const rest = all.slice(1).map((line) => (line !== "" || isTrue(isBlank) ? margin + line : line));
  const text = [all[0] ?? "", ...rest].join("\n");
  return isTrue(isFirst) ? margin + text : text;
};

const truncate: Filter = (value, call) => {
  const [length, isCut, end, leeway] = bind(
    "truncate",
    call,
    ["length", 255n],
    ["killwords", false],
    ["end", "..."],
    ["leeway", 5n],
  ) as [Value, Value, Value, Value];
  const characters = Array.from(textOf(value));
  const [most, mark] = [Number(integer(length)), textOf(end)];
  if (most < lengthOf(mark))
    throw new TemplateFault(`expected length >= ${lengthOf(mark)}, got ${most}`);
  if (characters.length <= most + (leeway === null ? 5 : Number(integer(leeway))))
    return characters.join("");
  const kept = characters.slice(0, most - lengthOf(mark)).join("");
  if (isTrue(isCut)) return kept + mark;
  const space = kept.lastIndexOf(" ");
  return (space < 0 ? kept : kept.slice(0, space)) + mark;
};

const wordwrap: Filter = (value, call) => {
  const [width, breaksWords, newline] = bind(
    "wordwrap",
    call,
    ["width", 79n],
    ["break_long_words", true],
    ["wrapstring", null],
    ["break_on_hyphens", true],
  ) as [Value, Value, Value];
  const most = Number(integer(width));
  const wrapped = lines(textOf(value)).map((line) =>
    wrap(line, most, isTrue(breaksWords)).join(newline === null ? "\n" : textOf(newline)),
  );
  return wrapped.join(newline === null ? "\n" : textOf(newline));
};

/** Python's textwrap of one line: words and the spaces between them, no longer than `width`. */
function wrap(line: string, width: number, breaksWords: boolean): string[] {
  const found: string[] = [];
  let current = "";
  for (let chunk of line.match(/\s+|[^\s-]+-*(?=\w)-?|[^\s]+/gu) ?? []) {
    if (current === "" && found.length > 0 && /^\s+$/u.test(chunk)) continue;
    if (current.length + chunk.length > width && current !== "") {
      found.push(current.trimEnd());
      current = "";
      if (/^\s+$/u.test(chunk)) continue;
    }
    while (breaksWords && chunk.length > width) {
      found.push(chunk.slice(0, width));
      chunk = chunk.slice(width);
    }
    current += chunk;
  }
  if (current.trimEnd() !== "") found.push(current.trimEnd());
  return found;
}

const quote = (text: string, isQuery: boolean): string => {
  const encoded = encodeURIComponent(text).replaceAll(
    /[!'()*]/gu,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return isQuery ? encoded.replaceAll("%20", "+") : encoded.replaceAll("%2F", "/");
};

const urlencode: Filter = (value) => {
  if (
    typeof value === "string" ||
    !(value instanceof Dict || Array.isArray(value) || value instanceof Tuple)
  ) {
    return quote(textOf(value), false);
  }
  const pairs = value instanceof Dict ? value.entries() : value;
  return [...(pairs instanceof Tuple ? pairs.items : pairs)]
    .map((pair) => (pair instanceof Tuple ? pair.items : (pair as readonly Value[])))
    .map(([key, item]) => `${quote(textOf(key!), true)}=${quote(textOf(item!), true)}`)
    .join("&");
};

const striptags = ofText((text) =>
  strip(text.replaceAll(/<!--.*?-->|<[^>]*>/gsu, ""), "both")
    .split(new RegExp(`[${SPACE}]+`, "u"))
    .join(" ")
    .replaceAll(
      /&(?:amp|lt|gt|quot|#39|#34);/gu,
      (entity) =>
        ({ "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" })[entity] ?? '"',
    ),
);

export const textFilters: Readonly<Record<string, Filter>> = {
  upper: ofText((text) => text.toUpperCase()),
  lower: ofText((text) => text.toLowerCase()),
  capitalize: ofText(capitalize),
  title,
  string: ofText((text) => text),
  safe: ofText((text) => text),
  escape,
  e: escape,
  forceescape: escape,
  trim: (value, call) => strip(textOf(value), "both", bind("trim", call, ["chars", null])[0]),
  replace: (value, call) => {
    const [from, to, count] = bind("replace", call, "old", "new", ["count", null]) as [
      Value,
      Value,
      Value,
    ];
    return replace(
      textOf(value),
      textOf(from),
      textOf(to),
      count === null ? -1 : Number(integer(count)),
    );
  },
  indent,
  truncate,
  wordwrap,
  urlencode,
  striptags,
  wordcount: ofText((text) => BigInt(text.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0)),
  center: (value, call) =>
    pad(textOf(value), bind("center", call, ["width", 80n])[0]!, [" ", "both"]),
  format: (value, { args, kwargs }) => {
    if (args.length > 0 && kwargs.size > 0)
      throw new TemplateFault("can't handle positional and keyword arguments at the same time");
    return percentFormat(textOf(value), kwargs.size > 0 ? new Dict(kwargs) : new Tuple(args));
  },
  join: (value, call, runtime) => {
    const [separator, attribute] = bind("join", call, ["d", ""], ["attribute", null]) as [
      Value,
      Value,
    ];
    const items =
      attribute === null
        ? value
        : runtime.filter("map", value, { args: [], kwargs: new Map([["attribute", attribute]]) });
    const parts = itemsOf(items).map(textOf);
    checkSize(parts.reduce((sum, part) => sum + part.length, 0));
    return parts.join(textOf(separator));
  },
};
