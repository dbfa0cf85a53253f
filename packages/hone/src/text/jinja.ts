/**
 * `@huggingface/jinja` as we use it. Its own declarations name files without extensions, which TypeScript cannot follow
 * under `nodenext` and takes for `any`; these stand in for them.
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

const jinja: Jinja = library as unknown as Jinja;

/** Reads a template, its blocks trimmed on both sides. Throws on what is not Jinja. */
export function parseTemplate(text: string): Program {
  return jinja.parse(jinja.tokenize(text, { trim_blocks: true, lstrip_blocks: true }));
}

/** Runs a template that sees these names; functions among them can be called. Throws what the template or they throw. */
export function runTemplate(program: Program, names: Readonly<Record<string, unknown>>): string {
  const environment = new jinja.Environment();
  for (const [name, value] of Object.entries(names)) environment.set(name, value);
  return String(new jinja.Interpreter(environment).run(program).value);
}
