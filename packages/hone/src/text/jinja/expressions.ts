/** Reads expressions, operator by operator from the loosest to the tightest, as jinja2's parser does. */
import type { Arguments, Comparison, Expression, Target } from "./nodes.ts";
import type { Arithmetic } from "./operators.ts";
import type { TokenStream } from "./token-stream.ts";
import type { Value } from "./values.ts";

/** An expression; without `hasCondition` an `if` behind it is left to who asked. */
export function readExpression(s: TokenStream, hasCondition = true): Expression {
  return hasCondition ? readCondition(s) : readOr(s);
}

function readCondition(s: TokenStream): Expression {
  let then = readOr(s);
  while (s.skip("if")) {
    const test = readOr(s);
    const otherwise = s.skip("else") ? readCondition(s) : undefined;
    then = { kind: "condition", test, then, otherwise };
  }
  return then;
}

function readOr(s: TokenStream): Expression {
  let left = readAnd(s);
  while (s.skip("or")) left = { kind: "or", left, right: readAnd(s) };
  return left;
}

function readAnd(s: TokenStream): Expression {
  let left = readNot(s);
  while (s.skip("and")) left = { kind: "and", left, right: readNot(s) };
  return left;
}

function readNot(s: TokenStream): Expression {
  return s.skip("not") ? { kind: "not", of: readNot(s) } : readComparison(s);
}

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  "==": "eq",
  "!=": "ne",
  "<": "lt",
  "<=": "lteq",
  ">": "gt",
  ">=": "gteq",
};

function readComparison(s: TokenStream): Expression {
  const first = readSum(s);
  const rest: (readonly [Comparison, Expression])[] = [];
  for (let operator = comparison(s); operator !== undefined; operator = comparison(s)) {
    rest.push([operator, readSum(s)]);
  }
  return rest.length === 0 ? first : { kind: "comparison", first, rest };
}

function comparison(s: TokenStream): Comparison | undefined {
  const operator = s.current.kind === "operator" ? COMPARISONS[s.current.text] : undefined;
  if (operator !== undefined) {
    s.next();
    return operator;
  }
  if (s.skip("in")) return "in";
  if (!s.isName("not") || s.following.kind !== "name" || s.following.text !== "in")
    return undefined;
  s.next();
  s.next();
  return "notin";
}

/** A chain of operators that bind alike, from the left. */
function readChain(
  s: TokenStream,
  operators: readonly Arithmetic[],
  read: (s: TokenStream) => Expression,
): Expression {
  let left = read(s);
  while (s.isOperator(...operators)) {
    const operator = s.next().text as Arithmetic;
    left = { kind: "arithmetic", operator, left, right: read(s) };
  }
  return left;
}

const readSum = (s: TokenStream): Expression => readChain(s, ["+", "-"], readConcatenation);

function readConcatenation(s: TokenStream): Expression {
  const items = [readProduct(s)];
  while (s.skip("~")) items.push(readProduct(s));
  return items.length === 1 ? items[0]! : { kind: "concatenation", items };
}

const readProduct = (s: TokenStream): Expression => readChain(s, ["*", "/", "//", "%"], readPower);
const readPower = (s: TokenStream): Expression => readChain(s, ["**"], readUnary);

function readUnary(s: TokenStream, hasFilters = true): Expression {
  const sign = s.isOperator("-", "+") ? (s.next().text as "-" | "+") : undefined;
  const value: Expression =
    sign === undefined ? readPostfix(s, readPrimary(s)) : { kind: sign, of: readUnary(s, false) };
  return hasFilters ? readFilters(s, value) : value;
}

const CONSTANTS: Readonly<Record<string, Value>> = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
};

