import { describe, expect, it } from "vitest";
import { isError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import { letterRenderer } from "../../testing/letter-renderer.ts";
import { tabularTrainingClient } from "../../testing/tabular-training-client.ts";
import { tokenRollouts } from "../../testing/token-rollouts.ts";
import { sft, type SftOptions } from "./sft.ts";

const renderer = letterRenderer("abcd");

function open(more: Partial<Omit<AlgorithmParts, "training">> = {}) {
  const training = tabularTrainingClient({ vocabulary: renderer.vocabulary });
  const rollouts = tokenRollouts({ prompts: [[1]], reward: () => 0, sampling: { maxTokens: 1 } });
  return { training, rollouts, renderer, seed: 1, startStep: 0, ...more };
}

async function collect(algorithm: Algorithm, parts: AlgorithmParts): Promise<TrainStep[]> {
  const steps: TrainStep[] = [];
  for await (const step of algorithm.run(parts)) steps.push(step);
  return steps;
}

const say = (user: string, assistant: string): Message[] => [
  { role: "user", content: user },
  { role: "assistant", content: assistant },
];
const conversations = [
  say("a", "bc"),
  say("b", "ccd"),
  say("c", "d"),
  say("d", "ab"),
  say("a", "b"),
];

describe("sft", () => {
  it("begins at ln V per token on a uniform model and learns the answers", async () => {
    const parts = open();
    const algorithm = sft({ conversations, epochs: 30, batchSize: 5, learningRate: 0.3 });
    const steps = await collect(algorithm, parts);
    expect(algorithm.steps).toBe(30);
    expect(steps[0]!.metrics).toMatchObject({ tokens: 14, rows: 5, epoch: 1, learning_rate: 0.3 });
    expect(steps[0]!.metrics["loss"]).toBeCloseTo(Math.log(renderer.vocabulary), 5);
    expect(steps.at(-1)!.metrics["loss"]).toBeLessThan(1);
  });

  it("ends with its steps or its epochs, whichever are fewer", () => {
    // Five conversations in batches of two: three steps a pass.
    const given = { conversations, batchSize: 2, learningRate: 0.1 };
    const stepsOf = (more: object): number => sft({ ...given, ...more }).steps;
    expect(stepsOf({})).toBe(3);
    expect(stepsOf({ epochs: 4 })).toBe(12);
    expect(stepsOf({ steps: 7 })).toBe(7);
    expect(stepsOf({ epochs: 4, steps: 7 })).toBe(7);
    expect(stepsOf({ epochs: 2, steps: 7 })).toBe(6);
  });

  it("counts a row as often as its weight says, per token and per row", async () => {
    const rows = [
      { tokens: [1, 2], mask: [0, 1] },
      { tokens: [1, 3, 4, 5], mask: [0, 1, 1, 1] },
    ];
    const sent = async (normalize: "token" | "row", weights?: readonly number[]) => {
      const parts = open();
      const seen: number[][] = [];
      const forwardBackward = parts.training.forwardBackward.bind(parts.training);
      parts.training.forwardBackward = (data, ...rest) => {
        seen.push(...data.map((datum) => [...datum.weights!]));
        return forwardBackward(data, ...rest);
      };
      const options = { rows, normalize, learningRate: 0.1, ...(weights && { weights }) };
      await collect(sft(options), parts);
      return seen.toSorted((a, b) => a.length - b.length).map((row) => row[0]!);
    };
    // Weight 3 on the short row: 3·1 + 1·3 = 6 tokens; of rows 3 + 1 = 4, the long one spread over 3 tokens.
    expect(await sent("token", [3, 1])).toEqual([Math.fround(3 / 6), Math.fround(1 / 6)]);
    expect(await sent("row", [3, 1])).toEqual([Math.fround(3 / 4), Math.fround(1 / 12)]);
    expect(await sent("token", [1, 1])).toEqual(await sent("token"));
    expect(await sent("row", [2, 2])).toEqual(await sent("row"));
    for (const weights of [[1], [1, 0], [1, Number.NaN]])
      expect(() => sft({ rows, weights, learningRate: 0.1 })).toThrow("OPTION_INVALID");
  });

  it("makes a row of each turn, its conversation's weight on it, where it is asked to", async () => {
    const two = [...say("a", "b"), ...say("c", "dd")];
    const given = { conversations: [two, say("d", "a")], weights: [2, 1], learningRate: 0.1 };
    const algorithm = sft({ ...given, rowsPer: "turn" });
    const parts = open();
    const sent: (readonly number[])[] = [];
    const forwardBackward = parts.training.forwardBackward.bind(parts.training);
    parts.training.forwardBackward = (data, ...rest) => {
      sent.push(...data.map((datum) => [...datum.weights!].filter((weight) => weight > 0)));
      return forwardBackward(data, ...rest);
    };
    const [step] = await collect(algorithm, parts);
    // The letters with the end of each turn: 2 and 3 tokens of weight 2, 2 of weight 1: 12 in all.
    expect(step!.metrics).toMatchObject({ rows: 3, tokens: 7 });
    const [heavy, light] = [Math.fround(2 / 12), Math.fround(1 / 12)];
    expect(sent).toHaveLength(3);
    expect(sent).toEqual(
      expect.arrayContaining([
        [heavy, heavy],
        [heavy, heavy, heavy],
        [light, light],
      ]),
    );
    expect(algorithm.settings).toMatchObject({ rows: 3, rowsPer: "turn" });
    expect(sft(given).settings).not.toHaveProperty("rowsPer");
    const rows = [{ tokens: [1, 2], mask: [0, 1] }];
    expect(() => sft({ rows, rowsPer: "turn", learningRate: 0.1 })).toThrow("OPTION_INVALID");
  });

  it("trains only what the assistant says", async () => {
    const parts = open();
    await collect(sft({ conversations, epochs: 2, batchSize: 2, learningRate: 0.3 }), parts);
    const afterUserHeader = parts.training.policy.rowAfter([2], 1);
    const row = parts.training.policy.logits.slice(afterUserHeader, afterUserHeader + 9);
    expect(row.every((logit) => logit === 0)).toBe(true);
  });

  it("is the mean per token, or of rows' means", async () => {
    const rows = [
      { tokens: [1, 2], mask: [1, 1] },
      { tokens: [1, 3, 4, 5], mask: [0, 1, 1, 1] },
    ];
    const first = async (normalize: "token" | "row"): Promise<number> => {
      const parts = open();
      // p(2 | 1) = 2/10, all else uniform over 9: 1/10 for 3 after 1, 1/9 elsewhere.
      parts.training.policy.logits[parts.training.policy.rowAfter([1], 1) + 2] = Math.log(2);
      const options = { rows, steps: 1, batchSize: 2, learningRate: 0, normalize };
      return (await collect(sft(options), parts))[0]!.metrics["loss"]!;
    };
    const long = Math.log(10) + 2 * Math.log(9);
    expect(await first("token")).toBeCloseTo((Math.log(5) + long) / 4, 5);
    expect(await first("row")).toBeCloseTo((Math.log(5) + long / 3) / 2, 5);
  });

  it("resumed at a step equals the run without interruption", async () => {
    const algorithm = sft({ conversations, epochs: 4, batchSize: 2, learningRate: 0.1 });
    const whole = open();
    const steps = await collect(algorithm, whole);
    const halves = open();
    const run = algorithm.run(halves);
    for (let i = 0; i < 5; i++) await run.next();
    await run.return();
    const rest = await collect(algorithm, { ...halves, startStep: 5 });
    expect(rest.map((step) => step.step)).toEqual([6, 7, 8, 9, 10, 11, 12]);
    expect(rest).toEqual(steps.slice(5));
    expect(halves.training.policy.logits).toEqual(whole.training.policy.logits);
  });

  it("stops after the step in progress when it is aborted", async () => {
    const controller = new AbortController();
    const run = sft({ conversations, steps: 9, learningRate: 0.1 }).run(
      open({ signal: controller.signal }),
    );
    expect((await run.next()).done).toBe(false);
    controller.abort();
    expect((await run.next()).done).toBe(true);
  });

  it("refuses empty data at once, and a batch in which every weight is zero", async () => {
    expect(() => sft({ conversations: [], learningRate: 1 })).toThrow("DATA_EMPTY");
    const users = [[{ role: "user", content: "a" }] as const];
    await expect(collect(sft({ conversations: users, learningRate: 1 }), open())).rejects.toThrow(
      "BATCH_ALL_MASKED",
    );
  });

  it("warns of rows without anything to learn beside others", async () => {
    const rows = [
      { tokens: [1, 2], mask: [0, 1] },
      { tokens: [1, 2], mask: [1, 0] },
    ];
    const [step] = await collect(sft({ rows, learningRate: 1 }), open());
    expect(step!.warnings).toEqual({ ROWS_WITHOUT_TARGETS: 1 });
  });

  it("names the batch in a file when the loss is no number", async () => {
    const saved: unknown[] = [];
    const parts = open({
      saveBatch: async (name, data) => {
        saved.push(data);
        return `/runs/x/${name}.json`;
      },
    });
    parts.training.policy.logits.fill(Number.NaN);
    const run = collect(sft({ conversations, batchSize: 2, learningRate: 0.1 }), parts);
    const error = await run.catch((e: unknown) => e);
    expect(isError(error, "TRAINING_NOT_FINITE")).toBe(true);
    expect(String(error)).toContain("/runs/x/not-finite-step-1.json");
    const id = expect.stringContaining("conversation ");
    expect(saved).toMatchObject([{ step: 1, quantity: "loss", value: "NaN", rows: [id, id] }]);
  });

  it.each([
    [{ batchSize: 0 }, "batchSize"],
    [{ epochs: 1.5 }, "epochs"],
    [{ learningRate: Number.NaN }, "learningRate"],
    [{ warmUpSteps: -1 }, "warmUpSteps"],
    [{ batchsize: 8 }, "Did you mean batchSize"],
    [{ schedule: "step" }, "schedule"],
  ])("refuses %o by name", (bad, name) => {
    const options = { conversations, learningRate: 1, ...bad } as SftOptions;
    expect(() => sft(options)).toThrow(name);
  });
});
