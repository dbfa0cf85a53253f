/**
 * A tensor program as an ONNX graph.
 *
 * Every call becomes the node its row names. Symbolic dimensions are read at run time from the shape of an input that
 * carries the symbol; constants and shapes are written once and shared.
 */
import { assert } from "../../core/errors.ts";
import { bodyCalls } from "../../tensor/ops/control.ts";
import type { Lowering } from "../../tensor/ops/op.ts";
import { rowOf } from "../../tensor/ops/table.ts";
import type { Call, CallOf, Tensor } from "../../tensor/call.ts";
import type { Program } from "../../tensor/program.ts";
import { expandMacros, fuse } from "../../tensor/rewrites.ts";
import { encodeModel, type GraphProto, type ValueInfo } from "./proto.ts";
import { Scope } from "./scope.ts";

export interface LowerOptions {
  /** Fuse sums into products and the like (`tensor/rewrites.ts`); off only to compare. */
  readonly fused?: boolean;
}

/** The bytes of an ONNX file that computes the program. */
export const toOnnx = (program: Program, options?: LowerOptions): Uint8Array<ArrayBuffer> =>
  encodeModel(lower(program, options));

/** The same as a graph in plain data, for reading and for tests. */
export function lower(program: Program, { fused = true }: LowerOptions = {}): GraphProto {
  const plain = expandMacros(program);
  const source = fused ? fuse(plain) : plain;
  const scope = new Scope(
    Object.entries(source.inputs).map(([name, tensor]) => ({ name, shape: tensor.shape })),
  );
  for (const [name, tensor] of Object.entries(source.inputs)) scope.bind(tensor, name);
  const outputs = Object.entries(source.outputs);
  for (const [name, tensor] of outputs) if (!scope.isBound(tensor)) scope.bind(tensor, name);
  source.calls.forEach((call) => writeCall(call, scope));
  // An output that is an input, a constant, or another output under a second name is a copy.
  for (const [name, tensor] of outputs) {
    if (scope.name(tensor) !== name) scope.write("Identity", [scope.name(tensor)], [name]);
  }
  return {
    name: source.name,
    nodes: scope.nodes,
    initializers: scope.initializers,
    inputs: valueInfos(Object.entries(source.inputs)),
    outputs: valueInfos(outputs),
  };
}

const valueInfos = (entries: readonly (readonly [string, Tensor])[]): ValueInfo[] =>
  entries.map(([name, { dtype, shape }]) => ({ name, dtype, shape }));

function writeCall(call: Call, scope: Scope): void {
  const [output] = call.outputs;
  switch (call.op) {
    case "Input":
      return;
    case "Constant":
      scope.bind(
        output!,
        scope.values(call.attributes.values, output!.dtype, call.attributes.shape),
      );
      return;
    case "External":
      scope.bind(output!, scope.file(call));
      return;
    case "Loop":
      writeLoop(call, scope);
      return;
    default: {
      const { onnx } = rowOf(call);
      assert(typeof onnx === "function", `${call.op} was not expanded`);
      const node = onnx(call, scope satisfies Lowering);
      const inputs = node.inputs ?? call.inputs.map((tensor) => scope.name(tensor));
      scope.write(
        node.type,
        trimmed(inputs),
        call.outputs.map((tensor) => scope.nameOutput(tensor)),
        node.domain,
        node.attributes,
      );
    }
  }
}

/** The inputs without optional ones that are left out at the end, which ONNX does not write. */
function trimmed(inputs: readonly string[]): readonly string[] {
  const last = inputs.findLastIndex((name) => name !== "");
  return inputs.slice(0, last + 1);
}

function writeLoop(call: CallOf<"Loop">, scope: Scope): void {
  const { body } = call.attributes;
  const inner = scope.nested(body.parameters);
  bodyCalls(body).forEach((inside) => writeCall(inside, inner));
  const results = body.results.map((tensor) => inner.copyOf(tensor));
  const graph: GraphProto = {
    name: "body",
    nodes: inner.nodes,
    initializers: [],
    inputs: body.parameters.map((tensor) => ({
      name: inner.name(tensor),
      dtype: tensor.dtype,
      shape: tensor.shape,
    })),
    outputs: body.results.map(({ dtype, shape }, i) => ({ name: results[i]!, dtype, shape })),
  };
  const inputs = call.inputs
    .slice(0, 2 + call.attributes.stateCount)
    .map((tensor) => scope.name(tensor));
  scope.write(
    "Loop",
    inputs,
    call.outputs.map((tensor) => scope.nameOutput(tensor)),
    "",
    { body: graph },
  );
}
