/** Python's operators on values. What Python refuses is a `TemplateFault` with Python's words. */
import { percentFormat } from "./percent-format.ts";
import { TemplateFault, TemplateLimit } from "./faults.ts";
import { checkSize, spend } from "./steps.ts";
import {
  Dict,
  DictView,
  Range,
  Tuple,
  Undefined,
  itemsOf,
  typeName,
  type Value,
} from "./values.ts";

/** Python's `==`. */
export function isEqual(a: Value, b: Value): boolean {
  spend(1);
  if (isNumber(a) && isNumber(b)) return plain(a) == plain(b); // oxlint-disable-line eqeqeq -- an int equals a float
  if (Array.isArray(a)) return Array.isArray(b) && areEqual(a, b);
  if (a instanceof Tuple) return b instanceof Tuple && areEqual(a.items, b.items);
  if (a instanceof Undefined) return b instanceof Undefined;
  if (a instanceof Range) return b instanceof Range && areEqual(a.items, b.items);
  if (a instanceof DictView && a.kind !== "values") {
    return b instanceof DictView && b.kind === a.kind && areEqual(a.items, b.items);
  }
  if (!(a instanceof Dict)) return a === b;
  if (!(b instanceof Dict) || a.size !== b.size) return false;
  return a.entries().every(([key, value]) => {
    const other = b.get(key);
    return other !== undefined && isEqual(value, other);
  });
}

const areEqual = (a: readonly Value[], b: readonly Value[]): boolean =>
  a.length === b.length && a.every((item, i) => isEqual(item, b[i]!));

/** True for what Python computes with: ints, floats, and booleans, which are 0 and 1. */
export const isNumber = (value: Value): value is boolean | bigint | number =>
  typeof value === "bigint" || typeof value === "number" || typeof value === "boolean";

const plain = (value: boolean | bigint | number): bigint | number =>
  typeof value === "boolean" ? (value ? 1n : 0n) : value;

const SYMBOLS = { lt: "<", lteq: "<=", gt: ">", gteq: ">=" } as const;

/** Python's `<`, `<=`, `>`, `>=`. */
export function compare(operator: "lt" | "lteq" | "gt" | "gteq", a: Value, b: Value): boolean {
  const order = orderOf(a, b, SYMBOLS[operator]);
  if (operator === "lt") return order < 0;
  if (operator === "lteq") return order <= 0;
  return operator === "gt" ? order > 0 : order >= 0;
}

/** Negative, zero or positive, and NaN where a NaN is compared. */
export function orderOf(a: Value, b: Value, symbol = "<"): number {
  spend(0.5);
  if (isNumber(a) && isNumber(b)) {
    const [x, y] = [plain(a), plain(b)];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (typeof a === "string" && typeof b === "string") return textOrder(a, b);
  if (Array.isArray(a) && Array.isArray(b)) return listOrder(a, b, symbol);
  if (a instanceof Tuple && b instanceof Tuple) return listOrder(a.items, b.items, symbol);
  for (const value of [a, b]) if (value instanceof Undefined) value.fail();
  throw new TemplateFault(
    `'${symbol}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`,
  );
}

function listOrder(a: readonly Value[], b: readonly Value[], symbol: string): number {
  const at = a.findIndex((item, i) => i >= b.length || !isEqual(item, b[i]!));
  if (at < 0 || at >= b.length) return a.length - b.length;
  return orderOf(a[at]!, b[at]!, symbol);
}

/** By code points, as Python orders texts; JavaScript orders UTF-16 units. */
function textOrder(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  if (i === length) return a.length - b.length;
  return rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
}

/** Surrogates, of which the characters above U+FFFF are made, come last. */
const rank = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);

/** Python's `item in container`. */
export function contains(container: Value, item: Value): boolean {
  if (typeof container === "string") {
    if (item instanceof Undefined) item.fail();
    if (typeof item === "string") return container.includes(item);
    throw new TemplateFault(`'in <string>' requires string as left operand, not ${typeName(item)}`);
  }
  if (container instanceof Dict) return container.get(item) !== undefined;
  if (isNumber(container) || container === null) {
    throw new TemplateFault(`argument of type '${typeName(container)}' is not iterable`);
  }
  return itemsOf(container).some((other) => isEqual(other, item));
}

/** The operators with two sides that compute. */
export type Arithmetic = "+" | "-" | "*" | "/" | "//" | "%" | "**";

