/** Off-policy distillation: its numbers against TRL and PyTorch, what it learns, what it refuses. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { TrainStep } from "../../core/train-step.ts";
import type { AlgorithmParts } from "../../ports/algorithm.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import type { Datum, TrainingClient } from "../../ports/training-client.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { TabularPolicy } from "../../testing/tabular-policy.ts";
import { TabularSamplingClient } from "../../testing/tabular-sampling-client.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { tokenRollouts } from "../../testing/token-rollouts.ts";
import { distillOffPolicy, type DistillOffPolicyOptions } from "./distill-off-policy.ts";
import type { Teacher } from "./teacher-scores.ts";

const renderer = letterRenderer("abcd");
const { vocabulary } = renderer;
const rollouts = tokenRollouts({ prompts: [[1]], reward: () => 0, sampling: { maxTokens: 1 } });

async function collect(
  options: DistillOffPolicyOptions,
  training: TrainingClient,
  startStep = 0,
): Promise<TrainStep[]> {
  const parts: AlgorithmParts = { training, rollouts, renderer, seed: 1, startStep };
  const steps: TrainStep[] = [];
  for await (const step of distillOffPolicy(options).run(parts)) steps.push(step);
  return steps;
}

/** A teacher on a table, how often it was asked, and whether it was closed. */
function teacherOf(policy: TabularPolicy, change: (client: SamplingClient) => SamplingClient) {
  const calls: string[] = [];
  const client = new TabularSamplingClient(policy, "teacher");
  const topLogProbs = client.topLogProbs.bind(client);
  client.topLogProbs = (...asked) => {
    calls.push("asked");
    return topLogProbs(...asked);
  };
  const close = async () => void calls.push("closed");
  const open = async () => ({ policy: change(client), close });
  return { calls, teacher: { name: "table", open } satisfies Teacher };
}

const asItIs = (client: SamplingClient): SamplingClient => client;
const table = (spread = 2) => new TabularPolicy({ vocabulary, spread, seed: 5 });

describe("the golden numbers of off-policy distillation", () => {
  interface Golden {
    readonly student: number[][][];
    readonly teacher: number[][][];
    readonly tokens: number[][];
    readonly lengths: number[];
    readonly offPolicy: readonly {
      readonly count: number;
      readonly temperature: number;
      readonly value: number;
      readonly gradient: number[][][];
    }[];
  }
  const path = new URL("../../../../../test/golden/distillation.json", import.meta.url);
  const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;

  const logSoftmax = (logits: readonly number[], temperature: number): number[] => {
    const scaled = logits.map((x) => x / temperature);
    const log = Math.log(scaled.reduce((sum, x) => sum + Math.exp(x), 0));
    return scaled.map((x) => x - log);
  };

  /** A client whose logits are the student's; the first token of a row says which. The gradients are by those logits. */
  function studentClient() {
    const gradient = golden.student.map((row) => row.map((at) => at.map(() => 0)));
    const client = tabularTrainingClient({ vocabulary: 7 });
    client.forwardBackward = async (data: readonly Datum[]) => {
      let loss = 0;
      for (const { tokens, targets, weights, temperature = 1, targetsPerToken = 1 } of data)
        weights!.forEach((weight, entry) => {
          if (weight === 0) return;
          const [row, t] = [tokens[0]!, Math.floor(entry / targetsPerToken)];
          const logProbs = logSoftmax(golden.student[row]![t]!, temperature);
          loss -= weight * logProbs[targets[entry]!]!;
          for (let v = 0; v < logProbs.length; v++) {
            const own = v === targets[entry] ? 1 : 0;
            gradient[row]![t]![v]! -= (weight * (own - Math.exp(logProbs[v]!))) / temperature;
          }
        });
      return { loss, metrics: {}, logProbs: [], weightsVersion: "golden" };
    };
    return { client, gradient };
  }

  it.each(golden.offPolicy.map((one) => [one.count, one.temperature, one] as const))(
    "are those of %i targets at temperature %f",
    async (count, temperature, { value, gradient: expected }) => {
      const likeliest = async (tokens: readonly number[], asked: number) => {
        const top = tokens.map((_, t) =>
          logSoftmax(golden.teacher[tokens[0]!]![t]!, 1)
            .map((logProb, token) => ({ token, logProb }))
            .sort((a, b) => b.logProb - a.logProb)
            .slice(0, asked),
        );
        return {
          tokens: Int32Array.from(top.flat(), ({ token }) => token),
          logProbs: Float32Array.from(top.flat(), ({ logProb }) => logProb),
        };
      };
      const { teacher } = teacherOf(table(), (client) =>
        Object.assign(client, { topLogProbs: likeliest }),
      );
      const rows = golden.lengths.map((length, i) => ({
        tokens: [i, ...golden.tokens[i]!.slice(0, length)],
        mask: [0, ...Array<number>(length).fill(1)],
      }));
      const { client, gradient } = studentClient();
      const options = { rows, teacher, targetsPerToken: count, temperature };
      const [step] = await collect({ ...options, learningRate: 0 }, client);
      expect(step!.metrics["forward_kl"]).toBeCloseTo(value, 6);
      expect(step!.metrics["tokens"]).toBe(11);
      if (count === 7) expect(step!.metrics["teacher_mass"]).toBeCloseTo(1, 6);
      else expect(step!.metrics["teacher_mass"]).toBeLessThan(0.95);
      golden.lengths.forEach((length, i) => {
        for (let t = 0; t < length; t++)
          expected[i]![t]!.forEach((one, v) => expect(gradient[i]![t]![v]).toBeCloseTo(one, 6));
      });
    },
  );
});

