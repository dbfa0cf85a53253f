import { afterEach, beforeEach, expect, it } from "vitest";
import { generate } from "./generation.ts";
import { ScriptedChatModel } from "./scripted-server-fixture.ts";
import { RunningRequests } from "./running-requests.ts";
import { ServingMetrics } from "./serving-metrics.ts";
import { WorkTurns } from "./work-turns.ts";

/** The number of the event loop's turn. */
let turn = 0;
let isOver = false;
beforeEach(() => {
  turn = 0;
  isOver = false;
  const count = (): void => {
    turn++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
});
afterEach(() => {
  isOver = true;
});

function expectPerTurn(turns: readonly number[], most: number): void {
  const counts = new Map<number, number>();
  for (const one of turns) counts.set(one, (counts.get(one) ?? 0) + 1);
  expect(Math.max(...counts.values())).toBe(most);
  expect(turns).toEqual(turns.toSorted((a, b) => a - b));
}

it("gives each of the requests that come at once a turn of the event loop of its own, in their order", async () => {
  const turns = new WorkTurns(1);
  const given: number[] = [];
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      await turns.next();
      given.push(turn);
    }),
  );
  expect(given).toHaveLength(20);
  expectPerTurn(given, 1);
});

it("gives four of the pieces that come at once a turn, those of one answer in their order", async () => {
  const limits = { requests: 20, bodyBytes: 1, answerMs: 60_000, stopMs: 1 };
  const running = new RunningRequests(limits, new ServingMetrics());
  const given: number[] = [];
  const answered = async (): Promise<string> => {
    const request = { model: "scripted", messages: [], options: {}, choices: 1 };
    const model = new ScriptedChatModel(() => ({ pieces: ["a", "b", "c"] }));
    const work = running.begin([]);
    let text = "";
    const pieces = generate(model, { ...request, isStream: true, isOneCall: false }, work);
    for await (const { part } of pieces) {
      given.push(turn);
      if (part.type === "text") text += part.text;
    }
    work.end();
    return text;
  };
  const texts = await Promise.all(Array.from({ length: 20 }, answered));
  expect(new Set(texts)).toEqual(new Set(["abc"]));
  // Three pieces of text each, and the turn that ends the reply.
  expect(given).toHaveLength(80);
  expectPerTurn(given, 4);
});
