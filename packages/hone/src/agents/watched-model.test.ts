/** What is known of a model's failures after calls side by side, in whatever order they end. */
import { expect, it } from "vitest";
import { HoneError } from "../core/errors.ts";
import type { Message } from "../core/message.ts";
import type { RecordingChatModel } from "../ports/chat-model.ts";
import { isCallersFault, watchedModel } from "./watched-model.ts";

const reply: Message = { role: "assistant", content: "yes" };
const broken = new Error("the engine broke");
const givenUp = new HoneError("CANCELLED", { what: "the call" });

/** A model whose calls end when the test says so. */
function opened() {
  const calls: PromiseWithResolvers<Message>[] = [];
  const model: RecordingChatModel = {
    turns: [],
    isPolicyError: (error) => error === broken || error === givenUp,
    languageModel: () => {
      throw new Error("not asked for");
    },
    chat: () => {
      const call = Promise.withResolvers<Message>();
      calls.push(call);
      return call.promise;
    },
    stream: () => {
      throw new Error("not asked for");
    },
  };
  const watched = watchedModel(model);
  const start = () => {
    const answer = watched.model.chat([]).catch(() => undefined);
    const { resolve, reject } = calls.at(-1)!;
    return {
      answer: async () => (resolve(reply), await answer),
      fail: async (error: unknown) => (reject(error), await answer),
    };
  };
  return { ...watched, start };
}

it("keeps a failure where calls beside it end later, given up or answered", async () => {
  const { start, failure } = opened();
  const [one, two, three] = [start(), start(), start()];
  await one.fail(broken);
  await two.fail(givenUp);
  await three.answer();
  expect(failure()).toBe(broken);
});

it("knows a failure where a call beside it was given up before, and forgets it with the next answer", async () => {
  const { start, failure } = opened();
  const [one, two] = [start(), start()];
  await one.fail(givenUp);
  await two.fail(broken);
  expect(failure()).toBe(broken);
  await start().answer();
  expect(failure()).toBeUndefined();
});

it("takes a schema that is refused for the caller's fault, and a broken policy not", () => {
  const refused = new HoneError("FORMAT_SCHEMA_UNSUPPORTED", {
    at: "#/a",
    keyword: "not",
    instead: "x",
  });
  expect([refused, givenUp, broken].map(isCallersFault)).toEqual([true, true, false]);
});
