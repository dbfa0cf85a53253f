/** The tests of jinja2: `value is name`. */
import { bind } from "./arguments.ts";
import { arithmetic, compare, contains, isEqual, isNumber } from "./operators.ts";
import { textOf } from "./print.ts";
import type { Test } from "./runtime.ts";
import { stringMethods } from "./string-methods.ts";
import {
  Callable,
  Dict,
  DictView,
  Lazy,
  Opaque,
  Range,
  Tuple,
  Undefined,
  type Call,
  type Value,
} from "./values.ts";

const other = (call: Call): Value => bind("test", call, "other")[0]!;
const plain =
  (name: string, is: (value: Value) => boolean): Test =>
  (value, call) => {
    bind(name, call);
    return is(value);
  };

const modulo = (value: Value, by: Value): Value => arithmetic("%", value, by);
const caseTest = (name: "islower" | "isupper") => (value: Value) =>
  stringMethods[name]!(textOf(value), { args: [], kwargs: new Map() }) === true;

const isIterable = (value: Value): boolean =>
  isSequence(value) || value instanceof DictView || value instanceof Lazy;

const isSequence = (value: Value): boolean =>
  typeof value === "string" ||
  Array.isArray(value) ||
  [Dict, Tuple, Range, Undefined].some((type) => value instanceof type);

const eq: Test = (value, call) => isEqual(value, other(call));
const ne: Test = (value, call) => !isEqual(value, other(call));
const gt: Test = (value, call) => compare("gt", value, other(call));
const ge: Test = (value, call) => compare("gteq", value, other(call));
const lt: Test = (value, call) => compare("lt", value, other(call));
const le: Test = (value, call) => compare("lteq", value, other(call));

/** The tests by name; those that ask for filters and tests are the interpreter's. */
export const tests: Readonly<Record<string, Test>> = {
  defined: plain("defined", (value) => !(value instanceof Undefined)),
  undefined: plain("undefined", (value) => value instanceof Undefined),
  none: plain("none", (value) => value === null),
  boolean: plain("boolean", (value) => typeof value === "boolean"),
  true: plain("true", (value) => value === true),
  false: plain("false", (value) => value === false),
  integer: plain("integer", (value) => typeof value === "bigint"),
  float: plain("float", (value) => typeof value === "number"),
  number: plain("number", isNumber),
  string: plain("string", (value) => typeof value === "string"),
  mapping: plain("mapping", (value) => value instanceof Dict),
  sequence: plain("sequence", isSequence),
  iterable: plain("iterable", isIterable),
  callable: plain(
    "callable",
    (value) =>
      value instanceof Callable ||
      value instanceof Undefined ||
      (value instanceof Opaque && value.call !== undefined),
  ),
  escaped: plain("escaped", () => false),
  odd: plain("odd", (value) => isEqual(modulo(value, 2n), 1n)),
  even: plain("even", (value) => isEqual(modulo(value, 2n), 0n)),
  divisibleby: (value, call) => isEqual(modulo(value, bind("divisibleby", call, "num")[0]!), 0n),
  lower: plain("lower", caseTest("islower")),
  upper: plain("upper", caseTest("isupper")),
  sameas: (value, call) => value === other(call),
  in: (value, call) => contains(bind("in", call, "seq")[0]!, value),
  eq,
  equalto: eq,
  "==": eq,
  ne,
  "!=": ne,
  gt,
  greaterthan: gt,
  ">": gt,
  ge,
  ">=": ge,
  lt,
  lessthan: lt,
  "<": lt,
  le,
  "<=": le,
};
