/** Python's `str.format`: `"{} is {name:>8}".format(…)`. */
import { floatBody } from "./percent-format.ts";
import { floatText, representationOf, textOf } from "./print.ts";
import { TemplateFault } from "./faults.ts";
import { checkSize } from "./steps.ts";
import { Undefined, lengthOf, typeName, type Call, type Value } from "./values.ts";

const FIELD = /\{\{|\}\}|\{([^{}!:]*)(?:!([rsa]))?(?::((?:[^{}]|\{[^{}]*\})*))?\}|[{}]/gu;

/** Arguments of `format`, and how attributes and items of them are read. */
interface FormatCall extends Call {
  readonly lookup: {
    readonly attributeOf: (value: Value, name: string) => Value;
    readonly itemOf: (value: Value, key: Value) => Value;
  };
  /** The mapping of `format_map`. */
  readonly mapping?: Value;
}

/** Writes arguments into a text. Named fields are taken from `mapping` where one is given. */
export function braceFormat(text: string, given: FormatCall): string {
  let automatic = 0;
  const value = (field: string): Value => {
    const [, first = "", path = ""] = /^([^.[]*)(.*)$/su.exec(field)!;
    const start = argument(first === "" ? String(automatic++) : first, given);
    return [...path.matchAll(/\.([^.[]+)|\[([^\]]+)\]/gu)].reduce<Value>(
      (of, [, name, key]) =>
        name === undefined
          ? given.lookup.itemOf(of, /^\d+$/u.test(key!) ? BigInt(key!) : key!)
          : given.lookup.attributeOf(of, name),
      start,
    );
  };
  return text.replaceAll(
    FIELD,
    (whole: string, field: string | undefined, conversion: string | undefined, spec = "") => {
      if (whole === "{{" || whole === "}}") return whole[0]!;
      if (field === undefined)
        throw new TemplateFault(`Single '${whole}' encountered in format string`);
      const shownValue = value(field);
      const specified = (spec as string).replaceAll(/\{([^{}]*)\}/gu, (_, inner: string) =>
        textOf(value(inner)),
      );
      const shown =
        conversion === undefined
          ? shownValue
          : conversion === "s"
            ? textOf(shownValue)
            : representationOf(shownValue);
      return formatted(shown, specified);
    },
  );
}

function argument(name: string, { args, kwargs, lookup, mapping }: FormatCall): Value {
  if (mapping !== undefined) return lookup.itemOf(mapping, name);
  const value = /^\d+$/u.test(name) ? args[Number(name)] : kwargs.get(name);
  if (value !== undefined) return value;
  throw new TemplateFault(`the text to format asks for '${name}', which is not given`);
}

interface Spec {
  readonly fill: string;
  readonly align: string | undefined;
  readonly sign: string;
  readonly isAlternate: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
}

function parsedSpec(text: string): Spec {
  const found =
    /^(?:([^])?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([bcdeEfFgGnosxX%])?$/u.exec(
      text,
    );
  if (found === null) throw new TemplateFault(`Invalid format specifier '${text}'`);
  const [, fill, align, sign = "-", alternate, zero, width, grouping = "", precision, type = ""] =
    found;
  return {
    fill: fill ?? (zero === undefined ? " " : "0"),
    align: align ?? (zero === undefined ? undefined : "="),
    sign,
    isAlternate: alternate !== undefined,
    width: checkSize(Number(width ?? 0)),
    grouping,
    precision: precision === undefined ? undefined : checkSize(Number(precision)),
    type,
  };
}

/** A value by a format specification, as Python's `format(value, spec)`. */
function formatted(value: Value, specification: string): string {
  if (specification === "") return textOf(value);
  const spec = parsedSpec(specification);
  if (typeof value === "string" || value instanceof Undefined) {
    if (spec.type !== "" && spec.type !== "s")
      throw new TemplateFault(`Unknown format code '${spec.type}' for object of type 'str'`);
    const text = textOf(value);
    return aligned(
      spec.precision === undefined ? text : Array.from(text).slice(0, spec.precision).join(""),
      spec,
      "<",
    );
  }
  if (typeof value === "bigint" || typeof value === "boolean" || typeof value === "number") {
    const body = numberText(typeof value === "boolean" ? BigInt(value) : value, spec);
    const sign = body.startsWith("-") ? "" : spec.sign === "-" ? "" : spec.sign;
    return aligned(sign + body, spec, ">");
  }
  throw new TemplateFault(`unsupported format string passed to ${typeName(value)}.__format__`);
}

const BASES: Readonly<Record<string, readonly [number, string]>> = {
  b: [2, "0b"],
  o: [8, "0o"],
  x: [16, "0x"],
  X: [16, "0X"],
};

function numberText(value: bigint | number, spec: Spec): string {
  const base = BASES[spec.type];
  if (
    typeof value === "bigint" &&
    (spec.type === "" || spec.type === "d" || spec.type === "n" || base !== undefined)
  ) {
    const [radix, prefix] = base ?? [10, ""];
    const digits = (value < 0n ? -value : value).toString(radix);
    const text = grouped(
      spec.type === "X" ? digits.toUpperCase() : digits,
      spec.grouping,
      base === undefined ? 3 : 4,
    );
    return `${value < 0n ? "-" : ""}${spec.isAlternate ? prefix : ""}${text}`;
  }
  if (typeof value === "bigint" && spec.type === "c") return String.fromCodePoint(Number(value));
  if (base !== undefined || spec.type === "d" || spec.type === "s" || spec.type === "c") {
    throw new TemplateFault(
      `Unknown format code '${spec.type}' for object of type '${typeName(value)}'`,
    );
  }
  const text = floatSpecText(Number(value), spec);
  const [, sign = "", whole = "", rest = ""] = /^(-?)(\d*)(.*)$/su.exec(text)!;
  return sign + grouped(whole, spec.grouping, 3) + rest;
}

function floatSpecText(value: number, { type, precision, isAlternate }: Spec): string {
  if (type === "%")
    return `${floatBody("f", value * 100, { digits: precision ?? 6, keepsZeros: false })}%`;
  if (type === "") {
    if (precision === undefined) return floatText(value);
    const text = floatBody("g", value, { digits: precision, keepsZeros: false });
    return /[.en]/u.test(text) ? text : `${text}.0`;
  }
  const kind = type === "n" ? "g" : type.toLowerCase();
  const text = floatBody(kind, value, { digits: precision ?? 6, keepsZeros: isAlternate });
  return type === type.toUpperCase() ? text.toUpperCase() : text;
}

const grouped = (digits: string, mark: string, size: number): string =>
  mark === ""
    ? digits
    : digits.replaceAll(size === 3 ? /\B(?=(?:.{3})+$)/gu : /\B(?=(?:.{4})+$)/gu, mark);

function aligned(text: string, { fill, align, width }: Spec, byDefault: "<" | ">"): string {
  const missing = width - lengthOf(text);
  if (missing <= 0) return text;
  const where = align ?? byDefault;
  if (where === "<") return text + fill.repeat(missing);
  if (where === ">") return fill.repeat(missing) + text;
  if (where === "^")
    return fill.repeat(Math.floor(missing / 2)) + text + fill.repeat(Math.ceil(missing / 2));
  const sign = /^[-+ ]?/u.exec(text)![0];
  return sign + fill.repeat(missing) + text.slice(sign.length);
}