/** Computes `a operator b` as Python does. */
export function arithmetic(operator: Arithmetic, a: Value, b: Value): Value {
  // The text's own % comes first: it writes an undefined value as the empty text.
  if (operator === "%" && typeof a === "string") return percentFormat(a, b);
  for (const value of [a, b]) if (value instanceof Undefined) value.fail();
  if (isNumber(a) && isNumber(b)) return numeric(operator, plain(a), plain(b));
  if (operator === "+") return joined(a, b);
  if (operator === "*") {
    if (isRepeatable(a) && isWhole(b)) return repeated(a, plain(b));
    if (isRepeatable(b) && isWhole(a)) return repeated(b, plain(a));
  }
  throw unsupported(operator, a, b);
}

function unsupported(operator: string, a: Value, b: Value): TemplateFault {
  const types = `'${typeName(a)}' and '${typeName(b)}'`;
  return new TemplateFault(`unsupported operand type(s) for ${operator}: ${types}`);
}

function joined(a: Value, b: Value): Value {
  if (typeof a === "string") {
    if (typeof b !== "string")
      throw new TemplateFault(`can only concatenate str (not "${typeName(b)}") to str`);
    checkSize(a.length + b.length);
    return a + b;
  }
  if (Array.isArray(a)) {
    if (!Array.isArray(b))
      throw new TemplateFault(`can only concatenate list (not "${typeName(b)}") to list`);
    checkSize(a.length + b.length);
    return [...a, ...b];
  }
  if (a instanceof Tuple && b instanceof Tuple) return new Tuple([...a.items, ...b.items]);
  throw unsupported("+", a, b);
}

const isRepeatable = (value: Value): value is string | Value[] | Tuple =>
  typeof value === "string" || Array.isArray(value) || value instanceof Tuple;

const isWhole = (value: Value): value is bigint | boolean =>
  typeof value === "bigint" || typeof value === "boolean";

function repeated(value: string | Value[] | Tuple, count: bigint | number): Value {
  const items = value instanceof Tuple ? value.items : value;
  const times = items.length === 0 || count <= 0 ? 0 : Number(count);
  checkSize(times * items.length);
  if (typeof items === "string") return items.repeat(times);
  const list = Array.from({ length: times }, () => items as Value[]).flat();
  return value instanceof Tuple ? new Tuple(list) : list;
}

function numeric(operator: Arithmetic, a: bigint | number, b: bigint | number): Value {
  if ((operator === "/" || operator === "//" || operator === "%") && Number(b) === 0) {
    throw new TemplateFault(
      operator === "/" ? "division by zero" : "integer division or modulo by zero",
    );
  }
  if (operator === "/") return Number(a) / Number(b);
  if (operator === "**") return power(a, b);
  return typeof a === "bigint" && typeof b === "bigint"
    ? ints(operator, a, b)
    : floats(operator, Number(a), Number(b));
}

function ints(operator: Arithmetic, a: bigint, b: bigint): bigint {
  if (operator === "+") return a + b;
  if (operator === "-") return a - b;
  if (operator === "*") {
    if (isLarge(a) && isLarge(b)) checkSize(digitCount(a) + digitCount(b));
    return a * b;
  }
  // Python rounds towards minus infinity, JavaScript towards zero.
  const rest = a % b;
  const isBelow = rest !== 0n && rest < 0n !== b < 0n;
  if (operator === "%") return isBelow ? rest + b : rest;
  return isBelow ? a / b - 1n : a / b;
}

function floats(operator: Arithmetic, a: number, b: number): number {
  if (operator === "+") return a + b;
  if (operator === "-") return a - b;
  if (operator === "*") return a * b;
  const rest = a % b;
  const modulo = rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
  return operator === "%" ? modulo : Math.floor((a - modulo) / b + 0.5);
}

function power(a: bigint | number, b: bigint | number): Value {
  if (typeof a !== "bigint" || typeof b !== "bigint") {
    const result = Number(a) ** Number(b);
    if (Number.isNaN(result)) throw new TemplateFault("the power is no real number");
    if (Number(a) === 0 && b < 0)
      throw new TemplateFault("0.0 cannot be raised to a negative power");
    return result;
  }
  if (b < 0n) {
    if (a === 0n) throw new TemplateFault("0.0 cannot be raised to a negative power");
    return Number(a) ** Number(b);
  }
  if (a > 1n || a < -1n) {
    const size = digitCount(a) * Number(b);
    if (size > 100_000) throw new TemplateLimit(`it computes a number of about ${size} digits`);
  }
  return a ** b;
}

const isLarge = (value: bigint): boolean => value > 2n ** 1000n || value < -(2n ** 1000n);
const digitCount = (value: bigint): number =>
  isLarge(value) ? value.toString(16).length : String(value).length;

/** Python's unary minus and plus. */
export function signed(sign: "-" | "+", value: Value): Value {
  if (value instanceof Undefined) value.fail();
  if (!isNumber(value))
    throw new TemplateFault(`bad operand type for unary ${sign}: '${typeName(value)}'`);
  const number = plain(value);
  return sign === "-" ? -number : number;
}
