/** A call by chance, which knows the functions and the question's words, and nothing of what is right. */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Random } from "../../core/random.ts";
import type { BfclTask } from "../../data/bfcl/bfcl-task.ts";
import type { BfclCall } from "./calls.ts";
import type { TypedDict, TypedValue } from "./typed-json.ts";

/** One of the functions, with a value for everything that it requires. The task must offer a function. */
export function randomCall({ functions, messages }: BfclTask, random: Random): BfclCall {
  const { name, parameters } = random.pick(functions);
  return { name, arguments: randomDict(parameters, wordsOf(messages.at(-1)!.content), random) };
}

/** Numbers and words as they stand in a text. */
const wordsOf = (text: string): readonly string[] =>
  text.match(/-?\d+(?:\.\d+)?|[\p{L}\d][\p{L}\d'-]*/gu) ?? ["a"];

/** A value for each field that a schema of an object requires. */
function randomDict(schema: JsonObject, words: readonly string[], random: Random): TypedDict {
  const { properties, required } = schema;
  const names = Array.isArray(required) ? required.map(String) : [];
  return new Map(
    names.map((name) => {
      const field: unknown = isObject(properties) ? properties[name] : undefined;
      return [name, randomValue(isObject(field) ? field : {}, words, random)];
    }),
  );
}

function randomValue(schema: JsonObject, words: readonly string[], random: Random): TypedValue {
  const { type, enum: choices, items } = schema;
  const texts = Array.isArray(choices) ? choices.filter((one) => typeof one === "string") : [];
  if (texts.length > 0) return { kind: "string", value: random.pick(texts) };
  switch (type) {
    case "integer":
    case "float":
      return randomNumber(type, words, random);
    case "boolean":
      return { kind: "boolean", value: random.integer(0, 1) === 1 };
    case "array":
    case "tuple":
      return { kind: "list", value: [randomValue(isObject(items) ? items : {}, words, random)] };
    case "dict":
      return { kind: "dict", value: randomDict(schema, words, random) };
    default:
      return { kind: "string", value: random.pick(words) };
  }
}

/** A number of the question; without one from 0 to 10. */
function randomNumber(
  kind: "integer" | "float",
  words: readonly string[],
  random: Random,
): TypedValue {
  const numbers = words.map(Number).filter((value) => Number.isFinite(value));
  const value = numbers.length === 0 ? random.integer(0, 10) : random.pick(numbers);
  return kind === "float" ? { kind, value } : { kind, value: Math.trunc(value) };
}
