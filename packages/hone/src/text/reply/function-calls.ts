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

/** Qwen3-Coder's body. */
export const functionBody: MarkedBody = {
  isWhole: (body) => /<\/function>$/u.test(body),
  read: (body, tools) => {
    const name = /<function=([^>\n]*)>/u.exec(body)?.[1]?.trim() ?? "";
    const written = [
      ...body.matchAll(/<parameter=([^>\n]*)>(.*?)(?:<\/parameter>|(?=<parameter=)|$)/gsu),
    ];
    const whole = functionBody.isWhole(body);
    return [callOf({ name, body, isWhole: whole }, written.map(pairOf), tools)];
  },
};

/** GLM's body. */
export const argKeyBody: MarkedBody = {
  isWhole: (body) => !/<arg_key>(?!.*<\/arg_value>)/su.test(body),
  read: (body, tools) => {
    const name = /^[^\n<]*/u.exec(body)![0].trim();
    const pairs = /<arg_key>(.*?)<\/arg_key>\s*<arg_value>(.*?)(?:<\/arg_value>|$)/gsu;
    const written = [...body.matchAll(pairs)].map(pairOf);
    return [callOf({ name, body, isWhole: argKeyBody.isWhole(body) }, written, tools)];
  },
};

/** The tags of a form that writes names as attributes, such as "invoke" and "parameter". */
export interface AttributeTags {
  readonly call: string;
  readonly value: string;
}

/** Any number of calls with their names as attributes. `string="true"` or "false" at a value, where it is written, says what it is. */
export function attributeBody({ call, value }: AttributeTags): MarkedBody {
  const end = `</${call}>`;
  const values = new RegExp(
    `<${value} name="([^"]*)"(?: string="(true|false)")?>(.*?)(?:</${value}>|(?=<${value} )|$)`,
    "gsu",
  );
  const isWhole = (body: string): boolean => body.trimEnd().endsWith(end);
  return {
    isWhole,
    read: (body, tools) =>
      body
        .split(`<${call} name="`)
        .slice(1)
        .map((written) => {
          const name = /^([^"\n]*)"/u.exec(written)?.[1]?.trim() ?? "";
          const whole = isWhole(written);
          const pairs = [...written.matchAll(values)].map(([, key = "", isText, text = ""]) => ({
            key,
            text,
            isText: isText && isText === "true",
          }));
          return callOf({ name, body: written, isWhole: whole }, pairs, tools);
        }),
  };
}

/** A value of a tagged call. */
interface TaggedValue {
  readonly key: string;
  readonly text: string;
  /** Whether it is a text, where the form says so; else the schema decides. */
  readonly isText?: boolean | "" | undefined;
}

const pairOf = ([, key = "", text = ""]: RegExpMatchArray): TaggedValue => ({ key, text });

/** A call of these forms before its values are read. */
interface TaggedCall {
  readonly name: string;
  readonly body: string;
  readonly isWhole: boolean;
}

function callOf(
  { name, body, isWhole }: TaggedCall,
  pairs: readonly TaggedValue[],
  tools: string | undefined,
): WrittenCall {
  // A call that was cut keeps its unfinished text as arguments: as JSON they would look complete.
  if (name === "" || !isWhole) return { name, arguments: body };
  const types = propertiesOf(name, tools);
  const members = pairs.map(({ key, text: value, isText }) => {
    const text = value.replace(/^\n/u, "").replace(/\n$/u, "");
    const json = isText === true ? JSON.stringify(value) : jsonOf(text, types?.[key.trim()]);
    return `${JSON.stringify(key.trim())}: ${json}`;
  });
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

function jsonOf(text: string, schema: unknown): string {
  const types: readonly unknown[] = [fieldsOf(schema)["type"]].flat();
  const isText = types.includes("string");
  const isNull = types.includes("null") && ["null", "None"].includes(text.trim());
  if (isNull) return "null";
  if (isText) return JSON.stringify(text);
  const value = pythonWords[text.trim()] ?? text.trim();
  return isJson(value) ? value : JSON.stringify(text);
}
