/**
 * Turns any value of an agent into JSON that may be stored: a copy, which later changes of the value do not reach, without
 * secrets, and visibly cut where it is too long. Never throws, even where a getter of the value does.
 */
import { cutText, spanLimit } from "../../core/cut-texts.ts";
import { messageOf } from "../../core/errors.ts";
import { type JsonValue, setOwn } from "../../core/json.ts";
import { plainText } from "../../messages/plain-text.ts";
import { mark, type Redaction } from "./redaction.ts";
import { looksLikeToken, optionName } from "./secret-names.ts";

/** Characters that one text may have. Stores cut at the same length. */
export const textLimit = spanLimit / 8;

/** Characters looked at beyond a cut, so that a secret at the cut is seen whole. No secret is longer. */
const margin = 16_384;

/** Levels of nesting that are recorded: more than values have, and far from overflowing the stack. */
const maxDepth = 64;

/** Characters that a number or a boolean takes from the budget. */
const itemCost = 8;

/** Where in a value its copying has arrived. */
interface PlaceInValue {
  /** The objects around it, outermost first. */
  readonly above: readonly object[];
  /** True when a field around it is named like a secret: then everything in it is one. */
  readonly isSecret: boolean;
  /** True for a list whose field is named like tokens: those of its texts that look like one are secrets. Default false. */
  readonly isOfTokens?: boolean;
}

/** Copies values until its budget of characters is spent. The fields of a span that become known together share a cleaner. */
export class Cleaner {
  readonly #redaction: Redaction;
  #left = spanLimit;
  #lost = 0;

  constructor(redaction: Redaction) {
    this.#redaction = redaction;
  }

  /** About how many characters were left out so far. */
  get lost(): number {
    return this.#lost;
  }

  /** The text without secrets, cut where it is too long. Halves of surrogate pairs stay: a later text may be the other half. */
  text(text: string): string {
    const room = Math.min(textLimit, Math.max(this.#left, 0));
    const clean = this.#clean(text, room);
    this.#left -= clean.length;
    return clean;
  }

  /** The value as JSON. A value that JSON has no form for becomes a text that says what it was. */
  json(value: unknown): JsonValue {
    return this.#value(value, { above: [], isSecret: false });
  }

  /** The own fields of an object as JSON, also where the object itself would be written in another way, such as an Error. */
  fields(value: Readonly<Record<string, unknown>>): Readonly<Record<string, JsonValue>> {
    return this.#entries(Object.entries(value), { above: [value], isSecret: false });
  }

  #clean(text: string, room: number): string {
    const isLong = text.length > room + 2 * margin;
    const part = isLong ? text.slice(0, room + 2 * margin) : text;
    const redacted = this.#redaction.text(part);
    if (!isLong && redacted.length <= room) return redacted;
    this.#lost += text.length - room;
    // The end of a part may hold the beginning of a secret, which no rule could see whole.
    const certain = isLong ? Math.min(redacted.length - margin, room) : room;
    return cutText(redacted, Math.max(certain, 0), text.length);
  }

  #value(value: unknown, place: PlaceInValue): JsonValue {
    switch (typeof value) {
      case "string":
        return place.isSecret ? mark("field") : this.text(value);
      case "number":
        this.#left -= itemCost;
        if (place.isSecret) return mark("field");
        return Number.isFinite(value) ? value : String(value);
      case "boolean":
        this.#left -= itemCost;
        return value;
      case "object":
        if (value === null) return null;
        try {
          return this.#object(value, place);
        } catch (error) {
          return `[unreadable: ${this.text(messageOf(error))}]`;
        }
      case "bigint":
        return place.isSecret ? mark("field") : String(value);
      case "symbol":
        return String(value);
      case "function":
        return `[function ${value.name}]`;
      case "undefined":
        return null;
    }
  }

