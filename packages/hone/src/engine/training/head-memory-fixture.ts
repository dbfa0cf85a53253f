/**
 * Run in a process of its own: loss and gradients of a head of 151,936 words at 256 positions, then the peak memory above
 * the start and the time of a second run, as JSON. Arguments: chunks (1: the whole product), "frozen" for no gradient of
 * the embedding.
 */
import { gradient } from "../../tensor/gradient.ts";
import {
  chunkedLogProbs,
  input,
  linear,
  mul,
  neg,
  reshape,
  sum,
  targetLogProbs,
} from "../../tensor/ops.ts";
import type { Tensor } from "../../tensor/call.ts";
import { program } from "../../tensor/program.ts";
import { openSession } from "../runtime/session.ts";
import type { Value } from "../runtime/value.ts";

const [words, width, positions] = [151_936, Number(process.argv[4] ?? 32), 256];
const chunks = Number(process.argv[2]);
const isFrozen = process.argv[3] === "frozen";

const hidden = input("hidden", "f32", [positions, width]);
const weight = input("weight", "f32", [words, width]);
const targets = input("targets", "i64", [positions]);
const logProbs =
  chunks === 1
    ? reshape(targetLogProbs(linear(hidden, weight), reshape(targets, [-1, 1])).chosen, [-1])
    : chunkedLogProbs(hidden, weight, targets, { chunks, size: positions / chunks });
const loss = neg(sum(mul(logProbs, input("weights", "f32", [positions]))));
const trained = isFrozen ? [hidden] : [hidden, weight];
const gradients = gradient([{ output: loss }], trained);
const outputs: Record<string, Tensor> = { loss };
gradients.forEach((tensor, i) => (outputs[`gradient${i}`] = tensor));

const session = await openSession(program("head", outputs), { threads: 1 });
const values = (length: number, shape: readonly number[]): Value => {
  const data = new Float32Array(length);
  for (let i = 0; i < length; i++) data[i] = Math.sin(i) / 8;
  return { data, shape };
};
const feeds: Record<string, Value> = {
  hidden: values(positions * width, [positions, width]),
  weight: values(words * width, [words, width]),
  weights: values(positions, [positions]),
  targets: {
    data: BigInt64Array.from({ length: positions }, (_, i) => BigInt((i * 593) % words)),
    shape: [positions],
  },
};
const before = process.memoryUsage().rss;
const first = await session.run(feeds);
const begin = performance.now();
await session.run(feeds);
const milliseconds = Math.round(performance.now() - begin);
const megabytes = Math.round((process.resourceUsage().maxRSS * 1024 - before) / 1e6);
await session.release();
const value = first["loss"]!.data[0] as number;
process.stdout.write(JSON.stringify({ megabytes, milliseconds, loss: value }));
