/**
 * Anything an agent holds, as JSON that may be stored: copied, so that later changes do not show; without secrets; cut,
 * visibly, where it is too long. Never throws, whatever the value's getters do.
 */
import { cutText, spanLimit } from "../../core/cut-texts.ts";
import { messageOf } from "../../core/errors.ts";
import type { JsonValue } from "../../core/json.ts";
import { plainText } from "../../messages/plain-text.ts";
import { looksLikeToken, mark, type Redaction } from "./redaction.ts";

/** Characters one text may have; the stores cut at the same place. */
export const textLimit = spanLimit / 8;

/** Secrets that the cut goes through are shorter than this. */
const margin = 16_384;

/** Deeper than anyone nests, and far from the end of the stack. */
const deepest = 64;

/** What a value that is no text costs, in characters. */
const itemCost = 8;

/** Where in a value the copy is. */
interface Place {
  readonly above: readonly object[];
  /** Everything here is a secret, since a field around it is named like one. */
  readonly isSecret: boolean;
}

/** Copies values until its budget is spent: one for the fields of a span that become known together. */
export class Cleaner {
  readonly #redaction: Redaction;
  #left = spanLimit;
  #lost = 0;

  constructor(redaction: Redaction) {
    this.#redaction = redaction;
  }

  /** Characters, about, that were left out so far. */
  get lost(): number {
    return this.#lost;
  }

  /** A text without secrets and lone surrogates, cut. */
  text(text: string): string {
    const room = Math.min(textLimit, Math.max(this.#left, 0));
    const clean = this.#clean(text, room);
    this.#left -= clean.length;
    return clean;
  }

  /** Any value; what JSON has no form for becomes a text that says what it was. */
  json(value: unknown): JsonValue {
    return this.#value(value, { above: [], isSecret: false });
  }

  /** The fields of an object, none of them lost to its form. */
  fields(value: Readonly<Record<string, unknown>>): Readonly<Record<string, JsonValue>> {
    return this.#entries(Object.entries(value), { above: [value], isSecret: false });
  }

  #clean(text: string, room: number): string {
    const isLong = text.length > room + 2 * margin;
    const part = isLong ? text.slice(0, room + 2 * margin) : text;
    const redacted = this.#redaction.text(part.toWellFormed());
    if (!isLong && redacted.length <= room) return redacted;
    this.#lost += text.length - room;
    // Near the end of a part may stand the beginning of a secret that no rule could see whole.
    const certain = isLong ? Math.min(redacted.length - margin, room) : room;
    return cutText(redacted, Math.max(certain, 0), text.length);
  }

  #value(value: unknown, place: Place): JsonValue {
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

  #object(value: object, { above, isSecret }: Place): JsonValue {
    if (above.includes(value)) return "[circular]";
    if (above.length >= deepest) return "[nested deeper than hone records]";
    const place = { above: [...above, value], isSecret };
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

  #plain(value: object, place: Place): JsonValue {
    const entries = Object.entries(value);
    const kind = value.constructor as { readonly name?: unknown } | undefined;
    if (entries.length === 0 && kind !== undefined && kind !== Object) {
      return `[${String(kind.name)}]`;
    }
    return this.#entries(entries, isSchema(value) ? { ...place, isSecret: false } : place);
  }

  #error(error: Error, place: Place): JsonValue {
    const own = Object.entries(error);
    const named = [["name", error.name] as const, ["message", error.message] as const];
    const cause = error.cause === undefined ? [] : [["cause", error.cause] as const];
    return this.#entries([...named, ...cause, ...own], place);
  }

  #list(values: readonly unknown[], place: Place): JsonValue {
    const list: JsonValue[] = [];
    for (const [i, value] of values.entries()) {
      if (this.#left <= 0) {
        this.#lost += itemCost * (values.length - i);
        list.push(`… [cut by hone: ${values.length - i} more]`);
        break;
      }
      this.#left -= 1;
      // Headers as pairs, or as one list of names and values.
      const name = i % 2 === 1 && values.length % 2 === 0 ? values[i - 1] : undefined;
      list.push(this.#named(isHeader(name) ? name : undefined, value, place));
    }
    return list;
  }

  #entries(
    entries: readonly (readonly [string, unknown])[],
    place: Place,
  ): Readonly<Record<string, JsonValue>> {
    const named = nameBeside(entries);
    const fields: [string, JsonValue][] = [];
    for (const [i, [key, value]] of entries.entries()) {
      if (value === undefined) continue;
      if (this.#left <= 0) {
        this.#lost += itemCost * (entries.length - i);
        fields.push(["…", `[cut by hone: ${entries.length - i} more]`]);
        break;
      }
      const name = key === "value" ? (named ?? key) : key;
      fields.push([this.text(key), this.#named(name, value, place)]);
    }
    return Object.fromEntries(fields);
  }

  /** The value of a field, as far as its name allows. */
  #named(name: string | undefined, value: unknown, place: Place): JsonValue {
    const kind = name === undefined ? undefined : this.#redaction.key(name);
    if (kind === "token" && typeof value === "string" && looksLikeToken(value))
      return mark("token");
    return this.#value(value, kind === "secret" ? { ...place, isSecret: true } : place);
  }
}

/** Told by their tag: to name the classes of `fetch` would load them. */
const isTable = (value: object): value is { entries(): Iterable<readonly [unknown, unknown]> } =>
  /^\[object (?:Map|Headers|URLSearchParams|FormData)\]$/.test(
    Object.prototype.toString.call(value),
  ) && typeof (value as { entries?: unknown }).entries === "function";

/** A JSON Schema of a secret field is no secret. */
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

/** `{ name: "Authorization", value: … }`: the name of the field that `value` is. */
function nameBeside(entries: readonly (readonly [string, unknown])[]): string | undefined {
  if (entries.length > 8 || !entries.some(([key]) => key === "value")) return undefined;
  const name = entries.find(([key]) => key === "name" || key === "key" || key === "header")?.[1];
  return typeof name === "string" ? name : undefined;
}

/** Keys of a Map may be objects. */
const textOf = (value: unknown): string => plainText(value) || `[${typeof value}]`;
