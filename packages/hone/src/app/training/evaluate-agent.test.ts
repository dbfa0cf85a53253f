/** `evaluate` and `openPolicy`: what was trained is measured again and used, by the result of its run alone. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { grpo } from "../../algorithms/policy-gradient/grpo.ts";
import type { Message } from "../../core/message.ts";
import { openEngine } from "../../engine/engine.ts";
import { openPolicy } from "../models/policy.ts";
import { evaluate, type EvaluateOptions } from "./evaluate-agent.ts";
import type { TrainResult } from "./pipeline-events.ts";
import { train } from "./train.ts";

const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const root = mkdtempSync(join(tmpdir(), "hone-evaluate-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Question {
  readonly id: string;
  readonly text: string;
}
const questions = (...texts: string[]): Question[] => texts.map((text) => ({ id: text, text }));
const heldOut = questions("four", "five");

const subject: Omit<EvaluateOptions<Question, string>, "model"> = {
  agent: async ({ text }, { model: policy, signal }) =>
    (await policy.chat([{ role: "user", content: text }], { signal })).content,
  tasks: heldOut,
  reward: ({ answer }) => answer.length % 3,
  sampling: { maxTokens: 6 },
  threads: 1,
};

let result: TrainResult;
beforeAll(async () => {
  const { tasks: test, ...rest } = subject;
  result = await train<Question, string>({
    ...rest,
    model,
    tasks: { train: questions("one", "two"), test },
    algorithm: grpo({ steps: 1, groupSize: 4, groupsPerStep: 2, learningRate: 1e-2 }),
    evaluation: { mode: "sampled", samplesPerTask: 3 },
    seed: 5,
    keepRollouts: "none",
    out: join(root, "run"),
    quiet: true,
  });
});

describe("evaluate", () => {
  it("measures the result of a run as the run itself did, with the share that was trained", async () => {
    const { rollouts, seconds, loss, parameters, weightsVersion, ...evaluation } = await evaluate({
      ...subject,
      model: result,
      mode: "sampled",
      samplesPerTask: 3,
      seed: 5,
    });
    const { weightsVersion: _, ...after } = result.after;
    expect(evaluation).toEqual(after);
    expect(rollouts.map(({ task }) => task.id)).toEqual([
      "four",
      "four",
      "four",
      "five",
      "five",
      "five",
    ]);
    expect(evaluation.passAtK.map(({ k }) => k)).toEqual([1, 2, 3]);
    expect(evaluation.passAtK[0]!.value).toBeCloseTo(evaluation.success.value, 12);
    expect(evaluation.bestOfN[0]!.value).toBeCloseTo(evaluation.reward!.value, 12);
    expect(loss).toBeUndefined();
    expect(parameters).toEqual(result.parameters);
    expect(parameters.trained).toBeLessThan(parameters.total);
    expect(weightsVersion).not.toBe("");
    expect(seconds).toBeGreaterThan(0);
  });

  it("gives the held-out loss of conversations, in nats per token", async () => {
    const conversation: Message[] = [
      { role: "user", content: "one" },
      { role: "assistant", content: "two three" },
    ];
    const { loss, reward, taskCount, parameters } = await evaluate({
      model,
      conversations: [conversation],
      sampling: { maxTokens: 2 },
      threads: 1,
    });
    const engine = await openEngine(model, { threads: 1 });
    const { tokens, mask } = await engine.renderer.conversation(conversation);
    const logProbs = await (await engine.createSamplingClient()).logProbs(tokens);
    await engine.close();
    const said = [...tokens.keys()].filter((t) => t > 0 && mask[t] === 1);
    const mean = said.reduce((sum, t) => sum + logProbs[t]!, 0) / said.length;
    expect(loss!.value).toBeCloseTo(-mean, 5);
    expect(reward!.value).toBeCloseTo(mean, 5);
    expect(taskCount).toBe(1);
    expect(parameters).toEqual({ total: engine.parameterCount, trained: undefined });
  });

  it("refuses options that are missing, unknown or impossible, before it opens anything", async () => {
    const refused = (changes: object) =>
      evaluate({ ...subject, model: "nowhere", ...changes } as EvaluateOptions<Question, string>);
    await expect(refused({ tasks: [] })).rejects.toThrow(/^OPTION_INVALID: evaluate.*tasks/);
    await expect(refused({ task: [] })).rejects.toThrow(/mean tasks\?/);
    await expect(refused({ reward: 1 })).rejects.toThrow(/reward = 1/);
    await expect(refused({ model: {} })).rejects.toThrow(/model/);
    await expect(refused({ samplesPerTask: 0 })).rejects.toThrow(/samplesPerTask = 0/);
    await expect(refused({ conversations: [[]] })).rejects.toThrow(/OPTION_INVALID/);
    await expect(
      evaluate({ model: "nowhere", conversations: [[{ role: "user", content: "a" }]] }),
    ).rejects.toThrow(/conversations\[0\]/);
  });
});

describe("openPolicy", () => {
  it("answers with the trained model, the same for the same seed, whole or in pieces", async () => {
    const say: Message[] = [{ role: "user", content: "four" }];
    const told = async (model: string | TrainResult, seed: number) => {
      await using policy = await openPolicy(model, {
        seed,
        threads: 1,
        sampling: { maxTokens: 8 },
      });
      const first = (await policy.chat(say)).content;
      const second = (await policy.chat(say)).content;
      const greedy = (await policy.chat(say, { temperature: 0 })).content;
      return { first, second, greedy, name: policy.name };
    };
    const trained = await told(result, 1);
    expect(trained.name).toBe(result.folder);
    expect(await told(result.folder, 1)).toEqual(trained);
    const other = await told(result, 2);
    expect(other.first).not.toBe(trained.first);
    expect(other.greedy).toBe(trained.greedy);
    expect(trained.second).not.toBe(trained.first);
    await using policy = await openPolicy(result, {
      seed: 1,
      threads: 1,
      sampling: { maxTokens: 8 },
    });
    let text = "";
    for await (const part of policy.stream(say)) {
      if (part.type === "text") text += part.text;
      if (part.type === "turn") expect(part.turn.tokens.length).toBeGreaterThan(0);
    }
    expect(text).toBe(trained.first);
  });

  it("is a language model of the AI SDK, whose calls draw as its own do", async () => {
    const options = { seed: 1, threads: 1, sampling: { maxTokens: 8 } };
    await using policy = await openPolicy(result, options);
    const model = policy.languageModel("v4");
    expect(model.specificationVersion).toBe("v4");
    const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "four" }] }];
    const texts = [];
    for (let call = 0; call < 2; call++) {
      const { content } = await model.doGenerate({ prompt });
      texts.push(content.map((part) => (part.type === "text" ? part.text : "")).join(""));
    }
    await using again = await openPolicy(result, options);
    const say: Message[] = [{ role: "user", content: "four" }];
    expect(texts).toEqual([(await again.chat(say)).content, (await again.chat(say)).content]);
  });

  it("names a model that is not there, and an option that does not exist", async () => {
    await expect(openPolicy("./nowhere")).rejects.toThrow(/^MODEL_NOT_FOUND/);
    const misspelt: object = { thread: 1 };
    await expect(openPolicy(model, misspelt)).rejects.toThrow(/mean threads\?/);
  });
});
