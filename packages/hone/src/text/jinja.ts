/**
 * The part of `@huggingface/jinja` that hone uses. The package's own declarations name files without extensions, which
 * TypeScript does not find under `nodenext`, so that it takes everything for `any`; the types here replace them.
 */
import * as library from "@huggingface/jinja";

declare const parsed: unique symbol;
/** A template read by `parseTemplate`. */
export interface Program {
  readonly [parsed]: true;
}

interface Environment {
  set(name: string, value: unknown): void;
}

interface Jinja {
  readonly tokenize: (text: string, options: { trim_blocks: true; lstrip_blocks: true }) => unknown;
  readonly parse: (tokens: unknown) => Program;
  readonly Environment: new () => Environment;
  readonly Interpreter: new (names: Environment) => { run(program: Program): { value: unknown } };
}

const jinja: Jinja = library;

/** Reads a template; white space around its blocks is trimmed. @throws Error when the text is not Jinja */
export function parseTemplate(text: string): Program {
  const lines = text.replaceAll(/\r\n?/gu, "\n");
  return jinja.parse(jinja.tokenize(lines, { trim_blocks: true, lstrip_blocks: true }));
}

/** Runs a template with the given variables and functions. Errors of the template and of the functions pass through. */
export function runTemplate(program: Program, names: Readonly<Record<string, unknown>>): string {
  const environment = new jinja.Environment();
  for (const [name, value] of Object.entries(names)) environment.set(name, value);
  return String(new jinja.Interpreter(environment).run(program).value);
}
