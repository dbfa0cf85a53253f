/**
 * One test for every row of the operation table: the value against numbers by hand, the shape against the runtime's, the
 * derivative against central differences.
 */
import { describe, expect, it } from "vitest";
import { uniform } from "../../core/random.ts";
import { gradient } from "../../tensor/gradient.ts";
import { constant, input, mul, sum } from "../../tensor/ops.ts";
import type { Op, Sample } from "../../tensor/ops/op.ts";
import { arrayOf } from "../../tensor/ops/sources.ts";
import { ops } from "../../tensor/ops/table.ts";
import type { OpName, Tensor } from "../../tensor/call.ts";
import { callsOf, program } from "../../tensor/program.ts";
import { openSession, type Session } from "../runtime/session.ts";
import type { Value } from "../runtime/value.ts";

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function feedsOf(sample: Sample): Record<string, Value> {
  const values = sample.inputs.map(
    ({ shape, dtype = "f32", low = -1.5, high = 1.5, values: given }, i) => {
      const numbers =
        given ??
        Array.from({ length: size(shape) }, (_, j) => low + (high - low) * uniform("sample", i, j));
      return [`x${i}`, { data: arrayOf(dtype, numbers), shape }] as const;
    },
  );
  return Object.fromEntries(values);
}

/** Σ weights · y, so that one number stands for the whole output. */
function weighted(y: Tensor): Tensor {
  const shape = y.shape as number[];
  return sum(
    mul(
      y,
      constant(
        Array.from({ length: size(shape) }, (_, i) => 0.5 + uniform("weight", i)),
        "f32",
        shape,
      ),
    ),
  );
}

/** ∂loss/∂element by a fourth-order central difference; its error is about h⁴ + 1e-7/h. */
async function difference(
  session: Session,
  feeds: Record<string, Value>,
  name: string,
  at: number,
): Promise<number> {
  const h = 0.01;
  const { data, shape } = feeds[name]!;
  const lossAt = async (offset: number): Promise<number> => {
    const moved = Float32Array.from(data as Float32Array);
    moved[at]! += offset;
    const { loss } = await session.run(
      { ...feeds, [name]: { data: moved, shape } },
      { loss: undefined },
    );
    return Number(loss!.data[0]);
  };
  const [a, b, c, d] = [
    await lossAt(-2 * h),
    await lossAt(-h),
    await lossAt(h),
    await lossAt(2 * h),
  ];
  return (a! - 8 * b! + 8 * c! - d!) / (12 * h);
}

const rows = Object.entries(ops) as [OpName, Op<OpName>][];

const inputsOf = ({ inputs }: Sample): Tensor[] =>
  inputs.map(({ shape, dtype = "f32" }, i) => input(`x${i}`, dtype, shape));

describe.each(rows)("%s", (name, row) => {
  const samples = row.samples === "none" ? [] : row.samples;

  it("has a case that uses it", () => {
    if (row.samples === "none") return;
    const used = samples.some((sample) =>
      callsOf([sample.build(...inputsOf(sample))]).some((call) => call.op === name),
    );
    expect(used).toBe(true);
  });

  it("has no derivative for the inputs that it calls constants", () => {
    for (const sample of samples) {
      const inputs = inputsOf(sample);
      const constants = (row.constantInputs ?? []).flatMap((i) => inputs[i] ?? []);
      const y = sample.build(...inputs);
      // A tensor that nothing leads to has zeros for its derivative.
      for (const derivative of constants.length === 0 ? [] : gradient([{ output: y }], constants))
        expect(derivative.call.op).toBe("Fill");
    }
  });

  it.each(samples.map((sample, i) => [i, sample] as const))(
    "gives the right value, shape and derivative (case %i)",
    async (_, sample) => {
      const inputs = inputsOf(sample);
      const y = sample.build(...inputs);
      const feeds = feedsOf(sample);
      const known = inputs.filter(
        (tensor, i) => tensor.dtype === "f32" && row.constantInputs?.includes(i) !== true,
      );
      const isSmooth = row.gradient !== "none" && y.dtype === "f32" && known.length > 0;
      const loss = isSmooth ? weighted(y) : undefined;
      const derivatives = loss === undefined ? [] : gradient([{ output: loss }], known);
      const session = await openSession(
        program(name, {
          y,
          ...(loss === undefined ? {} : { loss }),
          ...Object.fromEntries(derivatives.map((tensor, i) => [`d${i}`, tensor])),
        }),
        { threads: 1 },
      );
      const bound = Object.fromEntries(
        Object.entries(feeds).filter(([key]) => key in session.program.inputs),
      );
      const results = await session.run(bound);
      expect(results.y!.shape).toEqual([...y.shape]);
      if (sample.expected !== undefined) expectClose(results.y!, sample.expected, 1e-5);
      for (const [i, tensor] of known.entries()) {
        if (!isSmooth) continue;
        const key = `x${inputs.indexOf(tensor)}`;
        if (!(key in bound)) continue;
        const expected = [];
        for (let at = 0; at < bound[key]!.data.length; at++)
          expected.push(await difference(session, bound, key, at));
        expectClose(results[`d${i}`]!, expected, 2e-3);
      }
      await session.release();
    },
  );
});

function expectClose(value: Value, expected: readonly number[], tolerance: number): void {
  expect(value.data.length).toBe(expected.length);
  expected.forEach((number, i) => {
    const got = Number(value.data[i]);
    const isClose = Math.abs(got - number) <= tolerance * Math.max(1, Math.abs(number));
    if (!isClose) expect([...value.data].map(Number)).toEqual(expected);
  });
}
