/** Filters of lists and dicts. Those that Python writes as generators give their items when they are asked for them. */
import { bind, integer } from "./arguments.ts";
import { itemOf } from "./lookup.ts";
import { arithmetic, isEqual, orderOf } from "./operators.ts";
import type { Filter, Runtime } from "./runtime.ts";
import { TemplateFault } from "./faults.ts";
import { checkSize } from "./steps.ts";
import {
  Dict,
  Lazy,
  Tuple,
  Undefined,
  isTrue,
  itemsOf,
  lengthOf,
  typeName,
  type Call,
  type Value,
} from "./values.ts";

/** Reads `a.b.0` of a value; a number is an item's place. */
function attributeReader(attribute: Value, byDefault: Value = null): (item: Value) => Value {
  const parts: Value[] =
    attribute === null
      ? []
      : typeof attribute === "string"
        ? attribute.split(".").map((part) => (/^\d+$/u.test(part) ? BigInt(part) : part))
        : [attribute];
  return (item) =>
    parts.reduce<Value>((of, part) => {
      const found = itemOf(of, part);
      return found instanceof Undefined && byDefault !== null ? byDefault : found;
    }, item);
}

/** What a value is sorted and compared by; texts without regard to case unless asked for. */
function keyReader(attribute: Value, isCaseSensitive: Value): (item: Value) => Value {
  const readers = (typeof attribute === "string" ? attribute.split(",") : [attribute]).map((one) =>
    attributeReader(one),
  );
  const folded = (value: Value) =>
    typeof value === "string" && !isTrue(isCaseSensitive) ? value.toLowerCase() : value;
  return (item) =>
    readers.length === 1 ? folded(readers[0]!(item)) : readers.map((read) => folded(read(item)));
}

/** Python's stable sort; reversed it leaves equal items in their order too. */
function sorted<Item>(
  items: readonly Item[],
  key: (item: Item) => Value,
  isReversed: boolean,
): Item[] {
  const keyed = items.map((item) => [item, key(item)] as const);
  keyed.sort(([, a], [, b]) => (isReversed ? orderOf(b, a) : orderOf(a, b)));
  return keyed.map(([item]) => item);
}

const sort: Filter = (value, call) => {
  const [reverse, isCaseSensitive, attribute] = bind(
    "sort",
    call,
    ["reverse", false],
    ["case_sensitive", false],
    ["attribute", null],
  ) as [Value, Value, Value];
  return sorted(itemsOf(value), keyReader(attribute, isCaseSensitive), isTrue(reverse));
};

const dictsort: Filter = (value, call) => {
  const [isCaseSensitive, by, reverse] = bind(
    "dictsort",
    call,
    ["case_sensitive", false],
    ["by", "key"],
    ["reverse", false],
  ) as [Value, Value, Value];
  if (by !== "key" && by !== "value")
    throw new TemplateFault('You can only sort by either "key" or "value"');
  if (!(value instanceof Dict))
    throw new TemplateFault(`'${typeName(value)}' object has no attribute 'items'`);
  const key = keyReader(by === "key" ? 0n : 1n, isCaseSensitive);
  return sorted(
    value.entries().map((pair) => new Tuple(pair)),
    key,
    isTrue(reverse),
  );
};

const groupby: Filter = (value, call) => {
  const [attribute, byDefault, isCaseSensitive] = bind(
    "groupby",
    call,
    "attribute",
    ["default", null],
    ["case_sensitive", false],
  ) as [Value, Value, Value];
  const read = attributeReader(attribute, byDefault);
  const key = (item: Value) => {
    const found = read(item);
    return typeof found === "string" && !isTrue(isCaseSensitive) ? found.toLowerCase() : found;
  };
  const groups: Value[][] = [];
  for (const item of sorted(itemsOf(value), key, false)) {
    const last = groups.at(-1);
    if (last !== undefined && isEqual(key(last[0]!), key(item))) last.push(item);
    else groups.push([item]);
  }
  return groups.map(
    (items) =>
      new Tuple(
        [isTrue(isCaseSensitive) ? key(items[0]!) : read(items[0]!), items],
        ["grouper", "list"],
      ),
  );
};

/** The smallest item, or the largest: the first of equal ones. */
function extreme(name: string, isBetter: (order: number) => boolean): Filter {
  return (value, call) => {
    const [isCaseSensitive, attribute] = bind(
      name,
      call,
      ["case_sensitive", false],
      ["attribute", null],
    ) as [Value, Value];
    const key = keyReader(attribute, isCaseSensitive);
    const [first, ...rest] = itemsOf(value);
    if (first === undefined) return new Undefined("No aggregated item, sequence was empty.");
    return rest.reduce(
      (best, item) => (isBetter(orderOf(key(item), key(best))) ? item : best),
      first,
    );
  };
}

function* unique(value: Value, call: Call): Generator<Value> {
  const [isCaseSensitive, attribute] = bind(
    "unique",
    call,
    ["case_sensitive", false],
    ["attribute", null],
  ) as [Value, Value];
  const key = keyReader(attribute, isCaseSensitive);
  const seen = new Dict();
  for (const item of itemsOf(value)) {
    const own = key(item);
    const hash = Array.isArray(own) ? new Tuple(own) : own;
    if (seen.get(hash) !== undefined) continue;
    seen.set(hash, true);
    yield item;
  }
}

