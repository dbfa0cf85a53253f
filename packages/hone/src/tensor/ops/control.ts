/** A loop whose body is a function of tensors. What the body uses from outside it reads in place. No derivative. */
import { inputsOf, type Body, type Call, type Tensor } from "../call.ts";
import { callsOf } from "../program.ts";
import { type Dim, sameShape } from "../shape.ts";
import { applyAll, check, type OpRows } from "./op.ts";
import { add } from "./elementwise.ts";
import { fill, parameter, scalar } from "./sources.ts";

interface ControlOps {
  Loop: { readonly body: Body; readonly stateCount: number; readonly count: Dim };
}

declare module "../call.ts" {
  interface OpAttributes extends ControlOps {}
}

export const control: OpRows<keyof ControlOps> = {
  Loop: {
    types: (_, { body, stateCount, count }) => {
      const results = body.results.slice(1);
      return results.map(({ dtype, shape }, i) => ({
        dtype,
        shape: i < stateCount ? shape : [count, ...shape],
      }));
    },
    gradient: "none",
    // Written by the lowering, which alone knows how to write a subgraph.
    onnx: () => ({ type: "Loop" }),
    samples: [
      {
        inputs: [{ shape: [2], values: [1, 2] }],
        build: (x) =>
          loop({
            count: scalar(3, "i64"),
            state: [x!],
            body: (_, [s]) => ({ state: [add(s!, s!)], scan: [] }),
          }).state[0]!,
        expected: [8, 16],
      },
    ],
  },
};

export interface LoopParts {
  /** i64 scalar: how often the body runs. */
  readonly count: Tensor;
  /** Values carried from one turn to the next; their shapes stay. */
  readonly state: readonly Tensor[];
  /** The name of the count in the shapes of what is collected. */
  readonly turns?: Dim;
  /** One turn: the next state, and what is collected (stacked over turns). */
  readonly body: (
    turn: Tensor,
    state: readonly Tensor[],
  ) => {
    readonly state: readonly Tensor[];
    readonly scan: readonly Tensor[];
  };
}

/**
 * Runs a body again and again.
 * @returns the state after the last turn, and each collected value with a leading axis of turns
 * @example loop({ count: scalar(3, "i64"), state: [x], body: (_, [s]) => ({ state: [add(s!, s!)], scan: [s!] }) })
 */
export function loop({ count, state, turns = "turns", body }: LoopParts): {
  readonly state: readonly Tensor[];
  readonly scan: readonly Tensor[];
} {
  const turn = parameter("turn", { dtype: "i64", shape: [] });
  const goesOn = parameter("go", { dtype: "bool", shape: [] });
  const inside = state.map((carried, i) => parameter(`state${i}`, carried));
  const made = body(turn, inside);
  check(
    made.state.length === state.length &&
      made.state.every(
        ({ dtype, shape }, i) => dtype === state[i]!.dtype && sameShape(shape, state[i]!.shape),
      ),
    "loop",
    "a body that returns as many values of the same types and shapes as it carries",
    ...made.state,
  );
  const results = [goesOn, ...made.state, ...made.scan];
  const parts: Body = Object.freeze({ parameters: [turn, goesOn, ...inside], results });
  const outputs = applyAll(
    "Loop",
    control.Loop,
    [count, fill([], 1, "bool"), ...state, ...captured(parts)],
    {
      body: parts,
      stateCount: state.length,
      count: turns,
    },
  );
  return { state: outputs.slice(0, state.length), scan: outputs.slice(state.length) };
}

/** The calls inside a body: those that depend on its parameters, inputs before users. */
export function bodyCalls(body: Body): Call[] {
  const inside = new Set<Call>(body.parameters.map((tensor) => tensor.call));
  return callsOf(body.results).filter((call) => {
    if (inside.has(call)) return false;
    if (!inputsOf(call).some((tensor) => inside.has(tensor.call))) return false;
    inside.add(call);
    return true;
  });
}

/** What a body reads from outside. */
export function captured(body: Body): Tensor[] {
  const calls = new Set([...bodyCalls(body), ...body.parameters.map((tensor) => tensor.call)]);
  const used = [...[...calls].flatMap(inputsOf), ...body.results];
  return [...new Set(used.filter((tensor) => !calls.has(tensor.call)))];
}
