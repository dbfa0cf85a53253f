/** Run in a process of its own: one training step of a small decoder, then the peak memory above the start, in MB. */
import { openSession } from "../runtime/session.ts";
import type { Value } from "../runtime/value.ts";
import { trainingGraph, type DecoderSizes } from "./decoder-fixture.ts";

const sizes: DecoderSizes = { V: 32, D: 64, L: 8, H: 8, K: 8, F: 128 };
const B = 8;
const T = 128;

const graph = trainingGraph(sizes, { recompute: process.argv[2] === "recompute" });
const session = await openSession(graph.program, { threads: 1 });
const symbols: Readonly<Record<string, number>> = { B, T, "B*T": B * T };
const feeds = Object.entries(graph.program.inputs).map(
  ([name, { dtype, shape }]): [string, Value] => {
    const bound = shape.map((dim) => (typeof dim === "number" ? dim : symbols[dim]!));
    const length = bound.reduce((a, b) => a * b, 1);
    return [
      name,
      {
        data: dtype === "i64" ? new BigInt64Array(length) : new Float32Array(length).fill(0.01),
        shape: bound,
      },
    ];
  },
);
const before = process.memoryUsage().rss;
await session.run(Object.fromEntries(feeds));
await session.release();
process.stdout.write(String((process.resourceUsage().maxRSS * 1024 - before) / 2 ** 20));
