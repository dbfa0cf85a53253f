/** Conditions on the filters of a full-text index, as SQL. */
import { isObject } from "../../core/json.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { FilterValue } from "../full-text-index.ts";
import { filterColumn } from "./tables.ts";

/** A condition on a filter: one value, one of several values, or a range of numbers, whose bounds belong to it. */
export type FilterCondition =
  | FilterValue
  | readonly FilterValue[]
  | { readonly min?: number; readonly max?: number };

/** A condition as SQL, with the values of its question marks. */
export interface SqlCondition {
  readonly sql: string;
  readonly values: readonly FilterValue[];
}

/** @throws OPTION_INVALID for a filter that there is not, or a condition of another type */
export function sqlCondition(
  filters: readonly string[],
  filter: string,
  condition: FilterCondition,
): SqlCondition {
  const check = optionChecks("search");
  const column = filterColumn(filters.indexOf(check.oneOf("where", filter, filters)));
  const option = `where.${filter}`;
  if (isValue(condition)) return { sql: `${column} = ?`, values: [condition] };
  if (isList(condition)) {
    if (!condition.every(isValue))
      throw check.invalid(option, condition, "a list of texts or numbers");
    return { sql: `${column} in (${condition.map(() => "?").join(", ")})`, values: condition };
  }
  const isRange =
    isObject(condition) && Object.keys(condition).every((key) => key === "min" || key === "max");
  if (!isRange)
    throw check.invalid(option, condition, "a text, a number, a list of them or { min, max }");
  const { min, max } = condition;
  if (min !== undefined) check.number(`${option}.min`, min);
  if (max !== undefined) check.number(`${option}.max`, max);
  // SQLite sorts every text above every number, so a text would pass a lowest bound.
  const sql = [
    `typeof(${column}) in ('integer', 'real')`,
    ...(min === undefined ? [] : [`${column} >= ?`]),
    ...(max === undefined ? [] : [`${column} <= ?`]),
  ];
  return { sql: sql.join(" and "), values: [min, max].filter((bound) => bound !== undefined) };
}

/** True for what a document can be filtered by. */
export const isValue = (value: unknown): value is FilterValue =>
  typeof value === "string" || Number.isFinite(value);

const isList = (condition: FilterCondition): condition is readonly FilterValue[] =>
  Array.isArray(condition);
