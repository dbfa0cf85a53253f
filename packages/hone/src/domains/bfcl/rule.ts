/** When the calls of a reply are right, by the rule of BFCL v4 for tasks of one turn with functions in Python. */
import { bfclCategories, type BfclFunction, type BfclTask } from "../../data/bfcl/bfcl-task.ts";
import type { BfclCall } from "./calls.ts";
import { type TypedDict, typedJson, type TypedValue } from "./typed-json.ts";
import { isOptional, isPossible } from "./value-rule.ts";

/** A call that is to be made: the values that are right for each parameter. */
export interface PossibleCall {
  readonly name: string;
  readonly parameters: TypedDict;
}

/**
 * The calls that a right reply makes.
 * @returns none for a task without answers
 * @throws SyntaxError for answers of another shape
 */
export function possibleCalls({ answers = "[]" }: Pick<BfclTask, "answers">): PossibleCall[] {
  return valuesOf(typedJson(answers)).map((call) => {
    const [named] = call.kind === "dict" ? call.value : [];
    if (named?.[1].kind !== "dict") throw new SyntaxError("a possible answer names no function");
    return { name: named[0], parameters: named[1].value };
  });
}

const valuesOf = (value: TypedValue | undefined): readonly TypedValue[] =>
  value?.kind === "list" ? value.value : [];

/**
 * Whether a reply with these calls does its task. Where calls are wanted there must be as many as are possible, in any order: each possible
 * call takes the first call that fits it and no other took.
 */
export function isRight(task: BfclTask, calls: readonly BfclCall[]): boolean {
  const goal = bfclCategories[task.category];
  if (goal !== "answers") return (goal === "any-call") === calls.length > 0;
  const possible = possibleCalls(task);
  if (calls.length !== possible.length) return false;
  const left = [...calls];
  return possible.every((wanted) => {
    const offered = task.functions.find(({ name }) => name === wanted.name);
    const at = left.findIndex((call) => offered !== undefined && fits(call, offered, wanted));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

/** Whether a call is a possible one: its function, what the function requires, nothing unknown, and only possible values. */
function fits(
  { name, arguments: given }: BfclCall,
  { name: offered, parameters: { properties, required } }: BfclFunction,
  { parameters }: PossibleCall,
): boolean {
  return (
    name === offered &&
    required.every((key) => given.has(key)) &&
    [...given].every(([key, value]) => {
      const parameter = Object.hasOwn(properties, key) ? properties[key] : undefined;
      const possible = parameters.get(key);
      return (
        parameter !== undefined &&
        possible !== undefined &&
        isPossible(value, parameter, valuesOf(possible))
      );
    }) &&
    [...parameters].every(
      ([key, possible]) => given.has(key) || valuesOf(possible).some(isOptional),
    )
  );
}
