/** A model in a process of its own: a real one, small and untrained. */
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { all } from "../../../testing/store-contract-parts.ts";
import type { UiChatEvent } from "../../../server/ui/chat-library.ts";
import type { ChatQuestion } from "./chat-job.ts";
import { type ChatProcess, startChatProcess } from "./chat-process.ts";

const golden = join(import.meta.dirname, "../../../../../../test/golden/models/qwen2");
const started: ChatProcess[] = [];
afterAll(() => started.forEach((one) => one.end()));

function start(run = golden): ChatProcess {
  const process = startChatProcess({ run }, "golden");
  started.push(process);
  return process;
}

const question = (more: Partial<ChatQuestion> = {}): ChatQuestion => ({
  ...{ conversation: "c", messages: [{ role: "user", content: "one and one?" }] },
  ...{ maxTokens: 12, temperature: 0, seed: 0, ...more },
});

const textOf = (events: readonly UiChatEvent[]): string =>
  events.map((event) => (event.kind === "text" ? event.text : "")).join("");
const live = new AbortController().signal;

describe("the process of a model", () => {
  it("answers by its settings: the same seed the same, the next turn with what was said", async () => {
    const model = start();
    const drawn = { temperature: 1, seed: 3 };
    const [first, again, other] = await Promise.all([
      all(model.answer(question(drawn), live)),
      all(model.answer(question({ ...drawn, conversation: "d" }), live)),
      all(model.answer(question({ temperature: 1, seed: 4, conversation: "e" }), live)),
    ]);
    expect(first!.at(-1)).toMatchObject({ kind: "done", tokens: 12, stopReason: "length" });
    expect(textOf(first!)).not.toBe("");
    expect(textOf(again!)).toBe(textOf(first!));
    expect(textOf(other!)).not.toBe(textOf(first!));
    const messages = [
      ...question().messages,
      { role: "assistant" as const, content: textOf(first!) },
      { role: "user" as const, content: "and two?" },
    ];
    const next = await all(model.answer(question({ messages, maxTokens: 3 }), live));
    expect(next.at(-1)).toMatchObject({ kind: "done", tokens: 3 });
  });

  it("stops where nobody reads any more, and answers the next question", async () => {
    const model = start();
    const stop = new AbortController();
    const events: UiChatEvent[] = [];
    for await (const event of model.answer(
      question({ maxTokens: 400, temperature: 5 }),
      stop.signal,
    )) {
      events.push(event);
      if (event.kind === "text") stop.abort();
    }
    expect(events.some(({ kind }) => kind === "done" || kind === "problem")).toBe(false);
    expect((await all(model.answer(question(), live))).at(-1)).toMatchObject({ kind: "done" });
    expect(await all(model.answer(question(), AbortSignal.abort()))).toEqual([]);
  });

  it("says why a model cannot be loaded, a prompt is too long, or the process has ended", async () => {
    const absent = await all(start(join(golden, "absent")).answer(question(), live));
    expect(absent).toMatchObject([{ kind: "problem", code: "MODEL_NOT_FOUND" }]);
    const model = start();
    const content = "one ".repeat(20_000);
    const long = await all(model.answer(question({ messages: [{ role: "user", content }] }), live));
    expect(long.at(-1)).toMatchObject({ kind: "problem", code: "PROMPT_TOO_LONG" });
    const cut = model.answer(question({ maxTokens: 400, temperature: 5 }), live);
    const events: UiChatEvent[] = [];
    for await (const event of cut) {
      events.push(event);
      if (event.kind === "text") model.end();
    }
    expect(events.at(-1)).toMatchObject({ kind: "problem", code: "UI_CHAT_ENDED" });
    expect(model.isRunning()).toBe(false);
    expect(await all(model.answer(question(), live))).toMatchObject([{ code: "UI_CHAT_ENDED" }]);
  });
});
