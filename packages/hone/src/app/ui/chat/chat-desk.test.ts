/** Which model is loaded when, with starters in the place of processes. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createRunFolder } from "../../../runs/open-run.ts";
import { all } from "../../../testing/store-contract-parts.ts";
import type { UiChatEvent, UiChatRequest } from "../../../server/ui/chat-library.ts";
import { chatDesk } from "./chat-desk.ts";
import type { ChatJob } from "./chat-job.ts";
import type { ChatStarter } from "./chat-process.ts";

let runs = "";
beforeAll(async () => {
  runs = await mkdtemp(join(tmpdir(), "hone-chat-desk-"));
  for (const name of ["one", "two"])
    await (await createRunFolder({ name, out: join(runs, name), config: {} })).close();
});
afterAll(() => rm(runs, { recursive: true, force: true }));

const done: UiChatEvent = { kind: "done", tokens: 1, seconds: 1, stopReason: "stop" };
const live = new AbortController().signal;

const request = (run: string, checkpoint?: string): UiChatRequest => ({
  ...{ run, conversation: "c", messages: [{ role: "user", content: "hi" }] },
  ...{ maxTokens: 8, temperature: 0, seed: 0 },
  ...(checkpoint !== undefined && { checkpoint }),
});

/** A desk whose models answer when they are told to. */
function deskOf(idleMs = 60_000) {
  const started: ChatJob[] = [];
  const ended: string[] = [];
  const dead = new Set<string>();
  const waiting: (() => void)[] = [];
  const start: ChatStarter = (job, model) => {
    started.push(job);
    dead.delete(model);
    return {
      isRunning: () => !dead.has(model),
      end: () => ended.push(model),
      answer: async function* () {
        await new Promise<void>((resolve) => waiting.push(resolve));
        yield done;
      },
    };
  };
  const desk = chatDesk({ runs, idleMs, start });
  const ask = async (run: string, checkpoint?: string) => {
    const events = await desk.answer(request(run, checkpoint), live);
    return all(events);
  };
  const isAsked = async (count: number): Promise<void> => {
    await expect.poll(() => waiting.length).toBe(count);
  };
  const answerAll = async (count = 1): Promise<void> => {
    await isAsked(count);
    for (const answer of waiting.splice(0)) answer();
  };
  return { desk, ask, isAsked, answerAll, started, ended, dead };
}

describe("chats of a dashboard", () => {
  it("load a model once, and put another in its place when nobody is answered", async () => {
    const { ask, isAsked, answerAll, started, ended, desk } = deskOf();
    const both = [ask("one"), ask("one")];
    await isAsked(2);
    // Another model waits for both replies.
    await expect(ask("two")).rejects.toMatchObject({ code: "UI_CHAT_BUSY" });
    expect(started).toHaveLength(1);
    await answerAll(2);
    expect(await Promise.all(both)).toEqual([[done], [done]]);
    const other = ask("one", "step-4");
    await answerAll();
    await other;
    expect(started).toEqual([
      { run: join(runs, "one") },
      { run: join(runs, "one"), checkpoint: "step-4" },
    ]);
    expect(ended).toEqual(["one"]);
    desk.close();
    expect(ended).toEqual(["one", "one (step-4)"]);
  });

  it("unload a model that nobody asks any more, and load one anew whose process has ended", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const { ask, answerAll, started, ended, dead } = deskOf(1000);
      for (const isDead of [false, true]) {
        const reply = ask("one");
        await vi.waitFor(() => expect(started).toHaveLength(isDead ? 2 : 1));
        await answerAll();
        await reply;
        if (!isDead) dead.add("one");
      }
      expect(ended).toEqual(["one"]);
      vi.advanceTimersByTime(999);
      expect(ended).toHaveLength(1);
      vi.advanceTimersByTime(2);
      expect(ended).toEqual(["one", "one"]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("reach no folder outside of the runs", async () => {
    const { ask, started } = deskOf();
    for (const run of ["three", "../one", join(runs, "one")])
      await expect(ask(run)).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    expect(started).toEqual([]);
  });
});
