/** The trained model as GGUF files, answering in llama.cpp beside hone: the same prompts, the likeliest tokens. */
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { toolSettings } from "../../../packages/hone/src/agents.ts";
import { exportModel } from "../../../packages/hone/src/app/models/export-gguf.ts";
import { findModel } from "../../../packages/hone/src/app/models/find-model.ts";
import type { ConversationSettings, Message } from "../../../packages/hone/src/core/message.ts";
import { openEngine } from "../../../packages/hone/src/engine/engine.ts";
import type { LlamaAnswers, LlamaWork } from "./llama-side.ts";
import { lastLine, startSide } from "./side.ts";
import { toolQuestions, tools } from "./tool-questions.ts";

const maxTokens = 40;

/** A file's answers beside hone's. */
export interface GgufAnswers {
  /** What was exported: a type of weights, or the adapter alone on the base model. */
  readonly name: string;
  readonly megabytes: number;
  /** Whether llama.cpp cuts every prompt into the same tokens. */
  readonly hasSameTokens: boolean;
  /** For each prompt: how many tokens of hone's answer are the same until the first other one. */
  readonly equal: readonly number[];
}

/** All files. */
export interface GgufResult {
  /** hone's answers: what was asked last, the text, and its tokens. */
  readonly ours: readonly {
    readonly asked: string;
    readonly text: string;
    readonly tokens: readonly number[];
  }[];
  readonly files: readonly GgufAnswers[];
}

const user = (content: string): Message => ({ role: "user", content });

/** Held-out questions with tools, and two without. */
const asked: readonly (readonly [Message, ConversationSettings])[] = [
  ...toolQuestions("heldOut", 4, 0).map(
    ({ question }) => [user(question), toolSettings(tools)] as const,
  ),
  [user("What is the capital of France?"), {}],
  [user("Why is the sky blue? Answer in one sentence."), {}],
];

/** Exports the model with its adapter, and has llama.cpp answer from each file. */
export async function ggufAnswers({
  model,
  adapter,
  llama,
  folder,
}: {
  readonly model: string;
  readonly adapter: string;
  /** The folder that node-llama-cpp is installed in. */
  readonly llama: string;
  readonly folder: string;
}): Promise<GgufResult> {
  mkdirSync(folder, { recursive: true });
  const engine = await openEngine(model);
  const policy = await engine.createSamplingClient({ adapter });
  const prompts = await Promise.all(
    asked.map(([message, settings]) => engine.renderer.prompt([message], settings)),
  );
  const texts = await Promise.all(prompts.map((tokens) => engine.renderer.decode(tokens)));
  const params = { maxTokens, temperature: 0, stopTokens: engine.renderer.stopTokens };
  const sampled = await Promise.all(prompts.map((prompt) => policy.sample(prompt, 1, params)));
  const replies = sampled.map(([one]) => one!.tokens);
  const ours = await Promise.all(
    replies.map(async (tokens, i) => ({
      asked: asked[i]![0].content,
      text: await engine.renderer.decode(tokens),
      tokens,
    })),
  );
  const shared = { llama, prompts: texts, maxTokens, stops: engine.renderer.stopTokens };
  await engine.close();

  const found = await findModel(model, { adapter });
  const base = await findModel(model);
  const files: GgufAnswers[] = [];
  const answered = async (
    name: string,
    size: number,
    work: Pick<LlamaWork, "file" | "adapter">,
  ) => {
    const script = join(import.meta.dirname, "llama-side.ts");
    const args = [script, JSON.stringify({ ...shared, ...work })];
    const line: unknown = await lastLine(startSide(process.execPath, args, false));
    const said = line as LlamaAnswers;
    files.push({
      name,
      megabytes: size / 1e6,
      hasSameTokens: said.prompts.every((tokens, i) => tokens.join() === prompts[i]!.join()),
      equal: said.replies.map((reply, i) => commonLength(reply, replies[i]!)),
    });
    console.log(`  ${name}: ${files.at(-1)!.equal.join(", ")} tokens equal`);
  };
  for (const type of ["f16", "bf16", "q8_0"] as const) {
    const out = join(folder, `${type}.gguf`);
    await exportModel(found, { type, out });
    await answered(type, statSync(out).size, { file: out });
  }
  const [whole, lora] = [join(folder, "base-f32.gguf"), join(folder, "adapter.gguf")];
  await exportModel(base, { type: "f32", out: whole });
  await exportModel(found, { type: "f32", out: lora, adapterOnly: true });
  await answered("adapter on f32", statSync(lora).size, { file: whole, adapter: lora });
  return { ours, files };
}

function commonLength(a: readonly number[], b: readonly number[]): number {
  const other = b.findIndex((token, i) => a[i] !== token);
  return other < 0 ? b.length : other;
}
