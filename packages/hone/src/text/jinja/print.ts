/** How Python writes a value: `str` and `repr`. */
import { spend } from "./steps.ts";
import { TemplateFault } from "./faults.ts";
import {
  Callable,
  Dict,
  DictView,
  Lazy,
  Markup,
  Namespace,
  Opaque,
  Range,
  Tuple,
  Undefined,
  type Value,
} from "./values.ts";

/** Python's `str`. An undefined value is the empty text. */
export function textOf(value: Value): string {
  if (typeof value === "string") return value;
  if (value instanceof Markup) return value.text;
  return value instanceof Undefined ? "" : representationOf(value);
}

/** Python's `repr`. */
export function representationOf(value: Value): string {
  spend(1);
  if (value === null) return "None";
  if (typeof value === "string") return quoted(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return floatText(value);
  if (Array.isArray(value)) return `[${value.map(representationOf).join(", ")}]`;
  return objectText(value);
}

function objectText(
  value: Exclude<Value, null | string | boolean | bigint | number | Value[]>,
): string {
  if (value instanceof Tuple) return tupleText(value.items);
  if (value instanceof Dict) return dictText(value.entries());
  if (value instanceof Undefined) return "Undefined";
  if (value instanceof Range) return rangeText(value);
  if (value instanceof DictView)
    return `dict_${value.kind}([${value.items.map(representationOf).join(", ")}])`;
  if (value instanceof Namespace) return `<Namespace ${dictText([...value.attributes])}>`;
  if (value instanceof Callable) return value.name;
  if (value instanceof Markup) return quoted(value.text);
  // Python writes the address in memory here, which no two programs share.
  if (value instanceof Lazy)
    throw new TemplateFault("it prints a generator; put `| list` behind the filter");
  return value instanceof Opaque ? `<${value.name}>` : String(value);
}

const tupleText = (items: readonly Value[]): string =>
  items.length === 1
    ? `(${representationOf(items[0]!)},)`
    : `(${items.map(representationOf).join(", ")})`;

const dictText = (entries: readonly (readonly [Value, Value])[]): string =>
  `{${entries.map(([key, value]) => `${representationOf(key)}: ${representationOf(value)}`).join(", ")}}`;

const rangeText = ({ start, stop, step }: Range): string =>
  step === 1n ? `range(${start}, ${stop})` : `range(${start}, ${stop}, ${step})`;

const SHORT: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\\": "\\\\",
};

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll(/[\\'"]|[[\p{C}\p{Z}]--[ ]]/gv, (char) => {
    if (char === "'" || char === '"') return char === quote ? `\\${char}` : char;
    return SHORT[char] ?? hexEscape(char.codePointAt(0)!);
  });
  return quote + escaped + quote;
}

function hexEscape(code: number): string {
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code < 0x10000
    ? `\\u${code.toString(16).padStart(4, "0")}`
    : `\\U${code.toString(16).padStart(8, "0")}`;
}

/** A float as Python writes it: the shortest digits that give it back, with an exponent below 1e-4 and from 1e16 on. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [mantissa, exponent] = value.toExponential().split("e") as [string, string];
  const power = Number(exponent);
  if (power < -4 || power >= 16) {
    return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const digits = mantissa.replace(/[-.]/gu, "");
  const sign = value < 0 ? "-" : "";
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, "0");
  return `${sign}${whole}.${digits.slice(power + 1) || "0"}`;
}
