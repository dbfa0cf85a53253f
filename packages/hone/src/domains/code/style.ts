/** Checks of style, each of which can be said in one sentence, on the lines that an agent wrote. */
import type { CodeLanguage } from "./operations.ts";
import { withoutTexts } from "./program.ts";

/** A check of one line, whose texts in quotes are empty. */
interface StyleCheck {
  /** What is asked for. */
  readonly rule: string;
  readonly holds: (line: string, language: CodeLanguage) => boolean;
}

/** Longest line, in characters. */
const maxLineLength = 80;

/** Names that a line declares: parameters of arrow functions, `const` and `let`; variables of comprehensions and lambdas. */
const declarations: Readonly<Record<CodeLanguage, readonly RegExp[]>> = {
  javascript: [
    /(?:^|[^\w$.])([\w$]+)\s*=>/g,
    /\(([\w$\s,]+)\)\s*=>/g,
    /\b(?:const|let|var)\s+([\w$]+)/g,
  ],
  python: [/\bfor\s+([\w\s,]+?)\s+in\b/g, /\blambda\s+([\w\s,]+):/g],
};

/** The checks of style, by name. */
export const styleChecks = {
  names: {
    rule: "every name that a line declares is used in it",
    holds: (line, language) => declaredNames(line, language).every((name) => isUsed(name, line)),
  },
  equality: {
    rule: "JavaScript compares with === and !==, Python compares with None by `is`",
    holds: (line, language) =>
      language === "javascript" ? !/[^=!]==[^=]|!=[^=]/.test(line) : !/[=!]=\s*None\b/.test(line),
  },
  binding: {
    rule: "JavaScript declares with const or let, Python gives no name to a lambda",
    holds: (line, language) =>
      language === "javascript" ? !/\bvar\b/.test(line) : !/^\s*\w+\s*=\s*lambda\b/m.test(line),
  },
  length: {
    rule: `no line is longer than ${maxLineLength} characters`,
    holds: (line) => line.split("\n").every(({ length }) => length <= maxLineLength),
  },
} as const satisfies Record<string, StyleCheck>;

/** The share of the checks that hold for all lines, in [0, 1]. */
export function styleOf(lines: readonly string[], language: CodeLanguage): number {
  const checks: readonly StyleCheck[] = Object.values(styleChecks);
  const bare = lines.map((line) => withoutTexts(line, language));
  const held = checks.filter(({ holds }) => bare.every((line) => holds(line, language)));
  return held.length / checks.length;
}

function declaredNames(line: string, language: CodeLanguage): readonly string[] {
  const lists = declarations[language].flatMap((pattern) =>
    [...line.matchAll(pattern)].map((match) => match[1]!),
  );
  // `f` is what the task asks for; it is used by its tests.
  return lists.flatMap((list) => list.split(/[\s,]+/)).filter((name) => !["", "f"].includes(name));
}

const isUsed = (name: string, line: string): boolean =>
  line.split(/[^\w$]+/).filter((word) => word === name).length > 1;
