/** Attributes, items and slices of values, looked up as jinja2 looks them up. */
import { braceFormat } from "./brace-format.ts";
import { methodOf } from "./methods.ts";
import { representationOf } from "./print.ts";
import { TemplateFault } from "./faults.ts";
import {
  Callable,
  Dict,
  Namespace,
  Opaque,
  Range,
  Tuple,
  Undefined,
  isAstral,
  typeName,
  type Call,
  type Value,
} from "./values.ts";
import { bind, integer } from "./arguments.ts";

/** `value.name`: an attribute of Python's type first, then an item. */
export function attributeOf(value: Value, name: string): Value {
  if (value instanceof Undefined) value.fail();
  const own = ownAttribute(value, name);
  if (own !== undefined) return own; // None is a value that is there, so `??` would be wrong here
  const item = itemOrNothing(value, name);
  return item === undefined ? missing(value, name) : item;
}

/** `value[key]`: an item first; where there is none and the key is a text, an attribute. */
export function itemOf(value: Value, key: Value): Value {
  if (value instanceof Undefined) value.fail();
  const item = itemOrNothing(value, key);
  if (item !== undefined) return item;
  const own = typeof key === "string" ? ownAttribute(value, key) : undefined;
  return own === undefined ? missing(value, key) : own;
}

/** The attribute of a Python object, as the filter `attr` reads it; undefined where it has none. */
export function ownAttribute(value: Value, name: string): Value | undefined {
  if (value instanceof Namespace) return value.attributes.get(name);
  if (value instanceof Opaque) return value.attribute(name);
  if (value instanceof Callable) return value.attributes.get(name);
  if (value instanceof Tuple && value.names.includes(name))
    return value.items[value.names.indexOf(name)];
  if (typeof value === "string" && (name === "format" || name === "format_map")) {
    return new Callable(name, (call) => formatted(name, value, call));
  }
  return methodOf(value, name);
}

const lookup = { attributeOf, itemOf };

function formatted(name: "format" | "format_map", text: string, call: Call): string {
  if (name === "format") return braceFormat(text, { ...call, lookup });
  const [mapping] = bind(name, call, "mapping") as [Value];
  return braceFormat(text, { args: [], kwargs: new Map(), lookup, mapping });
}

function itemOrNothing(value: Value, key: Value): Value | undefined {
  if (value instanceof Dict) {
    // Python raises a TypeError for a key that is a list, which jinja2 takes for a missing item.
    return Array.isArray(key) || key instanceof Dict ? undefined : value.get(key);
  }
  if (typeof key !== "bigint" && typeof key !== "boolean") return undefined;
  if (typeof value === "string") return characterAt(value, Number(key));
  if (Array.isArray(value)) return value.at(Number(key));
  return value instanceof Tuple || value instanceof Range ? value.items.at(Number(key)) : undefined;
}

const characterAt = (text: string, index: number): string | undefined =>
  (isAstral(text) ? Array.from(text) : text).at(index);

/** The undefined value for what a value does not have. */
function missing(value: Value, key: Value): Undefined {
  const owner = value === null ? "None" : `'${typeName(value)} object'`;
  return new Undefined(
    typeof key === "string"
      ? `${owner} has no attribute ${representationOf(key)}`
      : `${owner} has no element ${representationOf(key)}`,
  );
}

/** `value[start:stop:step]`. */
export function sliceOf(value: Value, bounds: readonly Value[]): Value {
  if (value instanceof Undefined) value.fail();
  if (typeof value === "string") {
    if (isAstral(value)) return sliced(Array.from(value), bounds).join("");
    return sliced(value.split(""), bounds).join("");
  }
  if (Array.isArray(value)) return sliced(value, bounds);
  if (value instanceof Tuple || value instanceof Range)
    return new Tuple(sliced(value.items, bounds));
  if (value instanceof Dict) throw new TemplateFault("unhashable type: 'slice'");
  throw new TemplateFault(`'${typeName(value)}' object is not subscriptable`);
}

/** Python's slice of a list, with its rules for what lies outside and for negative steps. */
function sliced<Item>(
  items: readonly Item[],
  [from = null, to = null, by = null]: readonly Value[],
): Item[] {
  const step = by === null ? 1 : Number(integer(by));
  if (step === 0) throw new TemplateFault("slice step cannot be zero");
  const [lowest, highest] = step > 0 ? [0, items.length] : [-1, items.length - 1];
  const bound = (value: Value, byDefault: number): number => {
    if (value === null) return byDefault;
    const at = Number(integer(value));
    return Math.max(lowest, Math.min(highest, at < 0 ? at + items.length : at));
  };
  const start = bound(from, step > 0 ? lowest : highest);
  const stop = bound(to, step > 0 ? highest : lowest);
  const count = Math.max(0, Math.ceil((stop - start) / step));
  return Array.from({ length: count }, (_, i) => items[start + i * step]!);
}
