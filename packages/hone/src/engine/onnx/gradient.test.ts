/** Gradients of whole programs through ONNX Runtime. */
import { describe, expect, it } from "vitest";
import { gradient } from "../../tensor/gradient.ts";
import {
  add,
  constant,
  dropout,
  input,
  linear,
  loop,
  mul,
  neg,
  randomUniform,
  scalar,
  silu,
  stopGradient,
  sum,
  targetLogProbs,
} from "../../tensor/ops.ts";
import type { Tensor } from "../../tensor/call.ts";
import { program } from "../../tensor/program.ts";
import { openSession } from "../runtime/session.ts";
import type { Feeds } from "../runtime/value.ts";

async function evaluate(
  outputs: Record<string, Tensor>,
  feeds: Feeds = {},
): Promise<Record<string, number[]>> {
  const session = await openSession(program("test", outputs), { threads: 1 });
  const results = await session.run(feeds);
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, value]) => [name, Array.from(value.data, Number)]),
  );
}

const floats = (shape: number[], ...values: number[]) => ({
  data: Float32Array.from(values),
  shape,
});

function expectAll(got: number[], expected: number[], digits = 5): void {
  expect(got).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(got[i]).toBeCloseTo(value, digits));
}

describe("gradient", () => {
  it("equals PyTorch's on a small network: silu(xW₁ᵀ + b)W₂ᵀ under summed cross-entropy", async () => {
    const [w1, b1, w2] = [
      input("w1", "f32", [4, 3]),
      input("b1", "f32", [4]),
      input("w2", "f32", [3, 4]),
    ];
    const x = constant([0.5, -1, 2, 1.5, 0.25, -0.75], "f32", [2, 3]);
    const logits = linear(silu(linear(x, w1, b1)), w2);
    const loss = neg(sum(targetLogProbs(logits, constant([2, 0], "i64", [2, 1])).chosen));
    const [d1, db, d2] = gradient([{ output: loss }], [w1, b1, w2]);
    const got = await evaluate(
      { loss, d1: d1!, db: db!, d2: d2! },
      {
        w1: floats([4, 3], 0.1, 0.2, -0.3, 0.4, -0.5, 0.6, -0.7, 0.8, 0.9, 0.05, -0.15, 0.25),
        b1: floats([4], 0.01, -0.02, 0.03, -0.04),
        w2: floats([3, 4], 0.3, -0.2, 0.1, 0.5, -0.4, 0.6, 0.7, -0.8, 0.9, 0.15, -0.25, 0.35),
      },
    );
    // torch 2.15, float32
    expectAll(got.loss!, [2.6393542]);
    expectAll(
      got.d1!,
      [
        0.0081459, 0.1561714, -0.3256092, 0.3771262, -0.1796893, 0.3151815, 0.2573678, -0.51544,
        1.0309343, -0.5041674, 0.487731, -0.9354156,
      ],
    );
    expectAll(got.db!, [-0.0898394, 0.4006751, 0.5151691, -0.6879633]);
    expectAll(
      got.d2!,
      [
        -0.2218019, 0.2915699, 0.2665912, 0.1328635, -0.0758048, 0.9776788, 0.2004925, 0.2266755,
        0.2976067, -1.2692488, -0.4670838, -0.359539,
      ],
    );
  });

  it("sums over what was stretched, in any number of dimensions", async () => {
    const [row, column] = [input("row", "f32", [3]), input("column", "f32", [2, 1])];
    const [dRow, dColumn] = gradient([{ output: sum(mul(row, column)) }], [row, column]);
    const got = await evaluate(
      { dRow: dRow!, dColumn: dColumn! },
      { row: floats([3], 1, 2, 3), column: floats([2, 1], 10, 20) },
    );
    expectAll(got.dRow!, [30, 30, 30]);
    expectAll(got.dColumn!, [6, 6]);
  });

  it("adds up what arrives on several ways, and is zero where nothing leads", async () => {
    const [x, unused] = [input("x", "f32", [1]), input("unused", "f32", [2])];
    const y = add(mul(x, x), mul(x, 3));
    const [dx, du] = gradient([{ output: y }], [x, unused]);
    const got = await evaluate({ dx: dx!, du: du! }, { x: floats([1], 5) });
    expectAll(got.dx!, [13]);
    expectAll(got.du!, [0, 0]);
  });

  it("weighs outputs by the derivatives given as seeds, and stops where told", async () => {
    const x = input("x", "f32", [2]);
    const [dx] = gradient(
      [{ output: mul(x, stopGradient(x)), derivative: constant([1, 10]) }],
      [x],
    );
    expectAll((await evaluate({ dx: dx! }, { x: floats([2], 3, 4) })).dx!, [3, 40]);
  });

  it("refuses to differentiate through an operation without a derivative", () => {
    const x = input("x", "f32", [2]);
    const { state } = loop({
      count: scalar(2, "i64"),
      state: [x],
      body: (_, [s]) => ({ state: [add(s!, s!)], scan: [] }),
    });
    expect(() => gradient([{ output: state[0]! }], [x])).toThrow(/Loop has no derivative/);
  });
});

describe("random numbers in the graph", () => {
  it("depend on the row's key and the column, not on the batch", async () => {
    const both = await evaluate(
      { u: randomUniform(input("keys", "u32", [2]), 3) },
      { keys: { data: Uint32Array.of(7, 9), shape: [2] } },
    );
    const alone = await evaluate(
      { u: randomUniform(input("keys", "u32", [1]), 3) },
      { keys: { data: Uint32Array.of(9), shape: [1] } },
    );
    expect(both.u!.slice(3)).toEqual(alone.u);
    expect(new Set(both.u).size).toBe(6);
  });

  it("are uniform: mean 1/2, variance 1/12", async () => {
    const keys = { data: Uint32Array.from({ length: 100 }, (_, i) => i), shape: [100] };
    const { u } = await evaluate(
      { u: randomUniform(input("keys", "u32", [100]), 200, 1) },
      { keys },
    );
    const mean = u!.reduce((a, b) => a + b, 0) / u!.length;
    const variance = u!.reduce((a, b) => a + (b - mean) ** 2, 0) / u!.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.002);
    expect(Math.min(...u!)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...u!)).toBeLessThan(1);
  });

  it("drop a share of the elements and scale the rest, forward and backward alike", async () => {
    const x = input("x", "f32", [1, 400]);
    const y = dropout(x, 0.25, input("keys", "u32", [1]), 3);
    const [dx] = gradient([{ output: y }], [x]);
    const got = await evaluate(
      { y, dx: dx! },
      {
        x: floats([1, 400], ...Array.from({ length: 400 }, () => 1)),
        keys: { data: Uint32Array.of(5), shape: [1] },
      },
    );
    expect(got.dx).toEqual(got.y);
    expect(new Set(got.y)).toEqual(new Set([0, Math.fround(4 / 3)]));
    const dropped = got.y!.filter((value) => value === 0).length;
    expect(Math.abs(dropped / 400 - 0.25)).toBeLessThan(0.07);
  });
});
