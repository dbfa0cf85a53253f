/** Python's `text % values`. */
import { integer } from "./arguments.ts";
import { fixed, general, scientific } from "./number-text.ts";
import { representationOf, textOf } from "./print.ts";
import { TemplateFault } from "./faults.ts";
import { checkSize } from "./steps.ts";
import { Dict, Tuple, Undefined, isAstral, lengthOf, typeName, type Value } from "./values.ts";

const FIELD = /%(?:\(([^)]*)\))?([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d+)?)?[hlL]?([^]|$)/gu;

/** Writes values into a text where it says %s, %d, %.2f, %(name)s … */
export function percentFormat(text: string, values: Value): string {
  const queue = values instanceof Tuple ? [...values.items] : [values];
  const isNamed = values instanceof Dict;
  let isTaken = false;
  const next = (): Value => {
    if (queue.length === 0) throw new TemplateFault("not enough arguments for format string");
    isTaken = true;
    return queue.shift()!;
  };
  const written = text.replaceAll(
    FIELD,
    (
      whole: string,
      name: string | undefined,
      flags: string,
      width: string | undefined,
      precision: string | undefined,
      type: string,
    ) => {
      if (type === "%") return "%";
      if (type === "") throw new TemplateFault("incomplete format");
      if (name !== undefined && !isNamed) throw new TemplateFault("format requires a mapping");
      const size = width === "*" ? Number(integer(next())) : Number(width ?? 0);
      const digits =
        precision === "*"
          ? Number(integer(next()))
          : precision === undefined
            ? whole.includes(".") && name === undefined && /\.[a-zA-Z]/u.test(whole)
              ? 0
              : undefined
            : Number(precision);
      const value = name === undefined ? next() : named(values as Dict, name);
      return padded(body(type, value, { flags, digits }), flags, {
        size,
        isText: "sra".includes(type),
      });
    },
  );
  const isLeft = queue.length > 0 && (values instanceof Tuple || !isTaken);
  if (isLeft && !isNamed && !Array.isArray(values))
    throw new TemplateFault("not all arguments converted during string formatting");
  return written;
}

function named(values: Dict, name: string): Value {
  const value = values.get(name);
  if (value === undefined) throw new TemplateFault(`KeyError: ${representationOf(name)}`);
  return value;
}

function body(
  type: string,
  value: Value,
  { flags, digits }: { flags: string; digits: number | undefined },
): string {
  if (type === "s" || type === "r" || type === "a") {
    const text = type === "s" ? textOf(value) : representationOf(value);
    return digits === undefined ? text : Array.from(text).slice(0, digits).join("");
  }
  if (type === "c")
    return typeof value === "string" && lengthOf(value) === 1
      ? value
      : String.fromCodePoint(Number(integer(value)));
  const text = numberBody(type, value, { flags, digits });
  if (text.startsWith("-")) return text;
  return flags.includes("+") ? `+${text}` : flags.includes(" ") ? ` ${text}` : text;
}

function numberBody(
  type: string,
  value: Value,
  { flags, digits }: { flags: string; digits: number | undefined },
): string {
  if ("diuxXo".includes(type)) {
    const whole = wholeOf(type, value);
    const size = whole < 0n ? -whole : whole;
    const base = type === "o" ? 8 : type === "x" || type === "X" ? 16 : 10;
    const prefix = flags.includes("#") ? ({ o: "0o", x: "0x", X: "0X" }[type] ?? "") : "";
    const text = size.toString(base).padStart(checkSize(digits ?? 0), "0");
    return `${whole < 0n ? "-" : ""}${prefix}${type === "X" ? text.toUpperCase() : text}`;
  }
  if (!"eEfFgG".includes(type)) throw new TemplateFault(`unsupported format character '${type}'`);
  const text = floatBody(type.toLowerCase(), floatOf(value), {
    digits: digits ?? 6,
    keepsZeros: flags.includes("#"),
  });
  return type === type.toUpperCase() ? text.toUpperCase() : text;
}

/** A float as `e`, `f` or `g` writes it. */
export function floatBody(
  type: string,
  value: number,
  { digits, keepsZeros }: { digits: number; keepsZeros: boolean },
): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  if (type === "f") return fixed(value, digits);
  return type === "e" ? scientific(value, digits) : general(value, digits, keepsZeros);
}

function wholeOf(type: string, value: Value): bigint {
  if (value instanceof Undefined) value.fail();
  if (typeof value === "number" && "diu".includes(type) && Number.isFinite(value))
    return BigInt(Math.trunc(value));
  if (typeof value === "bigint" || typeof value === "boolean") return integer(value);
  throw new TemplateFault(`%${type} format: a real number is required, not ${typeName(value)}`);
}

/** A number as a float. @throws TemplateFault for any other value */
export function floatOf(value: Value): number {
  if (value instanceof Undefined) value.fail();
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean")
    return Number(value);
  throw new TemplateFault(`must be real number, not ${typeName(value)}`);
}

function padded(
  text: string,
  flags: string,
  { size, isText }: { size: number; isText: boolean },
): string {
  const missing = size - (isAstral(text) ? Array.from(text).length : text.length);
  if (missing <= 0) return text;
  checkSize(missing);
  if (flags.includes("-")) return text + " ".repeat(missing);
  if (!flags.includes("0") || isText) return " ".repeat(missing) + text;
  const sign = /^[-+ ]/u.exec(text)?.[0] ?? "";
  return sign + "0".repeat(missing) + text.slice(sign.length);
}