describe("off-policy distillation", () => {
  const conversations = ["ab", "ba", "cd", "da", "bc"].map((answer) => [
    { role: "user" as const, content: "a" },
    { role: "assistant" as const, content: answer },
  ]);
  const given = { conversations, learningRate: 0.3, batchSize: 2 };
  const student = () => tabularTrainingClient({ vocabulary, order: 1 });

  it("comes to the teacher where its texts are, and asks it once for each row", async () => {
    const { teacher, calls } = teacherOf(table(), asItIs);
    const options = { ...given, teacher, targetsPerToken: vocabulary, epochs: 60 };
    const steps = await collect(options, student());
    expect(steps[0]!.metrics["forward_kl"]).toBeGreaterThan(0.3);
    expect(steps.at(-1)!.metrics["forward_kl"]).toBeLessThan(0.01);
    expect(steps.at(-1)!.metrics["forward_kl"]).toBeGreaterThan(-1e-6);
    expect(calls).toEqual([...conversations.map(() => "asked"), "closed"]);
  });

  it("with one target learns the teacher's likeliest token alone", async () => {
    const { teacher } = teacherOf(table(), asItIs);
    const steps = await collect({ ...given, teacher, targetsPerToken: 1, epochs: 60 }, student());
    // The entropy of one token is 0, so both are the cross entropy.
    const { loss, forward_kl: kl } = steps.at(-1)!.metrics;
    expect(kl).toBeCloseTo(loss!, 6);
    expect(loss).toBeLessThan(0.05);
  });

  it("resumed equals uninterrupted", async () => {
    const { teacher } = teacherOf(table(), asItIs);
    const options = { ...given, teacher, targetsPerToken: 3, epochs: 3, temperature: 2 };
    const whole = await collect(options, student());
    const training = student();
    const half = await collect({ ...options, steps: 4 }, training);
    const rest = await collect(options, training, 4);
    expect([...half, ...rest].map(({ metrics }) => metrics)).toEqual(
      whole.map(({ metrics }) => metrics),
    );
  });

  it("refuses a teacher that gives no likeliest tokens, and options that cannot be", async () => {
    const { teacher, calls } = teacherOf(table(), (client) =>
      Object.defineProperty(client, "topLogProbs", { value: undefined }),
    );
    await expect(collect({ ...given, teacher }, student())).rejects.toThrow(
      /^TEACHER_WITHOUT_TOP: distill-off-policy: the teacher table/,
    );
    expect(calls).toEqual(["closed"]);
    const wrong: readonly (readonly [object, RegExp])[] = [
      [{ targetsPerToken: 0 }, /^OPTION_INVALID: .*targetsPerToken/],
      [{ temperature: 0 }, /^OPTION_INVALID: .*temperature/],
      [{ teacher: "large" }, /^OPTION_INVALID: .*teacher/],
      [{ conversations: [] }, /^DATA_EMPTY/],
      [{ context: () => "x" }, /^OPTION_INVALID: .*context/],
    ];
    for (const [more, error] of wrong)
      expect(() => distillOffPolicy({ ...given, teacher, ...more })).toThrow(error);
    const other = teacherOf(table(), asItIs);
    const many = collect(
      { ...given, teacher: other.teacher, targetsPerToken: vocabulary + 1 },
      student(),
    );
    await expect(many).rejects.toThrow(/^OPTION_INVALID: .*count/);
  });
});
