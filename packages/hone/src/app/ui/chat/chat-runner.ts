/**
 * The program of a process that holds a model of a run for chats of the dashboard: a job in, then conversations; pieces of replies
 * out. It ends with the dashboard's process.
 */
import { isHoneError, messageOf } from "../../../core/errors.ts";
import type { Progress } from "../../../core/progress.ts";
import { randomBits } from "../../../core/random.ts";
import { policyChatModels } from "../../../agents/policy-chat-model.ts";
import type { ChatModelFactory, RecordingChatModel } from "../../../ports/chat-model.ts";
import type { SamplingClient } from "../../../ports/sampling-client.ts";
import type { UiChatEvent } from "../../../server/ui/chat-library.ts";
import { findModel } from "../../models/find-model.ts";
import { openFound } from "../../models/open-found.ts";
import type { ChatJob, ChatOrder, ChatQuestion, ChatReport } from "./chat-job.ts";

/** Conversations whose tokens are kept. Older ones are read anew from their texts. */
const KEPT_CONVERSATIONS = 16;

interface OpenedModel {
  readonly policy: SamplingClient;
  readonly chatModels: ChatModelFactory;
}

let opened: Promise<OpenedModel> | undefined;
const conversations = new Map<string, RecordingChatModel>();
const running = new Map<number, AbortController>();

const report = (one: ChatReport): void => void process.send?.(one);

process.on("SIGINT", () => undefined);
process.once("disconnect", () => process.exit());
process.once("message", (job) => {
  opened = openModel(job as ChatJob);
  // Its failure is the answer to every question.
  opened.catch(() => undefined);
  process.on("message", (order) => obey(order as ChatOrder));
});

function obey(order: ChatOrder): void {
  if (order.kind === "stop") running.get(order.number)?.abort();
  else void answer(order.number, order.question);
}

let told = "";

/** Tells each percent once: weights are read in thousands of pieces. */
function onProgress({ what, share }: Progress): void {
  const percent = share === undefined ? "" : Math.round(100 * share);
  if (told === `${what} ${percent}`) return;
  told = `${what} ${percent}`;
  report({ event: { kind: "progress", what, ...(share !== undefined && { share }) } });
}

async function openModel({ run, checkpoint }: ChatJob): Promise<OpenedModel> {
  const found = await findModel(run, {
    ...(checkpoint !== undefined && { checkpoint }),
    onProgress,
  });
  const { engine, policy } = await openFound(found, { onProgress });
  const { contextLength } = engine.architecture;
  const { renderer } = engine;
  // Every request says its own limit.
  const chatModels = policyChatModels({ renderer, contextLength, sampling: { maxTokens: 512 } });
  return { policy, chatModels };
}

async function answer(number: number, question: ChatQuestion): Promise<void> {
  const stop = new AbortController();
  running.set(number, stop);
  try {
    const model = await opened!;
    for await (const event of replyTo(model, question, stop.signal)) report({ number, event });
  } catch (error) {
    const code = isHoneError(error) ? error.code : "UI_FAILED";
    report({ number, event: { kind: "problem", code, message: messageOf(error) } });
  } finally {
    running.delete(number);
  }
}

async function* replyTo(
  model: OpenedModel,
  { conversation, messages, maxTokens, temperature, seed }: ChatQuestion,
  signal: AbortSignal,
): AsyncGenerator<UiChatEvent> {
  const start = performance.now();
  const parts = modelOf(model, conversation).stream(messages, {
    ...{ maxTokens, temperature, signal },
    // All that is sampled is shown as it was.
    toolChoice: "none",
    seed: randomBits(seed, "chat", messages.length),
  });
  for await (const part of parts) {
    if (part.type === "toolCall") continue;
    if (part.type !== "turn") {
      yield { kind: part.type, text: part.text };
      continue;
    }
    const { tokens, stopReason } = part.turn;
    const seconds = (performance.now() - start) / 1000;
    yield { kind: "done", tokens: tokens.length, seconds, stopReason };
  }
}

/** The chat model of a conversation, which knows the tokens of what it said before. */
function modelOf({ policy, chatModels }: OpenedModel, conversation: string): RecordingChatModel {
  const model = conversations.get(conversation) ?? chatModels({ policy, seed: 0 });
  // The one that was used last is the last to be forgotten.
  conversations.delete(conversation);
  conversations.set(conversation, model);
  const [oldest] = conversations.keys();
  if (conversations.size > KEPT_CONVERSATIONS) conversations.delete(oldest!);
  return model;
}
