/**
 * One test for every row of the operation table: the value against numbers by hand, the shape against the runtime's, the
 * derivative against central differences.
 */
import { describe, expect, it } from "vitest";
import { uniform } from "../../core/random.ts";
import { gradient } from "../../tensor/gradient.ts";
import { constant, input, mul, sum } from "../../tensor/ops.ts";
import type { OpName, Sample } from "../../tensor/ops/op.ts";
import { arrayOf } from "../../tensor/ops/sources.ts";
import { ops } from "../../tensor/ops/table.ts";
import { callsOf, program, type Tensor } from "../../tensor/program.ts";
import { openSession, type Session, type Value } from "../runtime/session.ts";

/** Rows that have no value of their own to test: names bound by others, and files (see runtime/session.test.ts). */
const withoutSamples = new Set<OpName>(["Input", "Parameter", "External"]);

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

const rows = Object.entries(ops) as [OpName, (typeof ops)[OpName]][];

describe.each(rows)("%s", (name, row) => {
  it("has a case that uses it", () => {
    if (withoutSamples.has(name)) return;
    const used = row.samples.some(({ inputs, build }) => {
      const y = build(...inputs.map(({ shape, dtype = "f32" }, i) => input(`x${i}`, dtype, shape)));
      return callsOf([y]).some((call) => call.op === name);
    });
    expect(used).toBe(true);
  });

  it.each(row.samples.map((sample, i) => [i, sample] as const))(
    "gives the right value, shape and derivative (case %i)",
    async (_, sample) => {
      const inputs = sample.inputs.map(({ shape, dtype = "f32" }, i) =>
        input(`x${i}`, dtype, shape),
      );
      const y = sample.build(...inputs);
      const feeds = feedsOf(sample);
      // Constants of a model, such as position tables and masks, carry no derivative.
      const known = gradientInputs(name, inputs);
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
        const key = tensor.call.attributes.name as string;
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

/** Inputs that the row differentiates with respect to. */
function gradientInputs(name: OpName, inputs: readonly Tensor[]): Tensor[] {
  const counts: Partial<Record<OpName, number>> = { Rotary: 1, Attention: 3, ChunkedLogProbs: 2 };
  return inputs.slice(0, counts[name] ?? inputs.length).filter((tensor) => tensor.dtype === "f32");
}

function expectClose(value: Value, expected: readonly number[], tolerance: number): void {
  expect(value.data.length).toBe(expected.length);
  expected.forEach((number, i) => {
    const got = Number(value.data[i]);
    const isClose = Math.abs(got - number) <= tolerance * Math.max(1, Math.abs(number));
    if (!isClose) expect([...value.data].map(Number)).toEqual(expected);
  });
}
