/** A whole training graph: its size, its gradients with fusing and recomputation on and off, its accumulators in place. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { Random } from "../../core/random.ts";
import { callsOf } from "../../tensor/program.ts";
import { openSession, type SessionOptions } from "../runtime/session.ts";
import type { Value } from "../runtime/value.ts";
import { trainingGraph, type DecoderSizes, type TrainingGraph } from "./decoder-fixture.ts";
import { lower } from "./lower.ts";

const sizes: DecoderSizes = { V: 11, D: 8, L: 2, H: 4, K: 2, F: 12 };
const B = 3;
const T = 5;
const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function countNodes(graph: TrainingGraph): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of lower(graph.program).nodes) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

function makeFeeds(graph: TrainingGraph): Record<string, Value> {
  const random = new Random("training graph");
  const normal = (shape: readonly number[], deviation: number, mean = 0): Value => ({
    data: Float32Array.from({ length: count(shape) }, () => mean + deviation * random.normal()),
    shape,
  });
  const whole = (shape: readonly number[], value: (i: number) => number): Value => ({
    data: BigInt64Array.from({ length: count(shape) }, (_, i) => BigInt(value(i))),
    shape,
  });
  const half = sizes.D / sizes.H / 2;
  const angles = Array.from(
    { length: T * half },
    (_, i) => Math.floor(i / half) * 10_000 ** (-(i % half) / half),
  );
  const parameters = [...graph.parameters].flatMap(([name, { shape }]) => [
    [name, normal(shape as number[], 0.3, /n1|n2|norm/.test(name) ? 1 : 0)] as const,
    [`acc:${name}`, normal(shape as number[], 1)] as const,
  ]);
  return {
    ...Object.fromEntries(parameters),
    tokens: whole([B, T], () => random.integer(0, sizes.V - 1)),
    targets: whole([B * T, 1], () => random.integer(0, sizes.V - 1)),
    weights: normal([B * T, 1], 0.1, 0.2),
    positions: whole([B, T], (i) => i % T),
    cos: { data: Float32Array.from(angles, Math.cos), shape: [T, half] },
    sin: { data: Float32Array.from(angles, Math.sin), shape: [T, half] },
    mask: {
      data: Float32Array.from({ length: T * T }, (_, i) => (i % T <= Math.floor(i / T) ? 0 : -1e9)),
      shape: [T, T],
    },
  };
}

async function run(
  graph: TrainingGraph,
  feeds: Record<string, Value>,
  options: SessionOptions = {},
  fetches?: Record<string, Value | undefined>,
): Promise<Record<string, Value>> {
  const session = await openSession(graph.program, { threads: 1, ...options });
  const results = await session.run(feeds, fetches);
  await session.release();
  return results;
}

function expectEqualRuns(
  a: Record<string, Value>,
  b: Record<string, Value>,
  tolerance = 1e-5,
): void {
  expect(Object.keys(a)).toEqual(Object.keys(b));
  for (const [name, value] of Object.entries(a)) {
    const worst = Math.max(
      ...Array.from(
        value.data as Float32Array,
        (x, i) => Math.abs(x - Number(b[name]!.data[i])) / (1 + Math.abs(x)),
      ),
    );
    expect(worst, name).toBeLessThan(tolerance);
  }
}

describe("a training graph", () => {
  const graph = trainingGraph(sizes);
  const feeds = makeFeeds(graph);

  it("is as small as one fused by hand: every weight gradient one Gemm, transposes only at heads", () => {
    const layers = (n: number): Record<string, number> =>
      countNodes(trainingGraph({ ...sizes, L: n }));
    const [one, two] = [layers(1), layers(2)];
    const perLayer = Object.fromEntries(
      Object.entries(two)
        .map(([type, n]) => [type, n - (one[type] ?? 0)])
        .filter(([, n]) => n !== 0),
    );
    expect(perLayer).toMatchInlineSnapshot(`
      {
        "Add": 9,
        "FusedMatMul": 5,
        "Gemm": 19,
        "MatMul": 7,
        "Mul": 21,
        "Neg": 2,
        "QuickGelu": 1,
        "ReduceSum": 4,
        "Reshape": 20,
        "RotaryEmbedding": 4,
        "Sigmoid": 1,
        "SimplifiedLayerNormalization": 2,
        "Softmax": 1,
        "Sub": 4,
        "Transpose": 8,
      }
    `);
  });

  it("gives the same numbers with and without fusing", async () => {
    expectEqualRuns(await run(graph, feeds), await run(graph, feeds, { fused: false }));
  });

  it("gives the same numbers when layers are computed again on the way back", async () => {
    const again = trainingGraph(sizes, { recompute: true });
    expect(countNodes(again).Softmax).toBe(2 * sizes.L);
    expectEqualRuns(await run(graph, feeds), await run(again, feeds));
  });

  it("computes layers again only once a derivative has arrived: the runtime cannot merge or hurry the copies", () => {
    const { calls } = trainingGraph(sizes, { recompute: true }).program;
    const activations = calls.filter((call) => call.op === "Silu");
    const waiting = activations.filter((call) =>
      callsOf(call.outputs).some((before) => before.op === "ScatterElementsAdd"),
    );
    expect([activations.length, waiting.length]).toEqual([2 * sizes.L, sizes.L]);
  });

  it("needs less than half the memory when layers are computed again", async () => {
    const script = fileURLToPath(new URL("peak-memory-fixture.ts", import.meta.url));
    const peak = async (...mode: string[]): Promise<number> =>
      Number((await promisify(execFile)(process.execPath, [script, ...mode])).stdout);
    expect(await peak("recompute")).toBeLessThan(0.5 * (await peak()));
  });

  it("matches the derivative along a random direction", async () => {
    const base = await run(graph, feeds);
    const random = new Random("direction");
    const direction = [...graph.parameters].map(
      ([name, { shape }]) =>
        [
          name,
          Float32Array.from({ length: count(shape as number[]) }, () => random.normal()),
        ] as const,
    );
    const lossAt = async (step: number): Promise<number> => {
      const moved = direction.map(
        ([name, d]) =>
          [
            name,
            { ...feeds[name]!, data: d.map((x, i) => x * step + Number(feeds[name]!.data[i])) },
          ] as const,
      );
      return Number(
        (await run(graph, { ...feeds, ...Object.fromEntries(moved) }, {}, { loss: undefined }))
          .loss!.data[0],
      );
    };
    const h = 1e-3;
    const measured = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
    const slope = direction.flatMap(([name, d]) =>
      Array.from(
        d,
        (x, i) => x * (Number(base[`g:${name}`]!.data[i]) - Number(feeds[`acc:${name}`]!.data[i])),
      ),
    );
    expect(slope.reduce((a, b) => a + b, 0)).toBeCloseTo(measured, 1);
    expect(Math.abs(measured)).toBeGreaterThan(0.5);
  });

  it("adds to its accumulators in place: bound to one memory, two runs add the gradient twice", async () => {
    const zeros = makeFeeds(graph);
    const fetches: Record<string, Value | undefined> = { loss: undefined };
    for (const name of graph.parameters.keys()) {
      (zeros[`acc:${name}`]!.data as Float32Array).fill(0);
      fetches[`g:${name}`] = zeros[`acc:${name}`];
    }
    const apart = await run(graph, zeros);
    const session = await openSession(graph.program, { threads: 2 });
    await session.run(zeros, fetches);
    await session.run(zeros, fetches);
    await session.release();
    for (const name of graph.parameters.keys()) {
      const once = apart[`g:${name}`]!.data as Float32Array;
      const twice = zeros[`acc:${name}`]!.data as Float32Array;
      const scale = Math.max(...once.map(Math.abs));
      expect(scale, name).toBeGreaterThan(0);
      expect(
        Math.max(...once.map((x, i) => Math.abs(2 * x - twice[i]!))) / scale,
        name,
      ).toBeLessThan(1e-4);
    }
  });

  it("learns when its gradients are followed: weights move and the loss falls", async () => {
    const own = makeFeeds(graph);
    const session = await openSession(graph.program, { threads: 1 });
    const losses: number[] = [];
    for (let step = 0; step < 8; step++) {
      const fetches: Record<string, Value | undefined> = { loss: undefined };
      for (const name of graph.parameters.keys()) {
        (own[`acc:${name}`]!.data as Float32Array).fill(0);
        fetches[`g:${name}`] = own[`acc:${name}`];
      }
      losses.push(Number((await session.run(own, fetches)).loss!.data[0]));
      for (const name of graph.parameters.keys()) {
        const [weights, slope] = [
          own[name]!.data as Float32Array,
          own[`acc:${name}`]!.data as Float32Array,
        ];
        slope.forEach((g, i) => (weights[i]! -= 0.05 * g));
      }
    }
    await session.release();
    expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]!);
  });
});