function readPrimary(s: TokenStream): Expression {
  const token = s.next();
  if (token.kind === "name") {
    return Object.hasOwn(CONSTANTS, token.text)
      ? { kind: "constant", value: CONSTANTS[token.text]! }
      : { kind: "name", name: token.text };
  }
  if (token.kind === "string") {
    let value = token.text;
    while (s.current.kind === "string") value += s.next().text;
    return { kind: "constant", value };
  }
  if (token.kind === "integer") return { kind: "constant", value: integerOf(token.text) };
  if (token.kind === "float")
    return { kind: "constant", value: Number(token.text.replaceAll("_", "")) };
  if (token.kind === "operator" && token.text === "(") {
    const inside = readTuple(s, { isBracketed: true });
    s.expect("operator", ")");
    return inside;
  }
  if (token.kind === "operator" && token.text === "[")
    return { kind: "list", items: readItems(s, "]", readExpression) };
  if (token.kind === "operator" && token.text === "{")
    return { kind: "dict", entries: readItems(s, "}", readEntry) };
  throw s.fault(
    `unexpected ${token.text === "" ? token.kind.replace("_", " ") : `'${token.text}'`}`,
  );
}

/** A number in Python's notation: 1_000, 0x1f, 0o17, 0b11. */
function integerOf(text: string): bigint {
  const digits = text.replaceAll("_", "").toLowerCase();
  return BigInt(/^0+$/u.test(digits) ? "0" : digits);
}

function readItems<Item>(s: TokenStream, end: string, read: (s: TokenStream) => Item): Item[] {
  const items: Item[] = [];
  while (!s.isOperator(end)) {
    if (items.length > 0) s.expect("operator", ",");
    if (s.isOperator(end)) break;
    items.push(read(s));
  }
  s.next();
  return items;
}

function readEntry(s: TokenStream): readonly [Expression, Expression] {
  const key = readExpression(s);
  s.expect("operator", ":");
  return [key, readExpression(s)];
}

/** How a tuple may be written. */
export interface TupleForm {
  /** It stands in brackets, so that it may be empty. */
  readonly isBracketed?: boolean;
  /** Its items may be conditions. Default true. */
  readonly hasCondition?: boolean;
  /** A word that ends it. */
  readonly end?: string;
}

/** One expression, or several with commas between them, which are a tuple. */
export function readTuple(
  s: TokenStream,
  { isBracketed = false, hasCondition = true, end }: TupleForm = {},
): Expression {
  const items: Expression[] = [];
  let isTuple = false;
  for (;;) {
    if (items.length > 0) s.expect("operator", ",");
    if (isTupleEnd(s, end)) break;
    items.push(readExpression(s, hasCondition));
    if (!s.isOperator(",")) break;
    isTuple = true;
  }
  if (isTuple) return { kind: "tuple", items };
  if (items.length > 0) return items[0]!;
  if (!isBracketed) throw s.fault(`expected an expression, got ${s.described()}`);
  return { kind: "tuple", items };
}

const isTupleEnd = (s: TokenStream, end: string | undefined): boolean =>
  s.current.kind === "variable_end" ||
  s.current.kind === "block_end" ||
  s.isOperator(")") ||
  (end !== undefined && s.isName(end));

/** What a `for`, `set` or `with` assigns to. */
export function readTarget(s: TokenStream, end?: string): Target {
  const items: Target[] = [];
  let isTuple = false;
  for (;;) {
    if (items.length > 0) s.expect("operator", ",");
    if (isTupleEnd(s, end) || s.isOperator("=")) break;
    items.push(readOneTarget(s));
    if (!s.isOperator(",")) break;
    isTuple = true;
  }
  if (isTuple) return { kind: "tuple", items };
  if (items.length === 0) throw s.fault(`expected a name, got ${s.described()}`);
  return items[0]!;
}

function readOneTarget(s: TokenStream): Target {
  if (s.skip("(")) {
    const inside = readTarget(s);
    s.expect("operator", ")");
    return inside;
  }
  const { text: name } = s.expect("name");
  if (Object.hasOwn(CONSTANTS, name)) throw s.fault(`can't assign to '${name}'`);
  if (!s.skip(".")) return { kind: "name", name };
  return { kind: "namespace", name, attribute: s.expect("name").text };
}

/** Attributes, items and calls behind a value. */
function readPostfix(s: TokenStream, start: Expression): Expression {
  let value = start;
  for (;;) {
    if (s.skip(".")) {
      const token = s.next();
      if (token.kind === "name") value = { kind: "attribute", of: value, name: token.text };
      else if (token.kind === "integer")
        value = { kind: "item", of: value, key: { kind: "constant", value: BigInt(token.text) } };
      else throw s.fault("expected name or number");
    } else if (s.skip("[")) value = readSubscript(s, value);
    else if (s.isOperator("(")) value = { kind: "call", of: value, given: readArguments(s) };
    else return value;
  }
}

