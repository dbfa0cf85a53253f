/**
 * Tool calls as tags: `<function=name><parameter=key>value</parameter></function>` (Qwen3-Coder, Nemotron 3), and
 * `name<arg_key>key</arg_key><arg_value>value</arg_value>` (GLM), and with names as attributes, `<invoke name="name">
 * <parameter name="key">value</parameter></invoke>` (MiniMax M2, DeepSeek 3.2). They become the JSON text of an object.
 *
 * Such a value does not say whether it is a text or a number. The tool's schema decides: what is no text there is read as
 * JSON, or as Python writes true, false and null, which these templates do; without a schema, whatever is JSON is taken as such.
 */
import { elementsOf } from "../../core/json-text.ts";
import { fieldsOf, isObject, parsedObject, type JsonObject } from "../../core/json.ts";
import type { MarkedBody } from "./marked-calls.ts";
import { isJson, type WrittenCall } from "./written-call.ts";

/**
 * Qwen3-Coder's body. A value ends where the next tag stands behind its end tag, since a text may hold the end tag; models that
 * leave the end tag out begin the next value on a line of its own.
 */
export const functionBody: MarkedBody = {
  isWhole: (body) => functionValues(body) !== undefined,
  read: (body, tools) => {
    const name = /<function=([^>\n]*)>/u.exec(body)?.[1]?.trim() ?? "";
    return [callOf({ name, body }, functionValues(body), tools)];
  },
};

/** The values of a whole body; undefined for one that is cut or malformed. */
function functionValues(body: string): readonly TaggedValue[] | undefined {
  const read = valuesIn(body, {
    opening: /\s*<function=[^>\n]*>/uy,
    value:
      /\s*<parameter=([^>\n]*)>([^]*?)(?:<\/parameter>(?=\s*(?:<parameter=|<\/function>))|(?=\n<parameter=))/uy,
    closing: /\s*<\/function>\s*$/uy,
  });
  return read?.pairs.map(pairOf);
}

/** GLM's body. Nothing in it says where it ends: without the mark behind it a call may lack values, and its name may be cut. */
export const argKeyBody: MarkedBody = {
  isWhole: (body) => argKeyValues(body) !== undefined,
  read: (body, tools, isClosed = true) => {
    const written = /^[^\n<]*/u.exec(body)![0];
    const name = isClosed || written.length < body.length ? written.trim() : "";
    return [callOf({ name, body }, isClosed ? argKeyValues(body) : undefined, tools)];
  },
};

function argKeyValues(body: string): readonly TaggedValue[] | undefined {
  const read = valuesIn(body, {
    opening: /[^\n<]*/uy,
    value:
      /\s*<arg_key>([^]*?)<\/arg_key>\s*<arg_value>([^]*?)<\/arg_value>(?=\s*(?:<arg_key>|$))/uy,
    closing: /\s*$/uy,
  });
  return read?.pairs.map(pairOf);
}

/** The names of the tags of a form that writes names as attributes, such as "invoke" and "parameter". */
export interface AttributeTags {
  readonly call: string;
  readonly value: string;
}

