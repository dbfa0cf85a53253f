/**
 * The values of a template, as Python has them: an int is a bigint and a float a number, so that 2 and 2.0 stay apart; None is
 * null; a list is an array. Tuples, dicts and what else Python tells apart from these are classes here.
 */

import { TemplateFault } from "./faults.ts";
import { spend } from "./steps.ts";

/** A Python value. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Value[]
  | Undefined
  | Tuple
  | Dict
  | DictView
  | Range
  | Lazy
  | Namespace
  | Callable
  | Opaque
  | Markup;

/** What a missing name or attribute gives: empty when printed, an error when used. */
export class Undefined {
  readonly #problem: string;
  constructor(problem: string) {
    this.#problem = problem;
  }
  /** @throws TemplateFault always */
  fail(): never {
    throw new TemplateFault(this.#problem);
  }
}

/** A tuple; `names` are those of a named tuple, such as a group of `groupby`. */
export class Tuple {
  readonly items: readonly Value[];
  readonly names: readonly string[];
  constructor(items: readonly Value[], names: readonly string[] = []) {
    this.items = items;
    this.names = names;
  }
}

/** A dict: keys in the order they were first set; 1, 1.0 and True are one key. */
export class Dict {
  readonly #entries = new Map<unknown, readonly [Value, Value]>();
  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    for (const [key, value] of entries) this.set(key, value);
  }
  get size(): number {
    return this.#entries.size;
  }
  get(key: Value): Value | undefined {
    return this.#entries.get(hashOf(key))?.[1];
  }
  set(key: Value, value: Value): void {
    const hash = hashOf(key);
    this.#entries.set(hash, [this.#entries.get(hash)?.[0] ?? key, value]);
  }
  keys(): Value[] {
    return this.entries().map(([key]) => key);
  }
  values(): Value[] {
    return this.entries().map(([, value]) => value);
  }
  entries(): (readonly [Value, Value])[] {
    return [...this.#entries.values()];
  }
}

/** What `keys()`, `values()` and `items()` of a dict give. */
export class DictView {
  readonly kind: "keys" | "values" | "items";
  readonly #dict: Dict;
  constructor(kind: "keys" | "values" | "items", dict: Dict) {
    this.kind = kind;
    this.#dict = dict;
  }
  get items(): Value[] {
    if (this.kind === "items") return this.#dict.entries().map((pair) => new Tuple(pair));
    return this.kind === "keys" ? this.#dict.keys() : this.#dict.values();
  }
}

/** Python's `range`, of at most 100,000 numbers, as jinja2's sandbox has it. */
export class Range {
  readonly start: bigint;
  readonly stop: bigint;
  readonly step: bigint;
  readonly items: readonly bigint[];
  constructor(start: bigint, stop: bigint, step: bigint) {
    if (step === 0n) throw new TemplateFault("range() arg 3 must not be zero");
    const distance = step > 0n ? stop - start : start - stop;
    const size = step > 0n ? step : -step;
    const count = distance <= 0n ? 0n : (distance + size - 1n) / size;
    if (count > 100_000n)
      throw new TemplateFault("Range too big. The sandbox blocks ranges larger than 100000.");
    this.start = start;
    this.stop = stop;
    this.step = step;
    this.items = Array.from({ length: Number(count) }, (_, i) => start + BigInt(i) * step);
  }
}

/** A generator, as filters such as `map` and `select` give: it can be walked through once and has no length. */
export class Lazy {
  readonly iterator: Iterator<Value, unknown>;
  constructor(iterator: Iterator<Value, unknown>) {
    this.iterator = iterator;
  }
}

/** The object whose attributes a template may set. */
export class Namespace {
  readonly attributes: Map<string, Value>;
  constructor(attributes: Map<string, Value> = new Map()) {
    this.attributes = attributes;
  }
}

/** Text that the filters `safe` and `escape` made: another text that is added to it with + is escaped. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** The arguments of a call. */
export interface Call {
  readonly args: readonly Value[];
  readonly kwargs: ReadonlyMap<string, Value>;
}

/** A function, a method or a macro. */
export class Callable {
  readonly name: string;
  readonly call: (call: Call) => Value;
  readonly attributes: ReadonlyMap<string, Value>;
  constructor(
    name: string,
    call: (call: Call) => Value,
    attributes: ReadonlyMap<string, Value> = new Map(),
  ) {
    this.name = name;
    this.call = call;
    this.attributes = attributes;
  }
}

/** Another object with attributes: `loop`, a cycler, a joiner. It can be called where `call` is given. */
export class Opaque {
  readonly name: string;
  readonly attribute: (name: string) => Value | undefined;
  readonly call: ((call: Call) => Value) | undefined;
  constructor(
    name: string,
    attribute: (name: string) => Value | undefined,
    call?: (call: Call) => Value,
  ) {
    this.name = name;
    this.attribute = attribute;
    this.call = call;
  }
}

/** What Python calls the type of a value. */
export function typeName(value: Value): string {
  if (value === null) return "NoneType";
  if (Array.isArray(value)) return "list";
  if (typeof value === "object") {
    if (value instanceof DictView) return `dict_${value.kind}`;
    if (value instanceof Callable) return "function";
    if (value instanceof Opaque) return value.name;
    const names = [
      [Dict, "dict"],
      [Tuple, "tuple"],
      [Range, "range"],
      [Lazy, "generator"],
      [Undefined, "Undefined"],
    ] as const;
    return names.find(([type]) => value instanceof type)?.[1] ?? "Namespace";
  }
  return { boolean: "bool", bigint: "int", number: "float", string: "str" }[
    typeof value as "string"
  ];
}

/** What two equal keys of a dict share. @throws TemplateFault for a value that cannot be a key */
function hashOf(key: Value): unknown {
  if (typeof key === "boolean") return key ? 1n : 0n;
  if (typeof key === "number") return Number.isInteger(key) ? BigInt(key) : key;
  if (key instanceof Tuple) return `tuple ${key.items.map((item) => hashText(item)).join(" ")}`;
  if (Array.isArray(key) || key instanceof Dict) {
    throw new TemplateFault(`unhashable type: '${typeName(key)}'`);
  }
  // Texts are marked, so that none is taken for the hash of a tuple.
  return typeof key === "string" ? `text ${key}` : key;
}

function hashText(item: Value): string {
  const hash = hashOf(item);
  return typeof hash === "string" ? JSON.stringify(hash) : `${typeof hash} ${String(hash)}`;
}

/** Whether Python's `if` takes the value for true. */
export function isTrue(value: Value): boolean {
  if (value === null || value instanceof Undefined) return false;
  if (typeof value !== "object") return Boolean(value);
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Dict) return value.size > 0;
  if (value instanceof Tuple || value instanceof DictView || value instanceof Range) {
    return value.items.length > 0;
  }
  return true;
}