function readSubscript(s: TokenStream, of: Expression): Expression {
  const isSlice = s.isOperator(":");
  const first = isSlice ? undefined : readExpression(s);
  if (isSlice || s.isOperator(":")) {
    const bounds = [first];
    while (s.skip(":")) bounds.push(s.isOperator(":", "]") ? undefined : readExpression(s));
    s.expect("operator", "]");
    return { kind: "slice", of, bounds };
  }
  const items = [first!];
  while (s.skip(",")) if (!s.isOperator("]")) items.push(readExpression(s));
  s.expect("operator", "]");
  return { kind: "item", of, key: items.length === 1 ? first! : { kind: "tuple", items } };
}

/** The arguments in brackets. */
function readArguments(s: TokenStream): Arguments {
  s.expect("operator", "(");
  const args: Expression[] = [];
  const kwargs: [string, Expression][] = [];
  let spread: Expression | undefined;
  let spreadNamed: Expression | undefined;
  for (let isFirst = true; !s.isOperator(")"); isFirst = false) {
    if (!isFirst) s.expect("operator", ",");
    if (s.isOperator(")")) break;
    if (s.skip("*")) spread = readExpression(s);
    else if (s.skip("**")) spreadNamed = readExpression(s);
    else if (
      s.current.kind === "name" &&
      s.following.kind === "operator" &&
      s.following.text === "="
    ) {
      const name = s.next().text;
      s.next();
      kwargs.push([name, readExpression(s)]);
    } else if (kwargs.length > 0 || spreadNamed !== undefined)
      throw s.fault("invalid syntax for function call expression");
    else args.push(readExpression(s));
  }
  s.next();
  return { args, kwargs, spread, spreadNamed };
}

const NO_ARGUMENTS: Arguments = { args: [], kwargs: [], spread: undefined, spreadNamed: undefined };

/** Filters, tests and calls behind a value. */
function readFilters(s: TokenStream, start: Expression): Expression {
  let value = start;
  for (;;) {
    if (s.isOperator("|")) value = readFilterChain(s, value);
    else if (s.skip("is")) value = readTest(s, value);
    else if (s.isOperator("(")) value = { kind: "call", of: value, given: readArguments(s) };
    else return value;
  }
}

/** Filters behind a value; `isInline` where the first stands without its bar, as in `{% filter upper %}`. */
export function readFilterChain(
  s: TokenStream,
  start: Expression | undefined,
  isInline = false,
): Expression {
  let value = start;
  for (let first = isInline; first || s.isOperator("|"); first = false) {
    if (!first) s.next();
    const name = readDotted(s);
    const given = s.isOperator("(") ? readArguments(s) : NO_ARGUMENTS;
    value = { kind: "filter", of: value, name, given };
  }
  return value!;
}

function readDotted(s: TokenStream): string {
  let name = s.expect("name").text;
  while (s.skip(".")) name += `.${s.expect("name").text}`;
  return name;
}

function readTest(s: TokenStream, of: Expression): Expression {
  const isNegated = s.skip("not");
  const name = readDotted(s);
  const test: Expression = { kind: "test", of, name, given: readTestArguments(s) };
  return isNegated ? { kind: "not", of: test } : test;
}

/** A test's argument may stand without brackets: `n is divisibleby 3`. */
function readTestArguments(s: TokenStream): Arguments {
  if (s.isOperator("(")) return readArguments(s);
  const { kind } = s.current;
  const isValue =
    kind === "name" ||
    kind === "string" ||
    kind === "integer" ||
    kind === "float" ||
    s.isOperator("[", "{");
  if (!isValue || s.isName("else", "or", "and")) return NO_ARGUMENTS;
  if (s.isName("is")) throw s.fault("You cannot chain multiple tests with is");
  return { ...NO_ARGUMENTS, args: [readPostfix(s, readPrimary(s))] };
}
