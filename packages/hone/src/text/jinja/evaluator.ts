/** What expressions are worth. */
import { hasFilter, hasTest } from "./check.ts";
import { TemplateFault } from "./faults.ts";
import { filters } from "./filters.ts";
import { attributeOf, itemOf, sliceOf } from "./lookup.ts";
import type { Arguments, Comparison, Expression } from "./nodes.ts";
import { arithmetic, compare, contains, isEqual, signed } from "./operators.ts";
import { textOf } from "./print.ts";
import type { Runtime } from "./runtime.ts";
import type { Scope } from "./scope.ts";
import { checkSize, spend } from "./steps.ts";
import { tests } from "./tests.ts";
import { escaped } from "./text-filters.ts";
import {
  Callable,
  Dict,
  Markup,
  Opaque,
  Tuple,
  Undefined,
  isTrue,
  itemsOf,
  typeName,
  type Call,
  type Value,
} from "./values.ts";

/** Filters and tests, by name. */
export const runtime: Runtime = {
  filter(name, value, call) {
    if (!hasFilter(name)) throw new TemplateFault(`No filter named '${name}'`);
    return filters[name]!(charged(value), call, runtime);
  },
  test(name, value, call) {
    if (!hasTest(name)) throw new TemplateFault(`No test named '${name}'`);
    if (name === "filter") return hasFilter(textOf(value));
    return name === "test" ? hasTest(textOf(value)) : tests[name]!(charged(value), call);
  },
};

/** Counts the steps of going through a text. */
function charged(value: Value): Value {
  spend(typeof value === "string" ? 1 + value.length / 32 : 1);
  return value;
}

/** The value of an expression among names, where a text is a text, whether it is escaped or not. */
export function evaluate(node: Expression, scope: Scope): Value {
  const value = evaluateMarkup(node, scope);
  return value instanceof Markup ? value.text : value;
}

/** The value of an expression, with escaped texts as such: what is printed, assigned or added. */
export function evaluateMarkup(node: Expression, scope: Scope): Value {
  spend(1);
  switch (node.kind) {
    case "constant":
      return node.value;
    case "name":
      return scope.get(node.name);
    case "attribute":
      return attributeOf(evaluate(node.of, scope), node.name);
    case "item":
      return itemOf(evaluate(node.of, scope), evaluate(node.key, scope));
    case "slice":
      return sliceOf(
        charged(evaluate(node.of, scope)),
        node.bounds.map((bound) => (bound === undefined ? null : evaluate(bound, scope))),
      );
    case "call":
      return callValue(evaluate(node.of, scope), callOf(node.given, scope));
    case "filter":
      return filterValue(node, scope);
    case "test":
      return runtime.test(node.name, evaluate(node.of, scope), callOf(node.given, scope));
    case "condition":
      return condition(node, scope);
    default:
      return composed(node, scope);
  }
}

type Composed = Exclude<
  Expression,
  {
    kind:
      | "constant"
      | "name"
      | "attribute"
      | "item"
      | "slice"
      | "call"
      | "filter"
      | "test"
      | "condition";
  }
>;

function composed(node: Composed, scope: Scope): Value {
  switch (node.kind) {
    case "list":
      return node.items.map((item) => evaluate(item, scope));
    case "tuple":
      return new Tuple(node.items.map((item) => evaluate(item, scope)));
    case "dict":
      return new Dict(
        node.entries.map(([key, value]) => [evaluate(key, scope), evaluate(value, scope)]),
      );
    case "and": {
      const left = evaluate(node.left, scope);
      return isTrue(left) ? evaluate(node.right, scope) : left;
    }
    case "or": {
      const left = evaluate(node.left, scope);
      return isTrue(left) ? left : evaluate(node.right, scope);
    }
    case "not":
      return !isTrue(evaluate(node.of, scope));
    case "-":
    case "+":
      return signed(node.kind, evaluate(node.of, scope));
    case "arithmetic":
      if (node.operator === "+") {
        return sum(evaluateMarkup(node.left, scope), evaluateMarkup(node.right, scope));
      }
      return arithmetic(node.operator, evaluate(node.left, scope), evaluate(node.right, scope));
    case "concatenation": {
      const text = node.items.map((item) => textOf(evaluate(item, scope))).join("");
      checkSize(text.length);
      return text;
    }
    case "comparison":
      return comparison(node.first, node.rest, scope);
  }
}

const KEEPS_MARKUP = ["e", "escape", "safe", "string"];
const MAKES_MARKUP = ["e", "escape", "safe", "forceescape"];

function filterValue(node: Expression & { kind: "filter" }, scope: Scope): Value {
  const value = evaluateMarkup(node.of!, scope);
  if (value instanceof Markup && KEEPS_MARKUP.includes(node.name)) return value;
  const plain = value instanceof Markup ? value.text : value;
  const result = runtime.filter(node.name, plain, callOf(node.given, scope));
  return MAKES_MARKUP.includes(node.name) && typeof result === "string"
    ? new Markup(result)
    : result;
}

/** `a + b`, where one that is escaped has the other escaped too. */
function sum(left: Value, right: Value): Value {
  if (!(left instanceof Markup || right instanceof Markup)) return arithmetic("+", left, right);
  const [a, b] = [left, right].map((side) => {
    if (side instanceof Markup) return side.text;
    return typeof side === "string" ? escaped(side) : side;
  });
  return new Markup(textOf(arithmetic("+", a!, b!)));
}

function condition(node: Expression & { kind: "condition" }, scope: Scope): Value {
  if (isTrue(evaluate(node.test, scope))) return evaluateMarkup(node.then, scope);
  if (node.otherwise !== undefined) return evaluateMarkup(node.otherwise, scope);
  return new Undefined(
    "the inline if-expression evaluated to false and no else section was defined.",
  );
}

/** `a < b < c` is true where every pair is; what stands behind the first that is not is not evaluated. */
function comparison(
  first: Expression,
  rest: readonly (readonly [Comparison, Expression])[],
  scope: Scope,
): boolean {
  let left = evaluate(first, scope);
  for (const [operator, node] of rest) {
    const right = charged(evaluate(node, scope));
    if (!holds(operator, left, right)) return false;
    left = right;
  }
  return true;
}

function holds(operator: Comparison, left: Value, right: Value): boolean {
  if (operator === "eq") return isEqual(left, right);
  if (operator === "ne") return !isEqual(left, right);
  if (operator === "in") return contains(right, left);
  return operator === "notin" ? !contains(right, left) : compare(operator, left, right);
}

/** The values of arguments. */
export function callOf({ args, kwargs, spread, spreadNamed }: Arguments, scope: Scope): Call {
  const values = args.map((argument) => evaluate(argument, scope));
  const named = new Map(kwargs.map(([name, value]) => [name, evaluate(value, scope)] as const));
  if (spread !== undefined) values.push(...itemsOf(evaluate(spread, scope)));
  if (spreadNamed !== undefined) {
    const more = evaluate(spreadNamed, scope);
    if (!(more instanceof Dict))
      throw new TemplateFault(`argument after ** must be a mapping, not ${typeName(more)}`);
    for (const [name, value] of more.entries()) named.set(textOf(name), value);
  }
  return { args: values, kwargs: named };
}

/** Calls a value. @throws TemplateFault where it cannot be called */
export function callValue(value: Value, call: Call): Value {
  if (value instanceof Undefined) value.fail();
  for (const argument of call.args) charged(argument);
  const isCallable = value instanceof Callable || value instanceof Opaque;
  if (!isCallable || value.call === undefined)
    throw new TemplateFault(`'${typeName(value)}' object is not callable`);
  return value.call(call);
}