  #object(value: object, { above, isSecret, isOfTokens }: PlaceInValue): JsonValue {
    if (above.includes(value)) return "[circular]";
    if (above.length >= maxDepth) return "[nested deeper than hone records]";
    const place = { above: [...above, value], isSecret };
    if (isOfTokens === true && Array.isArray(value))
      return this.#list(value, { ...place, isOfTokens });
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      return `[${value.constructor.name}, ${value.byteLength} bytes]`;
    }
    if (value instanceof Error) return this.#error(value, place);
    if (value instanceof RegExp) return this.#value(String(value), place);
    if ("toJSON" in value && typeof value.toJSON === "function") {
      return this.#value(value.toJSON(), place);
    }
    if (Array.isArray(value)) return this.#list(value, place);
    if (value instanceof Set) return this.#list([...value], place);
    if (isTable(value)) {
      return this.#entries(
        [...value.entries()].map(([k, v]) => [textOf(k), v] as const),
        place,
      );
    }
    return this.#plain(value, place);
  }

  #plain(value: object, place: PlaceInValue): JsonValue {
    const entries = Object.entries(value);
    const kind = value.constructor as { readonly name?: unknown } | undefined;
    if (entries.length === 0 && kind !== undefined && kind !== Object) {
      return `[${String(kind.name)}]`;
    }
    return this.#entries(entries, isSchema(value) ? { ...place, isSecret: false } : place);
  }

  #error(error: Error, place: PlaceInValue): JsonValue {
    const own = Object.entries(error);
    const named = [["name", error.name] as const, ["message", error.message] as const];
    const cause = error.cause === undefined ? [] : [["cause", error.cause] as const];
    return this.#entries([...named, ...cause, ...own], place);
  }

  #list(values: readonly unknown[], place: PlaceInValue): JsonValue {
    const list: JsonValue[] = [];
    for (const [i, value] of values.entries()) {
      if (this.#left <= 0) {
        this.#lost += itemCost * (values.length - i);
        list.push(`… [cut by hone: ${values.length - i} more]`);
        break;
      }
      this.#left -= 1;
      // Headers come as pairs, or as one list of names and values in turn.
      const name = i % 2 === 1 && values.length % 2 === 0 ? values[i - 1] : undefined;
      const option = optionName(values[i - 1]);
      if (place.isOfTokens === true && typeof value === "string" && looksLikeToken(value, true)) {
        list.push(mark("token"));
      } else list.push(this.#named(option ?? (isHeader(name) ? name : undefined), value, place));
    }
    return list;
  }

  #entries(
    entries: readonly (readonly [string, unknown])[],
    place: PlaceInValue,
  ): Readonly<Record<string, JsonValue>> {
    const named = nameBeside(entries);
    const fields: Record<string, JsonValue> = {};
    let left = entries.length;
    for (const [key, value] of entries) {
      if (value !== undefined && this.#left <= 0) {
        this.#lost += itemCost * left;
        fields["…"] = `[cut by hone: ${left} more]`;
        break;
      }
      left--;
      if (value === undefined) continue;
      const name = key === "value" ? (named ?? key) : key;
      setOwn(fields, this.text(key), this.#named(name, value, place));
    }
    return fields;
  }

  /** The value of a field; a name such as "password" makes it a secret. */
  #named(name: string | undefined, value: unknown, place: PlaceInValue): JsonValue {
    const kind = name === undefined ? undefined : this.#redaction.key(name);
    if (kind === "token" && typeof value === "string" && looksLikeToken(value))
      return mark("token");
    if (kind === undefined && place.isOfTokens !== true) return this.#value(value, place);
    const { above, isSecret } = place;
    return this.#value(value, {
      above,
      isSecret: isSecret || kind === "secret",
      isOfTokens: kind === "token",
    });
  }
}

/** Recognised by their tag, since naming the classes of `fetch` would load them. */
const isTable = (value: object): value is { entries(): Iterable<readonly [unknown, unknown]> } =>
  tableTags.has(Object.prototype.toString.call(value)) &&
  typeof (value as { entries?: unknown }).entries === "function";

const tableTags: ReadonlySet<string> = new Set(
  ["Map", "Headers", "URLSearchParams", "FormData"].map((name) => `[object ${name}]`),
);

/** True for a JSON Schema: the schema of a field named "password" is no secret. */
const isSchema = (value: object): boolean =>
  ("type" in value &&
    typeof value.type === "string" &&
    /^(?:string|number|integer|boolean|object|array|null)$/.test(value.type)) ||
  "$ref" in value ||
  "anyOf" in value;

const isHeader = (name: unknown): name is string =>
  typeof name === "string" &&
  /^(?:proxy-authorization|authorization|cookie|set-cookie|(?:x-)?api-key|x-[a-z-]*(?:token|secret|key))$/i.test(
    name,
  );

/** The name that an object such as `{ name: "Authorization", value: … }` gives its `value`. */
function nameBeside(entries: readonly (readonly [string, unknown])[]): string | undefined {
  if (entries.length > 8 || !entries.some(([key]) => key === "value")) return undefined;
  const name = entries.find(([key]) => key === "name" || key === "key" || key === "header")?.[1];
  return typeof name === "string" ? name : undefined;
}

/** The key of a Map as a text; a key may be any value. */
const textOf = (value: unknown): string => plainText(value) || `[${typeof value}]`;