function* batch(value: Value, call: Call): Generator<Value> {
  const [count, fill] = bind("batch", call, "linecount", ["fill_with", null]) as [Value, Value];
  const size = Number(integer(count));
  let row: Value[] = [];
  for (const item of itemsOf(value)) {
    if (row.length === size) {
      yield row;
      row = [];
    }
    row.push(item);
  }
  if (row.length === 0) return;
  const missing = fill === null ? 0 : Math.max(0, checkSize(size) - row.length);
  yield [...row, ...Array.from({ length: missing }, () => fill)];
}

function* slice(value: Value, call: Call): Generator<Value> {
  const [count, fill] = bind("slice", call, "slices", ["fill_with", null]) as [Value, Value];
  const items = itemsOf(value);
  const slices = checkSize(Number(integer(count)));
  if (slices === 0) throw new TemplateFault("integer division or modulo by zero");
  const size = Math.floor(items.length / slices);
  const longer = items.length % slices;
  let from = 0;
  for (let i = 0; i < slices; i++) {
    const to = from + size + (i < longer ? 1 : 0);
    yield fill !== null && i >= longer ? [...items.slice(from, to), fill] : items.slice(from, to);
    from = to;
  }
}

function* map(value: Value, call: Call, runtime: Runtime): Generator<Value> {
  if (!isTrue(value)) return;
  const [name, ...args] = call.args;
  const attribute = call.kwargs.get("attribute");
  if (name === undefined && attribute === undefined)
    throw new TemplateFault("map requires a filter argument");
  if (name === undefined) {
    const unknown = [...call.kwargs.keys()].find((key) => key !== "attribute" && key !== "default");
    if (unknown !== undefined) throw new TemplateFault(`Unexpected keyword argument '${unknown}'`);
    const read = attributeReader(attribute!, call.kwargs.get("default"));
    for (const item of itemsOf(value)) yield read(item);
    return;
  }
  if (typeof name !== "string") throw new TemplateFault(`No filter named ${typeName(name)}`);
  for (const item of itemsOf(value))
    yield runtime.filter(name, item, { args, kwargs: call.kwargs });
}

/** `select`, `reject` and, with an attribute first, `selectattr`, `rejectattr`. */
function selection(isWanted: boolean, hasAttribute: boolean): Filter {
  function* selected(value: Value, call: Call, runtime: Runtime): Generator<Value> {
    if (!isTrue(value)) return;
    const [attribute, rest] = hasAttribute ? [call.args[0], call.args.slice(1)] : [null, call.args];
    if (attribute === undefined) throw new TemplateFault("Missing parameter for attribute name");
    const read = attributeReader(attribute);
    const [name, ...args] = rest;
    for (const item of itemsOf(value)) {
      const tested = read(item);
      const isTaken =
        name === undefined
          ? isTrue(tested)
          : runtime.test(name as string, tested, { args, kwargs: call.kwargs });
      if (isTaken === isWanted) yield item;
    }
  }
  return lazy(selected);
}

const lazy =
  (items: (value: Value, call: Call, runtime: Runtime) => Generator<Value>): Filter =>
  (value, call, runtime) =>
    new Lazy(items(value, call, runtime));

const reverse: Filter = (value) => {
  if (typeof value === "string") return Array.from(value).reverse().join("");
  return new Lazy([...itemsOf(value)].reverse().values());
};

const count: Filter = (value) => BigInt(lengthOf(value));

function* items(value: Value): Generator<Value> {
  if (value instanceof Undefined) return;
  if (!(value instanceof Dict)) throw new TemplateFault("Can only get item pairs from a mapping.");
  for (const pair of value.entries()) yield new Tuple(pair);
}

export const sequenceFilters: Readonly<Record<string, Filter>> = {
  sort,
  dictsort,
  groupby,
  min: extreme("min", (order) => order < 0),
  max: extreme("max", (order) => order > 0),
  unique: lazy(unique),
  batch: lazy(batch),
  slice: lazy(slice),
  map: lazy(map),
  items: lazy(items),
  select: selection(true, false),
  reject: selection(false, false),
  selectattr: selection(true, true),
  rejectattr: selection(false, true),
  reverse,
  length: count,
  count,
  list: (value) => [...itemsOf(value)],
  first: (value) => edge(value, "first"),
  last: (value) => {
    if (value instanceof Lazy) throw new TemplateFault("'generator' object is not reversible");
    return edge(value, "last");
  },
  sum: (value, call) => {
    const [attribute, start] = bind("sum", call, ["attribute", null], ["start", 0n]) as [
      Value,
      Value,
    ];
    const read = attributeReader(attribute);
    return itemsOf(value).reduce<Value>((sum, item) => arithmetic("+", sum, read(item)), start);
  },
};

function edge(value: Value, which: "first" | "last"): Value {
  const list = itemsOf(value);
  const item = list.at(which === "first" ? 0 : -1);
  return item === undefined ? new Undefined(`No ${which} item, sequence was empty.`) : item;
}
