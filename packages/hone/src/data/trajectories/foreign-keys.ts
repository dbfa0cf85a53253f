/** Keys that other programs write beside a conversation, such as its source or the time of a message. */
import { isObject, type JsonObject } from "../../core/json.ts";
import { conversationForms } from "../conversation-forms.ts";
import { pathText } from "../data-line-error.ts";

/** A line without the keys that its form does not know. */
export interface KnownLine {
  readonly known: unknown;
  /** Those of the line itself. */
  readonly fields: JsonObject;
  /** Where the others were, such as "messages[0].timestamp". */
  readonly dropped: readonly string[];
}

/** What a form knows of a line, and the rest. A line of no form is given back as it is. */
export function withoutForeignKeys(json: unknown): KnownLine {
  const form = isObject(json) ? conversationForms.find((one) => one.fits(json)) : undefined;
  if (!isObject(json) || form === undefined) return { known: json, fields: {}, dropped: [] };
  let known = json;
  const fields: (readonly [string, unknown])[] = [];
  const dropped: string[] = [];
  // Where a message may have several forms, keys of the next one show when those of the first are gone.
  for (;;) {
    const paths = form.foreignKeys(known);
    if (paths.length === 0) return { known, fields: Object.fromEntries(fields), dropped };
    for (const path of paths)
      if (path.length === 1) fields.push([String(path[0]), json[String(path[0])]]);
      else dropped.push(pathText(path));
    known = paths.reduce<unknown>(withoutKey, known) as JsonObject;
  }
}

/** The value without the key at a path; the value itself stays as it is. */
function withoutKey(value: unknown, [key, ...rest]: readonly PropertyKey[]): unknown {
  if (Array.isArray(value))
    return value.map((one: unknown, i) => (i === key ? withoutKey(one, rest) : one));
  if (!isObject(value)) return value;
  const { [String(key)]: inner, ...others } = value;
  return rest.length === 0 ? others : { ...value, [String(key)]: withoutKey(inner, rest) };
}
