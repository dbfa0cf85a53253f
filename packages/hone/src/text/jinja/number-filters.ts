/** Filters that give numbers, or write them. */
import { bind, integer } from "./arguments.ts";
import { fixed } from "./number-text.ts";
import { arithmetic, isNumber, signed } from "./operators.ts";
import { floatOf } from "./percent-format.ts";
import { strip } from "./string-methods.ts";
import type { Filter } from "./runtime.ts";
import { TemplateFault } from "./faults.ts";
import { Undefined, isTrue, typeName, type Value } from "./values.ts";

/** Python's `float(text)`, or undefined for what is no number. */
function parsedFloat(text: string): number | undefined {
  const bare = strip(text, "both")
    .replaceAll(/(?<=\d)_(?=\d)/gu, "")
    .toLowerCase();
  const word = /^([-+]?)(?:(inf|infinity)|nan)$/u.exec(bare);
  if (word !== null)
    return word[2] === undefined ? Number.NaN : word[1] === "-" ? -Infinity : Infinity;
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/u.test(bare) ? Number(bare) : undefined;
}

/** Python's `int(text, base)`, or undefined for what is no integer. */
function parsedInteger(text: string, base: number): bigint | undefined {
  const found = /^([-+]?)(0[xXoObB])?([\da-zA-Z]+)$/u.exec(
    strip(text, "both").replaceAll(/(?<=[\da-fA-F])_(?=[\da-fA-F])/gu, ""),
  );
  if (found === null) return undefined;
  const [, sign, prefix, digits] = found;
  const own = prefix === undefined ? undefined : { x: 16, o: 8, b: 2 }[prefix[1]!.toLowerCase()];
  if (own !== undefined && base !== 0 && base !== own) return undefined;
  const radix = BigInt(base === 0 ? (own ?? 10) : base);
  let value = 0n;
  for (const digit of digits!) {
    const n = Number.parseInt(digit, 36);
    if (Number.isNaN(n) || BigInt(n) >= radix) return undefined;
    value = value * radix + BigInt(n);
  }
  return sign === "-" ? -value : value;
}

const int: Filter = (value, call) => {
  const [byDefault, base] = bind("int", call, ["default", 0n], ["base", 10n]) as [Value, Value];
  if (value instanceof Undefined) value.fail();
  if (typeof value === "string") {
    const whole = parsedInteger(value, Number(integer(base))) ?? parsedFloat(value);
    if (typeof whole === "bigint") return whole;
    return whole !== undefined && Number.isFinite(whole) ? BigInt(Math.trunc(whole)) : byDefault;
  }
  if (typeof value === "number")
    return Number.isFinite(value) ? BigInt(Math.trunc(value)) : byDefault;
  return isNumber(value) ? integer(value) : byDefault;
};

const float: Filter = (value, call) => {
  const [byDefault] = bind("float", call, ["default", 0]) as [Value];
  if (value instanceof Undefined) value.fail();
  if (typeof value === "string") return parsedFloat(value) ?? byDefault;
  return isNumber(value) ? Number(value) : byDefault;
};

const round: Filter = (value, call) => {
  const [precision, method] = bind("round", call, ["precision", 0n], ["method", "common"]) as [
    Value,
    Value,
  ];
  if (method !== "common" && method !== "ceil" && method !== "floor") {
    throw new TemplateFault("method must be common, ceil or floor");
  }
  const decimals = Number(integer(precision));
  if (method === "common") {
    if (!isNumber(value))
      throw new TemplateFault(`type ${typeName(value)} doesn't define __round__ method`);
    if (typeof value === "number")
      return Number.isFinite(value) ? Number(fixed(value, decimals)) : value;
    return decimals >= 0 ? integer(value) : BigInt(fixed(Number(value), decimals));
  }
  const scale = arithmetic("**", 10n, BigInt(decimals));
  const scaled = Math[method](floatOf(arithmetic("*", value, scale)));
  return scaled / Number(scale);
};

const abs: Filter = (value) => {
  if (value instanceof Undefined) value.fail();
  if (!isNumber(value)) throw new TemplateFault(`bad operand type for abs(): '${typeName(value)}'`);
  const plain = signed("+", value) as bigint | number;
  return typeof plain === "bigint" ? (plain < 0n ? -plain : plain) : Math.abs(plain);
};

const filesizeformat: Filter = (value, call) => {
  const [isBinary] = bind("filesizeformat", call, ["binary", false]) as [Value];
  const bytes = typeof value === "string" ? (parsedFloat(value) ?? 0) : floatOf(value);
  const base = isTrue(isBinary) ? 1024 : 1000;
  if (bytes === 1) return "1 Byte";
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`;
  const prefixes = isTrue(isBinary)
    ? ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"]
    : ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
  const i = prefixes.findIndex((_, n) => bytes < base ** (n + 2));
  const at = i < 0 ? prefixes.length - 1 : i;
  return `${fixed((base * bytes) / base ** (at + 2), 1)} ${prefixes[at]}`;
};

export const numberFilters: Readonly<Record<string, Filter>> = {
  int,
  float,
  round,
  abs,
  filesizeformat,
};
