import { expect, it, vi } from "vitest";
import type { Message } from "../../core/message.ts";
import { TextBudget } from "../../messages/text-budget.ts";
import { SeenAnswer } from "./seen-answer.ts";
import { watchStream } from "./stream.ts";

const delta = (text: string, id = "0") => ({ type: "text-delta", id, delta: text });
const message = (seen: SeenAnswer) => seen.known().output?.[0] as Message | undefined;
const text = (seen: SeenAnswer) => message(seen)?.content;

it("keeps the beginning of an answer, and says that the rest was left out", () => {
  const seen = new SeenAnswer(new TextBudget({ each: 110, all: 1000 }));
  seen.part(delta("12345"));
  seen.part(delta("6789"));
  expect(seen.known().attributes).toEqual({});
  seen.part(delta("too long"));
  seen.part(delta("x"));
  expect(text(seen)).toBe("123456789");
  expect(seen.known().attributes).toEqual({ "hone.answer.cut": true });
});

it("counts the arguments of calls against the budget, and a fixed cost for each call", () => {
  const seen = new SeenAnswer(new TextBudget({ each: 250, all: 1000 }));
  const call = { type: "tool-call", toolCallId: "1", toolName: "add", input: "x".repeat(40) };
  for (const toolCallId of ["1", "2"]) seen.part({ ...call, toolCallId });
  expect(message(seen)!.toolCalls).toHaveLength(1);
});

it("keeps no more of all answers together than the budget allows, and gives back its part when released", () => {
  const room = new TextBudget({ each: 200, all: 300 });
  const [first, second] = [new SeenAnswer(room), new SeenAnswer(room)];
  first.part(delta("x".repeat(100)));
  second.part(delta("no room"));
  expect([text(first)?.length, text(second)]).toEqual([100, undefined]);
  first.release();
  first.release();
  first.part(delta("late"));
  expect(first.known().output).toBeUndefined();
  const third = new SeenAnswer(room);
  third.part(delta("y".repeat(100)));
  const fourth = new SeenAnswer(room);
  fourth.part(delta("z"));
  expect([text(third)?.length, text(fourth)]).toEqual([100, undefined]);
});

const silentListener = () => ({ onPartError: vi.fn(), onError: vi.fn(), onCancel: vi.fn() });

async function read(stream: ReadableStream<unknown>): Promise<unknown[]> {
  const parts: unknown[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

it("passes the stream on unchanged when watching a part throws", async () => {
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  const unreadable = {
    type: "text-delta",
    get delta(): string {
      throw new Error("ours");
    },
  };
  const parts = [unreadable, { type: "error", error: 1 }, delta("end")];
  const result = { stream: ReadableStream.from(parts) };
  const listener = {
    ...silentListener(),
    onPartError: () => {
      throw new Error("ours");
    },
  };
  watchStream(result, listener);
  expect(await read(result.stream)).toEqual(parts);
  expect(listener.onError).not.toHaveBeenCalled();
  expect(warn).toHaveBeenCalledOnce();
});

it("fails and is cancelled like the provider's stream, also when the listener throws", async () => {
  vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  const fail = (): never => {
    throw new Error("ours");
  };
  const listener = { onPartError: fail, onError: fail, onCancel: fail };
  const broken = new Error("the app's");
  const result = { stream: new ReadableStream({ pull: () => Promise.reject(broken) }) };
  watchStream(result, listener);
  await expect(read(result.stream)).rejects.toBe(broken);
  const cancel = vi.fn();
  const left = { stream: new ReadableStream({ cancel }) };
  watchStream(left, listener);
  await left.stream.cancel("enough");
  expect(cancel).toHaveBeenCalledWith("enough");
});
