/**
 * The table of operations that problems are made of: what each does, how it reads, how it is written in each language, and what it
 * is easily confused with. A name is the operation in words; "#" stands for its number.
 */
import { numberOperations } from "./number-operations.ts";
import { textOperations } from "./text-operations.ts";
import type { Compute, ValueType } from "./values.ts";

/** The languages that functions are written in. */
export const codeLanguages = ["javascript", "python"] as const;

/** The name of a language that functions are written in. */
export type CodeLanguage = (typeof codeLanguages)[number];

/** A row of the table. */
export interface OperationRow extends Readonly<Record<CodeLanguage, string>> {
  /** The type of the value that it takes. */
  readonly from: ValueType;
  /** The type of the value that it gives. */
  readonly to: ValueType;
  /** What a program needs for it, as `analyze_requirements` names it. */
  readonly needs: string;
  /** The smallest and the largest number that it is used with. Absent: it has no number. */
  readonly range?: readonly [low: number, high: number];
  /** What it does. */
  readonly compute: Compute;
  /** Names of operations that a programmer in a hurry might take instead, with the same types. */
  readonly confusedWith: readonly string[];
}

const rows = { ...numberOperations, ...textOperations };

/** The name of an operation. */
export type OperationName = keyof typeof rows;

/** The table, by name. */
export const operations: Readonly<Record<OperationName, OperationRow>> = rows;

/** All names of operations, in the order of the table. */
export const operationNames: readonly OperationName[] = Object.keys(rows).filter(isOperation);

/** Whether the table has an operation of this name. */
export function isOperation(name: string): name is OperationName {
  return Object.hasOwn(rows, name);
}

/** What programs may need: every word that `analyze_requirements` takes, each once. */
export const needs: readonly string[] = [
  ...new Set(Object.values(operations).map((row) => row.needs)),
];
