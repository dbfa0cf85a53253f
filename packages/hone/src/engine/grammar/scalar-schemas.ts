/** Schemas of strings and numbers as the texts that meet them. */
import { HoneError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { type Expression, nothing } from "./expression.ts";
import { stringAs, stringOf } from "./json-strings.ts";
import { anyNumber, numberWithin, wholeNumber } from "./numbers.ts";
import { patternOf } from "./pattern.ts";
import { stringFormats } from "./string-formats.ts";

const anyString = stringOf();

/** The strings that meet a schema. */
export function stringIn(schema: JsonObject, at: string): Expression {
  const { pattern, format, minLength, maxLength } = schema as {
    pattern?: string;
    format?: string;
    minLength?: number;
    maxLength?: number;
  };
  if (pattern === undefined && format === undefined) {
    if (minLength === undefined && maxLength === undefined) return anyString;
    return (minLength ?? 0) > (maxLength ?? Infinity) ? nothing : stringOf(minLength, maxLength);
  }
  const given = Object.entries({ pattern, format, length: minLength ?? maxLength });
  const several = given.filter(([, value]) => value !== undefined).map(([name]) => name);
  if (several.length > 1) {
    const way = "say it in one pattern";
    throw new HoneError("FORMAT_SCHEMA_UNSUPPORTED", {
      at,
      keyword: several.join(" beside "),
      instead: way,
    });
  }
  if (pattern !== undefined) return stringAs(patternOf(pattern, `${at}/pattern`));
  const known = Object.hasOwn(stringFormats, format!) ? stringFormats[format!] : undefined;
  if (known === undefined) {
    const way = `use one of ${Object.keys(stringFormats).join(", ")}, or a pattern`;
    throw new HoneError("FORMAT_SCHEMA_UNSUPPORTED", {
      at,
      keyword: `the format ${format}`,
      instead: way,
    });
  }
  return stringAs(patternOf(known, at));
}

/** The numbers that meet a schema. */
export function numberIn(type: "number" | "integer", schema: JsonObject, at: string): Expression {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema as Record<
    string,
    number | undefined
  >;
  const low = Math.max(minimum ?? -Infinity, exclusiveMinimum ?? -Infinity);
  const high = Math.min(maximum ?? Infinity, exclusiveMaximum ?? Infinity);
  const isLowExcluded = low === exclusiveMinimum;
  const isHighExcluded = high === exclusiveMaximum;
  if (type === "integer") {
    const from = isLowExcluded && Number.isInteger(low) ? low + 1 : low;
    const to = isHighExcluded && Number.isInteger(high) ? high - 1 : high;
    return wholeNumber(from, to);
  }
  if (low === -Infinity && high === Infinity) return anyNumber;
  if ([low, high].some((bound) => Number.isFinite(bound) && !Number.isInteger(bound))) {
    const way = "use whole numbers as bounds";
    throw new HoneError("FORMAT_SCHEMA_UNSUPPORTED", {
      at,
      keyword: "a bound that is no whole number",
      instead: way,
    });
  }
  return numberWithin({ low, high, isLowExcluded, isHighExcluded });
}
