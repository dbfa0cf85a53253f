/** Methods of Python's types that a template may call. Those that change a value are refused by jinja2's sandbox. */
import { bind, integer } from "./arguments.ts";
import { isEqual } from "./operators.ts";
import { stringMethods } from "./string-methods.ts";
import { TemplateFault } from "./faults.ts";
import {
  Callable,
  Dict,
  DictView,
  Range,
  Tuple,
  Undefined,
  itemsOf,
  type Call,
  type Value,
} from "./values.ts";

/** A method or another attribute that a value of Python has; undefined where it has none of that name. */
export function methodOf(value: Value, name: string): Value | undefined {
  if (typeof value === "string") return method(stringMethods, value, name);
  if (Array.isArray(value)) return refused(LIST_CHANGES, name) ?? method(listMethods, value, name);
  if (value instanceof Dict) return refused(DICT_CHANGES, name) ?? method(dictMethods, value, name);
  if (value instanceof Tuple || value instanceof Range)
    return method(sequenceMethods, [...value.items], name);
  if (typeof value === "number" || typeof value === "bigint") {
    if (name === "real" || name === "numerator") return value;
    if (name === "imag") return typeof value === "bigint" ? 0n : 0;
  }
  if (typeof value === "number") return method(floatMethods, value, name);
  if (typeof value === "bigint") return method(integerMethods, value, name);
  return undefined;
}

function method<Of>(
  methods: Readonly<Record<string, (value: Of, call: Call) => Value>>,
  value: Of,
  name: string,
): Value | undefined {
  if (!Object.hasOwn(methods, name)) return undefined;
  return new Callable(`<built-in method ${name}>`, (call) => methods[name]!(value, call));
}

function refused(names: readonly string[], name: string): Undefined | undefined {
  return names.includes(name)
    ? new Undefined(
        `access to attribute '${name}' is unsafe: templates cannot change what they are given`,
      )
    : undefined;
}

const LIST_CHANGES = ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"];
const DICT_CHANGES = ["clear", "pop", "popitem", "setdefault", "update"];

const sequenceMethods = {
  count: (items: readonly Value[], call: Call) => {
    const [wanted] = bind("count", call, "value") as [Value];
    return BigInt(items.filter((item) => isEqual(item, wanted)).length);
  },
  index: (items: readonly Value[], call: Call) => {
    const [wanted, start] = bind("index", call, "value", ["start", 0n]) as [Value, Value];
    const from = Number(integer(start));
    const at = items.findIndex((item, i) => i >= from && isEqual(item, wanted));
    if (at < 0) throw new TemplateFault("the value is not in the list");
    return BigInt(at);
  },
};

const listMethods = { ...sequenceMethods, copy: (items: readonly Value[]): Value => [...items] };

const dictMethods = {
  get: (dict: Dict, call: Call): Value => {
    const [key, byDefault] = bind("get", call, "key", ["default", null]) as [Value, Value];
    const value = dict.get(key);
    return value === undefined ? byDefault : value;
  },
  keys: (dict: Dict): Value => new DictView("keys", dict),
  values: (dict: Dict): Value => new DictView("values", dict),
  items: (dict: Dict): Value => new DictView("items", dict),
  copy: (dict: Dict): Value => new Dict(dict.entries()),
  fromkeys: (_: Dict, call: Call): Value => {
    const [keys, value] = bind("fromkeys", call, "keys", ["value", null]) as [Value, Value];
    return new Dict(itemsOf(keys).map((key) => [key, value]));
  },
};

const floatMethods = {
  is_integer: (value: number): Value => Number.isInteger(value),
};

const integerMethods = {
  bit_length: (value: bigint): Value =>
    BigInt(value === 0n ? 0 : (value < 0n ? -value : value).toString(2).length),
};
