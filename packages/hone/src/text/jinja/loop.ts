/** The name `loop` inside a `for`. */
import { bind } from "./arguments.ts";
import { TemplateFault } from "./faults.ts";
import { isEqual } from "./operators.ts";
import { Callable, Opaque, Undefined, type Call, type Value } from "./values.ts";

/** One run over items; `at` is the place of the current one. */
export class Loop {
  readonly items: readonly Value[];
  readonly #depth: number;
  #last: readonly Value[] | undefined;
  at = 0;

  constructor(items: readonly Value[], depth: number) {
    this.items = items;
    this.#depth = depth;
  }

  /** The value that the template sees; `recurse` runs the same loop over other items. */
  value(recurse: ((items: Value) => Value) | undefined): Opaque {
    return new Opaque(
      "LoopContext",
      (name) => this.#attribute(name),
      (call) => {
        if (recurse === undefined)
          throw new TemplateFault(
            "The loop must have the 'recursive' marker to be called recursively.",
          );
        return recurse(bind("loop", call, "iterable")[0]!);
      },
    );
  }

  #attribute(name: string): Value | undefined {
    const { at, items } = this;
    if (name === "previtem")
      return at === 0 ? new Undefined("there is no previous item") : items[at - 1];
    if (name === "nextitem")
      return at + 1 < items.length ? items[at + 1] : new Undefined("there is no next item");
    if (name === "first") return at === 0;
    if (name === "last") return at === items.length - 1;
    if (name === "cycle") return new Callable("cycle", (call) => this.#cycle(call));
    if (name === "changed") return new Callable("changed", (call) => this.#changed(call));
    const counts: Readonly<Record<string, number>> = {
      index: at + 1,
      index0: at,
      revindex: items.length - at,
      revindex0: items.length - at - 1,
      length: items.length,
      depth: this.#depth + 1,
      depth0: this.#depth,
    };
    return Object.hasOwn(counts, name) ? BigInt(counts[name]!) : undefined;
  }

  #cycle({ args }: Call): Value {
    if (args.length === 0) throw new TemplateFault("no items for cycling given");
    return args[this.at % args.length]!;
  }

  /** Whether the values are other than at the last call. */
  #changed({ args }: Call): Value {
    const last = this.#last;
    this.#last = args;
    return (
      last === undefined ||
      last.length !== args.length ||
      args.some((value, i) => !isEqual(value, last[i]!))
    );
  }
}
