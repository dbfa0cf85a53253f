/** A program as text that people read and tests pin. */
import { bodyCalls } from "./ops/control.ts";
import { showType, type Body, type Call, type Tensor } from "./call.ts";
import type { Program } from "./program.ts";

/**
 * One line per call.
 * @example
 * double(x: f32[B,4]) {
 *   %0: f32[B,4] = Add(x, x)
 *   return y = %0
 * }
 */
export function print(program: Program): string {
  const names: Names = Object.assign(new Map<Tensor, string>(), { next: 0 });
  const signature = Object.entries(program.inputs).map(([key, tensor]) => {
    names.set(tensor, key);
    return `${key}: ${showType(tensor)}`;
  });
  const lines = program.calls.flatMap((call) => printCall(call, names, "  "));
  const results = Object.entries(program.outputs).map(
    ([key, tensor]) => `${key} = ${names.get(tensor)}`,
  );
  return [
    `${program.name}(${signature.join(", ")}) {`,
    ...lines,
    `  return ${results.join(", ")}`,
    "}",
  ].join("\n");
}

/** Names given so far, and the next free number. */
type Names = Map<Tensor, string> & { next: number };

function printCall(call: Call, names: Names, indent: string): string[] {
  if (call.op === "Input") return [];
  if (call.op === "Constant" && call.attributes.values.length <= 8) {
    const values = Array.from(call.attributes.values, String);
    names.set(
      call.outputs[0]!,
      call.outputs[0]!.shape.length === 0 ? values[0]! : `{${values.join(",")}}`,
    );
    return [];
  }
  const body = call.op === "Loop" ? printBody(call.attributes.body, names, `${indent}  `) : [];
  const results = call.outputs.map((tensor) => {
    const name = `%${names.next++}`;
    names.set(tensor, name);
    return `${name}: ${showType(tensor)}`;
  });
  const inputs = call.inputs
    .map((tensor) => (tensor === undefined ? "_" : (names.get(tensor) ?? "?")))
    .join(", ");
  return [
    `${indent}${results.join(", ")} = ${call.op}(${inputs})${printAttributes(call)}`,
    ...body,
  ];
}

function printBody(body: Body, names: Names, indent: string): string[] {
  for (const parameter of body.parameters) {
    if (parameter.call.op === "Parameter") names.set(parameter, parameter.call.attributes.name);
  }
  const lines = bodyCalls(body).flatMap((call) => printCall(call, names, indent));
  return [...lines, `${indent}next ${body.results.map((tensor) => names.get(tensor)).join(", ")}`];
}

function printAttributes({ op, attributes }: Call): string {
  const shown = Object.entries<unknown>(attributes).filter(([key, value]) => {
    const isDefault =
      value === false || (key === "alpha" && value === 1) || op === "Reshape" || op === "Expand";
    return !isDefault && key !== "body" && !ArrayBuffer.isView(value);
  });
  return shown.length === 0
    ? ""
    : ` {${shown.map(([key, value]) => `${key}: ${printValue(value)}`).join(", ")}}`;
}

const printValue = (value: unknown): string =>
  Array.isArray(value) ? `[${value.join(",")}]` : String(value);
