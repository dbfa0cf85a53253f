/** A value of any kind as an error message shows it. */
import { shownAddresses } from "./shown-address.ts";

/** Texts longer than this are cut in a message. */
const maxCharacters = 80;

/** Items of a list, and fields of an object, that a message shows. */
const maxItems = 3;

/**
 * A value as it is shown in an error: short, on one line, and with quotes around a text, so that `"1"` is told from `1`.
 * Passwords of addresses and texts in fields are left out. Never throws, whatever the value does when it is read.
 *
 * @example
 * shownValue("1"); // '"1"'
 * shownValue(undefined); // "undefined"
 * shownValue([1, 2, 3, 4]); // "[1, 2, 3, … 4 items]"
 * shownValue({ rank: 8, alpha: 16 }); // "{ rank: 8, alpha: 16 }"
 */
export function shownValue(value: unknown): string {
  try {
    return shown(value, true);
  } catch {
    return typeof value === "function" ? "a function" : "an object that cannot be read";
  }
}

/** @param isOuter  lists and objects inside another one are named only, not shown */
function shown(value: unknown, isOuter: boolean): string {
  switch (typeof value) {
    case "string":
      return shownText(value);
    case "bigint":
      return `${value}n`;
    case "function":
      return value.name === "" ? "a function" : `the function ${value.name}`;
    case "object":
      return value === null ? "null" : shownObject(value, isOuter);
    default:
      return String(value);
  }
}

function shownText(given: string): string {
  const text = shownAddresses(given);
  if (text.length <= maxCharacters) return JSON.stringify(text);
  return `${JSON.stringify(`${text.slice(0, maxCharacters)}…`)} (${text.length} characters)`;
}

function shownObject(value: object, isOuter: boolean): string {
  if (Array.isArray(value)) return isOuter ? shownList(value) : "a list";
  if (value instanceof RegExp) return String(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return shownInstance(value);
  if (!isOuter) return "an object";
  const fields = Object.entries(value);
  const first = fields.slice(0, maxItems).map(([name, field]) => `${name}: ${shownField(field)}`);
  const rest = fields.length > maxItems ? [`… ${fields.length} fields`] : [];
  return fields.length === 0 ? "{}" : `{ ${[...first, ...rest].join(", ")} }`;
}

/** Numbers and truth values only: a text may be a key that opens an account. */
const shownField = (field: unknown): string =>
  typeof field === "number" || typeof field === "boolean" ? String(field) : "…";

function shownList(items: readonly unknown[]): string {
  const first = items.slice(0, maxItems).map((item) => shown(item, false));
  const rest = items.length > maxItems ? [`… ${items.length} items`] : [];
  return `[${[...first, ...rest].join(", ")}]`;
}

/** An object of a class, such as a Map or a Promise, by the name of its class. */
function shownInstance(value: object): string {
  const { name } = value.constructor;
  return typeof name === "string" && name !== "" ? `an object of class ${name}` : "an object";
}
