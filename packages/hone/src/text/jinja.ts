/**
 * Jinja templates as Python's jinja2 renders them, in the environment that transformers makes for chat templates: blocks
 * trimmed on both sides, values that cannot be changed, `break` and `continue`, `generation` blocks.
 *
 * Not supported, and refused: `extends`, `include` and `import`, which name other files; the filters `urlize`, `xmlattr` and
 * `random`; printing a generator, for which Python writes its address in memory.
 */
import { checkNames } from "./jinja/check.ts";
import { TemplateFault, TemplateLimit } from "./jinja/faults.ts";
import { fromJavaScript } from "./jinja/from-json.ts";
import { globals } from "./jinja/globals.ts";
import { Interpreter } from "./jinja/interpreter.ts";
import type { Statement } from "./jinja/nodes.ts";
import { parse } from "./jinja/parser.ts";
import { Scope } from "./jinja/scope.ts";
import { withSteps } from "./jinja/steps.ts";

/** A template read by `parseTemplate`. */
export type Program = readonly Statement[];

/** Reads a template. @throws TemplateFault when the text is not Jinja */
export function parseTemplate(text: string): Program {
  const program = parse(text);
  checkNames(program);
  return program;
}

/** The steps a rendering may take: some seconds. Long conversations take a hundredth of it. */
const MAX_STEPS = 20_000_000;

/**
 * Runs a template with the given variables; values are those of JSON, and functions are `Callable`.
 * @throws TemplateFault where Python raises an error, TemplateRefusal where the template refuses, TemplateLimit where it does
 *         not come to an end
 */
export function runTemplate(
  program: Program,
  names: Readonly<Record<string, unknown>>,
  maxSteps = MAX_STEPS,
): string {
  const given = new Map(
    Object.entries(names).map(([name, value]) => [name, fromJavaScript(value)]),
  );
  const interpreter = new Interpreter(new Scope(new Scope(undefined, new Map(globals)), given));
  try {
    return withSteps(maxSteps, () => interpreter.run(program));
  } catch (error) {
    if (error instanceof RangeError)
      throw new TemplateLimit("it calls itself without end, or nests too deeply", { cause: error });
    if (error instanceof TemplateFault) error.message += ` (line ${interpreter.line})`;
    throw error;
  }
}
