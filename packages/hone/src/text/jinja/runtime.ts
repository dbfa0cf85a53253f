/** What filters and tests need of the interpreter: each other by name, and steps counted. */
import type { Call, Value } from "./values.ts";

export interface Runtime {
  /** Applies a filter. @throws TemplateFault when no filter has this name */
  filter(name: string, value: Value, call: Call): Value;
  /** Applies a test. @throws TemplateFault when no test has this name */
  test(name: string, value: Value, call: Call): boolean;
}

/** A filter: `value | name(arguments)`. */
export type Filter = (value: Value, call: Call, runtime: Runtime) => Value;

/** A test: `value is name(arguments)`. */
export type Test = (value: Value, call: Call) => boolean;
