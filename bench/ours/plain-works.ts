/** Works on the engine's clients themselves. */
import { Random } from "../../packages/hone/src/core/random.ts";
import { openEngine } from "../../packages/hone/src/engine/engine.ts";
import type { LoraOptions } from "../../packages/hone/src/engine/lora/lora.ts";
import { openSession } from "../../packages/hone/src/engine/runtime/session.ts";
import type { Datum } from "../../packages/hone/src/ports/training-client.ts";
import { linear } from "../../packages/hone/src/tensor/ops/products.ts";
import { input } from "../../packages/hone/src/tensor/ops/sources.ts";
import { program } from "../../packages/hone/src/tensor/program.ts";
import type { OurCommand, PreparedWork } from "./conversation.ts";

/** One step on `batch` rows of `length` random tokens: forward, backward, AdamW. */
export async function train(command: OurCommand, lora: LoraOptions | false): Promise<PreparedWork> {
  const engine = await openEngine(command.folder, { threads: command.threads });
  const client = await engine.createTrainingClient({ lora });
  const random = new Random("rows");
  return {
    async repetition() {
      await client.forwardBackward(rowsOf(command, random), "cross_entropy");
      await client.optimStep({ learningRate: 1e-3, weightDecay: 0.01 });
    },
    close: () => engine.close(),
  };
}

/** Every token but the first is a target, all with the same weight, as with `labels` in transformers. */
function rowsOf({ batch, length, shape }: OurCommand, random: Random): Datum[] {
  const weights = new Float32Array(length).fill(1 / (batch * (length - 1)));
  weights[length - 1] = 0;
  return Array.from({ length: batch }, () => {
    const tokens = Array.from({ length }, () => random.integer(0, shape.vocabulary - 1));
    return { tokens, targets: [...tokens.slice(1), 0], weights };
  });
}

/** `batch` sequences of `tokens` tokens after a prompt, from the whole distribution; nothing stops them. */
export async function sample(command: OurCommand): Promise<PreparedWork> {
  const { batch, tokens, promptLength = 8 } = command;
  const engine = await openEngine(command.folder, { threads: command.threads });
  const client = await engine.createSamplingClient();
  const prompt = new Array<number>(promptLength).fill(1);
  let seed = 0;
  return {
    async repetition() {
      const sequences = await client.sample(prompt, batch, { maxTokens: tokens, seed: seed++ });
      const short = sequences.find((sequence) => sequence.tokens.length !== tokens);
      if (short !== undefined)
        throw new Error(`sampled ${short.tokens.length} tokens of ${tokens}`);
    },
    close: () => engine.close(),
  };
}

/** x·wᵀ of rows × inner × columns, the median of `repeats`. */
export async function product({
  rows,
  inner,
  columns,
  repeats,
  threads,
}: OurCommand): Promise<PreparedWork> {
  const y = linear(input("x", "f32", [rows, inner]), input("w", "f32", [columns, inner]));
  const session = await openSession(program("product", { y }), { threads });
  const random = new Random("product");
  const numbers = (shape: number[]) => ({
    shape,
    data: new Float32Array(shape[0]! * shape[1]!).fill(random.uniform()),
  });
  const feeds = { x: numbers([rows, inner]), w: numbers([columns, inner]) };
  const fetches = { y: numbers([rows, columns]) };
  return {
    async repetition() {
      const times: number[] = [];
      for (let i = 0; i < repeats; i++) {
        const start = performance.now();
        await session.run(feeds, fetches);
        times.push((performance.now() - start) / 1000);
      }
      const seconds = times.toSorted((a, b) => a - b)[repeats >> 1]!;
      return { seconds, gigaOperationsPerSecond: (2 * rows * inner * columns) / seconds / 1e9 };
    },
    close: () => session.release(),
  };
}
