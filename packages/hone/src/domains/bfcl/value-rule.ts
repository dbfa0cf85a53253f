/**
 * When the value of a parameter is right, by the rule of BFCL v4 (`ast_checker.py` of the package `bfcl-eval` 2026.3.23), its edges
 * included: types are compared for the value and for the elements of a list, and no deeper.
 */
import type { BfclParameter } from "../../data/bfcl/bfcl-task.ts";
import { isEqual, type TypedDict, type TypedKind, type TypedValue } from "./typed-json.ts";

/** The type of a value that a parameter wants. */
const kinds: Readonly<Record<BfclParameter["type"], TypedKind>> = {
  string: "string",
  integer: "integer",
  float: "float",
  boolean: "boolean",
  array: "list",
  tuple: "list",
  dict: "dict",
  any: "string",
};

/** The type of a list's elements; undefined for a parameter that is no list. */
const elementKind = ({ type, items }: BfclParameter): TypedKind | undefined =>
  (type === "array" || type === "tuple") && items ? kinds[items.type] : undefined;

/** An empty text among the possible values says that the parameter may be left out. */
export const isOptional = (value: TypedValue): boolean =>
  value.kind === "string" && value.value === "";

/** The type of the first possible value. */
const kindOfAnswers = (possible: readonly TypedValue[]): TypedKind | undefined =>
  possible.find((value) => !isOptional(value))?.kind;

/** Whether a value is one of the possible values of a parameter. */
export function isPossible(
  given: TypedValue,
  parameter: BfclParameter,
  possible: readonly TypedValue[],
): boolean {
  const [wanted, element] = [kinds[parameter.type], elementKind(parameter)];
  // A whole number is taken where a float is wanted; the other way round is wrong.
  const value: TypedValue =
    parameter.type === "float" && given.kind === "integer" ? { ...given, kind: "float" } : given;
  const answered = kindOfAnswers(possible);
  if (value.kind === wanted) {
    if (element !== undefined && !haveElementsOf(value, element, possible)) return false;
  } else if (value.kind !== answered) return false;
  // Where the possible values have another type than the parameter, they are names of variables and compared as they are.
  const isVariable = value.kind !== wanted || (answered !== undefined && answered !== wanted);
  if (isVariable) return possible.some((one) => isEqual(value, one));
  if (value.kind === "dict") return isPossibleDict(value.value, possible);
  if (value.kind === "list")
    return element === "dict"
      ? isPossibleDictList(value.value, possible)
      : isPossibleList(value.value, possible);
  return possible.some((one) => isEqual(standard(value), standard(one)));
}

/** Whether the elements have the wanted type, or that of the elements of one possible list; beside an empty text they may have any. */
function haveElementsOf(
  list: TypedValue,
  wanted: TypedKind,
  possible: readonly TypedValue[],
): boolean {
  const elements = list.kind === "list" ? list.value : [];
  return possible.some(
    (one) =>
      one.kind !== "list" ||
      elements.every(({ kind }) => kind === wanted || kind === kindOfAnswers(one.value)),
  );
}

/** A text without regard to case, to spaces and to ,./-_*^; both kinds of quotes are one. Other values stay as they are. */
function standard(value: TypedValue): TypedValue {
  if (value.kind !== "string") return value;
  const text = value.value.replaceAll(/[ ,./\-_*^]/g, "").toLowerCase();
  return { kind: "string", value: text.replaceAll("'", '"') };
}

/** An object is right where each of its fields has a possible value, and no field is missing that may not be left out. */
function isPossibleDict(given: TypedDict, possible: readonly TypedValue[]): boolean {
  return possible.some((one) => {
    if (one.kind !== "dict") return false;
    const valuesOf = (key: string): readonly TypedValue[] => listOf(one.value.get(key));
    return (
      [...given].every(([key, value]) =>
        valuesOf(key).some((other) => isEqual(standard(value), standard(other))),
      ) && [...one.value.keys()].every((key) => given.has(key) || valuesOf(key).some(isOptional))
    );
  });
}

const listOf = (value: TypedValue | undefined): readonly TypedValue[] =>
  value?.kind === "list" ? value.value : [];

/** Objects in a list stand in the order of a possible list. */
function isPossibleDictList(
  given: readonly TypedValue[],
  possible: readonly TypedValue[],
): boolean {
  return possible.some((one) => {
    const wanted = listOf(one);
    return (
      given.length === wanted.length &&
      given.every((part, i) => part.kind === "dict" && isPossibleDict(part.value, [wanted[i]!]))
    );
  });
}

/** The texts of a list are compared as texts are; lists and objects in it as they are. */
const isPossibleList = (given: readonly TypedValue[], possible: readonly TypedValue[]): boolean =>
  possible.some((one) =>
    isEqual(
      { kind: "list", value: given.map(standard) },
      { kind: "list", value: listOf(one).map(standard) },
    ),
  );
