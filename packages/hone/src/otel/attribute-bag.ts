/**
 * The attributes of a span while a dialect reads it. An attribute that was taken has its place in a field of our span; all
 * others stay attributes, so that nothing is lost.
 */
import { exactJson, type JsonValue, maxParsedDepth } from "../core/json.ts";
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

  /** Reads an attribute and leaves it in the bag. */
  see(key: string): JsonValue | undefined {
    return this.has(key) ? this.#attributes[key] : undefined;
  }

  /** The attribute's text, or "" where it has none. It is not taken. */
  word(key: string): string {
    const value = this.see(key);
    return typeof value === "string" ? value : "";
  }

  keys(): string[] {
    return Object.keys(this.#attributes);
  }

  /** Takes the first of these attributes that the span has. */
  take(...keys: readonly string[]): JsonValue | undefined {
    const key = keys.find((one) => this.has(one));
    if (key === undefined) return undefined;
    this.#taken.add(key);
    return this.#attributes[key];
  }

  /** Takes the first of these attributes that is a text and not empty. */
  text(...keys: readonly string[]): string | undefined {
    const key = keys.find((one) => typeof this.see(one) === "string" && this.see(one) !== "");
    return key === undefined ? undefined : (this.take(key) as string);
  }

  /** Takes the first of these attributes that is a number, or the text of one. */
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

  /** Takes the first of these attributes that the span has, parsed where it is the JSON text of an object, a list or a text. */
  json(...keys: readonly string[]): JsonValue | undefined {
    const value = this.take(...keys);
    return typeof value === "string" ? parsed(value) : value;
  }

  /** Takes attributes whose values are not needed, since our span says the same in another field. */
  drop(...keys: readonly string[]): void {
    for (const key of keys) this.#taken.add(key);
  }

  /** Gives attributes back that were taken, since a part of them has no field in our span. */
  keep(...keys: readonly string[]): void {
    for (const key of keys) this.#taken.delete(key);
  }

  /** Adds an attribute that the sender did not write; undefined adds none. */
  add(key: string, value: JsonValue | undefined): void {
    if (value !== undefined) this.#added[key] = value;
  }

  /**
   * Takes the attributes whose names spell a tree (`llm.input_messages.0.message.role`), and returns the tree.
   *
   * @returns undefined where no attribute has this prefix
   */
  tree(prefix: string): JsonValue | undefined {
    const keys = this.keys().filter((key) => key.startsWith(`${prefix}.`));
    if (keys.length === 0) return undefined;
    const root: Branch = new Map();
    for (const key of keys) {
      this.#taken.add(key);
      plant(root, pathIn(key.slice(prefix.length + 1)), this.#attributes[key]!);
    }
    return treeValue(root);
  }

  /** The attributes that were not taken, and those that were added. */
  rest(): Record<string, JsonValue> {
    const rest = Object.entries(this.#attributes).filter(([key]) => !this.#taken.has(key));
    return Object.fromEntries([...rest, ...Object.entries(this.#added)]);
  }
}

/** Parses the JSON text of an object, a list or a text. Every other text is returned as it is, so "1.0" does not become 1. */
export function parsed(text: string): JsonValue {
  if (!/^\s*[[{"]/.test(text)) return text;
  try {
    return exactJson(text);
  } catch {
    return text;
  }
}

/** The names of a path; those below the last level that is read stay one name, dots included. */
function pathIn(key: string): string[] {
  const names = key.split(".");
  if (names.length <= maxParsedDepth) return names;
  const last = names.slice(maxParsedDepth - 1).join(".");
  return [...names.slice(0, maxParsedDepth - 1), last];
}

type Branch = Map<string, Branch | JsonValue>;

/** Puts a value into the tree. Where a name is both a leaf and a branch, the leaf goes into the branch under "". */
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
