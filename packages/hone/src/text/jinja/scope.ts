/** The names that a part of a template sees. */
import { TemplateFault } from "./faults.ts";
import { checkAttribute } from "./globals.ts";
import type { Target } from "./nodes.ts";
import { Namespace, Undefined, itemsOf, type Value } from "./values.ts";

/** Names, and behind them the names around them. What is set here is not seen there. */
export class Scope {
  readonly #names: Map<string, Value>;
  readonly #around: Scope | undefined;

  /** `names` becomes the scope's own. */
  constructor(around?: Scope, names = new Map<string, Value>()) {
    this.#around = around;
    this.#names = names;
  }

  get(name: string): Value {
    const value = this.#find(name);
    return value === undefined ? new Undefined(`'${name}' is undefined`) : value;
  }

  #find(name: string): Value | undefined {
    const own = this.#names.get(name);
    if (own !== undefined || this.#around === undefined) return own;
    return this.#around.#find(name);
  }

  set(name: string, value: Value): void {
    this.#names.set(name, value);
  }

  /** Assigns to a name, to an attribute of a namespace, or item by item to a tuple of these. */
  assign(target: Target, value: Value): void {
    if (target.kind === "name") return this.set(target.name, value);
    if (target.kind === "namespace") {
      const owner = this.get(target.name);
      if (!(owner instanceof Namespace))
        throw new TemplateFault("cannot assign attribute on non-namespace object");
      checkAttribute(target.attribute);
      owner.attributes.set(target.attribute, value);
      return;
    }
    const items = itemsOf(value);
    const wanted = target.items.length;
    if (items.length < wanted)
      throw new TemplateFault(
        `not enough values to unpack (expected ${wanted}, got ${items.length})`,
      );
    if (items.length > wanted)
      throw new TemplateFault(`too many values to unpack (expected ${wanted})`);
    for (const [i, part] of target.items.entries()) this.assign(part, items[i]!);
  }
}
