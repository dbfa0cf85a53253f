/**
 * Rollouts of agents with tools, for every family's template (test/golden/tools): what a rollout weighs in the trainer, whether
 * it is one row or several, and that the trainer's log-probs are those that were recorded.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { policyChatModels } from "../../agents/policy-chat-model.ts";
import { policyMinibatches } from "../../algorithms/policy-gradient/policy-rows.ts";
import { addPolicyGradient } from "../../algorithms/policy-gradient/policy-update.ts";
import { scoreGroups, type ScoredBatch } from "../../algorithms/policy-gradient/scored-answers.ts";
import type { Message } from "../../core/message.ts";
import type { Rollout, Turn } from "../../core/rollout.ts";
import { openEngine } from "../../engine/engine.ts";
import { newModel } from "../../engine/model-files/new-model.ts";
import type { Renderer } from "../../ports/renderer.ts";
import type { SampledSequence, SamplingClient } from "../../ports/sampling-client.ts";
import type { TrainingClient } from "../../ports/training-client.ts";
import { renderedTurn } from "../../rollouts/rendered-turns.ts";
import {
  messagesOf,
  openGolden,
  TOOL_VOCABULARY,
  toolFamilies,
} from "../../text/tools/golden-tools-fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "hone-tool-rollouts-"));
let engine: Awaited<ReturnType<typeof openEngine>>;
let training: TrainingClient;
let policy: SamplingClient;
beforeAll(async () => {
  const texts = toolFamilies.map(({ golden }) => golden.text);
  const sizes = { layers: 1, width: 16, heads: 2, keyValueHeads: 1, contextLength: 1024 };
  await newModel({ folder, texts, vocabularySize: TOOL_VOCABULARY, ...sizes, replace: true });
  engine = await openEngine(folder, { threads: 1 });
  training = await engine.createTrainingClient({ lora: false });
  policy = await training.saveWeightsForSampler();
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

/** The policy, made to say these texts; their log-probs are its own. */
function saying(replies: readonly string[], renderer: Renderer): SamplingClient {
  let next = 0;
  return {
    ...{ weightsVersion: policy.weightsVersion, close: async () => {} },
    logProbs: (tokens) => policy.logProbs(tokens),
    stream: () => {
      throw new Error("nothing is streamed here");
    },
    async sample(prompt): Promise<SampledSequence[]> {
      const tokens = await renderer.encode(replies[next++]!);
      const logProbs = Array.from(await policy.logProbs([...prompt, ...tokens]));
      const own = logProbs.slice(prompt.length);
      const { weightsVersion } = policy;
      return [{ tokens, logProbs: own, samplingLogProbs: own, stopReason: "stop", weightsVersion }];
    },
  };
}

/** Two rollouts of one task, of which the first, with the turns, is better: advantages 1 and −1. */
function scored(turns: readonly Turn[]): ScoredBatch {
  const [task, other] = [{ id: "t" }, turns.slice(0, 1)];
  const rolloutOf = (id: string, reward: number, some: readonly Turn[]): Rollout => ({
    ...{ id, task, turns: some, answer: "", failure: undefined, attempts: 1, seconds: 0 },
    reward: { total: reward, components: {}, source: "rule" },
    isSuccess: reward > 0,
  });
  const rollouts = [rolloutOf("better", 1, turns), rolloutOf("worse", -1, other)];
  return scoreGroups([{ task, rollouts }], { scale: "none" });
}

/** What the rows of the better rollout come to in the trainer: its advantage is 1, so the loss is its weight, negated. */
async function trained({ answers }: ScoredBatch, normalization: "grpo" | "bnpo") {
  const settings = {
    ...{ algorithm: "test", normalization, tokensPerAnswer: undefined, minibatchesPerBatch: 1 },
  };
  const keys = { seed: 0, step: 1, pass: 0 };
  const [rows] = policyMinibatches(answers, settings, keys);
  const own = rows!.filter(({ datum }) => datum.id?.startsWith("better"));
  const loss = { loss: "importance_sampling", clipLow: 0.8, clipHigh: 1.2 } as const;
  return { rows: own.length, ...(await addPolicyGradient(training, own, loss)) };
}

async function expectWhole(batch: ScoredBatch, rows: number): Promise<void> {
  const [better, worse] = batch.answers;
  expect(better!.advantage).toBe(1);
  const sequence = await trained(batch, "grpo");
  expect(sequence.rows).toBe(rows);
  expect(sequence.loss).toBeCloseTo(-1 / 2, 4);
  const token = await trained(batch, "bnpo");
  expect(token.loss).toBeCloseTo(-better!.length / (better!.length + worse!.length), 4);
  // What the trainer computes for the recorded tokens is what was recorded for them.
  expect(sequence.metrics["tokens"]).toBe(better!.length);
  expect(sequence.metrics["ratio_mean"]).toBeCloseTo(1, 4);
  expect(sequence.metrics["ratio_max"]).toBeCloseTo(1, 4);
  expect(sequence.metrics["kl_old"]).toBeCloseTo(0, 6);
}

describe.each(toolFamilies)("a rollout with tools in the manner of $family", ({ golden }) => {
  const settings = { tools: JSON.stringify(golden.tools) };
  const messages = messagesOf(golden);
  const dropsThoughts = messages.some(({ reasoning }) => reasoning !== undefined);

  it("is one row where an agent goes on with its conversation, also where earlier thoughts would be dropped", async () => {
    const renderer = await openGolden(golden);
    // What the model says in each turn: written by the template as the last message, so with its thought.
    const replies: string[] = [];
    for (const { at, prompt } of golden.turns) {
      const turn = [...messages.slice(0, at).map(withoutWeight), messages[at]!];
      const whole = await renderer.conversation(turn, { ...settings, allowsCutContext: true });
      const said = whole.tokens.slice(whole.mask.indexOf(1), whole.mask.lastIndexOf(1) + 1);
      expect(prompt).not.toBe("");
      replies.push(await renderer.decode(said));
    }
    const model = policyChatModels({ renderer, sampling: { maxTokens: 200 } })({
      policy: saying(replies, renderer),
      seed: 1,
    });
    const said: Message[] = [];
    for (const message of messages) {
      if (message.role !== "assistant") {
        said.push(asAnswerTo(message, said));
        continue;
      }
      said.push(
        await model.chat(said, {
          tools: golden.tools.map((one) => (one as { readonly function: never }).function),
        }),
      );
    }
    expect(said.flatMap(({ toolCalls = [] }) => toolCalls).length).toBeGreaterThan(1);
    const batch = scored(model.turns);
    expect(batch.splits).toBe(0);
    await expectWhole(batch, 1);
  });

  it("weighs as much where its template makes several rows of it", async () => {
    const renderer = await openGolden(golden);
    const turns: Turn[] = [];
    for (const { at } of golden.turns) {
      const call = { messages: messages.slice(0, at), reply: messages[at]!, settings };
      turns.push((await renderedTurn(call, { renderer, policy }))!);
    }
    const batch = scored(turns);
    expect(batch.splits > 0).toBe(dropsThoughts);
    await expectWhole(batch, batch.splits + 1);
  });
});

const withoutWeight = (message: Message): Message =>
  message.role === "assistant" ? { ...message, weight: 0 } : message;

/** A result with the id of the call that it answers; ids of calls are made anew for each reply. */
function asAnswerTo(message: Message, said: readonly Message[]): Message {
  if (message.role !== "tool") return message;
  const last = said.findLastIndex(({ role }) => role === "assistant");
  const call = said[last]!.toolCalls?.[said.length - 1 - last];
  return { ...message, toolCallId: call!.id };
}
