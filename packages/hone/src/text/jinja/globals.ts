/** The functions that every template may call: jinja2's own, as transformers' sandbox has them. */
import { bind, integer } from "./arguments.ts";
import { TemplateFault } from "./faults.ts";
import { textOf } from "./print.ts";
import {
  Callable,
  Dict,
  Namespace,
  Opaque,
  Range,
  itemsOf,
  type Call,
  type Value,
} from "./values.ts";

function range({ args, kwargs }: Call): Value {
  if (kwargs.size > 0) throw new TemplateFault("range() takes no keyword arguments");
  if (args.length === 0 || args.length > 3)
    throw new TemplateFault(`range expected 1 to 3 arguments, got ${args.length}`);
  const [first, second, step] = args.map(integer);
  return second === undefined ? new Range(0n, first!, 1n) : new Range(first!, second, step ?? 1n);
}

/** What `dict` and `namespace` are made from: a dict or pairs, then named values. */
function dict({ args, kwargs }: Call): Dict {
  if (args.length > 1)
    throw new TemplateFault(`dict expected at most 1 argument, got ${args.length}`);
  const [given] = args;
  const made = new Dict(
    given === undefined ? [] : given instanceof Dict ? given.entries() : itemsOf(given).map(pairOf),
  );
  for (const [name, value] of kwargs) made.set(name, value);
  return made;
}

function pairOf(item: Value): readonly [Value, Value] {
  const [key, value, ...more] = itemsOf(item);
  if (key === undefined || value === undefined || more.length > 0) {
    throw new TemplateFault("dictionary update sequence element is no pair");
  }
  return [key, value];
}

function namespace(call: Call): Value {
  const attributes = dict(call)
    .entries()
    .map(([name, value]) => [textOf(name), value] as const);
  for (const [name] of attributes) checkAttribute(name);
  return new Namespace(new Map(attributes));
}

/** transformers lets no template set names that begin with an underscore. @throws TemplateFault */
export function checkAttribute(name: string): void {
  if (name.startsWith("_"))
    throw new TemplateFault(
      `a namespace has no attribute that begins with an underscore, such as '${name}'`,
    );
}

function cycler({ args }: Call): Value {
  if (args.length === 0) throw new TemplateFault("at least one item has to be provided");
  let at = 0;
  const next = new Callable("next", () => args[at++ % args.length]!);
  const reset = new Callable("reset", () => {
    at = 0;
    return null;
  });
  return new Opaque("Cycler", (name) =>
    name === "next"
      ? next
      : name === "reset"
        ? reset
        : name === "current"
          ? args[at % args.length]
          : undefined,
  );
}

function joiner(call: Call): Value {
  const [separator] = bind("joiner", call, ["sep", ", "]) as [Value];
  let isUsed = false;
  return new Opaque(
    "Joiner",
    () => undefined,
    () => {
      const isFirst = !isUsed;
      isUsed = true;
      return isFirst ? "" : separator;
    },
  );
}

/** `dict.fromkeys`, which transformers leaves templates. */
const fromKeys = new Callable("fromkeys", (call) => {
  const [keys, value] = bind("fromkeys", call, "iterable", ["value", null]) as [Value, Value];
  return new Dict(itemsOf(keys).map((key) => [key, value]));
});

/** The functions by name. */
export const globals: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["range", new Callable("<class 'range'>", range)],
  ["dict", new Callable("dict", dict, new Map([["fromkeys", fromKeys]]))],
  ["namespace", new Callable("namespace", namespace)],
  ["cycler", new Callable("cycler", cycler)],
  ["joiner", new Callable("joiner", joiner)],
]);