/** Any number of calls with their names as attributes. `string="true"` or "false" at a value, where it is written, says what it is. */
export function attributeBody({ call, value }: AttributeTags): MarkedBody {
  const opening = `<${call} name="`;
  const tags: CallTags = {
    opening: new RegExp(`\\s*${opening}([^"\\n]*)">`, "uy"),
    value: new RegExp(
      `\\s*<${value} name="([^"]*)"(?: string="(true|false)")?>([^]*?)` +
        `(?:</${value}>(?=\\s*(?:<${value} name="|</${call}>))|(?=\\n<${value} name="))`,
      "uy",
    ),
    closing: new RegExp(`\\s*</${call}>`, "uy"),
  };
  return {
    isWhole: (body) => {
      let at = 0;
      for (let end; at < body.trimEnd().length; at = end) {
        end = valuesIn(body, tags, at)?.end;
        if (end === undefined) return false;
      }
      return at > 0;
    },
    read: (body, tools) => {
      const calls: WrittenCall[] = [];
      for (let at = body.indexOf(opening); at >= 0;) {
        const read = valuesIn(body, tags, at);
        const next = body.indexOf(opening, read?.end ?? at + 1);
        const written = body.slice(at, next < 0 ? undefined : next);
        const name = /^([^"\n]*)"/u.exec(written.slice(opening.length))?.[1]?.trim() ?? "";
        calls.push(callOf({ name, body: written }, read?.pairs.map(attributePairOf), tools));
        at = next;
      }
      return calls;
    },
  };
}

/** How a form writes a call, as sticky patterns of what stands one behind the other. */
interface CallTags {
  readonly opening: RegExp;
  readonly value: RegExp;
  readonly closing: RegExp;
}

/** The values of the call that begins at a place, and where it ends; undefined where it is cut or malformed. */
function valuesIn(
  text: string,
  { opening, value, closing }: CallTags,
  from = 0,
): { readonly pairs: readonly RegExpExecArray[]; readonly end: number } | undefined {
  const pairs: RegExpExecArray[] = [];
  let at = from;
  const next = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text) ?? undefined;
    if (found !== undefined) at = pattern.lastIndex;
    return found;
  };
  if (next(opening) === undefined) return undefined;
  for (let pair = next(value); pair !== undefined; pair = next(value)) pairs.push(pair);
  return next(closing) === undefined ? undefined : { pairs, end: at };
}

/** A value of a tagged call. */
interface TaggedValue {
  readonly key: string;
  readonly text: string;
  /** What the form says the value is: a text, or JSON. Undefined where the form does not say it: the schema decides. */
  readonly kind?: "text" | "json" | undefined;
}

const pairOf = ([, key = "", text = ""]: RegExpMatchArray): TaggedValue => ({ key, text });

const kinds: Readonly<Record<string, TaggedValue["kind"]>> = { true: "text", false: "json" };

const attributePairOf = ([, key = "", isText = "", text = ""]: RegExpMatchArray): TaggedValue => ({
  key,
  text,
  kind: kinds[isText],
});

/** @param values undefined for a call that is cut or malformed: it keeps its text as arguments, since as JSON they would look complete */
function callOf(
  { name, body }: { readonly name: string; readonly body: string },
  values: readonly TaggedValue[] | undefined,
  tools: string | undefined,
): WrittenCall {
  if (name === "" || values === undefined) return { name, arguments: body };
  const types = propertiesOf(name, tools);
  const members = values.map(
    ({ key, ...value }) => `${JSON.stringify(key.trim())}: ${jsonOf(value, types?.[key.trim()])}`,
  );
  return { name, arguments: `{${members.join(", ")}}` };
}

/** The properties of a tool's arguments; undefined where the tool is not known. */
function propertiesOf(name: string, tools: string | undefined): JsonObject | undefined {
  for (const { text } of elementsOf(tools ?? "[]")) {
    const tool = parsedObject(text) ?? {};
    const inner = isObject(tool["function"]) ? tool["function"] : tool;
    if (inner["name"] === name) return fieldsOf(fieldsOf(inner["parameters"])["properties"]);
  }
  return undefined;
}

const pythonWords: Readonly<Record<string, string>> = {
  True: "true",
  False: "false",
  None: "null",
};

function jsonOf({ text: written, kind }: Omit<TaggedValue, "key">, schema: unknown): string {
  if (kind === "text") return JSON.stringify(written);
  const text = written.replace(/^\n/u, "").replace(/\n$/u, "");
  const types: readonly unknown[] = [fieldsOf(schema)["type"]].flat();
  const isNull = types.includes("null") && ["null", "None"].includes(text.trim());
  if (isNull) return "null";
  if (kind === undefined && types.includes("string")) return JSON.stringify(text);
  const value = pythonWords[text.trim()] ?? text.trim();
  return isJson(value) ? value : JSON.stringify(text);
}
