/**
 * The function that an agent writes, line by line: each line is an expression, the first about the parameter, the others also about
 * `r`, the value so far. A first line may also be a whole definition of `f`.
 */
import type { CodeLanguage } from "./operations.ts";

/** How a language writes the function. */
interface Frame {
  /** What a line looks like that defines `f` itself. */
  readonly definition: RegExp;
  /** The program that defines `whole` as what a definition defines as `f`. */
  readonly inner: (definition: string) => string;
  /** The program of the expressions. */
  readonly program: (first: string, rest: readonly string[], parameter: string) => string;
  /** Texts in quotes. */
  readonly quoted: RegExp;
}

const frames: Readonly<Record<CodeLanguage, Frame>> = {
  javascript: {
    definition: /^(?:async\s+)?function\s+f\s*\(|^(?:const|let|var)\s+f\s*=/,
    inner: (definition) => `const whole = (() => {\n${definition}\nreturn f;\n})();\n`,
    program: (first, rest, parameter) =>
      [
        `const f = (${parameter}) => {`,
        `  let r = (${first});`,
        ...rest.map((line) => `  r = (${line});`),
        "  return r;",
        "};",
      ].join("\n"),
    quoted: /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g,
  },
  python: {
    definition: /^def\s+f\s*\(|^f\s*=\s*lambda\b/,
    inner: (definition) => {
      const indented = definition.replaceAll(/^/gm, "    ");
      return `def make():\n${indented}\n    return f\n\nwhole = make()\n\n`;
    },
    program: (first, rest, parameter) =>
      [
        `def f(${parameter}):`,
        `    r = (${first})`,
        ...rest.map((line) => `    r = (${line})`),
        "    return r",
      ].join("\n"),
    quoted: /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g,
  },
};

/** Whether a line defines `f` itself. */
export const isDefinition = (line: string, language: CodeLanguage): boolean =>
  frames[language].definition.test(line);

/**
 * The text of the program that defines `f`.
 * @param lines      at least one
 * @param parameter  the name of its parameter, such as "xs"
 */
export function programOf(
  lines: readonly string[],
  language: CodeLanguage,
  parameter: string,
): string {
  const frame = frames[language];
  const [first = "", ...rest] = lines;
  if (!isDefinition(first, language)) return frame.program(first, rest, parameter);
  return frame.inner(first) + frame.program(`whole(${parameter})`, rest, parameter);
}

/** Characters of the lines, without blanks: the length that efficiency is measured by. */
export const lengthOf = (lines: readonly string[]): number =>
  lines.join("").replaceAll(/\s/g, "").length;

/** A line with its texts in quotes emptied. */
export const withoutTexts = (line: string, language: CodeLanguage): string =>
  line.replaceAll(frames[language].quoted, '""');
