/** Arguments of a call, bound to names as Python binds them. */
import { TemplateFault } from "./faults.ts";
import { Undefined, typeName, type Call, type Value } from "./values.ts";

/** A parameter that must be given, or a name with its default. */
export type Parameter = string | readonly [name: string, byDefault: Value];

/** The values of the parameters, in their order. @throws TemplateFault for arguments that are missing, unknown or too many */
export function bind(name: string, call: Call, ...parameters: readonly Parameter[]): Value[] {
  if (call.args.length > parameters.length) {
    const counts = `${parameters.length} arguments (${call.args.length} given)`;
    throw new TemplateFault(`${name}() takes at most ${counts}`);
  }
  const names = parameters.map((parameter) =>
    typeof parameter === "string" ? parameter : parameter[0],
  );
  for (const key of call.kwargs.keys()) {
    const at = names.indexOf(key);
    if (at < 0) throw new TemplateFault(`${name}() got an unexpected keyword argument '${key}'`);
    if (at < call.args.length)
      throw new TemplateFault(`${name}() got multiple values for argument '${key}'`);
  }
  return parameters.map((parameter, i) => {
    const given = i < call.args.length ? call.args[i] : call.kwargs.get(names[i]!);
    if (given !== undefined) return given;
    if (typeof parameter !== "string") return parameter[1];
    throw new TemplateFault(`${name}() missing required argument: '${parameter}'`);
  });
}

/** An int argument. @throws TemplateFault for a value that Python does not take for one */
export function integer(value: Value): bigint {
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "bigint") return value;
  if (value instanceof Undefined) value.fail();
  throw new TemplateFault(`'${typeName(value)}' object cannot be interpreted as an integer`);
}

/** A text argument. @throws TemplateFault for any other value */
export function string(value: Value): string {
  if (typeof value === "string") return value;
  throw new TemplateFault(`expected str, got ${typeName(value)}`);
}
