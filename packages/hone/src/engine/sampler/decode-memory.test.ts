import { expect, it } from "vitest";
import { DecodeMemory } from "./decode-memory.ts";
import { Sequence } from "./sequence.ts";

const STOP = 9n;
const kinds = {
  greedy: false,
  plain: true,
  filtered: false,
  formatted: false,
  tempered: false,
  candidates: 0,
  tellsKept: false,
};
const counting = (countingRows: number) => ({ countingRows, vocabularySize: 12 });
const sequence = (): Sequence =>
  new Sequence([1, 2], 0, {
    temperature: 1,
    topK: 0,
    topP: 1,
    minP: 0,
    stopTokens: [Number(STOP)],
    stopStrings: [],
    tellsKept: false,
    seed: 0,
    maxTokens: 10,
  });

function turn(memory: DecodeMemory, at: number, chosen: readonly bigint[]): void {
  memory.begin(at);
  memory.places["chosen"]!.set(chosen as never);
  memory.end();
}

it("a copy of a row neither holds up the end of a chunk nor is handed out", () => {
  const one = sequence();
  const memory = new DecodeMemory([one, one], kinds, counting(1));
  turn(memory, 0, [4n, 5n]);
  expect(memory.haveAllEnded).toBe(false);
  turn(memory, 1, [STOP, 5n]);
  expect(memory.haveAllEnded).toBe(true);
  expect(memory.rows().map((row) => row.tokens)).toEqual([[4, Number(STOP)]]);
});

it("every row that counts has to end, by its stop token or its length", () => {
  const memory = new DecodeMemory([sequence(), sequence()], kinds, counting(2));
  turn(memory, 0, [STOP, 5n]);
  for (let at = 1; at < 10; at++) {
    expect(memory.haveAllEnded).toBe(false);
    turn(memory, at, [3n, 5n]);
  }
  expect(memory.haveAllEnded).toBe(true);
});

it("each turn feeds what the last one chose, one place further, to copies too", () => {
  const one = sequence();
  const memory = new DecodeMemory([one, one], kinds, counting(1));
  turn(memory, 0, [4n, 5n]);
  memory.begin(1);
  expect([...memory.feeds["tokens"]!]).toEqual([4n, 5n]);
  expect([...memory.feeds["lengths"]!]).toEqual([2, 2]);
  expect([...memory.feeds["total"]!]).toEqual([3]);
});
