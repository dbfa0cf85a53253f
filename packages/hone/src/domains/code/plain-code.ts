/**
 * Decides which code may share a run with other programs. Plain code cannot change built-in functions, and so cannot falsify the
 * results of the programs beside it: it has only known words and short names, no assignments, and no computed field names. Code
 * that is not plain is allowed as well; it gets a run of its own.
 */
import type { CodeLanguage } from "./operations.ts";
import { withoutTexts } from "./program.ts";

const known: Readonly<Record<CodeLanguage, ReadonlySet<string>>> = {
  javascript: new Set([
    ...["Math", "max", "min", "abs", "filter", "map", "reduce", "slice", "length", "toSorted"],
    ...["toReversed", "sort", "reverse", "new", "Set", "size", "every", "some", "includes"],
    ...["indexOf", "join", "split", "toUpperCase", "toLowerCase", "startsWith", "endsWith"],
    ...["trim", "replaceAll", "at", "flat", "flatMap", "true", "false", "null", "typeof"],
  ]),
  python: new Set([
    ...["for", "in", "if", "else", "and", "or", "not", "is", "None", "True", "False", "lambda"],
    ...["len", "sum", "max", "min", "abs", "sorted", "reversed", "list", "dict", "set", "str"],
    ...["int", "range", "enumerate", "zip", "any", "all", "fromkeys", "reverse", "key", "join"],
    ...["split", "upper", "lower", "replace", "count", "startswith", "endswith", "strip"],
  ]),
};

/** Assignments: "=" that is no part of a comparison, an arrow, or an argument by name. */
const assignments: Readonly<Record<CodeLanguage, RegExp>> = {
  javascript: /(?<![=!<>])=(?![=>])|\+\+|--|`/,
  python: /(?<![=!<>])(?<!\b(?:key|reverse))=(?!=)|:=/,
};

/** A field by a computed name, through which everything can be reached: `a[b]` where b is no number. */
const computedField = /[\w)\]"]\s*\[(?!\s*-?\d+\s*\]|\s*-?\d*\s*:)/;

/** Whether the lines can run beside other programs. */
export const isPlain = (lines: readonly string[], language: CodeLanguage): boolean =>
  lines.every((line) => {
    const bare = withoutTexts(line, language);
    const words = bare.match(/[A-Za-z_$][\w$]*/g) ?? [];
    return (
      !assignments[language].test(bare) &&
      !computedField.test(bare) &&
      words.every((word) => /^[a-z][a-z]?$/.test(word) || known[language].has(word))
    );
  });