/** The items of a value that Python can walk through. @throws TemplateFault for any other */
export function itemsOf(value: Value): readonly Value[] {
  const items = walked(value);
  spend(items.length / 8);
  return items;
}

function walked(value: Value): readonly Value[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "string") return Array.from(value);
  if (value instanceof Undefined) return [];
  if (value instanceof Dict) return value.keys();
  if (value instanceof Lazy) return [...iterable(value.iterator)];
  if (value instanceof Tuple || value instanceof DictView || value instanceof Range)
    return value.items;
  throw new TemplateFault(`'${typeName(value)}' object is not iterable`);
}

function* iterable(iterator: Iterator<Value, unknown>): Generator<Value> {
  for (let next = iterator.next(); next.done !== true; next = iterator.next()) yield next.value;
}

/** Python's `len`. @throws TemplateFault for a value without a length */
export function lengthOf(value: Value): number {
  if (value instanceof Lazy || value instanceof Namespace || value instanceof Callable) {
    throw new TemplateFault(`object of type '${typeName(value)}' has no len()`);
  }
  if (typeof value === "string") return isAstral(value) ? Array.from(value).length : value.length;
  try {
    return itemsOf(value).length;
  } catch {
    throw new TemplateFault(`object of type '${typeName(value)}' has no len()`);
  }
}

/** Whether a text holds characters of two UTF-16 units, which Python counts as one. */
export const isAstral = (text: string): boolean => /[\uD800-\uDBFF][\uDC00-\uDFFF]/.test(text);
