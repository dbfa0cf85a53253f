/**
 * The attributes of a span that is being understood: what was taken has a place in our span, the rest stays an attribute,
 * so that nothing is lost.
 */
import type { JsonValue } from "../core/json.ts";
import type { OtlpAttributes } from "../core/otlp.ts";

export class AttributeBag {
  readonly #attributes: OtlpAttributes;
  readonly #taken = new Set<string>();
  readonly #added: Record<string, JsonValue> = {};

  constructor(attributes: OtlpAttributes) {
    this.#attributes = attributes;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#attributes, key);
  }

  /** Looks without taking. */
  see(key: string): JsonValue | undefined {
    return this.has(key) ? this.#attributes[key] : undefined;
  }

  /** Looks without taking: a text, or "". */
  word(key: string): string {
    const value = this.see(key);
    return typeof value === "string" ? value : "";
  }

  keys(): string[] {
    return Object.keys(this.#attributes);
  }

  /** The first of these that is there, taken. */
  take(...keys: readonly string[]): JsonValue | undefined {
    const key = keys.find((one) => this.has(one));
    if (key === undefined) return undefined;
    this.#taken.add(key);
    return this.#attributes[key];
  }

  /** The first of these that is a text; taken. */
  text(...keys: readonly string[]): string | undefined {
    const key = keys.find((one) => typeof this.see(one) === "string" && this.see(one) !== "");
    return key === undefined ? undefined : (this.take(key) as string);
  }

  /** The first of these that is a number, also one written as a text; taken. */
  number(...keys: readonly string[]): number | undefined {
    for (const key of keys) {
      const value = this.see(key);
      const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
      if (typeof number !== "number" || !Number.isFinite(number)) continue;
      this.#taken.add(key);
      return number;
    }
    return undefined;
  }

  /** The first of these, its JSON text parsed; taken. */
  json(...keys: readonly string[]): JsonValue | undefined {
    const value = this.take(...keys);
    return typeof value === "string" ? parsed(value) : value;
  }

  /** Marks attributes as having their place elsewhere. */
  drop(...keys: readonly string[]): void {
    for (const key of keys) this.#taken.add(key);
  }

  /** What was taken but did not go whole into our span stays an attribute after all. */
  keep(...keys: readonly string[]): void {
    for (const key of keys) this.#taken.delete(key);
  }

  /** An attribute of ours. */
  add(key: string, value: JsonValue | undefined): void {
    if (value !== undefined) this.#added[key] = value;
  }

  /**
   * Attributes that spell a tree by their names (`llm.input_messages.0.message.role`), as the tree; taken.
   * @returns undefined where there are none of this prefix
   */
  tree(prefix: string): JsonValue | undefined {
    const keys = this.keys().filter((key) => key.startsWith(`${prefix}.`));
    if (keys.length === 0) return undefined;
    const root: Branch = new Map();
    for (const key of keys) {
      this.#taken.add(key);
      plant(root, key.slice(prefix.length + 1).split("."), this.#attributes[key]!);
    }
    return treeValue(root);
  }

  rest(): Record<string, JsonValue> {
    const rest = Object.entries(this.#attributes).filter(([key]) => !this.#taken.has(key));
    return Object.fromEntries([...rest, ...Object.entries(this.#added)]);
  }
}

/** What a JSON text of an object, a list or a text stands for, else the text itself: "1.0" is not to become 1. */
export function parsed(text: string): JsonValue {
  if (!/^\s*[[{"]/.test(text)) return text;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

type Branch = Map<string, Branch | JsonValue>;

/** A name that is both a leaf and a branch keeps its leaf under "". */
function plant(branch: Branch, path: readonly string[], value: JsonValue): void {
  const [name = "", ...rest] = path;
  const there = branch.get(name);
  if (rest.length === 0) {
    if (there instanceof Map) there.set("", value);
    else branch.set(name, value);
    return;
  }
  const next = there instanceof Map ? there : new Map(there === undefined ? [] : [["", there]]);
  branch.set(name, next);
  plant(next, rest, value);
}

function treeValue(branch: Branch): JsonValue {
  const entries = [...branch].map(
    ([key, value]) => [key, value instanceof Map ? treeValue(value) : value] as const,
  );
  const isList = entries.every(([key]) => /^\d{1,6}$/.test(key));
  if (!isList) return Object.fromEntries(entries);
  return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, value]) => value);
}
