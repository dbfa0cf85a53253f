/** The errors of a line of data: they name the line, the column and the path of the part that is wrong. */
import { LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { HoneError, messageOf } from "../core/errors.ts";
import type { DataKind } from "../core/errors/data-errors.ts";

/** One example of a file, as text, with its place. */
export interface DataEntry {
  readonly file: string;
  /** What the file is read for, which decides the advice of errors. */
  readonly holds: DataKind;
  /** The text of the JSON object. */
  readonly text: string;
  /** The line in which it begins, from 1. */
  readonly line: number;
  /** The column in which it begins, from 1. */
  readonly column: number;
  /** Whether the text was made of a table's row, so that its characters have no place in the file. */
  readonly isOfRow?: boolean;
}

/** The JSON value of an entry. @throws DATA_LINE_INVALID */
export function parseEntry(entry: DataEntry): unknown {
  try {
    return JSON.parse(entry.text);
  } catch (cause) {
    const said = messageOf(cause);
    const offset = /at position (\d+)/.exec(said)?.[1];
    const problem = `it is not JSON (${said.replace(/ in JSON at position .*$/s, "")})`;
    const { file, holds } = entry;
    const facts = { file, holds, ...placeOf(entry, offset && Number(offset)), problem };
    throw new HoneError("DATA_LINE_INVALID", facts, { cause });
  }
}

/** The error for one part of an entry. @param path where the part is, such as ["messages", 0, "role"] */
export function entryError(
  entry: DataEntry,
  problem: string,
  path: readonly PropertyKey[] = [],
): HoneError {
  const key = pathText(path);
  return new HoneError("DATA_LINE_INVALID", {
    file: entry.file,
    holds: entry.holds,
    ...(path.length === 0
      ? { line: entry.line }
      : placeOf(entry, offsetOf(entry.text, path, false))),
    problem: key === "" ? problem : `${key}: ${problem}`,
  });
}

/** The error for a key that no form of data has. */
export function unknownKey(
  entry: DataEntry,
  path: readonly PropertyKey[],
  known: readonly string[],
): HoneError {
  const key = pathText(path);
  return new HoneError("DATA_LINE_INVALID", {
    file: entry.file,
    holds: entry.holds,
    ...placeOf(entry, offsetOf(entry.text, path, true)),
    problem: `it has the unknown key "${key}"`,
    key,
    known,
  });
}

/**
 * The error of an entry that a schema refused. A misspelt key is named before a missing one.
 * @param knownAt the keys that the object at a path may have
 */
export function refusal(
  entry: DataEntry,
  {
    json,
    issues,
    knownAt,
  }: {
    readonly json: unknown;
    readonly issues: readonly z.core.$ZodIssue[];
    readonly knownAt: (path: readonly PropertyKey[]) => readonly string[];
  },
): HoneError {
  const all = issues.flatMap(innermost);
  const issue = all.find(({ code }) => code === "unrecognized_keys") ?? all[0]!;
  if (issue.code === "unrecognized_keys") {
    return unknownKey(entry, [...issue.path, issue.keys[0]!], knownAt(issue.path));
  }
  const said = issue.message.replace(/^Invalid (input|option): /, "");
  const problem = `${said}, got ${shown(json, issue.path)}`;
  return entryError(entry, problem, issue.path);
}

/** The paths of keys that a schema does not know. */
export const unknownKeysOf = (
  issues: readonly z.core.$ZodIssue[],
): readonly (readonly PropertyKey[])[] =>
  issues
    .flatMap(innermost)
    .flatMap((issue) =>
      issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [],
    );

/** Of a value with several forms, what is wrong with the form that it fits best: whose first fault lies deepest. */
function innermost(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const forms = issue.errors.map((form) =>
    form.flatMap((one) => innermost({ ...one, path: [...issue.path, ...one.path] })),
  );
  const depth = (form: readonly z.core.$ZodIssue[]): number =>
    Math.max(0, ...form.map(({ path }) => path.length));
  const deepest = forms.toSorted((a, b) => depth(b) - depth(a))[0];
  if (deepest === undefined || depth(deepest) > issue.path.length) return deepest ?? [issue];
  const expected = forms.flatMap((form) =>
    form.flatMap(({ message }) => /expected (\w+)/.exec(message)?.[1] ?? []),
  );
  return [{ ...issue, message: `expected ${[...new Set(expected)].join(" or ")}` }];
}

/** The start of the value at a path. */
function shown(json: unknown, path: readonly PropertyKey[]): string {
  let value = json;
  for (const part of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[part];
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** `messages[1].tool_calls[0].id` */
export const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");

/** Line and column of a character of an entry; only its line where the character is not known. */
function placeOf(
  { text, line, column, isOfRow = false }: DataEntry,
  offset: number | "" | undefined,
): { readonly line: number; readonly column?: number } {
  if (typeof offset !== "number" || isOfRow) return { line };
  const before = text.slice(0, offset).split("\n");
  const last = before.at(-1)!.length;
  if (before.length === 1) return { line, column: column + last };
  return { line: line + before.length - 1, column: last + 1 };
}

/** Where a key or its value begins in a text. The parser of YAML, which includes JSON, keeps positions. */
function offsetOf(text: string, path: readonly PropertyKey[], isKey: boolean): number | undefined {
  const document = parseDocument(text, { lineCounter: new LineCounter(), prettyErrors: false });
  const parent: unknown = document.getIn(path.slice(0, -1), true);
  const pairs = (parent as { readonly items?: readonly unknown[] } | undefined)?.items ?? [];
  const name = path.at(-1);
  const node: unknown = isKey
    ? (pairs as readonly { readonly key?: { readonly value?: unknown } }[]).find(
        ({ key }) => key?.value === name,
      )?.key
    : document.getIn(path, true);
  return (node as { readonly range?: readonly number[] } | undefined)?.range?.[0];
}
